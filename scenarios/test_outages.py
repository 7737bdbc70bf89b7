"""
Servers that stand still, go away and come back, or lose what is behind them: what people notice, and what they keep.

What people miss is accounted for behind every test, and everybody is to be back within the budget of a recovery.
"""

from contextlib import suppress

import pytest

from harness import Refused, Subscription, expect

pytestmark = [pytest.mark.needs("faults", "write", "create"), pytest.mark.tier("pr")]


@pytest.mark.needs("restart")
@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_a_restart_of_the_broadcaster_disconnects_for_a_moment(alice, bob, carol, conversation, servers, how):
    """Everybody is disconnected, comes back by themselves, and has what was sent meanwhile."""
    await bob.join(conversation)
    await carol.join(conversation)
    returning = bob.reconnecting(conversation), carol.reconnecting(conversation)
    async with returning[0], returning[1], servers.down("broadcaster", how=how):
        with suppress(Refused):
            await alice.send(conversation, "is anybody there?")

    message = await alice.send(conversation, "there you are")
    await expect(bob).to_receive(message)
    await expect(carol).to_receive(message)


@pytest.mark.needs("restart")
async def test_a_restart_of_the_backend_disconnects_nobody(alice, bob, conversation, servers):
    """Bob's subscription lasts, and he hears what is sent through the backend that came back."""
    await bob.join(conversation)
    before = await alice.send(conversation, "before")

    await servers.restart("backend")

    await expect(bob).to_receive(await alice.send(conversation, "behind"))
    assert before.id in [message.id for message in await bob.read(conversation)]


async def test_what_is_sent_to_a_broadcaster_that_stands_still_is_not_lost(alice, bob, conversation, servers):
    """Taken by the backend, it is heard when the broadcaster goes on; refused, it was not sent."""
    await bob.join(conversation)
    async with servers.paused("broadcaster"):
        with suppress(Refused):
            await alice.send(conversation, "wait for it")

    await expect(bob).to_receive(await alice.send(conversation, "and this"))


async def test_a_broadcaster_that_the_backend_cannot_reach(alice, bob, conversation, servers):
    """What Alice sends is answered with an error, or heard in spite of it: nothing is taken and swallowed."""
    await bob.join(conversation)
    await expect(bob).to_receive(await alice.send(conversation, "before"))

    taken = []
    async with servers.unreachable_broadcaster():
        with suppress(Refused):
            taken.append(await alice.send(conversation, "can you hear me?"))

    read = [message.id for message in (await bob.come_back(conversation)).messages]
    assert all(message.id in read for message in taken)
    await expect(bob).to_receive(await alice.send(conversation, "now you can"))


async def test_a_slow_database_slows_and_breaks_nothing(alice, bob, eve, conversation, servers):
    """Joining, sending and hearing take their time, and whoever is outside stays there."""
    async with servers.slow_database(seconds=0.05):
        await bob.join(conversation)
        await expect(eve).to_be_denied(conversation.channel, 403)
        await expect(bob).to_receive(await alice.send(conversation, "slowly"))

    await expect(bob).to_receive(await alice.send(conversation, "and swiftly"))


@pytest.mark.needs("restart", "presence")
async def test_a_restart_of_the_broadcaster_leaves_no_ghost(alice, bob, carol, target, servers):
    """Alice and Bob return, Carol does not: rosters show those who are there."""
    company = target.channel("company", company=alice.person.company)
    for person in (alice, bob, carol):
        await person.subscribe(company)

    async with alice.reconnecting(company), bob.reconnecting(company):
        await servers.restart("broadcaster", how="kill")

    for person in (alice, bob):
        await expect(Subscription(person, company)).to_have_members("alice", "bob")

"""
Whoever loses the connection comes back, at whatever moment it was lost, and has everything that was sent meanwhile.

What people miss is accounted for behind every test: it was heard late, it was in the catch-up, or it is a finding.
"""

import asyncio
from contextlib import AsyncExitStack, suppress

import pytest

from harness import AuthorizationDenied, Refused, SentMessage, User, expect
from harness.history.events import Event, FrameIn, HttpAsked, MessageAsked, SubscribeAsked

pytestmark = [pytest.mark.needs("faults", "write", "create"), pytest.mark.tier("pr")]


async def until(user: User, kind: type[Event], times: int = 1, purpose: str = "") -> None:
    """Wait until a person has got to this point of an act that is under way, for the first time or a later one."""
    recorder, deadline = user.world.context.recorder, user.world.context.deadline()
    while times > sum(
        isinstance(event, kind) and event.who == user.name and purpose in ("", getattr(event, "purpose", ""))
        for event in user.world.events
    ):
        assert await recorder.changed(len(recorder.events), deadline=deadline), f"{user.name} never got to {kind}"


async def read_or_cut(user: User, message: SentMessage) -> None:
    """Wait until a person has heard a message, or lost the connection on which it waited for them."""
    recorder, deadline = user.world.context.recorder, user.world.context.deadline(10)
    seen, is_heard = 0, False
    while user.socket_id and not is_heard:
        events = recorder.events[seen:]
        is_heard = any(
            isinstance(one, FrameIn) and one.who == user.name and one.message == message.id for one in events
        )
        seen += len(events)
        if not is_heard and not await recorder.changed(seen, deadline=deadline):
            return


async def test_what_was_missed_is_read_on_return(alice, bob, conversation, network):
    """Bob's network is cut; back again he reads what Alice wrote meanwhile, and hears what she writes then."""
    await bob.join(conversation)
    seen = await alice.send(conversation, "before")
    await expect(bob).to_receive(seen)

    async with network.cut(bob):
        missed = await alice.send(conversation, "are you there?")

    returned = await bob.come_back(conversation)
    assert [message.id for message in returned.messages] == [missed.id]
    await expect(bob).to_receive(await alice.send(conversation, "welcome back"))


@pytest.mark.tier("release")
async def test_whoever_was_away_for_long_finds_all_of_it(alice, bob, conversation, network):
    """More than a page of most lists was sent meanwhile, and goes on being sent while Bob comes back."""
    await bob.join(conversation)
    async with network.cut(bob):
        for number in range(25):
            await alice.send(conversation, f"page after page {number}")

    await asyncio.gather(bob.come_back(conversation), *(alice.send(conversation, f"{n} on top") for n in range(3)))

    await expect(bob).to_receive(await alice.send(conversation, "have you read it all?"))


async def connected(bob, conversation, network):  # noqa: ARG001  as the other steps
    """Lose the connection as soon as it is there."""
    await bob.connect()
    await network.reset(bob)


async def authorized(bob, conversation, network):
    """Lose it with a signature in hand, which is of no use to the next one."""
    await bob.authorize(conversation.channel)
    await network.reset(bob)


async def subscribing(bob, conversation, network):
    """Lose it while the subscription is under way."""
    async with network.freeze(bob, to="broadcaster"):
        joining = asyncio.create_task(bob.join(conversation))
        await until(bob, SubscribeAsked)
        await network.reset(bob, to="broadcaster")
        with suppress(Refused):
            await joining


async def acknowledged(bob, conversation, network):
    """Lose it right behind the acknowledgement."""
    await bob.join(conversation)
    await network.reset(bob)


async def sending(bob, conversation, network):
    """Lose it in the middle of sending, of which nobody knows the outcome then."""
    await bob.join(conversation)
    async with network.freeze(bob, to="backend"):
        sent = asyncio.create_task(bob.send(conversation, "half of it"))
        await until(bob, MessageAsked)
        await network.reset(bob)
        with suppress(Refused):
            await sent


@pytest.mark.parametrize(
    "step", [connected, authorized, subscribing, acknowledged, sending], ids=lambda one: one.__name__
)
async def test_a_connection_lost_at_any_step_is_made_anew(alice, bob, conversation, network, step):
    """Bob is back, on another socket with a signature of its own, and hears the next message."""
    await step(bob, conversation, network)

    await bob.come_back(conversation)

    await expect(bob).to_receive(await alice.send(conversation, "hello again"))


async def test_three_outages_in_a_row(alice, bob, conversation, network):
    """A client that gave up after the second would miss the rest."""
    await bob.join(conversation)
    async with bob.reconnecting(conversation) as returning:
        for number in range(3):
            async with network.cut(bob):
                await alice.send(conversation, f"while you were away {number}")
            await returning.back()
            await expect(bob).to_receive(await alice.send(conversation, f"and there you are {number}"))


async def test_a_signature_that_comes_too_late_opens_nothing(alice, bob, conversation, network):
    """Bob asks again, loses his socket, connects anew, and then gets the answer: for a socket that is no more."""
    await bob.join(conversation)
    async with network.freeze(bob, to="backend"):
        asking = asyncio.create_task(bob.authorize(conversation.channel))
        await until(bob, HttpAsked, times=2, purpose="authorize")
        await network.reset(bob, to="broadcaster")
        await bob.until_closed()
        await bob.connect()
    late = await asking

    await expect(bob).to_be_refused(conversation.channel, auth=late.auth)

    await bob.join(conversation)
    await expect(bob).to_receive(await alice.send(conversation, "now you hear me"))


async def test_a_phone_that_was_frozen_loses_nothing(alice, bob, carol, conversation, network):
    """In a tunnel nothing passes; behind it the same connection goes on with all that waited, which Carol heard."""
    await bob.join(conversation)
    await carol.join(conversation)
    async with network.freeze(bob):
        waiting = [await alice.send(conversation, f"in the tunnel {number}") for number in range(3)]

    for message in waiting:
        await expect(bob).to_receive(message)
    assert (await bob.come_back(conversation)).attempts == 0


async def test_a_phone_that_wakes_up_half_open_catches_up(alice, bob, conversation, network):
    """Its connection looks open and swallows everything: awake it is given up, and what was missed is read."""
    await bob.join(conversation)
    await expect(bob).to_receive(await alice.send(conversation, "you hear me"))
    async with bob.reconnecting(conversation) as returning:
        async with network.blackhole(bob):
            missed = await alice.send(conversation, "you cannot hear me")
        await returning.back()

    read = [message.id for returned in returning.returns for message in returned.messages]
    assert missed.id in read
    await expect(bob).to_receive(await alice.send(conversation, "now you can"))


@pytest.mark.needs("presence")
async def test_whoever_is_cut_off_is_seen_to_leave_and_to_return(alice, bob, target, network):
    """Alice sees Bob go when his network is cut, and sees him when he is back."""
    company = target.channel("company", company=alice.person.company)
    hers = await alice.subscribe(company)
    await bob.subscribe(company)
    await expect(hers).to_have_members("alice", "bob")

    async with network.cut(bob):
        await expect(hers).to_have_members("alice")

    await bob.come_back(company)
    await expect(hers).to_have_members("alice", "bob")


@pytest.mark.needs("client_events")
async def test_a_reader_that_stands_still_holds_up_nobody(alice, bob, carol, conversation, network):
    """More waits for Carol than any buffer on the way holds; Bob hears every message in time all the same."""
    for person in (alice, bob, carol):
        await person.join(conversation)
    async with network.freeze(carol, to="broadcaster"):
        for number in range(20):
            for _ in range(75):
                await alice.whisper(conversation, "client-typing", {"text": "long " * 1_800})
            last = await alice.send(conversation, f"{number}")
            await expect(bob).to_receive(last)

    await read_or_cut(carol, last)
    await carol.come_back(conversation)
    await expect(carol).to_receive(await alice.send(conversation, "here you are"))


@pytest.mark.needs("registration")
async def test_whoever_comes_back_with_an_ended_token_logs_in_first(alice, bob, new_user, network):
    """A token that ended meanwhile is of no use to return with; a new one is, and nothing is lost."""
    person = await new_user()
    conversation = await alice.world.new_conversation(alice, bob, person)
    await person.join(conversation)
    await person.revoke()
    await network.reset(person)
    await person.until_closed()
    missed = await alice.send(conversation, "while you were nobody")

    with pytest.raises(AuthorizationDenied) as denied:
        await person.come_back(conversation)
    assert denied.value.status == 401

    await person.log_in()
    assert missed.id in [message.id for message in (await person.come_back(conversation)).messages]
    await expect(person).to_receive(await alice.send(conversation, "welcome"))


@pytest.mark.tier("release")
async def test_many_devices_that_fall_together_return_together(alice, bob, carol, conversation, network):
    """Twenty devices are reset at once: each is authorized anew, reads what it missed, and hears what follows."""
    devices = [bob, carol]
    for person in (bob, carol):
        devices += [await person.another_device() for _ in range(9)]
    for device in devices:
        await device.join(conversation)

    async with AsyncExitStack() as storm:
        for device in devices:
            await storm.enter_async_context(device.reconnecting(conversation))
        async with network.cut(bob, carol):
            await alice.send(conversation, "to nobody")

    message = await alice.send(conversation, "to all of you")
    for device in devices:
        await expect(device).to_receive(message)

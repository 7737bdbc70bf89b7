"""
Several broadcasters that act as one: whoever is connected to another node hears, is seen, and is left out all the same.

People come to the nodes in turns, as a load balancer sends them: everybody here has somebody on the other node.
"""

import pytest

from harness import expect

pytestmark = pytest.mark.needs("two_nodes", "write")


async def test_a_message_is_heard_on_every_node(alice, bob, carol, conversation):
    """Three people on two nodes: whoever speaks, the others hear it, each exactly once."""
    for person in (alice, bob, carol):
        await person.join(conversation)

    for speaker in (alice, bob, carol):
        message = await speaker.send(conversation, f"from the node of {speaker.name}")
        for listener in {alice, bob, carol} - {speaker}:
            await expect(listener).to_receive(message)


async def test_the_sender_does_not_hear_itself_from_another_node(alice, bob, conversation):
    """Alice has a phone on one node and a laptop on the other: what the phone sends, only the laptop hears."""
    laptop = await alice.another_device()
    for device in (alice, laptop, bob):
        await device.join(conversation)

    for device, other in ((alice, laptop), (laptop, alice)):
        message = await device.send(conversation, f"from {device.label}")
        await expect(bob).to_receive(message)
        await expect(other).to_receive(message)


@pytest.mark.needs("presence")
async def test_people_on_different_nodes_see_each_other(alice, bob, target):
    """One person on two nodes is one member, and is there until the last of their devices has left."""
    company = target.channel("company", company=alice.person.company)
    hers = await alice.subscribe(company)
    laptop = await bob.another_device()
    his = await bob.subscribe(company)
    also_his = await laptop.subscribe(company)
    for one in (hers, his, also_his):
        await expect(one).to_have_members("alice", "bob")

    await bob.leave(company)
    await expect(hers).to_have_members("alice", "bob")
    await laptop.leave(company)

    await expect(hers).to_have_members("alice")


@pytest.mark.needs("client_events")
async def test_client_events_cross_nodes(alice, bob, carol, conversation):
    """Alice is typing: Bob and Carol, of whom one is on another node, are told."""
    his, hers = await bob.join(conversation), await carol.join(conversation)
    await alice.join(conversation)

    await alice.whisper(conversation, "client-typing", {"typing": True})

    await expect(his).to_receive("client-typing")
    await expect(hers).to_receive("client-typing")

"""Somebody with many devices is one person: each of them hears everything, and only the last one's end is an end."""

import asyncio

import pytest

from harness import expect

ADDED, REMOVED = "pusher_internal:member_added", "pusher_internal:member_removed"
MANY = 11


@pytest.mark.needs("write")
async def test_a_message_reaches_the_last_of_many_devices(alice, bob, conversation):
    """Bob has a dozen devices on; whichever joined first or last, each hears what Alice says, and once."""
    devices = [bob, *[await bob.another_device() for _ in range(MANY)]]
    for device in devices:
        await device.join(conversation)

    message = await alice.send(conversation, "wherever you look")

    for device in devices:
        first = await expect(device).to_receive(message)
        await expect(device).not_to_receive(message, after=first)


@pytest.mark.needs("presence")
async def test_devices_come_and_go_one_by_one_and_their_owner_once(alice, bob, target):
    """Bob comes with three devices and puts them away in turn: Alice is told of him once, and of his end once."""
    company = target.channel("company", company=alice.person.company)
    hers = await alice.subscribe(company)
    devices = [bob, await bob.another_device(), await bob.another_device()]
    for device in devices:
        theirs = await device.subscribe(company)
        await expect(theirs).to_have_members("alice", "bob")
    announced = await expect(hers).to_receive(ADDED)
    await expect(hers).not_to_receive(ADDED, after=announced)

    await devices[0].disconnect()
    await devices[1].leave(company)
    await expect(hers).not_to_receive(REMOVED)
    await expect(hers).to_have_members("alice", "bob")
    await devices[2].disconnect()

    gone = await expect(hers).to_receive(REMOVED)
    await expect(hers).not_to_receive(REMOVED, after=gone)
    await expect(hers).to_have_members("alice")


@pytest.mark.needs("presence")
async def test_whoever_comes_back_is_there_once(alice, bob, target):
    """Bob's phone loses its connection and comes back three times: in the end Alice sees him once, and he sees her."""
    company = target.channel("company", company=alice.person.company)
    hers = await alice.subscribe(company)
    for _ in range(3):
        await bob.subscribe(company)
        await expect(hers).to_have_members("alice", "bob")
        await bob.disconnect()
        await expect(hers).to_have_members("alice")
        await bob.connect()

    his = await bob.subscribe(company)

    await expect(hers).to_have_members("alice", "bob")
    await expect(his).to_have_members("alice", "bob")


@pytest.mark.needs("write", "load")
async def test_everybody_may_come_back_at_once(alice, bob, carol, conversation):
    """A restart cut everybody off: four devices of each of three people come back at once, twice, and hear on."""
    people = (alice, bob, carol)
    devices = [*people, *[await person.another_device() for person in people for _ in range(3)]]
    for _ in range(2):
        await asyncio.gather(*(device.join(conversation) for device in devices))
        await asyncio.gather(*(device.disconnect() for device in devices))

    await asyncio.gather(*(device.join(conversation) for device in devices))

    message = await alice.send(conversation, "is everybody back?")
    for device in devices[1:]:
        await expect(device).to_receive(message)


@pytest.mark.needs("faults")
@pytest.mark.tier("pr")
async def test_whoever_comes_and_goes_leaves_nothing_behind(bob, servers):
    """Bob connects and leaves fifty times: the broadcaster has no more files open than when he came first."""
    await bob.connect()
    before = await servers.measure("broadcaster")

    for _ in range(50):
        await bob.disconnect()
        await bob.connect()

    await servers.measure("broadcaster", within=before)

"""Colleagues see who is there: each person once, from their first device to their last."""

import pytest

from harness import expect
from harness.protocol.signatures import channel_auth
from harness.users.forgeries import Forgery, attempt

pytestmark = pytest.mark.needs("presence")

ADDED, REMOVED = "pusher_internal:member_added", "pusher_internal:member_removed"


@pytest.fixture
def company(target, alice):
    """Name the presence channel of Alice's company."""
    return target.channel("company", company=alice.person.company)


async def test_whoever_joins_is_seen_and_sees_the_others(alice, bob, company):
    """Alice is there first; when Bob joins, both see both."""
    hers = await alice.subscribe(company)
    await expect(hers).to_have_members("alice")

    his = await bob.subscribe(company)

    await expect(hers).to_have_members("alice", "bob")
    await expect(his).to_have_members("alice", "bob")


@pytest.mark.needs("secret")
async def test_nobody_listens_unseen(alice, bob, mallory, company):
    """A signature without anybody's name, made with the app's own secret, opens nothing; the others see each other."""
    broadcaster = mallory.world.context.target.broadcaster
    auth = channel_auth(broadcaster.key, broadcaster.secret, mallory.socket_id, company)
    await attempt(mallory, company, Forgery(words="for nobody by name", weakness="AZ-31", auth=auth))

    hers = await alice.subscribe(company)
    await bob.subscribe(company)

    await expect(hers).to_have_members("alice", "bob")


async def test_a_second_device_is_no_second_person(alice, bob, company):
    """Bob's laptop joins and leaves while his phone stays: Alice is told of Bob once, and not that he left."""
    hers = await alice.subscribe(company)
    await bob.subscribe(company)
    announced = await expect(hers).to_receive(ADDED)

    laptop = await bob.another_device()
    await laptop.subscribe(company)
    await laptop.leave(company)

    await expect(hers).not_to_receive(ADDED, after=announced)
    await expect(hers).not_to_receive(REMOVED)
    await expect(hers).to_have_members("alice", "bob")


async def test_whoever_leaves_is_no_longer_seen(alice, bob, company):
    """Bob leaves the channel: Alice is told, and sees herself only."""
    hers = await alice.subscribe(company)
    his = await bob.subscribe(company)
    await expect(hers).to_have_members("alice", "bob")

    await bob.leave(his)

    await expect(hers).to_receive(REMOVED)
    await expect(hers).to_have_members("alice")


async def test_whoever_disconnects_is_no_longer_seen(alice, bob, company):
    """Bob puts his last device away: Alice sees herself only."""
    hers = await alice.subscribe(company)
    await bob.subscribe(company)
    await expect(hers).to_have_members("alice", "bob")

    await bob.disconnect()

    await expect(hers).to_have_members("alice")


async def test_somebody_of_another_company_sees_nobody(alice, mallory, company, target):
    """Alice is granted; Mallory gets 403 and is refused without a signature, and Alice never sees her."""
    hers = await alice.subscribe(company)
    await mallory.subscribe(target.channel("company", company=mallory.person.company))  # which tells her id

    await expect(mallory).to_be_denied(company, 403)
    await expect(mallory).to_be_refused(company, auth=None)

    await expect(hers).not_to_receive(ADDED)
    await expect(hers).to_have_members("alice")


async def test_nobody_can_come_as_somebody_else(alice, bob, company):
    """The signature covers who one is: Bob is refused under another name and let in under his own."""
    hers = await alice.subscribe(company)
    granted = await bob.authorize(company)
    bobs_id, alices_id = await bob.backend_id(), await alice.backend_id()
    forged = granted.channel_data.replace(bobs_id, alices_id)

    await expect(bob).to_be_refused(company, auth=granted.auth, channel_data=forged)
    await expect(hers).to_have_members("alice")

    await bob.subscribe(company, auth=granted.auth, channel_data=granted.channel_data)
    await expect(hers).to_have_members("alice", "bob")


async def test_nobody_chooses_how_they_are_shown(alice, bob, company):
    """Bob claims a name and an id in his request: what is signed is who the backend knows him to be."""
    hers = await alice.subscribe(company)
    made_up = "somebody-else-2147483000"

    granted = await bob.authorize(
        company, claims={"user_id": made_up, "name": made_up, "user_info": made_up, "channel_data": made_up}
    )
    await bob.subscribe(company, auth=granted.auth, channel_data=granted.channel_data)

    await expect(hers).to_have_members("alice", "bob")

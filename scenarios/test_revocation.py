"""
A right that has ended: what is open is closed, nothing is opened anew, and nothing more is heard, within the budget.

The protocol has no server-side unsubscribe. A backend that promises `revokes = "closes"` ends the connections of
whoever lost a right, which it finds by their presence subscription; everybody here joins such a channel first, as an
app of that contract does.
"""

from collections.abc import Awaitable, Callable

import pytest

from harness import Conversation, Target, User, expect

pytestmark = pytest.mark.needs("write", "create", "registration")


async def somebody(new_user: Callable[..., Awaitable[User]], target: Target) -> User:
    """Register somebody who can be found: on the presence channel of the company, where there is one."""
    person = await new_user()
    await be_found(person, target)
    return person


async def be_found(person: User, target: Target) -> None:
    """Join the presence channel of the company, where the target has one."""
    if not target.why_not("presence"):
        await person.subscribe(target.channel("company", company=person.person.company))


async def is_talked_in(conversation: Conversation, alice: User, bob: User) -> None:
    """Let Alice say something that Bob hears: whoever else hears it is a finding."""
    await bob.join(conversation)
    await expect(bob).to_receive(await alice.send(conversation, "among ourselves"))


@pytest.mark.needs("membership")
async def test_whoever_is_removed_hears_nothing_more(alice, bob, new_user, target):
    """Removed, a person is cut off, gets 403 on the spot and after coming back, and the others go on."""
    person = await somebody(new_user, target)
    conversation = await alice.world.new_conversation(alice, bob, person)
    await person.join(conversation)

    await conversation.remove(person)

    await person.until_closed()
    await expect(person).to_be_denied(conversation.channel, 403)
    await is_talked_in(conversation, alice, bob)


@pytest.mark.needs("membership")
async def test_whoever_is_added_may_join_at_once(alice, bob, new_user, target):
    """Denied as an outsider, a person is added, joins, and hears the next message."""
    person = await somebody(new_user, target)
    conversation = await alice.world.new_conversation(alice, bob)
    await expect(person).to_be_denied(conversation.channel, 403)

    await conversation.add(person)
    await person.join(conversation)

    await expect(person).to_receive(await alice.send(conversation, "welcome"))


@pytest.mark.parametrize("give_up", [User.log_out, User.delete_account], ids=["log-out", "account"])
async def test_whoever_gives_up_what_they_are_known_by_hears_nothing_more(alice, bob, new_user, target, give_up):
    """Logged out, or without an account, a person is cut off, and the token of before opens nothing."""
    person = await somebody(new_user, target)
    conversation = await alice.world.new_conversation(alice, bob, person)
    await person.join(conversation)

    await give_up(person)

    await person.until_closed()
    await expect(person).to_be_denied(conversation.channel, 401)
    await is_talked_in(conversation, alice, bob)


async def test_revoking_all_tokens_ends_every_device(alice, bob, new_user, target):
    """A phone was lost: from the laptop all tokens are revoked, and neither device hears anything more."""
    phone = await somebody(new_user, target)
    conversation = await alice.world.new_conversation(alice, bob, phone)
    laptop = await phone.another_device()
    await be_found(laptop, target)
    await phone.join(conversation)
    await laptop.join(conversation)

    await laptop.revoke()

    for device in (phone, laptop):
        await device.until_closed()
        await expect(device).to_be_denied(conversation.channel, 401)
    await is_talked_in(conversation, alice, bob)


async def test_a_token_that_expires_takes_its_subscriptions_along(alice, bob, new_user, target):
    """A token that is good for half a second opens a channel; when it has ended, the channel is closed."""
    person = await new_user()
    conversation = await alice.world.new_conversation(alice, bob, person)
    await person.log_in(expires_in=0.5)
    await be_found(person, target)
    await person.join(conversation)

    await person.until_closed()

    await expect(person).to_be_denied(conversation.channel, 401)
    await is_talked_in(conversation, alice, bob)


@pytest.mark.needs("membership")
async def test_a_deleted_conversation_is_over(alice, bob, new_user, target):
    """Its people are cut off, nobody joins it any more, and whoever was not cut off hears nothing there."""
    person = await somebody(new_user, target)
    other = await somebody(new_user, target)
    conversation = await alice.world.new_conversation(alice, bob, person, other)
    await person.join(conversation)
    await other.join(conversation)

    await conversation.delete()

    await person.until_closed()
    if other.socket_id:
        await other.whisper(conversation, "client-typing", {"typing": True})
    for one in (person, bob, alice):
        await expect(one).to_be_denied(conversation.channel, 403)

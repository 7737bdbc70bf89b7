"""What clients tell each other directly: members only, on guarded channels, in nobody else's name."""

import pytest

from harness import expect

pytestmark = pytest.mark.needs("client_events")

TYPING = "client-typing"


async def test_a_member_is_heard_by_the_others(alice, bob, eve, conversation):
    """Alice is typing: Bob is told; Eve, a colleague outside the conversation, is not."""
    his = await bob.join(conversation)
    await alice.join(conversation)

    await alice.whisper(conversation, TYPING, {"typing": True})

    await expect(his).to_receive(TYPING)
    await expect(eve).not_to_receive(TYPING)


async def test_whoever_is_no_member_is_not_heard(alice, bob, eve, conversation):
    """Eve and Alice write into the channel without having joined it: Bob hears neither."""
    his = await bob.join(conversation)

    for person in (alice, eve):
        mark = f"{person.name} never joined"
        await person.whisper(
            conversation, TYPING, {"says": mark}, mark=mark, forbidden="its sender never joined", weakness="AZ-32"
        )

    await expect(his).not_to_receive(TYPING)


@pytest.mark.needs("presence")
async def test_nobody_whispers_in_another_name(alice, bob, target):
    """Bob puts a user id of his own making into the frame: Alice is told the one that he joined with, or none."""
    company = target.channel("company", company=alice.person.company)
    hers = await alice.subscribe(company)
    await bob.subscribe(company)

    await bob.whisper(
        company,
        TYPING,
        {"typing": True},
        extra={"user_id": "somebody-else-2147483000"},
        mark="somebody-else-2147483000",
        forbidden="it names another person than its sender",
        weakness="AZ-33",
    )

    await expect(hers).to_receive(TYPING)


@pytest.mark.parametrize(
    "event", ["pusher:error", "pusher_internal:member_added", "pusher_internal:subscription_succeeded", "MessageSent"]
)
async def test_no_client_can_speak_as_the_server(alice, bob, conversation, event):
    """Bob sends an event that only the server, or the backend, may send: Alice never hears it."""
    hers = await alice.join(conversation)
    await bob.join(conversation)
    mark = f"not from the server: {event}"

    await bob.whisper(
        conversation,
        event,
        {"user_id": mark, "body": mark},
        mark=mark,
        forbidden="clients may send no events of this name",
        weakness="AZ-35",
    )

    await bob.whisper(conversation, TYPING, {"typing": True})
    await expect(hers).to_receive(TYPING)


async def test_public_channels_are_for_the_server_alone(alice, mallory):
    """Mallory writes on a public channel on which Alice listens; servers are known to differ here."""
    await alice.subscribe("announcements")
    await mallory.subscribe("announcements")
    mark = "from nobody in particular"

    await mallory.whisper(
        "announcements",
        TYPING,
        {"says": mark},
        mark=mark,
        forbidden="client events are for guarded channels",
        weakness="AZ-34",
    )

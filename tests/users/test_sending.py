"""What is recorded of a message: whose it is, and what was claimed beside it."""

import json
from typing import Any

import pytest

from harness.errors import SendRefused
from harness.history.events import MessageAnswered, MessageAsked
from harness.users.world import World

pytestmark = pytest.mark.asyncio


async def test_a_message_says_who_wrote_it_and_what_they_are(world: World, backend: Any) -> None:
    """The backend's id of the sender, and what the sender is to the conversation."""
    alice, conversation = world.person("alice"), world.conversation
    conversation.declare("42", 6, ("alice", "bob"))

    sent = await alice.send(conversation, "Hello", claims={"sender_id": 2})

    asked = next(event for event in world.events if isinstance(event, MessageAsked))
    assert (asked.author, asked.persona) == ("1", "participant")
    assert asked.shape == "private-chat.{own company}.conversation.{own}"
    assert sent.id == "m1"
    body = json.loads(backend.asked[-1][2])
    assert body == {"body": "Hello", "sender_id": 2}
    await world.close()


async def test_a_refused_message_is_recorded_as_such(world: World, backend: Any) -> None:
    """With its status, before it is raised."""
    backend.answers("POST /api/conversations/42/messages", (403, {}))
    alice, conversation = world.person("alice"), world.conversation
    conversation.declare("42", 6, ("alice", "bob"))

    with pytest.raises(SendRefused):
        await alice.send(conversation, "Hello")

    answered = next(event for event in world.events if isinstance(event, MessageAnswered))
    assert (answered.outcome, answered.status) == ("refused", 403)
    await world.close()

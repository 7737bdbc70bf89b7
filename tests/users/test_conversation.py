"""A conversation: made, declared or changed, and who is in it at every moment."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from harness.errors import HarnessError, Refused
from harness.history.events import MembershipAnswered, MembershipAsked
from harness.users.conversation import Conversation
from harness.users.user import User
from harness.users.world import World

pytestmark = pytest.mark.asyncio

PEOPLE = {"alice": "1", "bob": "b-2"}


@pytest_asyncio.fixture
async def alice(world: World) -> AsyncIterator[User]:
    """Give alice, who hosts."""
    yield world.person("alice")
    await world.close()


@pytest_asyncio.fixture
async def conversation(alice: User) -> Conversation:
    """Give conversation 42, which alice has made."""
    made = Conversation(alice.world.context)
    await made.create(alice, PEOPLE, 6)
    return made


def rosters(world: World) -> list[tuple[str, tuple[str, ...]]]:
    """List how changes ended and who was in the conversation then."""
    return [(event.outcome, event.participants) for event in world.events if isinstance(event, MembershipAnswered)]


async def test_a_conversation_is_made_of_people_by_the_backends_ids(conversation: Conversation, backend: Any) -> None:
    """Numbers go out as numbers, which is what backends validate for; its channel follows the declared rule."""
    assert json.loads(backend.asked[0][2]) == {"participants": [1, "b-2"]}
    assert (conversation.id, conversation.channel) == ("42", "private-chat.6.conversation.42")
    assert repr(conversation) == "<Conversation 42 of alice, bob>"


async def test_the_history_knows_who_is_in_it(conversation: Conversation, alice: User) -> None:
    """By our names: everybody else is an outsider to its channel."""
    asked, _, _, answered = alice.world.events
    assert isinstance(asked, MembershipAsked)
    assert isinstance(answered, MembershipAnswered)
    assert (asked.change, asked.act) == ("created", answered.act)
    assert (answered.channel, answered.participants) == (conversation.channel, ("alice", "bob"))


@pytest.mark.parametrize(
    ("answer", "outcome"), [((403, {}), "refused"), ((500, {}), "unknown"), ((201, {"data": {}}), "unknown")]
)
async def test_one_that_is_not_made_is_refused(alice: User, backend: Any, answer: Any, outcome: str) -> None:
    """Also one that nobody can name; nobody is in it."""
    backend.answers("POST /api/conversations", answer)
    made = Conversation(alice.world.context)
    with pytest.raises(Refused, match=f"alice creating a conversation was refused: {answer[0]}"):
        await made.create(alice, PEOPLE, 6)
    assert rosters(alice.world) == [(outcome, ())]


async def test_before_it_is_there_it_has_no_id(alice: User) -> None:
    """It says how to get one; its repr does not raise."""
    conversation = Conversation(alice.world.context)
    with pytest.raises(HarnessError, match="not there yet: ask for it in a coroutine test"):
        _ = conversation.channel
    assert repr(conversation) == "<Conversation not there yet of >"


async def test_a_declared_one_is_taken_as_it_is(alice: User, backend: Any) -> None:
    """Nothing is asked of the backend, and it is not changed."""
    conversation = Conversation(alice.world.context)
    conversation.declare("7", 6, ("alice",))
    assert rosters(alice.world) == [("ok", ("alice",))]
    with pytest.raises(HarnessError, match="was there before the run is not changed"):
        await conversation.add(alice)
    assert backend.asked == []


async def test_people_come_and_go(conversation: Conversation, alice: User, backend: Any) -> None:
    """By the contract's routes; the roster follows the answers."""
    eve = alice.world.person("eve")
    backend.answers("POST /api/conversations/42/participants", (201, {}))
    backend.answers("DELETE /api/conversations/42/participants/4", (204, b""))
    await conversation.add(eve)
    assert json.loads(backend.asked[-1][2]) == {"user_id": 4}
    await conversation.remove(eve)
    assert rosters(alice.world)[1:] == [("ok", ("alice", "bob", "eve")), ("ok", ("alice", "bob"))]
    assert conversation.participants == ("alice", "bob")


@pytest.mark.parametrize(("status", "outcome"), [(403, "refused"), (500, "unknown")])
async def test_a_change_that_is_refused_changes_nothing(
    conversation: Conversation, alice: User, backend: Any, status: int, outcome: str
) -> None:
    """How it ended is recorded, with the people of before."""
    eve, people = alice.world.person("eve"), ("alice", "bob")
    backend.answers("POST /api/conversations/42/participants", (status, {}))
    backend.answers("DELETE /api/conversations/42/participants/4", (status, {}))
    with pytest.raises(Refused, match="adding eve to"):
        await conversation.add(eve)
    with pytest.raises(Refused, match="removing eve from"):
        await conversation.remove(eve)
    assert rosters(alice.world)[1:] == [(outcome, people), (outcome, people)]
    assert conversation.participants == people

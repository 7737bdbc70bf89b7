"""Catching up: what was read becomes history, with digests in place of texts."""

from typing import Any

import pytest
import pytest_asyncio

from harness.errors import Refused
from harness.history.digest import digest
from harness.history.events import MessagesRead
from harness.users.catching_up import catch_up, is_complete
from harness.users.conversation import Conversation
from harness.users.user import User
from harness.users.world import World

LIST = "GET /api/conversations/42/messages"


@pytest_asyncio.fixture
async def alice(world: World) -> Any:
    """Give alice in a conversation that is there."""
    world.conversation.declare("42", 6, ("alice", "bob"))
    yield world.person("alice")
    await world.close()


def reads(world: World) -> list[MessagesRead]:
    """List what was recorded of reading."""
    return [event for event in world.events if isinstance(event, MessagesRead)]


@pytest.mark.asyncio
async def test_a_read_is_recorded_with_ids_and_digests(alice: User, world: World, backend: Any) -> None:
    """When it was asked, behind which message, canaries included; the texts themselves are not kept in it."""
    sent = await alice.send(world.conversation, "hello")
    world.context.canaries.add("canary x")
    entries = [{"id": 7, "body": "سلام", "sender": {"id": 3}}, {"id": "c", "body": "canary x"}, {"id": 8}]
    backend.answers(LIST, (200, {"data": entries}))
    before = world.context.recorder.now()

    stored = await catch_up(alice, world.conversation, sent)

    (read,) = reads(world)
    assert [(one.id, one.text, one.sender) for one in stored] == [("7", "سلام", "3"), ("8", "", "")]
    assert (read.who, read.conversation, read.after) == ("alice", "42", sent.id)
    assert read.ids == ("7", "c", "8")
    assert read.digests == (digest("سلام"), digest("canary x"), "")
    assert before <= read.asked < read.at
    assert read.is_complete


@pytest.mark.asyncio
async def test_a_whole_read_begins_nowhere(alice: User, world: World, backend: Any) -> None:
    """And a page of several says so."""
    backend.answers(LIST, (200, {"data": [], "next_page_url": "/?page=2"}))
    await catch_up(alice, world.conversation, None)
    (read,) = reads(world)
    assert (read.after, read.ids, read.is_complete) == ("", (), False)
    assert backend.asked[-1][0] == LIST


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", [(500, {"data": []}), (200, {"data": {}}), (403, {})])
async def test_what_is_no_list_is_refused_and_not_recorded(
    alice: User, world: World, backend: Any, answer: Any
) -> None:
    """Nobody knows what is stored then."""
    backend.answers(LIST, answer)
    conversation: Conversation = world.conversation
    with pytest.raises(Refused, match="alice reading"):
        await catch_up(alice, conversation, None)
    assert reads(world) == []


@pytest.mark.parametrize(
    ("data", "count", "complete"),
    [
        ({"data": []}, 9, True),
        ({"data": []}, 10, False),
        ({"data": []}, 11, True),
        ({"data": []}, 15, False),
        ([], 5, True),
        ([], 20, False),
        ({"next_page_url": None}, 15, True),
        ({"next_page_url": "/?page=2"}, 1, False),
        ({"meta": {"next_cursor": "abc"}}, 1, False),
        ({"links": {"next": None, "prev": "/"}}, 50, True),
        ({"pagination": {"has_more": True}}, 1, False),
        ({"has_more_pages": False}, 10, True),
        ({"meta": {"current_page": 1, "last_page": 2}}, 1, False),
        ({"meta": {"current_page": 2, "last_page": 2}}, 15, True),
        ({"meta": {"current_page": 1}}, 15, False),
        ({"meta": "none"}, 1, True),
    ],
)
def test_a_list_is_complete_unless_something_hints_at_more(data: Any, count: int, complete: Any) -> None:
    """What a backend says decides; without a word a round number may be a page."""
    assert is_complete(data, count) is complete

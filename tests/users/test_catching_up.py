"""Catching up: what was read becomes history, with digests in place of texts."""

from typing import Any

import pytest
import pytest_asyncio

from harness.errors import Refused
from harness.history.digest import digest
from harness.history.events import MessagesRead
from harness.users.catching_up import catch_up
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
    """And a page of several says so, where nobody can tell how to ask for the next."""
    backend.answers(LIST, (200, {"data": [], "has_more": True}))
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


@pytest.mark.asyncio
async def test_pages_are_followed_to_the_end(alice: User, world: World, backend: Any) -> None:
    """Each is asked for behind the same message, whatever the address of the next one leaves out; one read of all."""
    pages = [
        {"data": [{"id": 1}, {"id": 2}], "links": {"next": "http://inside/api?page=2"}},
        {"data": [{"id": 3}], "meta": {"next_cursor": "c"}},
        {"data": [{"id": 4}], "next_page_url": None},
    ]
    backend.answers(LIST, *((200, page) for page in pages))

    stored = await catch_up(alice, world.conversation, "0")

    (read,) = reads(world)
    assert [one.id for one in stored] == ["1", "2", "3", "4"] == list(read.ids)
    assert read.is_complete
    assert [line.partition("?")[2] for line, *_ in backend.asked] == ["after=0", "after=0&page=2", "after=0&cursor=c"]


@pytest.mark.asyncio
async def test_pages_that_lead_in_a_circle_are_left(alice: User, world: World, backend: Any) -> None:
    """What was read counts, and is not called all of it."""
    backend.answers(LIST, (200, {"data": [{"id": 1}], "next_page_url": "/?page=2"}))

    stored = await catch_up(alice, world.conversation, None)

    (read,) = reads(world)
    assert ([one.id for one in stored], read.is_complete, len(backend.asked)) == (["1", "1"], False, 2)


@pytest.mark.asyncio
async def test_a_page_that_does_not_come_is_refused(alice: User, world: World, backend: Any) -> None:
    """Half of what was missed is not what was missed."""
    backend.answers(LIST, (200, {"data": [{"id": 1}], "meta": {"next_page": 2}}), (500, {}))

    with pytest.raises(Refused, match="alice reading"):
        await catch_up(alice, world.conversation, None)
    assert reads(world) == []

"""
Reading a conversation over HTTP, as somebody does who was away, and what of it becomes history.

Texts of a conversation may be other people's own, so a history keeps their digests.
"""

from typing import TYPE_CHECKING, Any

from harness.errors import Refused
from harness.history.digest import digest
from harness.history.events import MessagesRead
from harness.users.conversation import Conversation, SentMessage, StoredMessage, stored_message
from harness.users.pages import is_complete, next_page
from harness.users.unexpected import look_at

if TYPE_CHECKING:
    from harness.users.user import User

_MOST_PAGES = 100
"""Pages that are followed; a list of more is read no further, and not taken for all of it."""


async def catch_up(user: "User", conversation: Conversation, after: SentMessage | str | None) -> list[StoredMessage]:
    """
    Read the messages of a conversation, those behind `after`, a message or its id, without the harness's canaries.

    A list that comes in pages is read to its end. Raises `Refused` for anything but a list.
    """
    context = user.world.context
    asked = context.recorder.now()
    behind = after.id if isinstance(after, SentMessage) else after or ""
    fields: dict[str, Any] = {} if after is None else {"after": behind}
    items, is_whole = await _pages(user, conversation, fields)
    stored = [stored_message(item, user.contract.event) for item in items]
    context.recorder.record(
        MessagesRead,
        who=user.name,
        socket=user.label if user.socket_id else "",
        conversation=conversation.id,
        asked=asked,
        after=behind,
        ids=tuple(message.id for message in stored),
        digests=tuple(digest(message.text) if message.text else "" for message in stored),
        is_complete=is_whole,
    )
    return [message for message in stored if not context.is_canary(message.id, message.text)]


async def _pages(user: "User", conversation: Conversation, fields: dict[str, Any]) -> tuple[list[Any], bool]:
    """Give the entries of all pages, and whether that is all there is."""
    items: list[Any] = []
    asked: list[dict[str, str]] = [{}]
    while True:
        data, found = await _page(user, conversation, fields, asked[-1])
        items += found
        further = next_page(data)
        if not further or further in asked or len(asked) == _MOST_PAGES:
            return items, is_complete(data, len(found))
        asked.append(further)


async def _page(
    user: "User", conversation: Conversation, fields: dict[str, Any], further: dict[str, str]
) -> tuple[Any, list[Any]]:
    """Ask for one page, and give the answer and its entries; raises `Refused` for anything but a list."""
    route = user.contract.read
    place = {"conversation": conversation.id}
    answer = await user.session.follow("read", route, place=place, claims=further, **fields)
    items = answer.at(route.items if route else "")
    if answer.outcome != "ok" or not isinstance(items, list):
        path = route.items if route else ""
        expected = look_at(user.world.context, "read", answer, wanted="a list of messages", path=path)
        raise Refused(f"{user.name} reading {conversation!r}", answer.status, answer.body, expected=expected)
    return answer.data, items

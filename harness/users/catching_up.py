"""
Reading a conversation over HTTP, as somebody does who was away, and what of it becomes history.

Texts of a conversation may be other people's own, so a history keeps their digests.
"""

from typing import TYPE_CHECKING, Any

from harness.errors import Refused
from harness.history.digest import digest
from harness.history.events import MessagesRead
from harness.users.conversation import Conversation, SentMessage, StoredMessage, stored_message
from harness.users.unexpected import look_at

if TYPE_CHECKING:
    from harness.users.user import User

_ENVELOPES = ("meta", "links", "pagination")
"""Members of an answer, beside its own, in which backends say that there is more."""
_MORE = ("next_page_url", "next_cursor", "next", "next_page", "has_more", "has_more_pages")
_SMALLEST_PAGE, _PAGES = 10, 5
"""A list of 10, 15, 20 … may be a page of a backend that does not say so."""


async def catch_up(user: "User", conversation: Conversation, after: SentMessage | str | None) -> list[StoredMessage]:
    """
    Read the messages of a conversation, those behind `after`, a message or its id, without the harness's canaries.

    Raises `Refused` for anything but a list.
    """
    context, route = user.world.context, user.contract.read
    asked = context.recorder.now()
    behind = after.id if isinstance(after, SentMessage) else after or ""
    fields: dict[str, Any] = {} if after is None else {"after": behind}
    answer = await user.session.follow("read", route, place={"conversation": conversation.id}, **fields)
    items = answer.at(route.items if route else "")
    if answer.outcome != "ok" or not isinstance(items, list):
        expected = look_at(context, "read", answer, wanted="a list of messages", path=route.items if route else "")
        raise Refused(f"{user.name} reading {conversation!r}", answer.status, answer.body, expected=expected)
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
        is_complete=is_complete(answer.data, len(items)),
    )
    return [message for message in stored if not context.is_canary(message.id, message.text)]


def is_complete(data: Any, count: int) -> bool:
    """Tell whether nothing in an answer with a list of `count` entries hints at a further page of it."""
    whole = data if isinstance(data, dict) else {}
    places = [whole, *(whole[name] for name in _ENVELOPES if isinstance(whole.get(name), dict))]
    if any(place.get(word) for place in places for word in _MORE):
        return False
    if pages := [place for place in places if place.keys() >= {"current_page", "last_page"}]:
        return all(place["current_page"] == place["last_page"] for place in pages)
    is_told = any(word in place for place in places for word in _MORE)
    return is_told or count < _SMALLEST_PAGE or count % _PAGES != 0

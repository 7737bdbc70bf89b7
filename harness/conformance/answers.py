"""
What a server said, in words: one closed vocabulary, so that two servers can be compared and a list can name behaviours.

::

    established · succeeded · succeeded count N · error CODE · subscription_error STATUS · pong · ping · cache_miss
    event NAME · member_added ID · member_removed ID · subscription_count N · signin_success · watchlist online IDS
    closed CODE · http STATUS · nothing · no answer · no JSON · binary · control ping · control pong
    flood

Parts are joined by ` then `. Closed with 1006 is a TCP connection that ended without a close frame.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from harness.protocol.messages import decode_data

NOTHING: Final = "nothing"
"""Proven by a fence: what was said after it came back."""
NO_ANSWER: Final = "no answer"
"""Not even to the fence, within the time that a server has."""
FLOOD: Final = "flood"
"""More than anybody can have asked for; nothing further is read."""
ABNORMAL: Final = 1006
_LONGEST: Final = 1000
"""Characters of a name, a code or an id that are told."""


def joined(parts: Iterable[str]) -> str:
    """Give one behaviour of its parts."""
    return " then ".join(part for part in parts if part) or NOTHING


def in_words(text: str) -> str:
    """Say what a text message of a server is."""
    frame = frame_of(text)
    return "no JSON" if frame is None else worded(frame)


def worded(frame: Mapping[str, Any]) -> str:
    """Say what a frame is."""
    event = str(frame.get("event"))
    say = _WORDS.get(event)
    data = decode_data(frame.get("data"))
    said = f"event {event}" if say is None else say(data if isinstance(data, dict) else {})
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"


def frame_of(text: str) -> dict[str, Any] | None:
    """Give a frame with whatever members it has; None for what is no JSON object."""
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (ValueError, RecursionError):
        return None


def _spelled(value: object) -> str:
    """Spell a code or an id as JSON does: `null` for one that is none."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _succeeded(data: Mapping[str, Any]) -> str:
    presence = data.get("presence")
    return f"succeeded count {_spelled(presence.get('count'))}" if isinstance(presence, dict) else "succeeded"


def _watchlist(data: Mapping[str, Any]) -> str:
    events = data.get("events")
    told = [one for one in events if isinstance(one, dict)] if isinstance(events, list) else []
    parts = (f"{one.get('name')} {_listed(one.get('user_ids'))}" for one in told)
    return f"watchlist {' and '.join(parts)}"


def _listed(user_ids: object) -> str:
    return ",".join(map(str, user_ids)) if isinstance(user_ids, list) else _spelled(user_ids)


_WORDS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "pusher:connection_established": lambda _: "established",
    "pusher_internal:subscription_succeeded": _succeeded,
    "pusher:error": lambda data: f"error {_spelled(data.get('code'))}",
    "pusher:subscription_error": lambda data: f"subscription_error {_spelled(data.get('status'))}",
    "pusher_internal:subscription_error": lambda data: f"subscription_error {_spelled(data.get('status'))}",
    "pusher:pong": lambda _: "pong",
    "pusher:ping": lambda _: "ping",
    "pusher:cache_miss": lambda _: "cache_miss",
    "pusher_internal:member_added": lambda data: f"member_added {_spelled(data.get('user_id'))}",
    "pusher_internal:member_removed": lambda data: f"member_removed {_spelled(data.get('user_id'))}",
    "pusher_internal:subscription_count": lambda data: f"subscription_count {_spelled(data.get('subscription_count'))}",
    "pusher:signin_success": lambda _: "signin_success",
    "pusher_internal:watchlist_events": _watchlist,
}

"""
What a move from one server to another changes for clients, in words.

Of each side the behaviour in every case is taken from what was observed or, for the name of a dialect, from what it is
known to do: where nothing is known of a case, it is taken to do what the specification asks for. A case of which one
side is not known says nothing; the section about our own client says nothing of either.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final

import msgspec

from harness.conformance.matrix import Column, Row, numbers
from harness.protocol.dialects import Dialect


class Gravity(StrEnum):
    """How much a client, or whoever runs it, must mind; gravest first."""

    OPEN = "allowed where it was refused"
    STOPS = "refused where it worked"
    ENDS = "ends the connection"
    SILENT = "answered by one of them only"
    OTHERWISE = "told otherwise"


OUR_CLIENT: Final = 14
"""The section in which our own client is tried, whatever the server."""
_ADVICE: Final[dict[Gravity, str]] = {
    Gravity.OPEN: "nothing that relies on the server's refusal is protected any more; refuse it elsewhere",
    Gravity.STOPS: "a client that does this stops working; change it before the move",
    Gravity.ENDS: "a client must expect its connection to end, or not to end, and reconnect by the new rule",
    Gravity.SILENT: "a client must not wait for an answer that only one of them gives",
    Gravity.OTHERWISE: "a client must read both answers",
}


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One case in which two servers part."""

    case: str
    says: str
    a: str
    b: str
    gravity: Gravity
    mind: str


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two: its behaviour by case, a pattern where only a pattern is known."""

    name: str
    behaviours: dict[str, str]


def of_dialect(name: str, rows: Iterable[Row]) -> Side:
    """Say what a dialect is known to do."""
    found = {}
    for row in rows:
        if name in row.known:
            found[row.id] = row.known[name].behaviour
        elif row.expects:
            found[row.id] = row.expects[0]
    return Side(name=name, behaviours=found)


def of_column(column: Column) -> Side:
    """Say what a server was seen to do."""
    return Side(name=column.name, behaviours={id_: one.behaviour for id_, one in column.cells.items() if one.behaviour})


def differences(a: Side, b: Side, rows: Iterable[Row]) -> list[Difference]:
    """List where two part, the gravest first, and then in the order of the cases."""
    by_id = {row.id: row for row in rows}
    both = (id_ for id_ in a.behaviours if id_ in b.behaviours and id_ in by_id and by_id[id_].section != OUR_CLIENT)
    order = list(Gravity)
    found = [one for id_ in both if (one := _between(by_id[id_], a.behaviours[id_], b.behaviours[id_])) is not None]
    return sorted(found, key=lambda one: (order.index(one.gravity), numbers(one.case)))


def _between(row: Row, a: str, b: str) -> Difference | None:
    if a == b or fnmatchcase(a, b) or fnmatchcase(b, a):  # a pattern with brackets does not match itself
        return None
    gravity = _gravity(a, b)
    return Difference(
        case=row.id,
        says=row.says,
        a=in_plain_words(a),
        b=in_plain_words(b),
        gravity=gravity,
        mind=_mind(gravity, a, b),
    )


def _gravity(a: str, b: str) -> Gravity:
    if _is_granted(a) != _is_granted(b) and {_is_refused(a), _is_refused(b)} == {True, False}:
        return Gravity.OPEN if _is_granted(b) else Gravity.STOPS
    if ("closed" in a) != ("closed" in b):
        return Gravity.ENDS
    if _is_silent(a) != _is_silent(b):
        return Gravity.SILENT
    return Gravity.OTHERWISE


def _mind(gravity: Gravity, a: str, b: str) -> str:
    if gravity is Gravity.ENDS:
        ends, goes_on = ("new", "old") if "closed" in b else ("old", "new")
        return f"the {ends} server ends the connection here, the {goes_on} one does not"
    if gravity is Gravity.OTHERWISE and ("subscription_error" in a) != ("subscription_error" in b):
        has, lacks = ("new", "old") if "subscription_error" in b else ("old", "new")
        return f"only the {has} server sends pusher:subscription_error; with the {lacks} one bind pusher:error"
    return _ADVICE[gravity]


_GRANTS: Final = ("succeeded", "established", "signin_success", "event ", "http 2", "relayed", "pong")
_REFUSES: Final = ("error", "subscription_error", "closed", "http 4", "http 5")


def _parts(behaviour: str) -> Iterator[str]:
    return (part.strip() for part in behaviour.split(" then "))


def _is_granted(behaviour: str) -> bool:
    parts = list(_parts(behaviour))
    return any(part.startswith(_GRANTS) for part in parts) and not _is_refused(behaviour)


def _is_refused(behaviour: str) -> bool:
    return any(part.startswith(_REFUSES) for part in _parts(behaviour))


def _is_silent(behaviour: str) -> bool:
    return behaviour in {"nothing", "no answer"}


_WORDS: Final[Mapping[str, str]] = {
    "nothing": "says nothing",
    "no answer": "answers no more, not even a ping",
    "established": "accepts the connection",
    "succeeded": "subscribes it",
    "pong": "answers with pusher:pong",
    "ping": "sends pusher:ping",
    "cache_miss": "sends pusher:cache_miss",
    "signin_success": "signs it in",
    "closed 1006": "ends TCP without a close frame",
    "error null": "sends pusher:error with code null",
    "error *": "sends pusher:error",
    "error ????": "sends pusher:error with a code",
    "subscription_error *": "sends pusher:subscription_error",
    "*": "does anything",
}
_BEGINNINGS: Final[Mapping[str, str]] = {
    "error ": "sends pusher:error {}",
    "subscription_error ": "sends pusher:subscription_error with status {}",
    "closed ": "closes with {}",
    "http ": "answers HTTP {}",
    "event ": "delivers {}",
    "succeeded count ": "subscribes it, {} present",
    "succeeded as ": "subscribes it as {}",
    "succeeded without ": "subscribes it without {}",
    "member_added ": "announces {}",
    "member_removed ": "announces that {} left",
}


def in_plain_words(behaviour: str) -> str:
    """Say a behaviour to somebody who does not know its vocabulary; what has no word is quoted."""
    return ", then ".join(_plain(part) for part in _parts(behaviour))


def _plain(part: str) -> str:
    if part.startswith("*") and part != "*":
        return f"does anything, and {_plain(part[1:])}"
    for between in (", to the other ", ", the other "):
        one, is_two, other = part.partition(between)
        if is_two:
            return f"{_plain(one)} to one and {_plain(other)} to the other"
    if part in _WORDS:
        return _WORDS[part]
    for beginning, words in _BEGINNINGS.items():
        if part.startswith(beginning):
            return words.format(part.removeprefix(beginning))
    return f"shows “{part}”"


LIMITS: Final[Mapping[str, str]] = {
    "activity_timeout": "seconds of silence after which a client is told to ping",
    "max_message_size": "bytes of one client message; a larger one ends the connection",
    "max_request_size": "bytes of one HTTP request",
    "max_event_data": "bytes of one event's data",
    "max_channels": "channels of one event",
    "max_batch": "events of one batch",
    "timestamp_window": "seconds that auth_timestamp may be off",
}
"""Fields of a dialect that a client or a publisher meets as a number; `None` is no limit."""


def limits(a: Dialect, b: Dialect) -> list[str]:
    """Say which numbers change between two dialects."""
    found = []
    for name, words in LIMITS.items():
        before, after = getattr(a, name), getattr(b, name)
        if before != after:
            found.append(f"{words}: {_number(before)} → {_number(after)}")
    return found


def _number(value: float | None) -> str:
    return "any" if value is None else f"{value:,}"


def in_words(a: str, b: str, found: Sequence[Difference], sizes: Sequence[str] = ()) -> Iterator[str]:
    """Tell it all: a heading a gravity, a sentence a difference."""
    if not found and not sizes:
        yield f"Nothing that the cases cover changes for clients between {a} and {b}."
        return
    yield f"A move from {a} to {b} changes {len(found)} of the things that the cases cover."
    for gravity in Gravity:
        here = [one for one in found if one.gravity is gravity]
        if here:
            yield ""
            yield f"{gravity.value.capitalize()} ({len(here)}): {_ADVICE[gravity]}."
        for (did, does, mind), alike in _alike(here):
            yield f"  {a} {did}; {b} {does}.{'' if mind == _ADVICE[gravity] else f' Mind: {mind}.'}"
            yield from (f"    {one.case:<8} {one.says}" for one in alike)
    if sizes:
        yield ""
        yield "Numbers:"
        yield from (f"  {one}" for one in sizes)


def _alike(found: Sequence[Difference]) -> Iterator[tuple[tuple[str, str, str], list[Difference]]]:
    """Bring together what differs in the same way, in the order of the first of each."""
    groups: dict[tuple[str, str, str], list[Difference]] = {}
    for one in found:
        groups.setdefault((one.a, one.b, one.mind), []).append(one)
    yield from groups.items()

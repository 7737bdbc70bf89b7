"""
A world as a picture: lanes, one row an event, and what lasts (subscriptions, calls, faults) as spans between rows.

Rows are evenly spaced, for most of what happens falls into a few milliseconds; each says its time. Nothing here knows
how a page draws it.
"""

from bisect import bisect_left
from collections.abc import Collection
from typing import Any

import msgspec

from harness.checkers.evidence import moment
from harness.checkers.latency import shown
from harness.history.events import Event, FaultBegan, FaultEnded, FrameIn, FrameOut, HttpAnswered, HttpAsked
from harness.history.ledger import Ledger, Message, read
from harness.report.html.lanes import Lane, Lanes
from harness.report.html.sampling import sampled
from harness.report.html.text import visible
from harness.report.html.wording import Kind, Words, told

_LEFT_OUT = frozenset({"test", "worker"})
"""Fields that are the same in every event of a world."""


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    One event: when, from which lane to which, in words; `event` is all of it, cut.

    The same lane twice is something that happened there, -1 something that happened nowhere in particular.
    """

    time: str
    at: int
    kind: Kind
    says: str
    source: int
    target: int
    text: str = ""
    who: str = ""
    channel: str = ""
    evidence: bool = False
    inferred: bool = False
    """Nobody saw this, but what was seen cannot have come otherwise."""
    event: dict[str, Any] = {}


class Span(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that lasts on a lane (-1: on all of them) from one row to another."""

    kind: str
    lane: int
    first: int
    last: int
    text: str = ""


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """The picture of a world; `total` events happened, of which `rows` shows those that were kept."""

    lanes: list[Lane]
    rows: list[Row]
    spans: list[Span]
    total: int
    kept: int


def trace(world: list[Event], evidence: Collection[int], *, limit: int, payload: int) -> Trace:
    """
    Draw a world with at most `limit` of its events, their texts cut at `payload` characters.

    `evidence` holds the numbers of the events that findings are about.
    """
    events = sampled(world, evidence, limit)
    lanes, ledger = Lanes(events), read(events)
    carried = {hearing.frame.n: hearing.message for hearing in ledger.hearings if hearing.message}
    rows: list[Row] = []
    numbers: list[int] = []
    broadcast: set[str] = set()
    for event in events:
        message = carried.get(event.n)
        if message and message.asked.act not in broadcast:
            broadcast.add(message.asked.act)
            rows.append(_broadcast(event, message, lanes))
            numbers.append(event.n)
        rows.append(_row(event, message, lanes, evidence, payload))
        numbers.append(event.n)
    spans = _spans(events, ledger, lanes, numbers)
    return Trace(lanes=lanes.all, rows=rows, spans=spans, total=len(world), kept=len(events))


def _row(event: Event, message: Message | None, lanes: Lanes, evidence: Collection[int], payload: int) -> Row:
    words = _heard(event, message) if isinstance(event, FrameIn) and message else told(event)
    source, target = _ends(event, lanes)
    at = event.arrived if isinstance(event, FrameIn) else event.at
    return Row(
        time=moment(at),
        at=at,
        kind=words.kind,
        says=words.says,
        source=source,
        target=target,
        text=words.text,
        who=visible(event.who),
        channel=visible(str(getattr(event, "channel", ""))),
        evidence=event.n in evidence,
        event=_in_full(event, payload),
    )


def _heard(event: FrameIn, message: Message) -> Words:
    words = told(event)
    took = shown((event.arrived - message.asked.meant) / 1e9)
    return Words(words.kind, f"{words.says}, {took} after it was meant", words.text)


def _ends(event: Event, lanes: Lanes) -> tuple[int, int]:
    """Say from where to where something went."""
    here = lanes.of(event)
    if isinstance(event, HttpAsked):
        return here, Lanes.BACKEND
    if isinstance(event, HttpAnswered):
        return Lanes.BACKEND, here
    if isinstance(event, FrameOut):
        return here, lanes.broadcaster
    if isinstance(event, FrameIn):
        return lanes.broadcaster, here
    return here, here


def _broadcast(event: Event, message: Message, lanes: Lanes) -> Row:
    """Say that the backend must have published a message: its first frame came."""
    return Row(
        time="",
        at=event.at,
        kind="message",
        says=f"broadcast of message {visible(message.id, 40)}, inferred from what was heard".replace("  ", " "),
        source=Lanes.BACKEND,
        target=lanes.broadcaster,
        channel=visible(message.asked.channel),
        inferred=True,
    )


def _in_full(event: Event, payload: int) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(event)
    return {name: _clean(value, payload) for name, value in fields.items() if name not in _LEFT_OUT}


def _clean(value: Any, payload: int) -> Any:
    if isinstance(value, str):
        return visible(value, payload)
    if isinstance(value, list | tuple):
        return [_clean(one, payload) for one in value]
    if isinstance(value, dict):
        return {visible(str(name), payload): _clean(one, payload) for name, one in value.items()}
    return value


def _spans(events: list[Event], ledger: Ledger, lanes: Lanes, numbers: list[int]) -> list[Span]:
    """Find what lasts: faults, subscriptions and calls, each to its end or to that of the world."""

    def span(kind: str, lane: int, first: Event, last: Event | None, text: str = "") -> Span:
        end = bisect_left(numbers, last.n) if last else len(numbers) - 1
        return Span(kind=kind, lane=lane, first=bisect_left(numbers, first.n), last=end, text=visible(text, 200))

    found = [
        span("subscription", lanes.of_socket(one.socket), one.since, one.ended, one.channel)
        for one in ledger.listenings
    ]
    asked: dict[str, HttpAsked] = {}
    faults: dict[str, FaultBegan] = {}
    for event in events:
        if isinstance(event, HttpAsked):
            asked[event.act] = event
        elif isinstance(event, HttpAnswered) and event.act in asked:
            found.append(span("call", Lanes.BACKEND, asked.pop(event.act), event))
        elif isinstance(event, FaultBegan):
            faults[event.fault] = event
        elif isinstance(event, FaultEnded) and event.fault in faults:
            found.append(span("fault", Lanes.NOWHERE, faults.pop(event.fault), event, event.fault))
    return [*found, *(span("fault", Lanes.NOWHERE, began, None, began.fault) for began in faults.values())]

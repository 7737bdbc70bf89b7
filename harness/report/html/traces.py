"""Which worlds a page shows as traces: of failing tests first, then as many others as there is room for."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from harness.history.events import Event
from harness.history.worlds import worlds
from harness.report.document import Outcome, Report, Word, anchor
from harness.report.html.embedding import Block, packed_block, plain_block
from harness.report.html.text import visible
from harness.report.html.trace import Trace, trace

EVENTS = 2_000
"""Events that one trace shows at most."""
_EVENTS_IN_ALL = 30_000
_PAYLOAD = 2_000
_PLAIN = 1_000_000
"""Bytes of traces that are embedded as plain JSON; what comes after is packed."""
_ENTRY = 1_000
"""Bytes that an entry of the list, and the element around a trace, take at most."""
_FIRST = 5
"""Worlds of one failing test that come before the passing tests."""
_GRAVITY: tuple[Word, ...] = ("FAIL", "ERROR", "ENVIRONMENT", "INCONCLUSIVE")


@dataclass(frozen=True, slots=True)
class World:
    """The events of a test, or of one of its `of` examples, with the numbers of those that its findings are about."""

    test: str
    verdict: str
    number: int
    of: int
    events: list[Event]
    evidence: frozenset[int]

    def trace(self) -> Trace:
        """Draw it."""
        return trace(self.events, self.evidence, limit=EVENTS, payload=_PAYLOAD)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list of traces: the element that holds it, and the numbers of the first and the last event."""

    block: str
    anchor: str
    test: str
    verdict: str
    number: int
    of: int
    first: int
    last: int


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """What a page needs to know of its traces before it opens one; `left_out` worlds have none."""

    entries: list[Entry]
    left_out: int


def in_order(report: Report) -> list[World]:
    """List the worlds of a run: those of the gravest tests first, of each what has evidence, then the newest."""
    outcomes = {one.test: one for one in report.final}
    places = {test: place for place, test in enumerate(outcomes)}
    found = worlds(report.events)
    of = Counter(world[0].test for world in found)
    newer: Counter[str] = Counter()
    ranked: list[tuple[tuple[int, bool, int, int], World]] = []
    for events in reversed(found):
        test = events[0].test
        world = _world(outcomes.get(test), events, of[test] - newer[test], of[test])
        nth, is_shown = newer[test], any(event.n in world.evidence for event in events if world.evidence)
        rank = _rank(world.verdict, 0 if is_shown else nth)
        ranked.append(((rank, not is_shown, nth, places.get(test, len(places))), world))
        newer[test] += 1
    return [world for _, world in sorted(ranked, key=lambda one: one[0])]


def _world(outcome: Outcome | None, events: list[Event], number: int, of: int) -> World:
    findings = outcome.findings if outcome else ()
    return World(
        test=events[0].test,
        verdict=outcome.verdict if outcome else "",
        number=number,
        of=of,
        events=events,
        evidence=frozenset(n for one in findings for n in one.events),
    )


def _rank(verdict: str, nth: int) -> int:
    if verdict not in _GRAVITY:
        return len(_GRAVITY)
    return _GRAVITY.index(verdict) if nth < _FIRST else len(_GRAVITY) + 1


def embedded(ordered: list[World], room: int) -> tuple[Index, list[tuple[str, Block]]]:
    """Embed worlds until `room` bytes or the most events are used; gives the list of them, and each by name."""
    entries: list[Entry] = []
    blocks: list[tuple[str, Block]] = []
    for world, block in _fitting(ordered, room):
        name = f"trace-{len(blocks)}"
        blocks.append((name, block))
        entries.append(
            Entry(
                block=name,
                anchor=anchor(world.test),
                test=visible(world.test, 300),
                verdict=world.verdict,
                number=world.number,
                of=world.of,
                first=world.events[0].n,
                last=world.events[-1].n,
            )
        )
    return Index(entries=entries, left_out=len(ordered) - len(entries)), blocks


def _fitting(ordered: list[World], room: int) -> Iterator[tuple[World, Block]]:
    used = shown = 0
    for world in ordered:
        if shown >= _EVENTS_IN_ALL:
            return
        drawn = world.trace()
        block = plain_block(drawn)
        if used + block.size > _PLAIN:
            block = packed_block(drawn)
        used += block.size + _ENTRY
        if used > room:
            return
        shown += drawn.kept
        yield world, block

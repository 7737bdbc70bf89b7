"""What stands in the sections of a page: cards of tests that did not pass, the table of all, and what was left out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from harness.checkers.findings import Finding
from harness.checkers.verdict import FindingClass
from harness.report.document import Document, Outcome, Report, Word, anchor
from harness.report.html.trace import Row
from harness.report.html.traces import World

T = TypeVar("T")

_GRAVITY: tuple[Word, ...] = ("FAIL", "ERROR", "ENVIRONMENT", "INCONCLUSIVE", "PASS", "NOT EXERCISED")
_COUNTED = ("owed", "delivered", "lost", "late", "duplicated", "unknown")
_TRAFFIC = frozenset({"frame", "fence"})
_LISTED = 40
"""Failed tests whose events are listed as text."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of everything a page shows; when that is too much for its size, half of it."""

    cards: int = 200
    findings: int = 20
    tests: int = 3_000
    lines: int = 60
    text: int = 2_000

    def halved(self) -> "Limits":
        """Give limits half as large."""
        return Limits(
            *(max(1, number // 2) for number in (self.cards, self.findings, self.tests, self.lines, self.text))
        )


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """The first of many, and how many more there are."""

    shown: Sequence[T]
    left_out: int


def part(items: Sequence[T], limit: int) -> Part[T]:
    """Cut a list at a limit."""
    return Part(items[:limit], max(0, len(items) - limit))


@dataclass(frozen=True, slots=True)
class Card:
    """A test that did not pass, or in which a guarantee broke: what it said, its findings, its events as text."""

    outcome: Outcome
    anchor: str
    findings: Part[Finding]
    events: Part[Row]


def cards(report: Report, ordered: Sequence[World], limits: Limits) -> Part[Card]:
    """List the tests that need somebody's eyes, gravest and leaks first."""
    worth = sorted(filter(_needs_eyes, by_gravity(report.final)), key=lambda one: not _is_leak(one))
    worlds: dict[str, World] = {}
    for world in ordered:
        worlds.setdefault(world.test, world)
    chosen = part(worth, limits.cards)
    made = [
        _card(outcome, worlds.get(outcome.test) if index < _LISTED else None, limits)
        for index, outcome in enumerate(chosen.shown)
    ]
    return Part(made, chosen.left_out)


def _needs_eyes(outcome: Outcome) -> bool:
    return outcome.verdict not in {"PASS", "NOT EXERCISED"} or any(one.counts for one in outcome.findings)


def _is_leak(outcome: Outcome) -> bool:
    return any(one.counts and one.kind is FindingClass.SECURITY for one in outcome.findings)


def _card(outcome: Outcome, world: World | None, limits: Limits) -> Card:
    rows = [row for row in world.trace().rows if row.evidence or row.kind not in _TRAFFIC] if world else []
    findings = [one for one in outcome.findings if one.counts]
    return Card(
        outcome=outcome,
        anchor=anchor(outcome.test),
        findings=part(findings, limits.findings),
        events=Part(_telling(rows, limits.lines), max(0, len(rows) - limits.lines)),
    )


def _telling(rows: list[Row], limit: int) -> list[Row]:
    """Keep the rows that a finding is about and the newest of the others, in their order."""
    if len(rows) <= limit:
        return rows
    order = sorted(range(len(rows)), key=lambda index: (not rows[index].evidence, -index))
    return [rows[index] for index in sorted(order[:limit])]


def by_gravity(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Sort outcomes, the gravest first, each kind in the order of the run."""
    return sorted(outcomes, key=lambda one: _GRAVITY.index(one.verdict))


@dataclass(frozen=True, slots=True)
class Line:
    """A test in the table of all tests; `has_card` says that its anchor is that of its card."""

    outcome: Outcome
    anchor: str
    has_card: bool
    counts: str


def lines(report: Report, shown: Part[Card], limits: Limits) -> Part[Line]:
    """List all tests, gravest first."""
    have = {card.anchor for card in shown.shown}
    chosen = part(by_gravity(report.final), limits.tests)
    made = [Line(one, anchor(one.test), anchor(one.test) in have, _counts(one)) for one in chosen.shown]
    return Part(made, chosen.left_out)


def _counts(outcome: Outcome) -> str:
    counts = {name: outcome.counts.get(name, 0) for name in _COUNTED}
    said = f"{counts['delivered']} of {counts['owed']} delivered" if counts["owed"] else ""
    wrong = [f"{count} {name}" for name, count in counts.items() if count and name not in {"owed", "delivered"}]
    return ", ".join([said, *wrong] if said else wrong)


def of_the_run(document: Document) -> tuple[Finding, ...]:
    """List the findings that are of no test but of the run as a whole."""
    tests = {one.test for one in document.outcomes if one.findings}
    return tuple(one for one in document.findings if one.test not in tests)


def unexercised(document: Document) -> list[tuple[str, list[str]]]:
    """List why tests were not exercised, with the tests that each reason kept from running."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for one in document.not_exercised:
        reasons[one.reason].append(one.test)
    return list(reasons.items())

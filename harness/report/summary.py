"""The few lines that a terminal shows at the end of a run: at most forty, whatever happened."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from harness.checkers.findings import Finding
from harness.errors import plain
from harness.report.document import Document, Outcome, final
from harness.report.doubts import doubtful, unproven
from harness.report.headline import headline
from harness.report.paragraph import gravity
from harness.report.visit import Visit

LIMIT: Final = 40
"""Lines of a session, the title above them included."""

_OPEN: Final = ("beyond", "undecided")
"""What is said of a percentile that did not keep its limit; one of which nothing is claimed is no news."""

WIDTH: Final = 200
"""Characters of a line."""


@dataclass(frozen=True)
class _Section:
    """Lines of one kind, of which the last ones may have to go."""

    lines: Sequence[str]

    def cut(self, limit: int) -> list[str]:
        """Give at most so many lines; the last says how many are missing, and where they are."""
        if len(self.lines) <= limit:
            return list(self.lines)
        return [*self.lines[: limit - 1], f"… {len(self.lines) - limit + 1} more in report.html"]


def lines(document: Document) -> list[str]:
    """Write verdict, counts, the worst offenders and what was not looked at; text of a target is escaped."""
    sections = [_Section(one) for one in _sections(document)]
    folder = document.facts.folder
    last = [f"report    {folder}/report.html", f"recheck   realtime report {folder} --recheck"] if folder else []
    limits = [len(one.lines) for one in sections]
    while sum(limits) > LIMIT - 1 - len(last):  # the title
        limits[limits.index(max(limits))] -= 1
    written = [line for one, limit in zip(sections, limits, strict=True) for line in one.cut(limit)]
    return [_fitting(line) for line in (*written, *last)]


def _sections(document: Document) -> list[list[str]]:
    """Write everything there is to say, gravest first."""
    last = final(document.outcomes)
    return [
        [headline(document), _counts(document)],
        _offenders(document.findings),
        _failures(last),
        _unjudged(last, "ERROR"),
        _unjudged(last, "ENVIRONMENT"),
        [line for one in document.doctor for line in _doctor(one)],
        [line for outcome in last for line in _in_doubt(outcome)],
        unproven(document),
        [f"in doubt: {doubt}" for doubt in doubtful(document)],
        [f"does not hold: {one.name}: {one.seen}" for one in document.validity if not one.holds],
        [f"budget {one}: {one.claim} {one.why}".rstrip() for one in document.budgets if one.claim in _OPEN],
        [
            f"tolerated in vain: {one.test} tolerates {one.observation}, which did not break"
            for one in document.unbroken
        ],
        _grouped("not exercised", (one.reason for one in document.not_exercised)),
        list(document.remarks),
        _advice(document.advice),
    ]


def _doctor(visit: Visit) -> list[str]:
    """Tell what the doctor found in a paragraph, whole: a remedy that is cut off mends nothing."""
    told = [f"doctor: {visit.headline}", *(f"  {name:<9} {text}" for name, text in visit.details)]
    return [part for line in told for part in textwrap.wrap(line, WIDTH, subsequent_indent=" " * 12)]


def _advice(advice: Sequence[Finding]) -> list[str]:
    """Name what does not count and is worth knowing, in one line: a healthy target has some, by its dialect."""
    times = Counter(one.id for one in advice)
    named = ", ".join(f"{id_} ({count})" for id_, count in sorted(times.items()))
    return [f"advice, in the report: {named}"] if named else []


def _fitting(line: str) -> str:
    shown = plain(line)
    return shown if len(shown) <= WIDTH else f"{shown[: WIDTH - 1]}…"


def _counts(document: Document) -> str:
    counts, facts = Counter(document.counts), document.facts
    return (
        f"{document.exercised} tests exercised on target {facts.target} ({facts.topology}), seed {facts.seed}: "
        f"{counts['messages ok']} messages, {counts['delivered']} of {counts['owed']} owed deliveries made "
        f"({counts['lost']} lost, {counts['late']} late, {counts['duplicated']} doubled, {counts['unknown']} unknown)"
    )


def _offenders(findings: Iterable[Finding]) -> list[str]:
    """Write one line an observation, the gravest first: how often it was made, and the first time."""
    groups: dict[str, list[Finding]] = {}
    for one in sorted(findings, key=gravity):
        groups.setdefault(one.id, []).append(one)
    written = []
    for id_, group in groups.items():
        first = group[0]
        times = f" {len(group)} times" if len(group) > 1 else ""
        where = f" in {first.test}" if first.test else ""
        written.append(f"FAIL {id_}{times} ({first.kind}, hop {first.hop}): {first.summary}{where}")
    return written


def _failures(outcomes: Iterable[Outcome]) -> list[str]:
    """Name the tests that failed by an expectation of their own, which is no finding of a checker's."""
    return [f"FAIL {one.test}: {_first_line(one)}" for one in outcomes if one.verdict == "FAIL" and not one.findings]


def _unjudged(outcomes: Iterable[Outcome], verdict: str) -> list[str]:
    """Write why tests came to no judgement, each reason once with the number of tests that it kept from one."""
    return _grouped(verdict, (_first_line(one) for one in outcomes if one.verdict == verdict))


def _grouped(what: str, reasons: Iterable[str]) -> list[str]:
    return [f"{what} ({count}): {reason}" for reason, count in Counter(reasons).items()]


def _first_line(outcome: Outcome) -> str:
    return outcome.reason.partition("\n")[0]


def _in_doubt(outcome: Outcome) -> list[str]:
    """Write what was found out about an inconclusive test: pytest itself shows only failures."""
    if outcome.verdict != "INCONCLUSIVE":
        return []
    first, *rest = outcome.reason.removeprefix("Inconclusive: ").split("\n")
    return [f"INCONCLUSIVE {outcome.test}: {first}", *rest]

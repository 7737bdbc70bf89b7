"""
The verdict for a reviewer, as Markdown: `summary.md`, and the summary on the page of a CI job.

Text of a target stays text: no markup, no HTML, no mention, no link and no reference to an issue comes of it.
"""

import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from harness.checkers.findings import Finding
from harness.checkers.latency import Budget
from harness.checkers.recovery import Shortfall
from harness.report.authorization_map import FILE_NAME, AuthorizationMap, map_of
from harness.report.authorization_words import CREDENTIALS, PERSONAS
from harness.report.document import Document, Outcome, Report, final
from harness.report.doubts import doubtful, unproven
from harness.report.guarantees import guarantees
from harness.report.places import met
from harness.report.quoting import on_one_line

LIMIT = 200_000
"""Bytes of a summary; GitHub itself takes 1 MiB of a step."""

_ROWS = (50, 10, 2)
"""How many lines a table, or a list of findings, has at most: fewer are tried where that is too much."""
_EVIDENCE = 5
_HARMLESS = set(string.ascii_letters + string.digits + " ,;.'\"?%=/()+-")
_LIVE = re.compile(r"[@#]|www(?=\.)|://|\bGH-|:(?=[\w+-]+:)", re.IGNORECASE)
"""Behind these GitHub looks for a person, an issue, an address or an emoji."""
_BREAK = "\u200b"
"""A space without width: what stands behind it is no part of a name, a number or an address any more."""


def render(report: Report) -> str:
    """Write `summary.md`."""
    return summary(report.document, drawn=map_of(report.events))


def summary(document: Document, *, drawn: AuthorizationMap | None = None, limit: int = LIMIT) -> str:
    """
    Write at most `limit` bytes: what matters least is left out first, and named; "" when nothing fits.

    `drawn` is the authorization map of the run, which a verdict does not hold.
    """
    for rows in _ROWS:
        sections = {name: text for name, write in _SECTIONS.items() if (text := write(document, rows))}
        if drawn is not None and (text := _authorization(drawn)):
            sections["the authorization map"] = text
        sections = {name: sections[name] for name in _ORDER if name in sections}
        text = "\n".join(sections.values())
        if len(text.encode()) <= limit:
            return text
    return _fitted(sections, limit)


def _fitted(sections: dict[str, str], limit: int) -> str:
    left_out: list[str] = []
    while sections:
        least = max(sections, key=_WEIGHT.index)
        left_out.insert(0, least)
        del sections[least]
        note = f"Left out for its size: {', '.join(left_out)}; `verdict.json` holds all of it.\n"
        text = "\n".join([*sections.values(), note])
        if sections and len(text.encode()) <= limit:
            return text
    return ""


def prose(text: str, limit: int = 500) -> str:
    """Write text of any origin so that it shows as it is, on one line, also in the cell of a table."""
    broken = _LIVE.sub(rf"\g<0>{_BREAK}", on_one_line(text, limit))
    return "".join(one if one in _HARMLESS or not one.isascii() else f"&#{ord(one)};" for one in broken)


def code(text: str) -> str:
    """Write text of any origin as code that can be copied; a pipe in it would end the cell of a table."""
    shown = on_one_line(text, 1000)
    fence = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}" if shown else ""


def _verdict(document: Document, _most: int) -> str:
    facts, tests = document.facts, Counter(document.tests)
    told = ", ".join(f"{tests[word]} {word}" for word in tests)
    why = f" because of {', '.join(document.reasons)}" if document.reasons else ""
    return (
        f"## realtime: {document.verdict}\n\n"
        f"Target {prose(facts.target)} ({prose(facts.topology)}), tier {prose(facts.tier)}, seed {facts.seed}. "
        f"Tests: {told or 'none'}. Exit code {document.exit_code}{why}.\n"
    )


def _guarantees(document: Document, most: int) -> str:
    rows = [
        (
            prose(one.name),
            one.state,
            f"{one.looked_at} {one.unit}" if one.unit else "",
            str(one.broken),
            str(one.tolerated),
        )
        for one in guarantees(document)
    ]
    return _titled("Guarantees", _table(("guarantee", "state", "looked at", "broken", "tolerated"), rows, most))


def _findings(document: Document, most: int) -> str:
    counted = [one for one in met(document) if one.finding.counts]
    told = [_finding(finding, outcome) for finding, outcome in counted[:most]]
    return _titled("Findings", "\n".join([*told, *_more(len(counted), most)]))


def _finding(finding: Finding, outcome: Outcome | None) -> str:
    about = " on ".join(filter(None, [prose(finding.who), code(finding.where)]))
    lines = [f"- **{prose(finding.id)}** ({finding.kind}{', ' if about else ''}{about}): {prose(finding.summary)}"]
    lines += [f"  - hop {prose(finding.hop)}"]
    lines += [f"  - expected: {prose(finding.expected)}"] if finding.expected else []
    lines += [f"  - seen: {prose(one)}" for one in finding.evidence[:_EVIDENCE]]
    lines += [f"  - suspect: {prose(str(one))}" for one in finding.suspects[:3]]
    lines += [f"  - test: {code(outcome.test)}"] if outcome is not None else []
    lines += [f"  - replay: {code(outcome.replay)}"] if outcome is not None and outcome.replay else []
    return "\n".join(lines)


def _failed(document: Document, most: int) -> str:
    failed = [
        one
        for one in final(document.outcomes)
        if one.verdict in {"FAIL", "ERROR", "ENVIRONMENT"} and not any(found.counts for found in one.findings)
    ]
    rows = [(one.verdict, code(one.test).replace("|", "\\|"), _reason(one)) for one in failed]
    return _titled("Failed without a finding", _table(("verdict", "test", "why"), rows, most))


def _doctor(document: Document, most: int) -> str:
    """Tell what the doctor found when it walked the target."""
    told = []
    for one in document.doctor:
        told.append(f"- {prose(one.headline)}")
        told += [f"  - {name}: {prose(text)}" for name, text in one.details[:most]]
    return _titled("Doctor", "\n".join(told))


def _latency(document: Document, most: int) -> str:
    rows = [_budget("all tests", one) for one in document.budgets]
    rows += [_budget(prose(outcome.test), one) for outcome in final(document.outcomes) for one in outcome.budgets]
    return _titled("Latency", _table(("of", "percentile", "value", "95 % interval", "limit", "n", "claim"), rows, most))


def _budget(of: str, budget: Budget) -> tuple[str, ...]:
    upper = "no upper bound" if budget.upper is None else _milliseconds(budget.upper)
    needs = f", needs {budget.needed}" if budget.samples < budget.needed else ""
    return (
        of,
        prose(budget.percentile),
        _milliseconds(budget.value),
        f"{_milliseconds(budget.lower)} to {upper}",
        _milliseconds(budget.limit),
        f"{budget.samples}{needs}",
        budget.claim + (f": {prose(budget.why)}" if budget.why else ""),
    )


def _recovery(document: Document, most: int) -> str:
    """Say what came after each fault, and what people missed meanwhile; nothing where there was neither."""
    after = [
        (
            prose(" ".join(filter(None, (one.fault, one.server, *one.people)))),
            _seconds(one.first_delivery),
            _seconds(one.people_back) + (f", {one.away} away" if one.away else ""),
            _seconds(one.rosters),
            f"{_seconds(one.false_online)} / {_seconds(one.false_offline)}",
            "beyond" if one.too_slow else f"within {_seconds(one.limit)}",
        )
        for one in document.recoveries
    ]
    head = ("fault", "first delivery", "everybody back", "rosters right", "false online / offline", "budget")
    missed = [
        (prose(one.who), code(one.channel).replace("|", "\\|"), *map(str, _fates(one)), prose(one.test))
        for one in document.shortfalls
    ]
    gaps = _table(("who", "channel", "missed", "caught up", "heard late", "in neither", "test"), missed, most)
    return _titled("Recovery", "\n\n".join(filter(None, [_table(head, after, most), gaps])))


def _fates(one: Shortfall) -> tuple[int, ...]:
    return one.missed, one.caught_up, one.heard_late, one.in_neither


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.3g} s"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _authorization(drawn: AuthorizationMap) -> str:
    """Say how much was decided of whom, and of whom nothing."""
    if not drawn.rows:
        return ""
    patterns = len({row.pattern for row in drawn.rows})
    decisions = Counter(row.decision for row in drawn.rows)
    told = ", ".join(f"{decisions[word]} {word}" for word in sorted(decisions))
    live = {row.persona for row in drawn.rows if row.credential == "live"}
    unasked = [words for persona, words in PERSONAS.items() if persona and persona not in live]
    unasked += [
        words for state, words in CREDENTIALS.items() if words and all(row.credential != state for row in drawn.rows)
    ]
    told_not = f" Never asked: {'; '.join(unasked)}." if unasked else ""
    rows = f"{_counted(len(drawn.rows), 'row')} on {_counted(patterns, 'pattern')} of channels in `{FILE_NAME}`"
    return _titled("Authorization map", f"{rows}: {told}.{told_not}")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _not_exercised(document: Document, most: int) -> str:
    reasons = Counter(one.reason for one in document.not_exercised)
    rows = [(str(count), prose(reason)) for reason, count in reasons.items()]
    return _titled("Not exercised", _table(("tests", "why"), rows, most))


def _remarks(document: Document, most: int) -> str:
    return _titled("Remarks", _table(("what",), [(prose(one),) for one in document.remarks], most))


def _doubts(document: Document, most: int) -> str:
    last = final(document.outcomes)
    rows = [("run", prose(one)) for one in (*unproven(document), *doubtful(document))]
    rows += [(f"validity: {prose(one.name)}", prose(one.seen)) for one in document.validity if not one.holds]
    rows += [("inconclusive", f"{prose(one.test)}: {_reason(one)}") for one in last if one.verdict == "INCONCLUSIVE"]
    rows += [("tolerated in vain", f"{prose(one.test)}: {prose(one.observation)}") for one in document.unbroken]
    return _titled("Doubts", _table(("about", "what"), rows, most))


def _tolerated(document: Document, most: int) -> str:
    rows = [(prose(one.id), prose(one.summary), prose(one.tolerated)) for one in document.tolerated]
    rows += [(prose(one.id), prose(one.summary), "advice") for one in document.advice if not one.tolerated]
    return _titled("Tolerated, and advice", _table(("observation", "what", "why it does not count"), rows, most))


def _where(document: Document, _most: int) -> str:
    facts = document.facts
    return f"Run {code(facts.run)}, report in {code(facts.folder)}\n" if facts.folder else ""


_SECTIONS: dict[str, Callable[[Document, int], str]] = {
    "the verdict": _verdict,
    "guarantees": _guarantees,
    "findings": _findings,
    "failed tests": _failed,
    "the doctor": _doctor,
    "latency": _latency,
    "recovery": _recovery,
    "not exercised": _not_exercised,
    "remarks": _remarks,
    "doubts": _doubts,
    "tolerated": _tolerated,
    "where the report is": _where,
}
"""The sections in the order of reading; each takes the most lines that it may have."""

_ORDER = tuple(
    part for name in _SECTIONS for part in ((name, "the authorization map") if name == "latency" else (name,))
)
"""Where the section stands that needs more than a verdict."""

_WEIGHT = (
    "the verdict", "where the report is", "findings", "failed tests", "the doctor", "guarantees", "doubts", "latency",
    "recovery", "not exercised", "remarks", "the authorization map", "tolerated",
)  # fmt: skip
"""The same by weight: what stands last here is left out first."""


def _reason(outcome: Outcome) -> str:
    return prose(outcome.reason.partition("\n")[0])


def _titled(title: str, text: str) -> str:
    return f"### {title}\n\n{text}\n" if text else ""


def _table(head: Sequence[str], rows: Sequence[Iterable[str]], most: int) -> str:
    if not rows:
        return ""
    lines = [head, ["---"] * len(head), *rows[:most]]
    return "\n".join([*(f"| {' | '.join(line)} |" for line in lines), *_more(len(rows), most)])


def _more(count: int, most: int) -> list[str]:
    return [f"\n… {count - most} more in `verdict.json`"] if count > most else []

"""The few lines that a terminal shows at the end of a run."""

from collections import Counter

from harness.errors import plain
from harness.report.document import Document, Outcome, final

_SHOWN = 10


def lines(document: Document) -> list[str]:
    """Write the counts, the findings, and what was not looked at; text of a target is escaped, one line each."""
    last = final(document.outcomes)
    written = [_counts(document)]
    written += [
        f"FAIL {one.id} ({one.kind}, hop {one.hop}): {plain(one.summary)}" for one in document.findings[:_SHOWN]
    ]
    hidden = len(document.findings) - _SHOWN
    written += [f"… {hidden} more findings in verdict.json"] if hidden > 0 else []
    unexplained = [one for one in document.outcomes if one.verdict == "FAIL" and not one.findings]
    written += [f"FAIL {plain(one.test)}: {plain(_first_line(one))}" for one in unexplained[:_SHOWN]]
    hidden = len(unexplained) - _SHOWN
    written += [f"… {hidden} more failed tests in verdict.json"] if hidden > 0 else []
    written += _unjudged(last, "ERROR") + _unjudged(last, "ENVIRONMENT")
    written += [line for outcome in document.outcomes for line in _in_doubt(outcome)]
    written += [f"in doubt: {plain(doubt)}" for doubt in document.doubts]
    written += [f"flaky, passed only when it was run again: {plain(test)}" for test in document.flaky]
    written += [
        f"tolerated in vain: {plain(one.test)} tolerates {plain(one.observation)}, which did not break"
        for one in document.unbroken
    ]
    reasons = Counter(one.reason for one in document.not_exercised)
    written += [f"not exercised ({count}): {plain(reason)}" for reason, count in reasons.items()]
    written += [
        f"required but not exercised: {word}: no test that ran needs it" for word in document.required_not_exercised
    ]
    written += [f"{plain(document.cut_short)}, so what was left is not proven"] if document.cut_short else []
    written += ["no realtime test was exercised, so nothing is proven"] if not document.exercised else []
    return [*written, _where(document)]


def _counts(document: Document) -> str:
    counts = Counter(document.counts)
    return (
        f"{document.exercised} tests exercised, {counts['messages ok']} messages sent, "
        f"{counts['delivered']} of {counts['owed']} owed deliveries made "
        f"({counts['lost']} lost, {counts['late']} late, {counts['duplicated']} duplicated, "
        f"{counts['unknown']} unknown)"
    )


def _where(document: Document) -> str:
    """Name what was looked at, and where all of it is written: a verdict on another target is none on this one."""
    facts = document.facts
    return f"target {plain(facts.target)} ({facts.topology}), seed {facts.seed}, report {plain(facts.folder)}"


def _unjudged(outcomes: list[Outcome], verdict: str) -> list[str]:
    """Write why tests came to no judgement, each reason once with the number of tests that it kept from one."""
    reasons = Counter(_first_line(one) for one in outcomes if one.verdict == verdict)
    hidden = len(reasons) - _SHOWN
    written = [f"{verdict} ({count}): {plain(reason)}" for reason, count in list(reasons.items())[:_SHOWN]]
    return written + ([f"… {hidden} more reasons in verdict.json"] if hidden > 0 else [])


def _first_line(outcome: Outcome) -> str:
    """Give the first line of why a test failed: an expectation of its own, which is no finding of a checker's."""
    return outcome.reason.partition("\n")[0]


def _in_doubt(outcome: Outcome) -> list[str]:
    """Write what was found out about an inconclusive test, line by line: pytest itself shows only failures."""
    if outcome.verdict != "INCONCLUSIVE":
        return []
    first, *rest = outcome.reason.removeprefix("Inconclusive: ").split("\n")
    return [f"INCONCLUSIVE {plain(outcome.test)}: {plain(first)}", *map(plain, rest)]

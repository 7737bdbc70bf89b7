"""Merge what all tests came to, and what the run as a whole came to, into one verdict and one exit code."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from msgspec.structs import replace

from harness.checkers.findings import Finding
from harness.checkers.run import RunJudgement
from harness.checkers.verdict import FindingClass, Verdict
from harness.report.document import EXERCISED, Document, Facts, Outcome, Reason, Unbroken, Unexercised, final

_EXIT: dict[Reason, int] = {"security": 5, "failure": 1, "environment": 3, "inconclusive": 4}
"""The gravest wins, in this order (DESIGN.md, section 5)."""


def document_of(
    outcomes: Sequence[Outcome],
    *,
    facts: Facts,
    run: RunJudgement | None = None,
    cut_short: str = "",
    require: Collection[str] = (),
) -> Document:
    """
    Give the verdict of a run.

    `cut_short` says why not all tests ran, and `require` which capabilities must be exercised: with the one, or without
    the other, the verdict is no PASS.
    """
    run = run or RunJudgement()
    last = final(outcomes)
    findings = [*(one for outcome in last for one in outcome.findings), *run.findings]
    broken = tuple(one for one in findings if one.counts)
    tests = Counter(outcome.verdict for outcome in last)
    exercised, flaky, missing = sum(tests[word] for word in EXERCISED), _flaky(outcomes), _not_exercised(require, last)
    doubtful = tests["INCONCLUSIVE"] or flaky or cut_short or missing or run.doubts or not exercised
    holds: dict[Reason, bool] = {
        "security": any(one.kind is FindingClass.SECURITY for one in broken),
        "failure": bool(broken or tests["FAIL"] or tests["ERROR"]),
        "environment": bool(tests["ENVIRONMENT"]),
        "inconclusive": bool(doubtful),
    }
    reasons = tuple(reason for reason, held in holds.items() if held)
    return Document(
        verdict=_verdict(reasons),
        exit_code=_EXIT[reasons[0]] if reasons else 0,
        reasons=reasons,
        facts=facts,
        cut_short=cut_short,
        tests=dict(tests),
        exercised=exercised,
        counts=_counts(last),
        budgets=run.budgets,
        stages=run.stages,
        validity=run.validity,
        revocations=run.revocations,
        recoveries=run.recoveries,
        shortfalls=run.shortfalls,
        doubts=run.doubts,
        findings=broken,
        advice=tuple(_once(one for one in findings if one.kind is FindingClass.ADVICE)),
        tolerated=tuple(one for one in findings if one.tolerated),
        unbroken=tuple(Unbroken(test=one.test, observation=word) for one in last for word in one.unbroken),
        flaky=flaky,
        not_exercised=_unexercised(last),
        required_not_exercised=missing,
        remarks=run.remarks,
        outcomes=tuple(outcomes),
    )


def held_against(document: Document, reason: Reason, *doubts: str) -> Document:
    """Give the verdict with something more that speaks against the run: what nobody could write, or read."""
    held = {*document.reasons, reason}
    reasons = tuple(one for one in _EXIT if one in held)
    return replace(
        document,
        reasons=reasons,
        verdict=_verdict(reasons),
        exit_code=_EXIT[reasons[0]],
        doubts=tuple(dict.fromkeys((*document.doubts, *doubts))),
    )


def _verdict(reasons: Sequence[Reason]) -> Verdict:
    if not reasons:
        return Verdict.PASS
    return Verdict.FAIL if reasons[0] in {"security", "failure"} else Verdict.INCONCLUSIVE


def _unexercised(outcomes: Iterable[Outcome]) -> tuple[Unexercised, ...]:
    """List the tests that the target could not serve, with the reasons."""
    return tuple(Unexercised(test=one.test, reason=one.reason) for one in outcomes if one.verdict == "NOT EXERCISED")


def _not_exercised(require: Collection[str], outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """List the required capabilities that no test needed which got as far as a verdict on the product."""
    exercised = {word for one in outcomes if one.verdict in EXERCISED for word in one.needs}
    return tuple(word for word in require if word not in exercised)


def _flaky(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """List the tests that passed, but only when they were run again."""
    repeated = {outcome.test for outcome in outcomes if outcome.repeated}
    return tuple(sorted(repeated & {outcome.test for outcome in outcomes if outcome.verdict == "PASS"}))


def _counts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        counts.update(outcome.counts)
    return dict(counts)


def _once(advice: Iterable[Finding]) -> Iterable[Finding]:
    """Leave out what was said before in the same words: a known weakness is met in many tests and is one."""
    said: dict[tuple[str, str], Finding] = {}
    for one in advice:
        said.setdefault((one.id, one.summary), one)
    return said.values()

"""
Judge a stored run once more: from its history alone, by the checkers of today.

What a history cannot tell is kept as it was: an assertion of the test's own, a test that is wrong itself, an
environment that failed, and what was not exercised.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from msgspec.structs import replace as changed

from harness.checkers.judgement import CHECKERS, Checker, Judgement, judge
from harness.checkers.run import judge_run
from harness.diagnosis.ranking import explained
from harness.errors import UsageError
from harness.history.events import Event
from harness.history.worlds import terms, worlds
from harness.report.document import Document, Outcome, Report, Word
from harness.report.outcomes import Summed, excuse_of, summed
from harness.report.verdict import document_of

_JUDGED: Final[tuple[Word, ...]] = ("PASS", "FAIL", "INCONCLUSIVE")
_World = list[Event]
_GONE: Final = "the history holds nothing of it any more"


def chosen(names: Sequence[str]) -> dict[str, Checker]:
    """Choose checkers by name, all when none is named; raises `UsageError` for a name that none has."""
    for name in names:
        if name not in CHECKERS:
            raise UsageError(f"{name!r} is no checker; known are {', '.join(CHECKERS)}")
    return {name: check for name, check in CHECKERS.items() if name in names or not names}


def rechecked(report: Report, checkers: Mapping[str, Checker] = CHECKERS) -> Report:
    """Give the report with every world of its history, and the run as a whole, judged once more."""
    stored = report.document
    by_test = _by_test(report.events)
    outcomes: list[Outcome] = []
    for test, attempts in _attempts(stored.outcomes).items():
        told = _shares(by_test.pop(test, []), len(attempts))
        outcomes += [_again(one, share, checkers) for one, share in zip(attempts, told, strict=True)]
    outcomes += [_untold(test, left, checkers) for test, left in by_test.items()]
    document = document_of(
        outcomes,
        facts=stored.facts,
        run=judge_run(report.header, report.events),
        cut_short=stored.cut_short,
        require=stored.required_not_exercised,
    )
    return replace(report, document=changed(document, doctor=stored.doctor))


def untold(outcomes: Iterable[Outcome], events: Iterable[Event]) -> list[Outcome]:
    """Give the outcomes of the tests that nobody was left to tell of, because their run was interrupted."""
    told = {one.test for one in outcomes}
    return [_untold(test, left, CHECKERS) for test, left in _by_test(events).items() if test not in told]


def changes(before: Document, after: Document) -> list[str]:
    """Say what became of tests that came to something else than before: `test_x: PASS → FAIL delivery.lost`."""
    earlier = {one.test: _came_to(one) for one in before.outcomes}
    later = {one.test: _came_to(one) for one in after.outcomes}
    told = [
        f"{test}: {earlier.get(test, 'nothing')} → {came}" for test, came in later.items() if earlier.get(test) != came
    ]
    if before.verdict != after.verdict:
        told.append(f"the run: {before.verdict} → {after.verdict}")
    return told


def _came_to(outcome: Outcome) -> str:
    return " ".join([outcome.verdict, *sorted({one.id for one in outcome.findings if one.counts})])


def _by_test(events: Iterable[Event]) -> dict[str, list[_World]]:
    found: dict[str, list[_World]] = {}
    for world in worlds(events):
        found.setdefault(world[0].test, []).append(world)
    return found


def _attempts(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    found: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        found.setdefault(outcome.test, []).append(outcome)
    return found


def _shares(told: list[_World], attempts: int) -> list[list[_World]]:
    """Deal the worlds of a test to its attempts: one each where that comes out even, else all to the last."""
    if len(told) == attempts:
        return [[world] for world in told]
    return [*([] for _ in range(attempts - 1)), told]


def _again(outcome: Outcome, told: Sequence[_World], checkers: Mapping[str, Checker]) -> Outcome:
    """Judge the worlds of one attempt; without any, or where they say nothing, it stays what it was."""
    if outcome.verdict not in _JUDGED:
        return outcome
    if not told:
        return _unproven(outcome)
    found = summed(_judged(told, checkers), excuse=excuse_of(outcome.findings))
    verdict = _verdict(outcome, found)
    return changed(
        outcome,
        verdict=verdict,
        counts=found.counts,
        findings=found.findings,
        doubts=found.doubts,
        budgets=found.budgets,
        unbroken=_unbroken(told, found),
        reason=outcome.reason if verdict == outcome.verdict else _reason(found),
    )


def _unproven(outcome: Outcome) -> Outcome:
    """Doubt a test that passed on what was counted in its history, where that history is gone: a file may be cut."""
    if outcome.verdict != "PASS" or outcome.repeated or not outcome.counts:
        return outcome
    return changed(outcome, verdict="INCONCLUSIVE", counts={}, doubts=(_GONE,), reason=f"Inconclusive: {_GONE}")


def _verdict(outcome: Outcome, found: Summed) -> Word:
    """What a test asserted itself, and an expectation that could not decide, are no judgement: they stay."""
    is_own = outcome.verdict == "FAIL" and not _is_of_findings(outcome)
    is_open = outcome.verdict == "INCONCLUSIVE" and not outcome.doubts
    if is_own or (is_open and found.verdict == "PASS"):
        return outcome.verdict
    return found.verdict.value


def _is_of_findings(outcome: Outcome) -> bool:
    """Tell whether a test failed because of what was found, and not by an assertion of its own."""
    return any(one.counts and outcome.reason.startswith(f"GuaranteeBroken: {one.id} ") for one in outcome.findings)


def _untold(test: str, left: Sequence[_World], checkers: Mapping[str, Checker]) -> Outcome:
    found = summed(_judged(left, checkers))
    return Outcome(
        test=test,
        verdict=found.verdict.value,
        reason=_reason(found),
        counts=found.counts,
        findings=found.findings,
        doubts=found.doubts,
        budgets=found.budgets,
        unbroken=_unbroken(left, found),
    )


def _judged(told: Iterable[_World], checkers: Mapping[str, Checker]) -> list[Judgement]:
    return [explained(judge(world, checkers), world) for world in told]


def _unbroken(told: Sequence[_World], found: Summed) -> tuple[str, ...]:
    started, _ = terms(told[-1])
    tolerated = started.tolerated if started else ()
    return tuple(word for word, _ in tolerated if not any(one.matches(word) for one in found.findings))


def _reason(found: Summed) -> str:
    """Say why, as the exception of such a test does."""
    broken = [one for one in found.findings if one.counts]
    if broken:
        return f"GuaranteeBroken: {broken[0]}"
    return f"Inconclusive: {found.doubts[0]}" if found.doubts else ""

"""Why a run is no PASS although its tests are."""

from typing import Any

from harness.checkers.run import RunJudgement
from harness.report.doubts import doubtful, unproven


def test_a_proven_run_has_none(outcome: Any, report: Any) -> None:
    """Nothing is said where there is nothing to say."""
    document = report(outcome()).document

    assert (unproven(document), doubtful(document)) == ([], [])


def test_what_is_missing_is_listed(report: Any) -> None:
    """A run that was cut short, a capability that nobody needed, and no test at all."""
    assert unproven(report(cut_short="the run was interrupted", require=("faults",)).document) == [
        "the run was interrupted, so what was left is not proven",
        "required but not exercised: faults",
        "no realtime test was exercised, so nothing is proven",
    ]


def test_what_is_in_doubt_is_listed(outcome: Any, report: Any) -> None:
    """The doubts of the run as a whole, and every test that needed a second attempt."""
    attempts = (outcome("FAIL", repeated=True), outcome())

    assert doubtful(report(*attempts, run=RunJudgement(doubts=("the clock jumped",))).document) == [
        "the clock jumped",
        "flaky, passed only when it was run again: test_x",
    ]

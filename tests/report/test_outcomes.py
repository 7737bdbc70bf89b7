"""The worlds of one test are one outcome."""

from typing import Any

import pytest

from harness.checkers.judgement import Judgement
from harness.checkers.verdict import Verdict
from harness.report.outcomes import excuse_of, expected_to_fail, summed


def judgement(*findings: Any, doubts: tuple[str, ...] = (), **counts: int) -> Judgement:
    """Make the judgement of a world."""
    return Judgement(verdict=Verdict.PASS, findings=findings, doubts=doubts, counts=counts)


def test_counts_are_added_and_the_last_world_that_broke_is_shown(found: Any) -> None:
    """Hypothesis shrinks: the last failing example is the one that it reports."""
    first, last = found("delivery.lost"), found("delivery.late")
    whole = summed([judgement(first, owed=2, lost=1), judgement(last, owed=1, late=1), judgement(owed=3, lost=0)])

    assert whole.counts == {"owed": 6, "lost": 1, "late": 1}
    assert (whole.findings, whole.doubts, whole.verdict) == ((last,), (), Verdict.FAIL)


@pytest.mark.parametrize(
    ("worlds", "verdict"),
    [([], Verdict.PASS), ([judgement()], Verdict.PASS), ([judgement(doubts=("no pong came",))], Verdict.INCONCLUSIVE)],
)
def test_a_doubt_is_no_pass(worlds: list[Judgement], verdict: Verdict) -> None:
    """What no world found is none, and what one of them doubts stays open."""
    assert summed(worlds).verdict is verdict


def test_what_an_expected_failure_found_does_not_count(found: Any) -> None:
    """It keeps its excuse, by which a later judgement knows it; what was tolerated before keeps its own."""
    excuse = expected_to_fail("known leak")
    whole = summed([judgement(found(), found("delivery.late", tolerated="ticket 7"))], excuse=excuse)

    assert [one.tolerated for one in whole.findings] == [excuse, "ticket 7"]
    assert whole.verdict is Verdict.PASS
    assert excuse_of(whole.findings) == excuse
    assert excuse_of([found(tolerated="ticket 7")]) == ""

"""Results: what convicts a defect, and what a proof of many comes to."""

import pytest

from harness.checkers.findings import Finding, Suspect
from harness.checkers.verdict import FindingClass
from harness.faults.defects.defect import Defect
from harness.proving.result import Proof, Result, conviction, convicts, failed
from harness.report.document import Outcome

LOSS = Defect("DE-03:some", "one in twenty is lost", "interceptor", ("delivery.lost",), ("other_participant",))


def found(id_: str = "delivery.lost", *suspects: str, tolerated: str = "") -> Finding:
    """Make a finding with these suspects."""
    named = tuple(Suspect(id=one, says="") for one in suspects)
    return Finding(id=id_, kind=FindingClass.DELIVERY, hop="7", summary="", suspects=named, tolerated=tolerated)


@pytest.mark.parametrize(
    ("finding", "is_one"),
    [
        (found("delivery.lost", "DE-03"), True),
        (found("delivery.lost", "DE-13", "DE-04", "DE-03"), True),
        (found("delivery.lost", "DE-13", "DE-04", "DE-30", "DE-03"), False),
        (found("delivery.late", "DE-03"), False),
        (found("delivery.lost"), False),
    ],
)
def test_a_finding_convicts_that_names_the_defect_early(finding: Finding, is_one: bool) -> None:  # noqa: FBT001
    """Its observation is declared, and the defect is among the first three suspects, without its variant."""
    assert convicts(LOSS, finding) is is_one


def test_what_is_tolerated_convicts_nobody() -> None:
    """The first that counts does."""
    good = found("delivery.lost", "DE-03")

    assert conviction(LOSS, [found("delivery.lost", "DE-03", tolerated="known"), good]) is good
    assert conviction(LOSS, []) is None


def test_how_a_test_failed_is_said_in_a_line() -> None:
    """By what was observed, or by its own reason; what passed, or was not exercised, did not fail."""
    observed = (found("delivery.lost"), found("delivery.lost"), found("delivery.late", tolerated="known"))
    assert failed(Outcome(test="t", verdict="FAIL", findings=observed)) == "t: FAIL: delivery.lost"
    assert failed(Outcome(test="t", verdict="ERROR", reason="ValueError: one\ntwo")) == "t: ERROR: ValueError: one"
    assert failed(Outcome(test="t", verdict="PASS")) == ""
    assert failed(Outcome(test="t", verdict="NOT EXERCISED")) == ""


def proof(*results: Result, healthy: Result = Result(defect="")) -> Proof:  # noqa: B008 - it is frozen
    """Make a proof of these results."""
    about = {"target": "embedded", "topology": "embedded", "tier": "pr", "seed": 1, "seconds": 1.0, "tests": 3}
    return Proof(**about, defects=(LOSS,), healthy=(healthy,), results=results)


CAUGHT = Result(defect=LOSS.id, conviction=found())
SURVIVED = Result(defect=LOSS.id)
OTHERWISE = Result(defect=LOSS.id, others=("t: FAIL: x",))
UNTRIED = Result(defect=LOSS.id, problem="it died")


def test_a_proof_holds_when_all_was_caught_and_nothing_else() -> None:
    """A survivor, another reason, a false alarm, no answer, and nothing at all are each the end of it."""
    assert proof(CAUGHT, CAUGHT).holds
    for missed in (SURVIVED, OTHERWISE, UNTRIED):
        assert not proof(CAUGHT, missed).holds
        assert proof(CAUGHT, missed).score == 0.5
        assert proof(CAUGHT, missed).missed == [missed]
    assert not proof(CAUGHT, healthy=Result(defect="", others=("t: FAIL: x",))).holds
    assert not proof().holds
    assert proof().score == 0


def test_false_alarms_are_what_the_healthy_target_was_blamed_for() -> None:
    """Whatever failed there, and what kept it from being judged."""
    healthy = Result(defect="", others=("t: FAIL: x",), problem="it died")

    assert proof(CAUGHT, healthy=healthy).false_alarms == ["t: FAIL: x", "it died"]
    assert [one.word for one in (CAUGHT, SURVIVED, OTHERWISE, UNTRIED)] == [
        *("caught", "survived", "caught otherwise", "not tried")
    ]
    assert proof(CAUGHT).defect(LOSS.id) is LOSS

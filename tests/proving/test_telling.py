"""Telling: a line a defect, the score at the end, and whatever survived with what would have caught it."""

from harness.faults.defects.defect import Defect
from harness.proving.result import Proof, Result
from harness.proving.telling import line, markdown, summary
from tests.proving.test_result import LOSS, found

ECHO = Defect("DE-12", "the sender hears itself", "backend", ("delivery.own-echo",), ("not_to_oneself",))
CAUGHT = Result(defect=LOSS.id, tests=2, seconds=0.4, test="a_test", conviction=found())
SURVIVED = Result(defect="DE-12", tests=9, seconds=3.0)


def proof(*results: Result, healthy: Result, **facts: dict[str, str]) -> Proof:
    """Make a proof of these results."""
    about = {"target": "embedded", "topology": "embedded", "tier": "pr", "seed": 1, "seconds": 9.0, "tests": 9}
    return Proof(**about, defects=(LOSS, ECHO), healthy=(healthy,), results=results, **facts)


def test_a_line_says_what_became_of_a_defect() -> None:
    """What convicted it and where; what else failed; what kept it from being tried."""
    assert line(CAUGHT).split() == ["DE-03:some", "caught", "0.4", "s", "delivery.lost", "in", "a_test"]
    assert line(SURVIVED).endswith("9 tests saw nothing")
    assert line(Result(defect="DE-12", others=("t: FAIL: x",))).endswith("t: FAIL: x")
    assert line(Result(defect="DE-12", problem="it died\nlog")).endswith("it died")


def test_a_line_says_whether_the_healthy_target_was_blamed() -> None:
    """One false alarm is one too many."""
    assert line(Result(defect="")).endswith("no false alarm")
    assert line(Result(defect="", others=("t: FAIL: x",))).endswith("1 false alarm")
    assert line(Result(defect="", others=("a", "b"))).endswith("2 false alarms")
    assert line(Result(defect="", where="behind the interceptor")).endswith("no false alarm, behind the interceptor")


def test_the_end_names_survivors_and_false_alarms() -> None:
    """With what would have caught them, and what was not tried."""
    healthy = Result(defect="", others=("t: FAIL: x",), doubts=("u: too few",))
    said = "\n".join(summary(proof(CAUGHT, SURVIVED, healthy=healthy, untried={"AZ-38": "no origins"})))

    assert "1 of 2 defects caught (50%), 1 id\n" in said
    assert "SURVIVED  DE-12: the sender hears itself" in said
    assert "would have caught it: delivery.own-echo, as in *not_to_oneself*" in said
    assert "FALSE ALARM  t: FAIL: x" in said
    assert "inconclusive on the healthy target: u: too few" in said
    assert "not tried: 1 defect, see" in said


def test_what_was_caught_otherwise_or_not_tried_says_why() -> None:
    """A reader looks there first."""
    results = (Result(defect="DE-12", others=("t: FAIL: x",)), Result(defect="DE-12", problem="it died\nlog"))
    said = "\n".join(summary(proof(*results, healthy=Result(defect=""))))

    assert "failed all the same: t: FAIL: x" in said
    assert "not tried: it died" in said


def test_the_page_has_a_row_a_defect() -> None:
    """And those that this target cannot be given, with the reason."""
    page = markdown(proof(CAUGHT, SURVIVED, healthy=Result(defect=""), untried={"AZ-38": "no origins"}))

    assert "| DE-03:some | one in twenty is lost | caught | delivery.lost | 0.4 |" in page
    assert "| DE-12 | the sender hears itself | survived |  | 3.0 |" in page
    evil = Result(defect="DE-12", others=("t: FAIL: assert a | b\n| c |",), seconds=1.0)
    said = "| DE-12 | the sender hears itself | caught otherwise | t&#58; FAIL&#58; assert a &#124; b &#124; c &#124; |"
    assert f"\n{said} 1.0 |\n" in markdown(proof(evil, healthy=Result(defect="")))
    assert "| AZ-38 | no origins |" in page
    assert "no origins" not in markdown(proof(CAUGHT, healthy=Result(defect="")))

"""The verdict of a run: the gravest outcome decides, and nothing observed is never a pass."""

from functools import partial
from typing import Any

import msgspec
import pytest

from harness.checkers.findings import finding
from harness.checkers.run import RunJudgement
from harness.report.document import Facts, Unbroken, Unexercised
from harness.report.verdict import document_of as document_with_facts
from harness.report.verdict import held_against

document_of = partial(document_with_facts, facts=Facts())


@pytest.mark.parametrize(
    ("verdicts", "verdict", "code", "reasons"),
    [
        (["PASS"], "PASS", 0, []),
        (["PASS", "NOT EXERCISED"], "PASS", 0, []),
        (["PASS", "INCONCLUSIVE"], "INCONCLUSIVE", 4, ["inconclusive"]),
        (["INCONCLUSIVE", "ENVIRONMENT"], "INCONCLUSIVE", 3, ["environment", "inconclusive"]),
        (["PASS", "ENVIRONMENT"], "INCONCLUSIVE", 3, ["environment"]),
        (["ENVIRONMENT"], "INCONCLUSIVE", 3, ["environment", "inconclusive"]),
        (["INCONCLUSIVE", "FAIL", "ENVIRONMENT"], "FAIL", 1, ["failure", "environment", "inconclusive"]),
        (["PASS", "ERROR"], "FAIL", 1, ["failure"]),
        (["NOT EXERCISED"], "INCONCLUSIVE", 4, ["inconclusive"]),
        ([], "INCONCLUSIVE", 4, ["inconclusive"]),
    ],
)
def test_the_gravest_outcome_decides(outcome: Any, verdicts: list[str], verdict: str, code: int, reasons: Any) -> None:
    """Failure before environment before inconclusive; a run that exercised nothing proves nothing."""
    summary = document_of([outcome(one) for one in verdicts])

    assert (summary.verdict, summary.exit_code, list(summary.reasons)) == (verdict, code, reasons)
    assert sum(summary.tests.values()) == len(verdicts)
    assert summary.exercised == sum(one in {"PASS", "FAIL", "INCONCLUSIVE"} for one in verdicts)


def test_a_leak_outweighs_everything(outcome: Any, found: Any) -> None:
    """A finding of class security ends the run with a code of its own."""
    leak = outcome("FAIL", found("isolation.heard-by-outsider"))
    summary = document_of([leak, outcome("ENVIRONMENT"), outcome("INCONCLUSIVE")])

    assert (summary.verdict, summary.exit_code) == ("FAIL", 5)
    assert summary.reasons == ("security", "failure", "environment", "inconclusive")


def test_a_broken_guarantee_fails_a_run_whatever_its_test_came_to(outcome: Any, found: Any) -> None:
    """A test that was inconclusive for another reason does not hide what was found in it."""
    summary = document_of([outcome("INCONCLUSIVE", found())])

    assert (summary.verdict, summary.exit_code, len(summary.findings)) == ("FAIL", 1, 1)


def test_tolerated_findings_and_advice_are_told_and_do_not_count(outcome: Any, found: Any) -> None:
    """Each is listed in its own place."""
    excused, advice = found("isolation.heard-by-outsider", tolerated="known"), found(advice=True)
    summary = document_of([outcome("PASS", excused, advice)])

    assert (summary.verdict, summary.findings) == ("PASS", ())
    assert (summary.tolerated, summary.advice) == ((excused,), (advice,))


def test_counts_of_all_tests_are_added_up(outcome: Any) -> None:
    """Every word that some test counted is in the sum."""
    summary = document_of([outcome(counts={"owed": 2, "lost": 1}), outcome(counts={"owed": 3, "late": 1})])

    assert summary.counts == {"owed": 5, "lost": 1, "late": 1}


def test_what_was_not_looked_at_is_listed_with_its_reason(outcome: Any) -> None:
    """A gate must say what it did not look at."""
    summary = document_of([outcome("NOT EXERCISED", test="test_y", reason="the target declares no secret"), outcome()])

    assert summary.not_exercised == (Unexercised(test="test_y", reason="the target declares no secret"),)
    assert len(summary.outcomes) == 2


def test_a_pass_on_a_second_attempt_is_flaky(outcome: Any, found: Any) -> None:
    """The first attempt does not count as a failure, but the run is no PASS; one that failed again is not flaky."""
    first = outcome("FAIL", found(), repeated=True, counts={"lost": 1})
    flaky = document_of([first, outcome(counts={"lost": 0})])
    failed = document_of([first, outcome("FAIL", found())])

    assert (flaky.verdict, flaky.flaky, flaky.findings) == ("INCONCLUSIVE", ("test_x",), ())
    assert (flaky.counts, flaky.tests) == ({"lost": 0}, {"PASS": 1})
    assert (failed.verdict, failed.flaky) == ("FAIL", ())


def test_a_run_that_was_cut_short_is_no_pass(outcome: Any) -> None:
    """What was left is not proven; a failure that was seen stays one."""
    assert document_of([outcome()], cut_short="stopped by a key").exit_code == 4
    assert document_of([outcome("FAIL")], cut_short="stopped by a key").exit_code == 1


def test_what_was_tolerated_in_vain_is_noted(outcome: Any) -> None:
    """A tolerated guarantee that did not break may be tolerated no longer."""
    summary = document_of([outcome(unbroken=("ordering",))])

    assert summary.unbroken == (Unbroken(test="test_x", observation="ordering"),)
    assert summary.verdict == "PASS"


@pytest.mark.parametrize(
    ("verdict", "missing"),
    [
        ("PASS", ("faults",)),
        ("FAIL", ("faults",)),
        ("NOT EXERCISED", ("secret", "faults")),
        ("ERROR", ("secret", "faults")),
    ],
)
def test_what_was_required_must_be_exercised(outcome: Any, verdict: str, missing: tuple[str, ...]) -> None:
    """By a test that needs it and came to a verdict; else the run is no PASS."""
    needy = outcome(verdict, needs=("secret", "create"))
    summary = document_of([outcome(), needy], require=("secret", "faults"))

    assert (summary.required_not_exercised, summary.reasons[-1]) == (missing, "inconclusive")
    assert document_of([outcome(), needy], require=()).required_not_exercised == ()


def test_the_judgement_of_the_run_counts_too(outcome: Any) -> None:
    """A finding that is of no test makes it FAIL, a doubt INCONCLUSIVE."""
    broken = RunJudgement(findings=(finding("delivery.late", "pooled"),))
    doubtful = RunJudgement(doubts=("the totals do not reconcile",))

    assert document_of([outcome()], run=broken).verdict == "FAIL"
    doubted = document_of([outcome()], run=doubtful)
    assert (doubted.verdict, doubted.doubts) == ("INCONCLUSIVE", ("the totals do not reconcile",))


def test_a_document_survives_being_written(outcome: Any, found: Any) -> None:
    """What is read back from JSON is the same value."""
    document = document_of([outcome("FAIL", found(), needs=("write",)), outcome("NOT EXERCISED", reason="no secret")])

    assert msgspec.json.decode(msgspec.json.encode(document), type=type(document)) == document


@pytest.mark.parametrize(
    ("before", "reason", "verdict", "code"),
    [
        ("PASS", "inconclusive", "INCONCLUSIVE", 4),
        ("PASS", "environment", "INCONCLUSIVE", 3),
        ("INCONCLUSIVE", "environment", "INCONCLUSIVE", 3),
        ("FAIL", "environment", "FAIL", 1),
    ],
)
def test_what_is_held_against_a_run_makes_no_verdict_better(
    outcome: Any, before: Any, reason: Any, verdict: str, code: int
) -> None:
    """What could not be written keeps a run from a pass, is said once, and outweighs no failure."""
    document = document_of([outcome(before)])
    for _ in range(2):
        document = held_against(document, reason, "the disk is full")

    assert (document.verdict, document.exit_code, document.doubts) == (verdict, code, ("the disk is full",))


def test_what_is_advised_in_the_same_words_is_advised_once(outcome: Any, found: Any) -> None:
    """A weakness of the broadcaster is met in many tests, and is one; other words are other advice."""
    same, other = found("subscription.known-weakness"), found("authorization.alias-granted")
    summary = document_of([outcome("PASS", same), outcome("PASS", other), outcome("PASS", same)])

    assert [one.id for one in summary.advice] == [same.id, other.id]

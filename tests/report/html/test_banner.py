"""The top of a page: word, reason, figures, facts."""

from typing import Any

import pytest

from harness.report.html.banner import Banner, banner, interval
from harness.report.verdict import document_of


def of(runs: Any, *outcomes: Any, **options: Any) -> Banner:
    """Sum up a run with these outcomes."""
    return banner(document_of(outcomes, facts=runs.FACTS, **options))


def figure(made: Banner, name: str) -> tuple[str, str]:
    """Give a figure and its tone."""
    return next((one.value, one.tone) for one in made.figures if one.name == name)


def test_a_failure_is_told_by_its_gravest_finding(runs: Any) -> None:
    """A leak before a loss, and how many more there are."""
    made = banner(runs.failing().document)

    assert (made.word, made.symbol) == ("FAIL", "✗")
    assert made.why.startswith("eve is not in the conversation and heard it")
    assert made.why.endswith("more finding.")


def test_a_success_is_told_by_what_it_stands_on(runs: Any) -> None:
    """Tests and deliveries, not adjectives."""
    made = banner(runs.passing().document)

    assert made.why == "1 test passed, 2 of 2 owed deliveries arrived, and no guarantee was broken."
    assert figure(made, "tests passed") == ("1 of 1", "plain")
    assert figure(made, "delivery p95") == ("100 ms", "good")


@pytest.mark.parametrize(
    ("verdict", "reason", "why"),
    [
        ("FAIL", "GuaranteeBroken: no\n  hop", "1 test failed: GuaranteeBroken: no"),
        ("ERROR", "TypeError", "1 test is wrong itself: TypeError"),
        ("ENVIRONMENT", "it died", "1 test met an environment fault: it died"),
        ("INCONCLUSIVE", "Inconclusive: no pong", "1 test came to no verdict: no pong"),
        ("NOT EXERCISED", "no faults", "no realtime test was exercised, so nothing is proven"),
    ],
)
def test_other_reasons_are_told_in_a_sentence(runs: Any, outcome: Any, verdict: str, reason: str, why: str) -> None:
    """The gravest one."""
    assert of(runs, outcome(verdict, reason=reason)).why == why


def test_what_makes_a_run_doubtful_is_told(runs: Any, outcome: Any) -> None:
    """It was cut short, or something passed only when run again."""
    assert "stopped by a key" in of(runs, outcome(), cut_short="stopped by a key").why
    assert "test_x" in of(runs, outcome("FAIL", repeated=True), outcome()).why


def test_figures_that_should_be_nought_are_bad_when_they_are_not(runs: Any, outcome: Any) -> None:
    """Lost, late and doubled; other verdicts stand beside the tests that passed."""
    made = of(runs, outcome("FAIL", counts={"owed": 2, "lost": 1}), outcome("ENVIRONMENT", test="test_y"))

    assert [figure(made, name) for name in ("lost", "late")] == [("1", "bad"), ("0", "plain")]
    assert figure(made, "tests passed") == ("0 of 2", "bad")
    assert made.figures[0].note == "1 environment"


def test_a_percentile_without_enough_messages_is_not_claimed(runs: Any, outcome: Any) -> None:
    """It says how many there were, and how many it takes; without any budget it says that."""
    poor = runs.RunJudgement(budgets=(runs.budget(claim="not claimed", upper=None, messages=12),))
    made = of(runs, outcome(), run=poor)

    assert figure(made, "delivery p95") == ("not claimed", "doubtful")
    assert made.figures[-1].note == "12 of 59 messages"
    assert figure(of(runs, outcome()), "delivery p95") == ("—", "doubtful")


def test_an_interval_may_be_open(runs: Any) -> None:
    """Then there is no upper bound yet."""
    assert interval(runs.budget()) == "[90 ms, 120 ms]"
    assert interval(runs.budget(upper=None)) == "[90 ms, ∞)"


def test_facts_say_what_was_run(runs: Any) -> None:
    """What is not known is left out."""
    facts = dict(of(runs).facts)

    assert facts["target"] == "staging (remote)"
    assert facts["started"] == "2026-01-01 12:00:00 UTC"
    assert "workers" not in facts


def test_a_reason_without_end_is_cut(runs: Any, outcome: Any) -> None:
    """It is read in one look."""
    assert len(of(runs, outcome("FAIL", reason="x" * 100_000)).why) < 400

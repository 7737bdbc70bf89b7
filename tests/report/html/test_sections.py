"""What stands in the sections, and how much of it."""

from typing import Any

import pytest

from harness.report.html.sections import Limits, by_gravity, cards, lines, of_the_run, part, unexercised
from harness.report.html.traces import in_order


@pytest.fixture
def failing(runs: Any) -> Any:
    """Report a run in which much went wrong."""
    return runs.failing()


def test_what_did_not_pass_has_a_card(failing: Any) -> None:
    """Leaks first, then other failures, then what came to no verdict; what passed has none."""
    shown = cards(failing, in_order(failing), Limits()).shown

    assert [card.outcome.test.rpartition("::")[2] for card in shown] == [
        "test_leak",
        "test_lost",
        "test_own",
        "test_silence",
    ]
    assert [len(card.findings.shown) for card in shown] == [1, 1, 0, 0]
    assert [bool(card.events.shown) for card in shown] == [True, True, False, True]


def test_events_as_text_are_those_that_tell_the_story(runs: Any, failing: Any) -> None:
    """What the findings are about stays when there are too many."""
    long = runs.run_of([("test_long", runs.told("delivery.lost"))])
    whole = cards(long, in_order(long), Limits()).shown[0].events
    cut = cards(long, in_order(long), Limits(lines=4)).shown[0].events

    assert sum(row.evidence for row in whole.shown) == sum(row.evidence for row in cut.shown) > 0
    assert (len(cut.shown), cut.left_out) == (4, len(whole.shown) - 4)


def test_all_tests_are_listed_gravest_first(failing: Any) -> None:
    """With their deliveries; the anchor of one that has a card is the card's."""
    listed = lines(failing, cards(failing, in_order(failing), Limits()), Limits()).shown

    assert [line.outcome.verdict for line in listed] == ["FAIL"] * 3 + ["INCONCLUSIVE", "PASS", "NOT EXERCISED"]
    assert [line.has_card for line in listed] == [True] * 4 + [False] * 2
    assert listed[0].counts == "1 of 2 delivered, 1 lost"
    assert listed[4].counts == "2 of 2 delivered"


def test_lists_are_cut_and_say_so(failing: Any) -> None:
    """Each at its limit."""
    few = Limits(cards=1, tests=2)
    shown = cards(failing, in_order(failing), few)

    assert (len(shown.shown), shown.left_out) == (1, 3)
    assert lines(failing, shown, few).left_out == 4
    assert (part([1, 2], 2).left_out, part([1, 2, 3], 2).left_out) == (0, 1)
    assert Limits(1, 1, 1, 1, 1).halved() == Limits(1, 1, 1, 1, 1)


def test_what_was_not_exercised_is_grouped_by_reason(report: Any, outcome: Any) -> None:
    """With the tests that it kept from running."""
    left = [outcome("NOT EXERCISED", test=name, reason=reason) for name, reason in (("a", "x"), ("b", "y"), ("c", "x"))]

    assert unexercised(report(*left).document) == [("x", ["a", "c"]), ("y", ["b"])]


def test_findings_of_the_run_are_those_of_no_test(report: Any, runs: Any, outcome: Any, found: Any) -> None:
    """They have no card."""
    late = found("delivery.late")
    run = runs.RunJudgement(findings=(late,))

    assert of_the_run(report(outcome(), run=run).document) == (late,)
    assert of_the_run(report(outcome("FAIL", found(), test="")).document) == ()


def test_gravity_keeps_the_order_of_the_run(outcome: Any) -> None:
    """Among tests that came to the same."""
    tests = [outcome(verdict, test=name) for verdict, name in (("PASS", "a"), ("FAIL", "b"), ("PASS", "c"))]

    assert [one.test for one in by_gravity(tests)] == ["b", "a", "c"]

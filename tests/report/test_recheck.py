"""A stored run is judged once more: what its history tells anew, what it cannot tell as it was."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from harness.checkers.judgement import CHECKERS
from harness.errors import UsageError
from harness.history.events import Event, TestStarted
from harness.report.document import Report
from harness.report.outcomes import expected_to_fail
from harness.report.recheck import changes, chosen, rechecked, untold

Tell = Callable[..., list[Event]]


@pytest.fixture
def tell(stories: Any) -> Tell:
    """Give a function that tells the history of one test, in which bob hears alice, or does not."""

    def tell(
        test: str = "test_x", *, hears: bool = True, tolerated: Any = (), doubts: tuple[str, ...] = ()
    ) -> list[Event]:
        story = stories.Story()
        story.recorder.test = test
        story.events[:] = [msgspec.structs.replace(event, test=test) for event in story.events]
        story.events[0] = TestStarted(n=1, at=1, test=test, tolerated=tolerated)
        story.join("alice#1", "bob#1", "carol#1")
        story.send(excluded="alice#1")
        story.hear("carol#1")
        if hears:
            story.hear("bob#1")
        story.finish(doubts=doubts)
        return list(story.events)

    return tell


@pytest.fixture
def again(report: Any) -> Callable[..., list[tuple[str, list[str]]]]:
    """Give a function that judges a run once more, and says what every test of it comes to now."""

    def again(events: list[Event], *outcomes: Any, **options: Any) -> list[tuple[str, list[str]]]:
        made = rechecked(report(*outcomes, events=events), **options).document
        return [(one.verdict, [finding.id for finding in one.findings]) for one in made.outcomes]

    return again


LOST = ("FAIL", ["delivery.lost"])


@pytest.mark.parametrize("before", ["PASS", "INCONCLUSIVE"])
def test_what_the_history_tells_is_judged_anew(tell: Tell, again: Any, outcome: Any, before: str) -> None:
    """A test that passed fails when something was lost; one that was in doubt is not, when nothing is any more."""
    one = outcome(before, doubts=("no pong came",) if before == "INCONCLUSIVE" else ())

    assert again(tell(hears=False), one) == [LOST]
    assert again(tell(), one) == [("PASS", [])]
    assert again(tell(doubts=("no pong came",)), one) == [("INCONCLUSIVE", [])]


def test_a_failure_of_the_checkers_may_be_none_any_more(tell: Tell, again: Any, outcome: Any, found: Any) -> None:
    """What was found then is not found now; an assertion of the test's own beside it stays a failure."""
    lost = found("delivery.lost")
    judged = outcome("FAIL", lost, reason="GuaranteeBroken: delivery.lost (delivery): …")
    asserted = outcome("FAIL", lost, reason="AssertionError: mine")

    assert again(tell(), judged) == [("PASS", [])]
    assert again(tell(), asserted) == [("FAIL", [])]


@pytest.mark.parametrize("word", ["FAIL", "ERROR", "ENVIRONMENT", "NOT EXERCISED", "INCONCLUSIVE", "PASS"])
def test_what_a_history_cannot_tell_is_kept(tell: Tell, again: Any, outcome: Any, word: str) -> None:
    """A test without a world, an assertion of its own, a doubt that it had itself, and what was no verdict at all."""
    assert again([], outcome(word)) == [(word, [])]
    assert again(tell(), outcome(word)) == [(word, [])]


def test_a_pass_whose_history_is_gone_is_doubted(again: Any, outcome: Any) -> None:
    """A history that was cut behind a test proves nothing of the next; a failure stays one."""
    counted = {"counts": {"frames": 2}}

    assert again([], outcome("PASS", **counted)) == [("INCONCLUSIVE", [])]
    assert again([], outcome("FAIL", **counted)) == [("FAIL", [])]
    assert again([], outcome("PASS", repeated=True, **counted), outcome("FAIL"))[0] == ("PASS", [])


def test_what_was_no_verdict_is_none_now(tell: Tell, again: Any, outcome: Any) -> None:
    """What a dead server did not do says nothing about the product; an expectation's doubt gives way to a loss."""
    events = tell(hears=False)

    assert again(events, outcome("ENVIRONMENT")) == [("ENVIRONMENT", [])]
    assert again(events, outcome("INCONCLUSIVE")) == [LOST]
    assert again(events, outcome("FAIL", reason="AssertionError: mine")) == [LOST]


def test_an_expected_failure_stays_excused(tell: Tell, report: Any, outcome: Any, found: Any) -> None:
    """Only pytest knew of it; its excuse is found on what it excused."""
    excuse = expected_to_fail("known")
    made = rechecked(report(outcome("PASS", found(tolerated=excuse)), events=tell(hears=False))).document

    assert (made.verdict, [one.tolerated for one in made.tolerated]) == ("PASS", [excuse])


def test_what_is_tolerated_in_vain_is_found_anew(tell: Tell, report: Any, outcome: Any) -> None:
    """The terms of a test are in its history."""
    events = tell(hears=False, tolerated=(("delivery", "known"), ("ordering", "known")))
    made = rechecked(report(outcome(), events=events)).document

    assert [one.observation for one in made.unbroken] == ["ordering"]
    assert [one.id for one in made.tolerated] == ["delivery.lost"]


def test_attempts_and_examples_are_dealt_out(tell: Tell, again: Any, outcome: Any) -> None:
    """Each attempt has its world; the many worlds of a property belong together, and to the last of its attempts."""
    good, bad = tell(), tell(hears=False)
    first = outcome(repeated=True)

    assert again([*bad, *good], first, outcome()) == [LOST, ("PASS", [])]
    assert again([*good, *bad, *good], outcome()) == [LOST]
    assert again([*good, *bad, *good], first, outcome()) == [("PASS", []), LOST]


def test_a_test_that_nobody_told_of_is_told(tell: Tell, again: Any, outcome: Any) -> None:
    """Its process was killed before it could; what its history holds is judged, and why is said."""
    events = [*tell("test_a"), *tell("test_b", hears=False), *tell("test_c", doubts=("no pong came",))]

    assert again(events, outcome(test="test_a")) == [("PASS", []), LOST, ("INCONCLUSIVE", [])]
    assert [one.reason.partition("(")[0] for one in untold([outcome(test="test_a")], events)] == [
        "GuaranteeBroken: delivery.lost ",
        "Inconclusive: no pong came",
    ]


def test_terms_of_the_run_stay(report: Any, outcome: Any) -> None:
    """It was cut short then, and what was required and not exercised is so still."""
    made = report(outcome(needs=("secret",)), cut_short="stopped", require=("secret", "faults"))
    document = rechecked(made).document

    assert (document.cut_short, document.required_not_exercised) == ("stopped", ("faults",))
    assert document.facts == made.document.facts


def test_some_checkers_can_be_chosen(tell: Tell, again: Any, outcome: Any) -> None:
    """By name; one that nobody knows is refused with those that exist."""
    assert again(tell(hears=False), outcome(), checkers=chosen(["ordering"])) == [("PASS", [])]
    assert again(tell(hears=False), outcome(), checkers=chosen(["ordering", "delivery"])) == [LOST]
    assert chosen([]) == CHECKERS
    with pytest.raises(UsageError, match="'deliverance' is no checker; known are delivery, "):
        chosen(["delivery", "deliverance"])


def test_what_changed_is_said(tell: Tell, report: Any, outcome: Any) -> None:
    """For every test, and for the run; nothing changed is nothing to say."""
    before: Report = report(outcome(test="test_a"), outcome(test="test_b"), events=tell("test_b", hears=False))
    after = rechecked(before)

    assert changes(before.document, after.document) == ["test_b: PASS → FAIL delivery.lost", "the run: PASS → FAIL"]
    assert changes(after.document, after.document) == []
    assert changes(report().document, after.document)[0] == "test_a: nothing → PASS"


def test_what_the_doctor_found_is_kept(tell: Tell, report: Any, outcome: Any, visit: Any) -> None:
    """Nobody can walk the target of that moment again."""
    stored = report(outcome("FAIL"), events=tell(), doctor=(visit(),))

    assert rechecked(stored).document.doctor == (visit(),)

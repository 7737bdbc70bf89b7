"""A run is judged once more as a whole: its percentiles over all tests, and whether it can be believed."""

from typing import Any

import msgspec
import pytest

from harness.checkers.run import judge_run
from harness.checkers.validity import checks
from harness.history.events import FaultBegan, FrameIn, LoopLag, MessageAnswered, TestStarted
from harness.history.recorder import Header

BUDGETS = {"p50": 0.020, "p99": 1.0}
MILLISECOND = 1_000_000


@pytest.fixture
def chat(story: Any) -> Any:
    """Begin a story of several tests; `chat.test(took, …)` tells one with so many messages."""
    story.join("bob#1")
    story.finish()

    def test(*tooks: int, fault: bool = False) -> None:
        story.record(TestStarted)
        story.join("bob#1")
        if fault:
            story.record(FaultBegan, fault="latency")
        for took in tooks:
            asked = story.ask()
            number = str(len(story.events))
            stamp = asked.meant + took * MILLISECOND
            story.hear("bob#1", number, arrived=stamp, earliest=stamp)
            story.record(MessageAnswered, act=asked.act, outcome="ok", message=number)
        story.finish()

    story.test = test
    return story


def test_percentiles_are_pooled_over_the_tests_without_a_fault(chat: Any) -> None:
    """Too few for p99 is not claimed, which is no doubt."""
    chat.test(10, 10)
    chat.test(10, 10, 10)
    chat.test(900, 900, 900, fault=True)

    judged = judge_run(Header(budgets=BUDGETS), chat.events)
    assert [(one.percentile, one.claim, one.samples) for one in judged.budgets] == [
        ("p50", "within", 5),
        ("p99", "not claimed", 5),
    ]
    assert (judged.findings, judged.doubts) == ((), ())
    assert {stage.name: stage.samples for stage in judged.stages} == {"first arrival": 5, "delivery": 5, "own lag": 5}
    assert len(judged.validity) == len(checks(Header(), [], []))
    assert all(one.holds for one in judged.validity)


def test_a_pooled_percentile_beyond_its_budget_fails_the_run(chat: Any) -> None:
    """The finding is of no test, and says where the time went."""
    chat.test(30, 30, 30, 30, 30)

    (found,) = judge_run(Header(budgets=BUDGETS), chat.events).findings
    assert (found.id, found.test, found.counts) == ("latency.budget-exceeded", "", True)
    assert found.evidence[0].startswith("at p95: first arrival 30 ms, delivery 30 ms")


def test_a_pooled_percentile_that_is_undecided_is_a_doubt(chat: Any) -> None:
    """The limit lies between its bounds."""
    chat.test(10, 10, 20, 30, 30)

    judged = judge_run(Header(budgets=BUDGETS), chat.events)
    assert judged.findings == ()
    assert judged.doubts == (
        "delivery latency p50 20 ms [10 ms, 30 ms] of 20 ms (n = 5): the limit lies between the bounds",
    )


def test_a_run_that_cannot_be_believed_is_in_doubt(chat: Any) -> None:
    """What does not hold and invalidates says so; a run without budgets still is looked at."""
    chat.test(10)
    del chat.events[3]

    judged = judge_run(Header(), chat.events)
    assert judged.budgets == ()
    assert any(doubt.startswith("the run is not valid: record is whole: ") for doubt in judged.doubts)


def test_a_run_without_events_is_judged_too() -> None:
    """Nothing is claimed of nothing."""
    judged = judge_run(Header(budgets=BUDGETS), [])

    assert {one.claim for one in judged.budgets} == {"not claimed"}
    assert (judged.stages, judged.doubts) == ((), ())


def test_the_lag_of_our_loop_counts_for_a_run_too(chat: Any) -> None:
    """Where our code's own time stood in for a kernel stamp, a late loop takes the finding back."""
    chat.test(30, 30, 30, 30, 30)
    chat.events[:] = [
        msgspec.structs.replace(one, stamp="seen") if isinstance(one, FrameIn) else one for one in chat.events
    ]
    assert len(judge_run(Header(budgets=BUDGETS), chat.events).findings) == 1
    chat.record(LoopLag, worst=900 * MILLISECOND, p99=900 * MILLISECOND, wakes=9)

    assert judge_run(Header(budgets=BUDGETS), chat.events).findings == ()


def test_what_became_of_lost_rights_is_told_test_by_test(story: Any) -> None:
    """A test that never came to its end has no budget to be held against."""
    for test in ("test_one", "test_two"):
        story.recorder.test = test
        story.record(TestStarted)
        story.roster("alice", "bob", "carol")
        story.join("carol#1")
        story.roster("alice", "bob", change="removed", person="carol")
        if test == "test_one":
            story.finish(revocation=2_000)

    (lapse,) = judge_run(Header(), story.events).revocations
    assert (lapse.lost, lapse.way, lapse.who, lapse.limit, lapse.test) == (
        *("removed", "open subscription", "carol", 2.0, "test_one"),
    )


def test_what_came_after_faults_is_told_test_by_test(story: Any) -> None:
    """And what people missed meanwhile."""
    story.join("bob#1")
    story.fault("cut#1", "bob")
    story.close("bob#1", code=1006, by="them")
    story.send()
    story.heal("cut#1")
    story.join("bob#2")
    story.finish()

    judged = judge_run(Header(), story.events)
    assert [(one.fault, one.away, one.test) for one in judged.recoveries] == [("cut#1", 0, "test_told")]
    assert [(one.who, one.missed, one.in_neither) for one in judged.shortfalls] == [("bob", 1, 1)]

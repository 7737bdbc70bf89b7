"""A run that fooled itself is no PASS: what is missing, does not add up, or crossed over from another test is told."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from harness.checkers.validity import Check, Reading, checks
from harness.history.events import (
    ControlSeen,
    Event,
    FaultBegan,
    LoopLag,
    MessageAnswered,
    SocketOpened,
    TestFinished,
    TestStarted,
)
from harness.history.recorder import Header
from harness.history.worlds import worlds

MILLISECOND = 1_000_000
SECOND = 1_000 * MILLISECOND
Look = Callable[..., dict[str, Check]]


@pytest.fixture
def look(story: Any) -> Look:
    """Give a function that checks what was told, or other events, and gives each check by its name."""

    def found(header: Header | None = None, *, events: list[Event] | None = None) -> dict[str, Check]:
        told = story.events if events is None else events
        return {one.name: one for one in checks(header or Header(), told, [Reading(world) for world in worlds(told)])}

    return found


def test_a_healthy_run_holds(story: Any, look: Look) -> None:
    """Everything adds up; what could not be seen is said to be so."""
    story.join("alice#1", "bob#1")
    story.send(excluded="alice#1")
    story.hear("bob#1")
    story.fence("bob#1")
    story.finish()

    found = look()
    assert [one.name for one in found.values() if not one.holds] == []
    assert found["record is whole"].seen == f"{len(story.events)} events of 1 worker, 0 missing"
    assert found["acts pair up"].seen == "5 acts asked, 5 answered, 0 answered without being asked"
    assert found["totals reconcile"].seen == (
        "1 owed = 1 delivered + 0 late + 0 lost + 0 unknown; 1 message frames = 1 of this run + 0 foreign"
    )
    assert found["schedule slip"].seen == "no message was sent"
    assert found["event loop"].seen == "no test was long enough to see it lag"
    assert found["clock"].seen == "looked at 0 times"
    assert look(events=story.events[:1])["no cross-talk"].holds
    assert look(events=[])["record is whole"].holds


def test_a_gap_in_the_numbers_is_a_record_that_is_not_whole(story: Any, look: Look) -> None:
    """Each worker counts its own events from 1."""
    story.join("bob#1")
    events = [one for one in story.events if one.n != 2]
    other = [msgspec.structs.replace(one, worker="gw1") for one in story.events]

    broken = look(events=[*events, *other])["record is whole"]
    assert (broken.holds, broken.invalidates) == (False, True)
    assert broken.seen.endswith("events of 2 workers, 1 missing")


def test_an_answer_that_nobody_asked_for_does_not_pair_up(story: Any, look: Look) -> None:
    """A question without an answer may be a test that was cut short."""
    story.ask()
    assert look()["acts pair up"].holds
    story.record(MessageAnswered, act="never", outcome="ok")

    found = look()["acts pair up"]
    assert (found.holds, found.invalidates) == (False, True)
    assert found.seen.endswith("1 answered without being asked")


def test_an_answer_that_comes_twice_does_not_pair_up(story: Any, look: Look) -> None:
    """One question has one answer."""
    asked = story.ask()
    story.answer(asked)
    story.answer(asked)

    assert look()["acts pair up"].seen.endswith("1 answered without being asked")


def test_what_belongs_to_an_act_is_no_answer_to_it(story: Any, look: Look) -> None:
    """What stood in an answer names that answer's act."""
    act = story.ask_authorization("bob")
    story.authorized(act)
    story.disclose("a stack trace", act=act.act, place="answer")

    assert look()["acts pair up"].holds


def test_everything_owed_became_something(story: Any, look: Look) -> None:
    """On time, late, never, or nobody knows, and foreign frames beside: counted apart from the delivery checker."""
    story.join("alice#2", "bob#1", "carol#1")
    story.send()
    story.hear("alice#2")
    story.close("carol#1")
    story.wait(2_500)
    story.hear("bob#1")
    story.send("two")
    story.hear("bob#1", "2", "two")
    story.hear("bob#1", "77", "not ours")
    story.finish()

    found = look()["totals reconcile"]
    assert found.holds
    assert found.seen == (
        "5 owed = 2 delivered + 1 late + 1 lost + 1 unknown; 4 message frames = 3 of this run + 1 foreign"
    )


def test_what_a_fault_held_up_is_neither_late_nor_lost(story: Any, look: Look) -> None:
    """Late is what comes long after its end; what it keeps away for good is unknown."""
    story.join("bob#1", "carol#1")
    story.fault("freeze#1", "bob")
    story.fault("freeze#2", "carol")
    story.send("one")
    story.wait(5_000)
    story.heal("freeze#1")
    story.hear("bob#1", "1", "one")
    story.send("two")
    story.wait(2_500)
    story.hear("bob#1", "2", "two")
    story.hear("carol#1", "2", "two")
    story.finish()

    assert look()["totals reconcile"].seen.startswith("4 owed = 2 delivered + 1 late + 0 lost + 1 unknown")


def test_a_run_that_was_cut_short_knows_of_no_deadline(story: Any, look: Look) -> None:
    """What came is delivered, as nobody said by when it had to."""
    story.join("bob#1")
    story.send()
    story.wait(20_000)
    story.hear("bob#1")

    assert look()["totals reconcile"].seen.startswith("1 owed = 1 delivered + 0 late")


def test_totals_that_differ_are_told(story: Any, look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame that is counted for no message, and is not foreign either, is a mistake of ours."""
    story.join("bob#1")
    story.send()
    story.hear("bob#1")
    monkeypatch.setattr("harness.history.ledger.Ledger.heard_by", lambda *_: {})

    found = look()["totals reconcile"]
    assert (found.holds, found.invalidates) == (False, True)


@pytest.mark.parametrize(("control", "holds"), [("ok", True), ("refused", False), (None, False)])
def test_a_test_with_a_denial_has_seen_a_grant(story: Any, look: Look, control: str | None, holds: bool) -> None:  # noqa: FBT001  a table's column
    """A test that only got grants needs none."""
    story.authorize("eve", signature="absent", status=403)
    if control is not None:
        story.record(ControlSeen, who="alice", outcome=control)
    story.finish()
    story.record(TestStarted)
    story.authorize("bob")
    story.finish()

    found = look()["positive controls"]
    assert (found.holds, found.invalidates) == (holds, True)
    assert found.seen == f"1 tests or examples saw denials, {int(holds)} of them a grant within the minute before"


def test_a_message_of_a_test_that_was_over_is_cross_talk(story: Any, look: Look) -> None:
    """One that no test of this run sent is foreign and no more."""
    story.join("bob#1")
    story.send()
    story.answer(story.ask(), outcome="refused", status=422, with_id=False)
    story.hear("bob#1")
    story.finish()
    story.record(TestStarted)
    story.join("bob#1")
    story.hear("bob#1", "77", "not ours")
    assert look()["no cross-talk"].seen == "1 foreign messages heard, 0 of them of a test that was over"
    assert look()["no cross-talk"].holds
    story.hear("bob#1")

    found = look()["no cross-talk"]
    assert (found.holds, found.invalidates) == (False, True)
    assert found.seen == "2 foreign messages heard, 1 of them of a test that was over"


def test_slip_is_published_and_measured_by_the_tightest_budget(story: Any, look: Look) -> None:
    """Past a tenth of it, it does not hold; without a budget there is nothing to hold."""
    asked = story.ask()
    sent = asked.meant + 20 * MILLISECOND
    story.record(MessageAnswered, act=asked.act, outcome="ok", message="1", sent=sent)

    assert look()["schedule slip"].holds
    assert look(Header(budgets={"p50": 0.2, "p99": 1.0}))["schedule slip"].holds
    found = look(Header(budgets={"p50": 0.1, "p99": 1.0}))["schedule slip"]
    assert (found.holds, found.invalidates) == (False, False)
    assert found.seen == "p99 20 ms, worst 20 ms of 1 messages"


def test_the_worst_lag_of_the_loop_is_published(story: Any, look: Look) -> None:
    """With the test in which it was; it never makes a run invalid."""
    story.record(LoopLag, worst=5 * MILLISECOND, p99=MILLISECOND, wakes=9)
    story.recorder.test = ""
    story.record(LoopLag, worst=900 * MILLISECOND, p99=MILLISECOND, wakes=9)

    found = look()["event loop"]
    assert (found.holds, found.seen) == (True, "worst lag 900 ms, in a test; published, never judged")


def test_it_is_said_where_times_of_arrival_come_from(story: Any, look: Look) -> None:
    """Exact stamps, frames that were read together, and times at which our code saw them."""
    story.join("bob#1", "bob#2", "carol#1", "alice#2")
    story.send()
    story.hear("bob#1")
    story.hear("bob#2")
    story.hear("carol#1", exact=False)
    story.hear("alice#2", stamp="seen")

    seen = look()["receive stamps"].seen
    assert seen.startswith("4 deliveries: 2 stamped exactly by the kernel, 1 read together with others, 1 timed when")


@pytest.mark.parametrize(("later", "holds"), [(100.05, True), (100.12, True), (100.1515, False), (99.0, False)])
def test_a_clock_that_was_set_is_told(later: float, holds: bool) -> None:  # noqa: FBT001  a table's column
    """A correction of a thousandth is none; it spoils no latency, which the monotonic clock measures."""
    ends = [TestFinished(n=1, at=SECOND, wall=1001.0), TestFinished(n=2, at=101 * SECOND, wall=1001.0 + later)]
    header = Header(wall_origin=1000.0)

    found = {one.name: one for one in checks(header, ends, [])}["clock"]
    assert (found.holds, found.invalidates) == (holds, False)
    assert found.seen.startswith("looked at 3 times")
    assert ("set by" in found.seen) is not holds


def test_a_reading_knows_of_faults(story: Any) -> None:
    """A world in which somebody disturbed the network is told from one where nobody did."""
    assert Reading(story.events).is_free_of_faults
    story.record(FaultBegan, fault="latency 100 ms")
    assert not Reading(story.events).is_free_of_faults


@pytest.mark.parametrize(("via", "is_free"), [("", True), ("proxy", False)])
def test_a_reading_knows_of_a_proxy(story: Any, via: str, is_free: bool) -> None:  # noqa: FBT001  a table's column
    """What stands between people and the target to disturb them takes time, also while it does nothing."""
    story.record(SocketOpened, who="bob", socket="bob#1", socket_id="1.1", activity_timeout=30.0, via=via)
    assert Reading(story.events).is_free_of_faults is is_free


def test_a_step_of_the_allowed_size_is_none() -> None:
    """The clock may differ by 50 ms from one look to the next."""
    looks = [TestFinished(n=1, at=0, wall=0.05), TestFinished(n=2, at=0, wall=0.1)]

    found = {one.name: one for one in checks(Header(), looks, [])}["clock"]
    assert (found.holds, found.seen) == (True, "looked at 2 times")


def test_totals_are_those_of_all_tests(story: Any, look: Look) -> None:
    """Whatever is lost, and whatever is foreign, is added up; a frame at the very deadline is not late."""
    story.join("bob#1", "carol#1")
    asked = story.ask()
    story.answer(asked)
    story.hear("bob#1", "77", "not ours")
    story.finish()
    story.record(TestStarted)
    story.join("bob#1")
    asked = story.ask()
    story.hear("bob#1", story.answer(asked), earliest=asked.meant + 2_000 * MILLISECOND)
    story.finish()

    assert look()["totals reconcile"].seen == (
        "3 owed = 1 delivered + 0 late + 2 lost + 0 unknown; 2 message frames = 1 of this run + 1 foreign"
    )

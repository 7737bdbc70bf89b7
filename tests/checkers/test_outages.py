"""What comes after a fault is timed from its end, and held against the budget of a recovery."""

from typing import Any

import pytest

from harness.checkers import outages
from harness.checkers.outages import Recovery
from harness.history.attendance import REMOVED
from harness.history.events import TestFinished
from harness.history.ledger import read

TERMS = TestFinished(n=1, at=0, test="test_told", arrival=2_000_000_000)


def recoveries(events: list[Any]) -> tuple[Recovery, ...]:
    """Time what came after the faults."""
    return outages.recoveries(events, read(events), TERMS)


def check(events: list[Any]) -> Any:
    """Judge events."""
    return outages.check(events, read(events), TERMS)


def test_without_a_fault_there_is_nothing_to_time(history: Any) -> None:
    """And nothing to count."""
    events = history("accepted--everybody-hears-it")
    assert recoveries(events) == ()
    assert check(events) == ([], {})


@pytest.mark.parametrize(
    ("name", "who", "said"),
    [
        ("recovery.too-slow", "", "after restart#1 of broadcaster had ended, bob was back on “{}” after 6 s"),
        ("recovery.too-slow--never-back", "bob", "after cut#1 of bob had ended, bob was not back on “{}” after 6.01 s"),
        ("recovery.too-slow--rosters", "bob", "after freeze#1 of bob had ended, a presence roster was wrong for 6 s"),
    ],
)
def test_what_takes_too_long_is_found(history: Any, name: str, who: str, said: str) -> None:
    """By whom, after which fault, and for how long."""
    (found,), _ = check(history(name))

    assert (found.id, found.kind, found.who) == ("recovery.too-slow", "slo", who)
    assert found.summary == said.format("private-chat.6.conversation.123")
    assert found.expected == "everybody is back, and every roster right, within 5 s of the end of a fault"
    assert "fault" in found.evidence[-1]
    assert len(found.events) == 1


def test_everything_is_timed_from_the_end_of_the_fault(story: Any) -> None:
    """The first delivery, and the last person who is back; who did not come back is counted."""
    story.join("alice#1", "bob#1", "carol#1")
    story.fault("restart#1", server="broadcaster")
    for socket in ("alice#1", "bob#1", "carol#1"):
        story.close(socket, code=1006, by="them")
    story.wait(100)
    story.heal("restart#1")
    ended = story.now
    story.wait(200)
    story.join("alice#2")
    story.join("bob#2")
    back = story.now
    story.send()
    heard = story.hear("bob#2")

    assert recoveries(story.events) == (
        Recovery(
            fault="restart#1",
            what="restart",
            server="broadcaster",
            seconds=0.104,
            first_delivery=(heard.arrived - ended) / 1e9,
            people_back=(back - ended) / 1e9,
            away=1,
            limit=5.0,
            test="test_told",
        ),
    )


def test_each_fault_is_timed_until_the_next(story: Any) -> None:
    """What ended after that belongs to the next one; a fault that lasts has no end to count from."""
    story.join("bob#1")
    story.fault("reset#1", "bob")
    story.close("bob#1", code=1006, by="them")
    story.join("bob#2")
    story.heal("reset#1")
    story.fault("reset#2", "bob")
    story.close("bob#2", code=1006, by="them")
    story.heal("reset#2")
    story.fault("freeze#3", "carol")

    first, second = recoveries(story.events)
    assert (first.fault, first.people_back, first.away, first.first_delivery) == ("reset#1", 0.0, 0, None)
    assert (second.fault, second.people_back, second.away) == ("reset#2", None, 1)


def test_whoever_put_the_phone_away_was_not_lost(story: Any) -> None:
    """Nor was somebody whom the fault did not touch, or who left a channel."""
    story.join("bob#1", "carol#1", "alice#1")
    story.fault("cut#1", "bob", "alice")
    story.close("bob#1")
    story.leave("alice#1")
    story.close("carol#1", code=1006, by="them")
    story.heal("cut#1")

    (one,) = recoveries(story.events)
    assert (one.away, one.people_back) == (0, None)


def test_a_client_is_timed_from_its_first_attempt(history: Any) -> None:
    """Whoever tries late is not slow; the returns are counted."""
    found, counts = check(history("accepted--a-phone-that-waits-in-a-pocket"))
    assert (found, counts) == ([], {"returns": 1})

    (one,) = recoveries(history("accepted--a-phone-that-waits-in-a-pocket"))
    assert one.people_back is not None
    assert one.people_back > 60


@pytest.mark.parametrize(("waited", "slow"), [(0, 1), (3_000, 0)])
def test_an_attempt_that_hung_through_the_end_is_timed_from_there(story: Any, waited: int, slow: int) -> None:
    """Its client had asked before; a pause that began before and ended after it is the client's own."""
    story.join("bob#1")
    story.fault("cut#1", "bob")
    story.close("bob#1", code=1006, by="them")
    act = story.try_again("bob#1")
    if waited:
        story.tried("bob#1", act, "unknown")
    story.heal("cut#1")
    story.wait(waited or 6_000)
    act = story.try_again("bob#1", attempt=2) if waited else act
    story.wait(3_000 if waited else 0)
    story.join("bob#2")
    story.tried("bob#2", act)

    (one,) = recoveries(story.events)
    assert len(one.too_slow) == slow
    assert one.people_back is not None
    assert one.people_back > 5


def test_rosters_are_false_for_as_long_as_somebody_is_shown_wrongly(story: Any) -> None:
    """Who is gone and stands there, who is there and does not; right when everybody is back."""
    story.attend("alice#1", "1", "1")
    story.attend("bob#1", "2", "1", "2")
    story.announce("alice#1", "2")
    story.fault("restart#1", server="broadcaster")
    story.close("bob#1", code=1006, by="them")
    story.wait(300)
    story.announce("alice#1", "2", REMOVED)
    story.heal("restart#1")
    story.attend("bob#2", "2", "1", "2")
    story.wait(500)
    story.announce("alice#1", "2")
    right = story.now
    story.finish()

    (one,) = recoveries(story.events)
    assert one.false_online == pytest.approx(0.301)
    assert one.false_offline == pytest.approx(0.501)
    assert one.rosters == pytest.approx((right - read(story.events).faults.all[0].ended) / 1e9)


def test_rosters_that_are_right_all_the_time_are_right_at_once(story: Any) -> None:
    """Nothing was ever wrong."""
    story.attend("alice#1", "1", "1")
    story.fault("pause#1", server="backend")
    story.heal("pause#1")
    story.finish()

    (one,) = recoveries(story.events)
    assert (one.rosters, one.false_online, one.false_offline) == (0.0, 0.0, 0.0)

"""Whoever comes back finds what they missed; what is in neither place is told, person by person."""

from typing import Any

from harness.checkers import recovery
from harness.history.events import TestFinished
from harness.history.ledger import read

TERMS = TestFinished(n=1, at=0, test="test_told", arrival=2_000_000_000)
CHAT = "private-chat.6.conversation.123"


def test_what_is_missed_for_good_is_told_with_the_catch_up(history: Any) -> None:
    """Who missed which message, what they read instead, and which fault was at work."""
    events = history("delivery.missed-for-good")
    (found,), counts = recovery.check(events, read(events), TERMS)

    assert (found.id, found.who, found.where, found.kind) == ("delivery.missed-for-good", "bob", CHAT, "delivery")
    assert found.summary == "bob missed a message while away, came back, and did not find it when catching up"
    assert found.evidence == (
        f"+0.012 s  alice sent “one” to {CHAT} → 201, id 2",
        "+0.021 s  bob read behind 1 and got 1",
        "missed 2: caught up 1, heard late 0, in neither 1",
        "fault +0.010 s  cut#1 of bob, until +0.016 s",
    )
    assert [one.id for one in found.suspects] == ["DE-28", "DE-29", "OP-17"]
    assert counts == {"missed": 2, "caught up": 1, "in neither": 1, "heard late": 0}


def test_several_are_one_finding(story: Any) -> None:
    """Of one person and one channel; whoever never listened there missed nothing."""
    story.join("bob#1")
    story.close("bob#1")
    story.send("one")
    story.send("two")
    story.join("bob#2", "carol#1")
    story.read("bob")
    story.read("carol")

    (found,), _ = recovery.check(story.events, read(story.events), TERMS)
    assert found.summary == "bob missed 2 messages while away, came back, and did not find them when catching up"
    assert found.evidence[2].endswith("bob read behind nothing and got 0")
    assert len(found.events) == 3


def test_the_counts_reconcile(history: Any) -> None:
    """Missed is what was caught up, heard late, and in neither."""
    events = history("accepted--missed-and-caught-up")
    found, counts = recovery.check(events, read(events), TERMS)
    (told,) = recovery.shortfalls(events, read(events), TERMS)

    assert (found, counts["missed"], counts["caught up"], counts["heard late"]) == ([], 2, 1, 1)
    assert told == recovery.Shortfall(
        who="bob", channel=CHAT, missed=2, caught_up=1, heard_late=1, in_neither=0, test="test_told"
    )


def test_nobody_was_away(history: Any) -> None:
    """Then there is nothing to tell."""
    events = history("accepted--everybody-hears-it")

    assert recovery.check(events, read(events), TERMS) == ([], {})
    assert recovery.shortfalls(events, read(events), TERMS) == ()

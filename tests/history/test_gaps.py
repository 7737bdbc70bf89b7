"""The gap ledger: who missed what while they were away, and what became of it."""

from typing import Any

import pytest

from harness.history.gaps import Gap, gaps
from harness.history.ledger import read

ARRIVAL = 2_000_000_000


def gaps_of(story: Any) -> list[Gap]:
    """Read the gaps of a story."""
    return gaps(story.events, read(story.events), ARRIVAL)


def ids(messages: list[Any]) -> list[str]:
    """Name messages."""
    return [message.id for message in messages]


@pytest.mark.parametrize(
    ("name", "fates"),
    [
        ("accepted--everybody-hears-it", []),
        ("accepted--missed-and-caught-up", [("bob", 2, 1, 1, 0)]),
        ("accepted--missed-and-never-read", [("bob", 1, 0, 0, 0), ("carol", 1, 0, 0, 0)]),
        ("accepted--missed-by-a-catch-up-that-need-not-hold-it", [("bob", 2, 0, 1, 0)]),
        ("accepted--heard-by-another-device", []),
        ("accepted--in-flight-at-a-disconnect", [("bob", 1, 0, 0, 0)]),
        ("delivery.missed-for-good", [("bob", 2, 0, 1, 1)]),
        ("delivery.missed-for-good--as-the-connection-ended", [("bob", 1, 0, 0, 1), ("carol", 0, 0, 0, 0)]),
    ],
)
def test_what_became_of_what_was_missed(stories: Any, name: str, fates: list[tuple[Any, ...]]) -> None:
    """Heard after all, read, or neither: together all that was missed."""
    events = stories.tell(name).events
    found = gaps(events, read(events), ARRIVAL)

    told = [(gap.who, len(gap.missed), len(gap.heard), len(gap.caught_up), len(gap.for_good)) for gap in found]
    assert told == [fate for fate in fates if fate[1]]
    assert all(len(gap.missed) == len(gap.heard) + len(gap.caught_up) + len(gap.in_neither) for gap in found)


def test_nobody_misses_what_was_before_them_or_is_their_own(story: Any) -> None:
    """Nor what came when they were no longer in the conversation, nor a canary of the harness."""
    story.send("before")
    story.join("bob#1", "alice#1")
    story.close("bob#1")
    story.close("alice#1")
    story.send("own", who="bob")
    story.answer(story.ask("canary", canary=True))
    story.answer(story.ask("refused"), outcome="refused", status=422)
    story.roster("alice", "carol", change="removed", person="bob")
    story.send("after")

    assert [(gap.who, ids(gap.missed)) for gap in gaps_of(story)] == [("alice", ["2"])]


def test_what_was_owed_is_missed_where_something_explains_it(story: Any) -> None:
    """The end of the socket, or a fault; what is simply lost is told as that."""
    story.join("bob#1", "carol#1")
    story.send("lost")
    story.wait(5_000)
    story.fault("freeze#1", "bob")
    story.send("frozen")
    story.heal("freeze#1")
    story.send("under way")
    story.close("carol#1")

    assert [(gap.who, ids(gap.missed)) for gap in gaps_of(story)] == [
        ("bob", ["2"]),
        ("carol", ["1", "2", "3"]),
    ]


def test_a_sender_is_away_on_other_devices_only(story: Any) -> None:
    """The socket that sends does not listen to its own message, which its person has anyway."""
    story.join("alice#1", "alice#2")
    story.close("alice#2")
    story.send(excluded="alice#1")

    assert gaps_of(story) == []


@pytest.mark.parametrize("after", ["1", ""])
def test_a_catch_up_begins_behind_what_was_seen(story: Any, after: str) -> None:
    """Behind a message that nobody knows it may hold anything, or nothing."""
    story.join("bob#1")
    story.send("seen")
    story.hear("bob#1", "1", "seen")
    story.close("bob#1")
    story.send("missed")
    story.join("bob#2")
    story.read("bob", after="77")
    assert [ids(gap.in_neither) for gap in gaps_of(story)] == [["2"]]
    assert [gap.for_good for gap in gaps_of(story)] == [[]]

    story.read("bob", after=after)
    assert [[message.id for message, _ in gap.for_good] for gap in gaps_of(story)] == [["2"]]


def test_a_message_without_an_id_is_never_missed_for_good(story: Any) -> None:
    """Nobody could find it in a list of ids; and another conversation's list says nothing."""
    story.join("bob#1")
    story.close("bob#1")
    story.answer(story.ask("nameless"), with_id=False)
    story.send("named")
    story.join("bob#2")
    story.read("bob", "1")
    story.read("bob", conversation="124")

    (gap,) = gaps_of(story)
    assert (len(gap.in_neither), gap.for_good) == (1, [])

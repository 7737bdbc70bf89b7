"""Attendance: who was on a presence channel, and what each socket was told of them."""

from typing import Any

import pytest

from harness.history.attendance import REMOVED, Attendance, Entry
from harness.history.events import FenceAnswered, FenceAsked, Unsubscribed

ROOM = "presence-company.6"


def attendance(story: Any) -> Attendance:
    """Read a story."""
    read = Attendance()
    read.take(story.events)
    return read


def gaps(story: Any) -> list[tuple[str, str, bool]]:
    """List what is amiss: the socket, who, and whether a ghost."""
    return [(gap.visit.since.socket, gap.user_id, gap.is_ghost) for gap in attendance(story).gaps()]


def test_a_roster_is_the_list_and_what_was_told_after_it(story: Any) -> None:
    """Each member with the type of the id, and the frame that announced it; what came too late for it is nobody's."""
    story.announce("alice#1", "8")
    story.attend("alice#1", "1", "1", "9", member_types=("string", "integer"))
    bob = story.announce("alice#1", "2")
    gone = story.announce("alice#1", "9", REMOVED)
    story.announce("alice#1", "7", channel="presence-other")

    (visit,) = attendance(story).visits
    assert visit.roster == {"1": Entry("string"), "2": Entry("string", bob)}
    assert [(told.frame, told.known) for told in visit.told] == [(bob, None), (gone, Entry("integer"))]


def test_a_list_without_types_leaves_them_open(story: Any) -> None:
    """Old histories have none."""
    story.attend("alice#1", "1", "1", member_types=())
    assert attendance(story).visits[0].roster == {"1": Entry("")}


def test_a_history_that_grows_is_read_on(story: Any) -> None:
    """Nothing is taken twice."""
    read = Attendance()
    for socket, me in (("alice#1", "1"), ("bob#1", "2")):
        story.attend(socket, me, me)
        read.take(story.events)
    assert [visit.since.socket for visit in read.visits] == ["alice#1", "bob#1"]


@pytest.mark.parametrize("answer", [{"outcome": "refused"}, {"outcome": "unknown"}, {"members": None}])
def test_what_was_not_granted_or_lists_nobody_is_no_visit(story: Any, answer: dict[str, Any]) -> None:
    """Of an unknown one nobody knows whether the person is there."""
    story.attend("alice#1", "1", "1", **answer)
    read = attendance(story)
    assert (read.visits, read.uncertain) == ([], {(ROOM, "1")} if answer.get("outcome") == "unknown" else set())


@pytest.mark.parametrize("how", ["leave", "close", "again"])
def test_a_visit_ends_with_whatever_ends_it(story: Any, how: str) -> None:
    """Leaving that channel, the socket's end, another acknowledgement; what follows is not told to it."""
    story.attend("alice#1", "1", "1")
    story.leave("alice#1")
    story.leave("bob#1", ROOM)
    assert attendance(story).visits[0].ended is None

    if how == "leave":
        story.leave("alice#1", ROOM)
    elif how == "close":
        story.close("alice#1")
    else:
        story.attend("alice#1", "1", "1")
    story.announce("alice#1", "2")

    visits = attendance(story).visits
    assert visits[0].ended is not None
    assert visits[0].told == []
    assert len(visits) == 1 + (how == "again")


def test_gaps_are_who_is_missing_and_who_is_a_ghost(story: Any) -> None:
    """To each socket, since the last of the two came or left."""
    story.attend("alice#1", "1", "1")
    story.attend("bob#1", "2", "1", "2")
    assert gaps(story) == [("alice#1", "2", False)]
    assert next(attendance(story).gaps()).since == attendance(story).visits[1].since.at

    story.announce("alice#1", "2")
    assert gaps(story) == []
    story.leave("bob#1", ROOM)
    assert gaps(story) == [("alice#1", "2", True)]
    assert next(attendance(story).gaps()).since == story.now

    story.attend("carol#1", "3", "1", "2", "3")
    story.announce("alice#1", "3")
    latest = {gap.visit.since.socket: gap.since for gap in attendance(story).gaps()}
    assert latest["carol#1"] == attendance(story).visits[-1].since.at > latest["alice#1"]


def test_channels_are_apart(story: Any) -> None:
    """Who is on one of them is not missing on another."""
    story.attend("alice#1", "1", "1")
    story.attend("bob#1", "2", "2", channel="presence-other")
    assert gaps(story) == []


def attend_elsewhere(story: Any) -> None:
    """Let bob's account be in use by another worker."""
    story.attend("bob#1", "2", "1", "2", is_shared=True)


def attend_in_doubt(story: Any) -> None:
    """Let bob come, and nobody know whether he came once more."""
    story.attend("bob#1", "2", "1", "2")
    story.attend("bob#2", "2", outcome="unknown")


@pytest.mark.parametrize(("come", "is_known"), [(attend_elsewhere, False), (attend_in_doubt, False), (None, True)])
def test_who_may_be_there_otherwise_is_no_ghost(story: Any, come: Any, is_known: Any) -> None:
    """The account may be in use elsewhere, or a subscription ended unknown."""
    story.attend("alice#1", "1", "1")
    if come is None:
        story.attend("bob#1", "2", "1", "2")
    else:
        come(story)
    story.announce("alice#1", "2")
    story.leave("bob#1", ROOM)
    assert gaps(story) == ([("alice#1", "2", True)] if is_known else [])


@pytest.mark.parametrize("is_listed", [True, False])
def test_who_was_seen_before_they_asked_is_somebody_else_too(story: Any, is_listed: Any) -> None:
    """Whether listed or announced; who was seen after that is ours alone."""
    story.attend("alice#1", "1", "1", *(["2"] if is_listed else []))
    if not is_listed:
        story.announce("alice#1", "2")
    story.attend("bob#1", "2", "1", "2")
    read = attendance(story)
    assert [read.is_ours(ROOM, id_) for id_ in ("1", "2", "9")] == [True, False, False]
    assert not read.is_ours("presence-other", "1")


def test_nobody_is_missed_beside_somebody_unseen(story: Any) -> None:
    """Some servers list nobody then."""
    story.attend("bob#1", "")
    story.attend("alice#1", "1")
    story.leave("bob#1", ROOM)
    assert gaps(story) == []


def test_a_departure_is_the_end_of_the_last_of_ones_subscriptions(story: Any) -> None:
    """One of two that ends is none, nor is one that is acknowledged anew; an unanswered act says nothing."""
    story.attend("bob#1", "2", "2")
    story.attend("bob#1", "2", "2")
    story.attend("bob#2", "2", "2")
    story.leave("bob#1", ROOM)
    assert attendance(story).departures(ROOM, "2") == 0

    story.close("bob#2")
    assert attendance(story).departures(ROOM, "2") == 1
    story.attend("bob#3", "2", "2")
    story.leave("bob#3", ROOM)
    assert attendance(story).departures(ROOM, "2") == 2


def test_a_socket_passed_its_last_fence_or_did_not(story: Any) -> None:
    """When that was asked for is known; a window is no fence of a socket, and an unknown answer none at all."""
    story.fence("alice#1")
    story.record(FenceAsked, act="77", way="window")
    story.record(FenceAnswered, act="77", outcome="ok")
    asked = next(event.at for event in story.events if isinstance(event, FenceAsked))
    read = attendance(story)
    assert (read.passed("alice#1"), read.passed("bob#1"), read.passed("")) == (asked, None, None)

    story.record(FenceAsked, who="alice", socket="alice#1", act="78", way="ping")
    story.record(FenceAnswered, who="alice", socket="alice#1", act="78", outcome="unknown")
    assert attendance(story).passed("alice#1") is None


def test_leaving_a_channel_that_one_is_not_on_ends_nothing(story: Any) -> None:
    """It is no departure of anybody."""
    story.record(Unsubscribed, who="eve", socket="eve#1", channel=ROOM)
    assert attendance(story).visits == []

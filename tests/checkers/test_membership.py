"""Membership: rosters hold who is there; what is under way, or nobody can know, is not judged."""

from typing import Any

import pytest

from harness.checkers import membership
from harness.history.attendance import REMOVED
from harness.history.events import FaultBegan, FenceAsked, TestFinished
from harness.history.ledger import read

ROOM = "presence-company.6"
ARRIVAL = 2_000_000_000
MISSING, GHOST, TWICE = "membership.missing", "membership.ghost", "membership.added-twice"
REMOVED_WHILE_PRESENT, RETYPED = "membership.removed-while-present", "membership.id-type-changed"


def check(events: list[Any]) -> list[Any]:
    """Judge events with an arrival deadline of two seconds."""
    return membership.check(events, read(events), TestFinished(n=1, at=0, arrival=ARRIVAL))[0]


def ids(story: Any) -> list[str]:
    """List the observations of a story."""
    return [one.id for one in check(story.events)]


def together(story: Any) -> None:
    """Let alice and bob be there, and know it."""
    story.attend("alice#1", "1", "1")
    story.attend("bob#1", "2", "1", "2")
    story.announce("alice#1", "2")


@pytest.mark.parametrize(
    ("name", "summary", "last"),
    [
        (MISSING, "bob is missing to alice#1", "+0.009 s  bob#1 came as member 2, and is still there"),
        (
            f"{MISSING}--from-the-list",
            "alice is missing to bob#1",
            "+0.006 s  alice#1 came as member 1, and is still there",
        ),
        (GHOST, "bob is a ghost to alice#1", "+0.010 s  alice#1 was told that member “2” came"),
        (
            f"{GHOST}--listed-to-a-newcomer",
            "bob is a ghost to alice#1",
            "+0.006 s  bob#1 came as member 2, and left at +0.007 s",
        ),
        (
            TWICE,
            "bob was announced once to somebody who knew that already",
            "+0.014 s  alice#1 was told that member “2” came",
        ),
        (
            f"{TWICE}--to-herself",
            "alice was announced once to somebody who knew that already",
            "+0.007 s  alice#1 was told that member “1” came",
        ),
        (
            REMOVED_WHILE_PRESENT,
            "alice#1 was told once that bob had left, whose last socket left never",
            "+0.015 s  alice#1 was told that member “2” left",
        ),
        (
            "membership.list-contradicts-itself",
            "the members that alice#1 was told of do not add up: count 2, ids 1, hash 1",
            "+0.006 s  alice#1 was told: count 2, ids 1, hash 1",
        ),
        (
            RETYPED,
            "a member's id was of JSON type string first, and integer when member “2” left",
            "+0.012 s  alice#1 was told that member “2” left",
        ),
    ],
)
def test_each_way_of_failing_is_told(history: Any, name: str, summary: str, last: str) -> None:
    """The finding names who, to whom, and what that socket was told."""
    (found,) = check(history(name))

    assert (found.id, found.summary, found.evidence[-1]) == (name.partition("--")[0], summary, last)
    assert (found.where, found.who) == (ROOM, "bob" if name.endswith("from-the-list") else "alice")
    assert found.expected
    assert found.events


@pytest.mark.parametrize(("kind", "had"), [(MISSING, "come"), (GHOST, "left")])
def test_a_gap_tells_for_how_long_nothing_had_changed(history: Any, kind: str, had: str) -> None:
    """And within how long rosters should have told of it."""
    (found,) = check(history(kind))

    assert found.expected == f"rosters tell of it within 2 s when somebody has {had}"
    assert found.evidence[0].startswith("since +0.0")
    assert found.evidence[0].endswith("neither bob nor alice has come or left")


@pytest.mark.parametrize(("early", "found"), [(0, [MISSING]), (1, [])])
def test_who_came_within_the_deadline_may_still_be_announced(story: Any, early: int, found: list[str]) -> None:
    """A whole deadline lies between the last that came or left and the fence."""
    story.attend("alice#1", "1", "1")
    story.attend("bob#1", "2", "1", "2")
    story.fence("bob#1")
    came = next(event.at for event in story.events if event.socket == "bob#1" and getattr(event, "me", ""))
    story.now = came + ARRIVAL - 1_000_000 - early
    story.fence("alice#1")

    assert ids(story) == found


@pytest.mark.parametrize(("early", "found"), [(0, [GHOST]), (1, [])])
def test_who_left_within_the_deadline_may_still_be_listed(story: Any, early: int, found: list[str]) -> None:
    """The same for those who leave."""
    together(story)
    story.leave("bob#1", ROOM)
    story.now += ARRIVAL - 1_000_000 - early
    story.fence("alice#1")

    assert ids(story) == found


def test_a_roster_is_judged_on_a_socket_that_passed_its_last_fence(story: Any) -> None:
    """Without one, whatever is missing may be under way."""
    together(story)
    story.leave("bob#1", ROOM)
    story.wait(2_000)
    assert ids(story) == []

    story.fence("alice#1")
    assert ids(story) == [GHOST]
    story.record(FenceAsked, who="alice", socket="alice#1", act="99", way="ping")
    assert ids(story) == []


def test_who_is_missing_must_be_alive(story: Any) -> None:
    """A socket that no longer answers may be gone as far as the server knows."""
    story.attend("alice#1", "1", "1")
    story.attend("bob#1", "2", "1", "2")
    story.attend("bob#2", "2", "1", "2")
    story.leave("bob#2", ROOM)
    story.wait(2_000)
    story.fence("bob#2")
    story.fence("alice#1")
    assert ids(story) == []

    story.fence("bob#1")
    assert ids(story) == [MISSING]


def test_one_person_amiss_to_many_is_one_finding(story: Any) -> None:
    """It names all of their sockets."""
    story.attend("carol#1", "3", "3")
    story.attend("alice#1", "1", "1", "3")
    story.attend("bob#1", "2", "1", "2", "3")
    story.announce("carol#1", "1")
    story.wait(2_000)
    for socket in ("alice#1", "bob#1", "carol#1"):
        story.fence(socket)

    (found,) = check(story.events)
    assert found.summary == "bob is missing to carol#1, alice#1"


def test_the_second_device_may_be_announced_to_somebody_who_came_with_it(story: Any) -> None:
    """A list may hold who is just coming, but not who came whole before."""
    story.attend("bob#1", "2", "2")
    story.attend("bob#2", "2", "2")
    story.attend("alice#1", "1", "1", "2")
    story.announce("alice#1", "2")
    assert ids(story) == [TWICE]


def test_who_comes_after_the_list_is_announced_twice(story: Any) -> None:
    """Nothing of theirs was under way when the list was made."""
    story.attend("bob#1", "2", "2")
    story.attend("alice#1", "1", "1", "2")
    story.announce("alice#1", "2")
    story.announce("alice#1", "2")

    (found,) = check(story.events)
    assert found.summary == "bob was announced 2 times to somebody who knew that already"


def test_departures_are_counted_not_timed(story: Any) -> None:
    """Alice may be told later, and between his return and her hearing of it, but not more often than he left."""
    together(story)
    story.leave("bob#1", ROOM)
    story.attend("bob#2", "2", "1", "2")
    for news in (REMOVED, "pusher_internal:member_added"):
        story.announce("alice#1", "2", news)
    assert ids(story) == []

    story.fence("bob#2")
    story.announce("alice#1", "2", REMOVED)
    (found,) = check(story.events)
    assert found.summary == "alice#1 was told 2 times that bob had left, whose last socket left once"


def test_two_sockets_that_hear_it_are_one_finding(story: Any) -> None:
    """The first of them is named."""
    together(story)
    story.attend("carol#1", "3", "1", "2", "3")
    story.announce("bob#1", "3")
    story.fence("bob#1")
    for socket in ("alice#1", "carol#1"):
        story.announce(socket, "2", REMOVED)

    assert [(one.id, one.who) for one in check(story.events)] == [(REMOVED_WHILE_PRESENT, "alice")]


@pytest.mark.parametrize(("by", "found"), [("them", []), ("us", [REMOVED_WHILE_PRESENT])])
def test_a_server_that_ends_a_connection_may_know_it_first(story: Any, by: str, found: list[str]) -> None:
    """It may say so once more than we saw somebody leave."""
    together(story)
    story.attend("bob#2", "2", "1", "2")
    story.close("bob#2", by=by)
    story.fence("bob#1")
    story.announce("alice#1", "2", REMOVED)

    assert ids(story) == found


@pytest.mark.parametrize("why", ["fault", "unknown", "silent"])
def test_whose_presence_nobody_knows_may_be_said_to_have_left(story: Any, why: str) -> None:
    """After a fault, an unanswered subscription, or a socket that passed no fence."""
    together(story)
    if why != "silent":
        story.fence("bob#1")
    story.announce("alice#1", "2", REMOVED)
    if why == "fault":
        assert ids(story) == [REMOVED_WHILE_PRESENT]
        story.record(FaultBegan, fault="cut")
    elif why == "unknown":
        assert ids(story) == [REMOVED_WHILE_PRESENT]
        story.join("bob#2", channel=ROOM, outcome="unknown", me="2")

    assert ids(story) == []


@pytest.mark.parametrize(("listed", "told"), [("string", "string"), ("", "integer"), ("integer", "")])
def test_types_are_compared_where_both_are_known(story: Any, listed: str, told: str) -> None:
    """Some servers list members by their keys alone."""
    story.attend("bob#1", "2", "2")
    story.attend("alice#1", "1", "1", "2", member_types=("string", listed))
    story.leave("bob#1", ROOM)
    story.announce("alice#1", "2", REMOVED, id_type=told)

    assert ids(story) == []


def test_two_announcements_are_of_one_type_too(story: Any) -> None:
    """All of it on a channel is one finding."""
    together(story)
    story.leave("bob#1", ROOM)
    story.announce("alice#1", "2", REMOVED, id_type="integer")
    story.attend("carol#1", "3", "1", "3")
    story.announce("alice#1", "3", id_type="integer")
    story.leave("carol#1", ROOM)
    story.announce("alice#1", "3", REMOVED)

    assert ids(story) == [RETYPED]


def test_a_stranger_is_never_judged(story: Any) -> None:
    """Whoever is none of ours may come and go as they like, and a member who is not known has no type to change."""
    story.attend("alice#1", "1", "1", "9")
    story.announce("alice#1", "9", id_type="integer")
    story.announce("alice#1", "9", REMOVED)
    story.announce("alice#1", "9", REMOVED)

    assert ids(story) == []


def test_lists_that_contradict_themselves_are_one_finding_a_channel(story: Any) -> None:
    """Each socket that was told so is evidence."""
    story.attend("alice#1", "1", "1", members_problem="count 2, ids 1, hash 1")
    story.attend("bob#1", "2", "1", "2", members_problem="count 3, ids 2, hash 2")
    story.announce("alice#1", "2")

    (found,) = check(story.events)
    assert len(found.evidence) == 2


def test_presence_subscriptions_are_counted(story: Any) -> None:
    """Those of other channels are not."""
    together(story)
    story.join("carol#1")

    counts = membership.check(story.events, read(story.events), TestFinished(n=1, at=0))[1]
    assert counts == {"presence subscriptions": 2}


def test_flaws_on_two_channels_are_two_findings(story: Any) -> None:
    """Each list that contradicts itself, changed type, double and gap names its own channel."""
    rooms = (ROOM, "presence-company.7")
    for room in rooms:
        number = "1" if room == ROOM else "2"
        story.attend(f"alice#{number}", "1", "1", channel=room, members_problem="count 2, ids 1, hash 1")
        story.attend(f"bob#{number}", "2", "1", "2", channel=room)
        story.announce(f"alice#{number}", "2", channel=room)
        story.announce(f"alice#{number}", "2", channel=room, id_type="integer")
        story.attend(f"carol#{number}", "3", "1", "2", "3", channel=room)
    story.wait(5_000)
    for socket in ("alice#1", "alice#2", "carol#1", "carol#2"):
        story.fence(socket)

    found = check(story.events)
    for id_ in ("membership.list-contradicts-itself", RETYPED, TWICE, MISSING):
        assert [one.where for one in found if one.id == id_] == list(rooms), id_

"""Who was in a conversation when, as far as anybody can say."""

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.history.events import MembershipAnswered, MembershipAsked
from harness.history.rosters import Rosters

CHAT = "private-chat.6.conversation.123"


def asked(act: str, at: int, change: Any = "added", person: str = "", conversation: str = "123") -> MembershipAsked:
    """Ask for a change."""
    return MembershipAsked(n=0, at=at, act=act, conversation=conversation, change=change, person=person)


def answered(act: str, at: int, *people: str, outcome: Any = "ok") -> MembershipAnswered:
    """Answer it with who is in the conversation now."""
    return MembershipAnswered(
        n=0, at=at, act=act, outcome=outcome, conversation="123", channel=CHAT, participants=people
    )


@pytest.fixture
def rosters() -> Rosters:
    """Give a conversation of alice and bob, declared at 10."""
    rosters = Rosters()
    rosters.answered(answered("0", 10, "alice", "bob"))
    return rosters


def may(rosters: Rosters, who: str, since: int, until: int | None = None) -> bool | None:
    """Ask whether somebody may hear at a moment, or at any between two."""
    return rosters.may_hear(who, CHAT, since=since, until=since if until is None else until)


def test_nobody_knows_about_a_channel_that_was_not_declared(rosters: Rosters) -> None:
    """That is neither yes nor no."""
    assert rosters.may_hear("alice", "another", since=0, until=99) is None
    assert not rosters.was_in("alice", "another", 99)
    assert rosters.participants("another") == []


def test_whoever_is_declared_was_there_before(rosters: Rosters) -> None:
    """The declaration tells who is in, not since when; everybody else is out."""
    assert [may(rosters, who, at) for who in ("alice", "eve") for at in (0, 10, 99)] == [True] * 3 + [False] * 3
    assert rosters.participants(CHAT) == ["alice", "bob"]


def test_an_addition_counts_from_the_question_on(rosters: Rosters) -> None:
    """The backend may have done it any time before it answered."""
    rosters.asked(asked("1", 20, person="eve"))
    assert rosters.answered(answered("1", 30, "alice", "bob", "eve")) == []

    assert [may(rosters, "eve", at) for at in (19, 20, 30)] == [False, True, True]
    assert [rosters.was_in("eve", CHAT, at) for at in (19, 20)] == [False, True]


def test_an_answer_without_a_question_counts_from_itself(rosters: Rosters) -> None:
    """The question may lie before the part of the history that is read."""
    rosters.answered(answered("1", 30, "alice", "bob", "eve"))

    assert [may(rosters, "eve", at) for at in (29, 30)] == [False, True]


def test_a_removal_counts_from_the_answer_on(rosters: Rosters) -> None:
    """Until then the person may hear, to the nanosecond; a time that overlaps the stay is enough."""
    rosters.asked(asked("1", 20, "removed", "bob"))
    assert rosters.answered(answered("1", 30, "alice")) == ["bob"]

    assert [may(rosters, "bob", at) for at in (20, 30, 31)] == [True, True, False]
    assert [may(rosters, "bob", since, 99) for since in (30, 31)] == [True, False]
    assert rosters.participants(CHAT) == ["alice"]
    assert rosters.was_in("bob", CHAT, 99)


def test_coming_back_is_a_second_stay(rosters: Rosters) -> None:
    """Between the two the person was out; who stays is not touched, and goes only once."""
    rosters.answered(answered("1", 30, "alice"))
    assert rosters.answered(answered("2", 40, "alice")) == []
    rosters.asked(asked("3", 50, person="bob"))
    rosters.answered(answered("3", 60, "alice", "bob"))
    rosters.answered(answered("4", 70, "alice", "bob"))

    assert [may(rosters, "bob", at) for at in (30, 31, 49, 50, 99)] == [True, False, False, True, True]
    assert rosters.participants(CHAT) == ["alice", "bob"]
    assert {name: len(stays) for name, stays in rosters.stays[CHAT].items()} == {"alice": 1, "bob": 2}


@pytest.mark.parametrize("outcome", ["refused", "unknown", None])
def test_a_change_that_was_not_made_changes_nobody_else(rosters: Rosters, outcome: str | None) -> None:
    """Whatever its answer says about the others is not believed."""
    rosters.asked(asked("1", 20, person="eve"))
    if outcome is not None:
        assert rosters.answered(answered("1", 30, "mallory", outcome=outcome)) == []
    rosters.settle()

    assert [may(rosters, who, 40) for who in ("alice", "bob", "mallory")] == [True, True, False]
    assert may(rosters, "eve", 40) is (outcome != "refused")
    assert may(rosters, "eve", 19) is False


@pytest.mark.parametrize(("outcome", "undecided"), [("ok", 0), ("refused", 0), ("unknown", 1), (None, 1)])
def test_a_removal_that_nobody_knows_of_is_told(rosters: Rosters, outcome: str | None, undecided: int) -> None:
    """The person may still hear, and what they are owed is in doubt."""
    question = asked("1", 20, "removed", "bob")
    rosters.asked(question)
    if outcome is not None:
        rosters.answered(answered("1", 30, "alice", outcome=outcome))

    assert rosters.settle() == [question] * undecided
    assert may(rosters, "bob", 40) is (outcome != "ok")


def test_what_was_settled_is_decided_anew_when_the_answer_comes(rosters: Rosters) -> None:
    """Until then the person counts as in since the first question, by name at the end, and in no other conversation."""
    for act, at in (("1", 20), ("2", 25)):
        rosters.asked(asked(act, at, person="eve"))
    rosters.settle()

    assert [may(rosters, "eve", at) for at in (19, 20, 99)] == [False, True, True]
    assert [rosters.was_in("eve", CHAT, at) for at in (19, 20)] == [False, True]
    assert rosters.participants(CHAT) == ["alice", "bob", "eve"]
    assert not rosters.was_in("eve", "another", 99)

    for act in ("1", "2"):
        rosters.answered(answered(act, 30, outcome="refused"))
    rosters.settle()

    assert [may(rosters, "eve", 99), rosters.was_in("eve", CHAT, 99)] == [False, False]
    assert rosters.participants(CHAT) == ["alice", "bob"]


def test_who_may_have_been_added_twice_is_named_once(rosters: Rosters) -> None:
    """Somebody who is in a conversation may be added again, and nobody may know how that ended."""
    rosters.asked(asked("1", 20, person="bob"))
    rosters.settle()

    assert rosters.participants(CHAT) == ["alice", "bob"]


def test_an_addition_that_was_asked_for_before_a_removal_was_known_joins_the_stays(rosters: Rosters) -> None:
    """Both were under way at once: the person may have been out at no time, or come in before an earlier stay."""
    rosters.asked(asked("1", 20, person="eve"))
    rosters.answered(answered("2", 30, "alice", "bob", "eve"))
    rosters.answered(answered("3", 40, "alice"))
    rosters.asked(asked("4", 40, person="bob"))
    rosters.answered(answered("4", 50, "alice", "bob"))
    rosters.answered(answered("1", 60, "alice", "bob", "eve"))

    assert [may(rosters, "bob", at) for at in (39, 40, 41)] == [True, True, True]
    assert [may(rosters, "eve", at) for at in (19, 20, 41)] == [False, True, True]
    assert {name: len(stays) for name, stays in rosters.stays[CHAT].items()} == {"alice": 1, "bob": 1, "eve": 1}


@given(st.lists(st.booleans(), max_size=12), st.integers(0, 140), st.integers(0, 30))
def test_a_person_may_hear_when_any_stay_touches_the_time(present: list[bool], since: int, long: int) -> None:
    """However often they came and went; `may_hear` finds what looking at every stay finds."""
    rosters = Rosters()
    rosters.answered(answered("0", 5, "alice"))
    for number, is_in in enumerate(present, start=1):
        rosters.answered(answered(str(number), number * 10, *["alice", "bob"][: 1 + is_in]))
    stays = rosters.stays[CHAT].get("bob", [])
    touching = [one for one in stays if one.since <= since + long and (one.until is None or one.until >= since)]

    assert may(rosters, "bob", since, since + long) is bool(touching)


def test_a_conversation_that_was_never_made_settles_nothing(rosters: Rosters) -> None:
    """A creation without an answer has no channel, and a person who is added to one has none either."""
    rosters.asked(asked("1", 20, "created", conversation=""))
    rosters.asked(asked("2", 20, "added", "eve", conversation="124"))
    rosters.asked(asked("3", 20, "declared"))

    assert rosters.settle() == []
    assert may(rosters, "eve", 40) is False


def test_a_deletion_takes_the_conversation_from_everybody(rosters: Rosters) -> None:
    """From its answer on, whatever that says of the participants, to the nanosecond."""
    rosters.asked(asked("1", 20, "deleted"))
    assert rosters.answered(answered("1", 30, "alice")) == ["alice", "bob"]

    assert [may(rosters, "bob", at) for at in (20, 30, 31)] == [True, True, False]
    assert rosters.participants(CHAT) == []
    assert rosters.deleted == {CHAT: 30}
    assert [(one.who, one.asked, one.at, one.is_deletion) for one in rosters.departures] == [
        ("alice", 20, 30, True),
        ("bob", 20, 30, True),
    ]


def test_only_whoever_was_in_it_lost_it_by_the_deletion(rosters: Rosters) -> None:
    """Not before it, not whoever was removed earlier, not a stranger, and not where nothing was deleted."""
    rosters.answered(answered("1", 20, "alice"))
    assert not rosters.lost_it_by_deletion("alice", CHAT, 99)
    rosters.asked(asked("2", 30, "deleted"))
    rosters.answered(answered("2", 40))

    assert [rosters.lost_it_by_deletion("alice", CHAT, at) for at in (39, 40)] == [False, True]
    assert not any(rosters.lost_it_by_deletion(who, CHAT, 99) for who in ("bob", "eve"))
    assert not rosters.lost_it_by_deletion("alice", "another", 99)


def test_who_may_have_been_added_lost_it_by_the_deletion_too(rosters: Rosters) -> None:
    """Nobody knows whether they were in it, and from then on they are not."""
    rosters.asked(asked("1", 20, person="eve"))
    rosters.asked(asked("2", 30, "deleted"))
    rosters.answered(answered("2", 40))
    rosters.settle()

    assert [may(rosters, "eve", at) for at in (19, 20, 40, 41)] == [False, True, True, False]
    assert rosters.lost_it_by_deletion("eve", CHAT, 50)


@pytest.mark.parametrize("outcome", ["refused", "unknown", None])
def test_a_deletion_of_which_nobody_is_certain_takes_nothing(rosters: Rosters, outcome: str | None) -> None:
    """It is told with the removals, unless it was refused."""
    question = asked("1", 20, "deleted")
    rosters.asked(question)
    if outcome:
        rosters.answered(answered("1", 30, outcome=outcome))

    assert rosters.settle() == [question] * (outcome != "refused")
    assert (may(rosters, "bob", 40), rosters.deleted, rosters.departures) == (True, {}, [])


def test_a_departure_lasts_until_somebody_comes_back(rosters: Rosters) -> None:
    """For good where they never do; an answer without a question was asked for at its time."""
    for act, at, people in (("1", 20, ["alice"]), ("2", 30, ["alice", "bob"]), ("3", 40, ["alice"])):
        rosters.answered(answered(act, at, *people))

    assert [(one.asked, one.at, one.is_deletion) for one in rosters.departures] == [(20, 20, False), (40, 40, False)]
    assert [rosters.stays_away_until("bob", CHAT, at) for at in (20, 40)] == [30, sys.maxsize]
    assert rosters.stays_away_until("eve", CHAT, 0) == rosters.stays_away_until("bob", "another", 0) == sys.maxsize

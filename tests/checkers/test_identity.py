"""Identity: nobody is shown as somebody else, under a name of their own making, or after a denial."""

from typing import Any

import pytest

from harness.checkers import identity
from harness.history.attendance import REMOVED
from harness.history.events import HttpAnswered, SubscribeAnswered, SubscribeAsked, TestFinished
from harness.history.ledger import read

ROOM, ELSEWHERE = "presence-company.6", "presence-company.7"
SPOOFED, DENIED = "membership.identity-spoofed", "membership.effect-of-denied-join"


def check(events: list[Any]) -> list[Any]:
    """Judge events."""
    found, counts = identity.check(events, read(events), TestFinished(n=1, at=0))
    assert counts == {}
    return found


def ids(story: Any) -> list[str]:
    """List the observations of a story."""
    return [one.id for one in check(story.events)]


def come_as(story: Any, socket: str, me: str, **facts: Any) -> None:
    """Let a socket subscribe under an id, with a signature that was or was not made for that; `told` hears at once."""
    who, act, outcome = socket.partition("#")[0], story.recorder.new_act(), facts.pop("outcome", "ok")
    told = facts.pop("told", "")
    asked = {"channel": ROOM, "channel_kind": "presence", "signature": "invalid"} | facts
    story.record(SubscribeAsked, who=who, socket=socket, act=act, **asked)
    if told:
        story.announce(told, me)
    fields = {"channel": ROOM, "me": me, "members": (me,) if outcome == "ok" else None}
    story.record(SubscribeAnswered, who=who, socket=socket, act=act, outcome=outcome, **fields)


@pytest.mark.parametrize(
    ("name", "summary", "who", "evidence"),
    [
        (
            SPOOFED,
            f"bob was signed for “{ROOM}” under a name or an id of their own choice",
            "bob",
            ("+0.005 s  200, with a signature that is valid",),
        ),
        (
            f"{SPOOFED}--two-people-are-one",
            "bob and carol were both let in as member “2”",
            "carol",
            ("+0.006 s  bob#1 was let in as member “2”", "+0.009 s  carol#1 was let in as member “2”"),
        ),
        (
            DENIED,
            f"mallory was denied “{ROOM}” and is shown there all the same, to alice#1 as member “7”",
            "mallory",
            ("+0.011 s  403, “”", "+0.012 s  alice#1 was told that they came"),
        ),
        (
            f"{DENIED}--listed-though-refused",
            f"carol was denied “{ROOM}” and is shown there all the same, to bob#1 as member “3”",
            "carol",
            ("+0.006 s  carol#1 was refused", "+0.009 s  bob#1 got a list that holds them"),
        ),
    ],
)
def test_each_way_of_failing_is_told(
    history: Any, name: str, summary: str, who: str, evidence: tuple[str, ...]
) -> None:
    """The finding names who it is, and to whom they are shown."""
    (found,) = check(history(name))

    assert (found.id, found.summary, found.who, found.where) == (name.partition("--")[0], summary, who, ROOM)
    assert found.evidence == evidence
    assert found.expected
    assert found.events


@pytest.mark.parametrize(
    ("forgery", "words"),
    [
        ("a signature for the data of somebody else", "a signature for the data of somebody else"),
        ("", "a signature that is invalid"),
    ],
)
def test_who_came_with_a_forgery_is_shown_as_somebody_else(story: Any, forgery: str, words: str) -> None:
    """The name of a forgery stays in the finding, and one that was refused beside it changes nothing."""
    for socket, me in (("alice#1", "1"), ("carol#1", "3")):
        story.attend(socket, me, me)
    come_as(story, "bob#1", "99", forgery="a signature of zeros", outcome="refused")
    come_as(story, "bob#1", "99", forgery=forgery, told="alice#1")
    story.announce("carol#1", "99")
    story.announce("alice#1", "99")

    (found,) = check(story.events)
    assert (found.id, found.who, found.where) == (SPOOFED, "bob", ROOM)
    assert found.summary == f"bob is shown to alice#1, carol#1 as member “99”, for whom they were let in with {words}"
    assert found.expected == "people are shown as whom their signature was made for"
    assert found.evidence == (
        "+0.011 s  bob#1 was refused",
        "+0.014 s  bob#1 was let in as member “99”",
        "+0.013 s  alice#1 was told that they came",
        "+0.015 s  carol#1 was told that they came",
        "+0.016 s  alice#1 was told that they came",
    )


def test_whoever_is_told_of_before_the_answer_was_not_there_before(story: Any) -> None:
    """A claim counts from its question, and a forgery that was refused let nobody in."""
    story.attend("alice#1", "1", "1")
    come_as(story, "bob#1", "99", forgery="a signature of zeros", outcome="refused", told="alice#1")

    (found,) = check(story.events)
    assert found.id == DENIED
    assert found.expected == "a join that is denied leaves nothing behind, and nobody is told of it"
    assert found.summary == f"bob was denied “{ROOM}” and is shown there all the same, to alice#1 as member “99”"
    assert found.evidence == ("+0.009 s  bob#1 was refused", "+0.008 s  alice#1 was told that they came")


def test_each_id_that_people_share_is_told_once(story: Any) -> None:
    """However many they are; who came with a forgery is another matter."""
    come_as(story, "mallory#1", "2")
    for who, me in (("alice", "2"), ("bob", "2"), ("carol", "2"), ("dave", "4"), ("eve", "4")):
        come_as(story, f"{who}#1", me, signature="valid")

    assert [one.summary for one in check(story.events)] == [
        "alice and bob were both let in as member “2”",
        "dave and eve were both let in as member “4”",
    ]


def test_what_a_server_is_known_for_makes_nobody_an_impostor(story: Any) -> None:
    """Its weakness is told by the checker of subscriptions."""
    story.know("AZ-29")
    story.attend("alice#1", "1", "1")
    come_as(story, "bob#1", "99", forgery="a signature for other data", weakness="AZ-29")
    story.announce("alice#1", "99")

    assert ids(story) == []


def test_an_impostor_whom_nobody_saw_is_none(story: Any) -> None:
    """Not by their own list, nor by a departure; one who was there before is somebody else as well."""
    story.attend("alice#1", "1", "1", "98")
    for me in ("98", "99"):
        come_as(story, "bob#1", me)
    story.announce("alice#1", "98")
    story.announce("alice#1", "99", REMOVED)
    story.announce("alice#1", "97")

    assert ids(story) == []


@pytest.mark.parametrize("outcomes", [("refused", "ok"), ("refused", "unknown"), ("ok", "refused")])
def test_who_may_be_there_rightly_is_shown_rightly(story: Any, outcomes: tuple[str, ...]) -> None:
    """Somebody who was refused once and came all the same, or of whom nobody knows."""
    story.attend("alice#1", "1", "1")
    for outcome in outcomes:
        come_as(story, "bob#1", "2", signature="valid", outcome=outcome)
    story.announce("alice#1", "2")

    assert ids(story) == []


def test_an_account_that_others_use_may_be_there_without_us(story: Any) -> None:
    """The workers of a run share a remote target's people."""
    story.attend("alice#1", "1", "1")
    story.attend("bob#1", "2", outcome="refused", members=None, is_shared=True)
    story.announce("alice#1", "2")
    story.attend("carol#1", "3", "3", channel=ELSEWHERE, is_shared=True)
    story.deny("carol", channel=ROOM, entitled="no")
    story.announce("alice#1", "3")

    assert ids(story) == []


def test_an_acknowledgement_without_its_question_is_believed(story: Any) -> None:
    """It may lie before the part of the history that is read; it proves nobody's id."""
    for who in ("alice", "bob"):
        fields = {"channel": ROOM, "outcome": "ok", "me": "1", "members": ("1", "2")}
        story.record(SubscribeAnswered, who=who, socket=f"{who}#1", act=f"{who}-0", **fields)

    assert ids(story) == []


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({}, [DENIED]),
        ({"entitled": "roster"}, [DENIED]),
        ({"entitled": "yes"}, []),
        ({"credential": "none", "status": 401}, []),
        ({"signature": "unverifiable"}, []),
        ({"status": 500}, []),
        ({"channel": "private-company.6"}, []),
    ],
)
def test_a_denial_by_the_endpoint_is_one_of_the_person(story: Any, facts: dict[str, Any], found: list[str]) -> None:
    """Not for want of a token, with a signature in it, nor where they may join; their id a message tells."""
    story.attend("alice#1", "1", "1")
    story.record(HttpAnswered, who="bob", act="99", purpose="post", status=403, outcome="refused", channel=ROOM)
    story.answer(story.ask(who="bob", author="2"))
    story.answer(story.ask(who="carol"))
    asked = {"channel": ROOM, "entitled": "no", "status": 403, "signature": "absent"} | facts
    story.authorize("bob", **asked)
    story.authorize("carol", **asked)
    story.announce("alice#1", "2")

    assert ids(story) == found


@pytest.mark.parametrize(("announced", "found"), [("while it decides", [DENIED]), ("before", [])])
def test_an_announcement_counts_from_the_question_on(story: Any, announced: str, found: list[str]) -> None:
    """Whoever is announced while the endpoint still decides was announced by it; what was before has other reasons."""
    story.attend("alice#1", "1", "1")
    story.attend("mallory#1", "7", "7", channel=ELSEWHERE)
    if announced == "before":
        story.announce("alice#1", "7")
    asked = story.ask_authorization("mallory")
    if announced != "before":
        story.announce("alice#1", "7")
    story.authorized(asked, signature="absent", status=403, channel=ROOM, rule="company", entitled="no")

    assert ids(story) == found

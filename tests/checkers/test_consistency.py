"""Consistency: what was heard, or taken, before somebody asked is in what they read, unless it need not be."""

from typing import Any

import pytest

from harness.checkers import consistency
from harness.history.events import HttpAsked, TestFinished
from harness.history.ledger import read

HEARD, SENT = "consistency.heard-but-not-stored", "consistency.sent-but-not-stored"
CHAT = "private-chat.6.conversation.123"


def check(events: list[Any]) -> list[Any]:
    """Judge events."""
    return consistency.check(events, read(events), TestFinished(n=1, at=0))[0]


def ids(story: Any) -> list[str]:
    """List the observations of a story."""
    return [one.id for one in check(story.events)]


@pytest.mark.parametrize(
    ("name", "who", "summary", "lines"),
    [
        (
            HEARD,
            "bob",
            "bob had heard a message of alice, and it was not among those stored",
            ["alice sent “two”", "bob#1 heard “two”", "bob asked for the messages and got 1, without it"],
        ),
        (
            f"{HEARD}--rolled-back",
            "bob",
            "bob had heard a message of alice, and it was not among those stored",
            ["500, id none", "bob#1 heard “Hello”", "bob asked for the messages and got 0, without it"],
        ),
        (
            SENT,
            "carol",
            "carol read after the backend had taken a message of alice, and it was not among those stored",
            ["alice sent “two”", "carol asked for the messages and got 0, without it"],
        ),
    ],
)
def test_each_way_of_failing_is_told(history: Any, name: str, who: str, summary: str, lines: list[str]) -> None:
    """The finding shows the message, how the reader knew, and the read."""
    (found,) = check(history(name))

    assert (found.id, found.who, found.where) == (name.partition("--")[0], who, CHAT)
    assert found.summary == summary
    assert len(found.evidence) == len(lines) == len(found.events)
    assert all(words in line for words, line in zip(lines, found.evidence, strict=True))
    assert found.expected


@pytest.mark.parametrize(("early", "found"), [(0, []), (1, [HEARD])])
def test_who_asked_before_they_heard_need_not_find_it(story: Any, early: int, found: list[str]) -> None:
    """The moment at which our code had the frame counts, not that of the answer."""
    story.join("bob#1")
    asked = story.ask()
    frame = story.hear("bob#1")
    story.read("bob", asked=frame.at + early)
    story.answer(asked)

    assert ids(story) == found


@pytest.mark.parametrize(("early", "found"), [(0, []), (1, [SENT])])
def test_who_asked_before_the_backend_answered_need_not_find_it(story: Any, early: int, found: list[str]) -> None:
    """Until then it may be on its way."""
    story.send()
    story.read("bob", asked=story.now + early)

    assert ids(story) == found


def test_an_answer_that_comes_behind_the_read_says_nothing_of_it(story: Any) -> None:
    """The message was in flight."""
    asked = story.ask()
    story.read("bob")
    story.answer(asked)
    story.ask("never answered")
    story.read("bob", "1")

    assert ids(story) == []


def test_what_another_heard_obliges_nobody(story: Any) -> None:
    """Only that the backend took it does, and a second frame with it changes nothing."""
    story.join("bob#1", "carol#1")
    asked = story.ask()
    story.hear("carol#1")
    story.read("bob")
    story.answer(asked)
    story.read("carol", "1")

    assert ids(story) == []


def test_a_second_device_does_not_hide_the_first(story: Any) -> None:
    """Bob knew of it since his phone heard it."""
    story.join("bob#1", "bob#2")
    asked = story.ask()
    story.hear("bob#1")
    story.read("bob")
    story.hear("bob#2")
    story.answer(asked)

    assert ids(story) == [HEARD]


def test_a_message_without_an_id_cannot_be_missed(story: Any) -> None:
    """Neither when it was taken, nor when it was heard."""
    story.join("bob#1")
    story.answer(story.ask(), with_id=False)
    story.hear("bob#1", "")
    story.read("bob", "9")

    assert ids(story) == []


def test_a_message_whose_answer_had_no_id_is_missed_by_its_events(story: Any) -> None:
    """It is stored when its event's id is."""
    story.join("bob#1")
    story.answer(story.ask(), with_id=False)
    story.hear("bob#1", "9")
    story.read("bob", "9")
    assert ids(story) == []

    story.read("bob", "8")
    assert ids(story) == [HEARD]


@pytest.mark.parametrize(("after", "found"), [("", [SENT] * 3), ("1", [SENT] * 2), ("2", [SENT]), ("3", []), ("7", [])])
def test_a_read_owes_what_came_behind_its_beginning(story: Any, after: str, found: list[str]) -> None:
    """Each message that is missing is a finding; behind one that nobody knows anything may be."""
    for text in ("one", "two", "three"):
        story.send(text)
    story.read("bob", after=after)

    assert ids(story) == found


def test_what_was_in_flight_beside_the_beginning_is_not_owed(story: Any) -> None:
    """Nobody knows which of the two the backend stored first."""
    beside = story.ask("beside")
    story.send("beginning")
    story.answer(beside)
    story.read("bob", after="1")

    assert ids(story) == []


@pytest.mark.parametrize(("purpose", "found"), [("post", [SENT]), ("get", [SENT, SENT])])
def test_what_was_sent_before_somebody_posted_may_be_gone(story: Any, purpose: str, found: list[str]) -> None:
    """What came after that may not; a post behind the read deletes nothing from it."""
    asked = {"who": "alice", "act": "99", "method": "POST", "path": "/api/other"}
    story.send("before")
    story.record(HttpAsked, **asked, purpose=purpose)
    story.send("after")
    story.read("bob")
    story.record(HttpAsked, **asked, purpose="post")

    assert ids(story) == found


@pytest.mark.parametrize("outcome", ["refused", "unknown"])
def test_what_was_not_taken_is_owed_to_nobody_who_did_not_hear_it(story: Any, outcome: str) -> None:
    """It may be stored or not."""
    story.answer(story.ask(), outcome=outcome)
    story.read("bob")

    assert ids(story) == []


def test_an_outsider_who_reads_is_owed_nothing(story: Any) -> None:
    """Nor is whoever came later; that they read at all is another checker's finding."""
    story.send()
    story.read("eve")

    assert ids(story) == []


@pytest.mark.parametrize("facts", [{"is_complete": False}, {"conversation": "124"}])
def test_a_page_and_another_conversation_lack_nothing(story: Any, facts: dict[str, Any]) -> None:
    """A complete read behind them does."""
    story.send()
    story.read("bob", **facts)
    assert ids(story) == []

    story.read("bob")
    assert ids(story) == [SENT]


def test_a_message_that_several_reads_lack_is_one_finding(story: Any) -> None:
    """Of the first; reads are counted, whole or not."""
    story.send()
    for who in ("bob", "carol"):
        story.read(who)
    story.read("bob", is_complete=False)

    found, counts = consistency.check(story.events, read(story.events), TestFinished(n=1, at=0))
    assert [(one.id, one.who) for one in found] == [(SENT, "bob")]
    assert counts == {"reads": 3}

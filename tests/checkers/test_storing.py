"""Storing: a message that failed, is stored all the same, and was not heard by whoever listened, is found."""

from typing import Any

import pytest

from harness.checkers import storing
from harness.history.digest import digest
from harness.history.events import TestFinished
from harness.history.ledger import read

CHAT = "private-chat.6.conversation.123"
STORED = {"digests": (digest("Hello"),)}


def check(events: list[Any]) -> list[Any]:
    """Judge events."""
    return storing.check(events, read(events), TestFinished(n=1, at=0))[0]


def fail(story: Any, text: str = "Hello", **answer: Any) -> None:
    """Let a message of alice end in an error."""
    story.answer(story.ask(text), **({"outcome": "unknown", "status": 500, "with_id": False} | answer))


def test_a_message_that_was_stored_and_not_heard_is_found(history: Any) -> None:
    """With its size, which often is the reason, who read it, and who listened in vain."""
    (found,) = check(history("payload.stored-unheard"))

    assert (found.id, found.kind, found.who, found.where) == ("payload.stored-unheard", "delivery", "alice", CHAT)
    assert found.summary == "a message of alice was answered 500 and stored, and nobody heard it"
    assert found.evidence == (
        f"+0.010 s  alice sent “Hi” to {CHAT} → 500, id none, 2 bytes of UTF-8",
        "+0.015 s  bob read its text back as “41”",
        "listening without hearing it: bob#1, carol#1",
    )
    assert len(found.events) == 3


def test_it_says_so_when_some_heard_it(history: Any) -> None:
    """A refusal is an error too; the frame is known by its text."""
    (found,) = check(history("payload.stored-unheard--refused-and-heard-by-one"))

    assert found.summary == "a message of alice was answered 413 and stored, and only carol#1 heard it"
    assert found.evidence[-1] == "listening without hearing it: bob#1"
    assert len(found.events) == 4


def test_what_everybody_heard_or_nobody_could_is_no_finding(history: Any) -> None:
    """Nor is a text that two messages share: either may be the stored one. Two of them are counted as stored."""
    events = history("accepted--stored-in-spite-of-an-error")

    found, counts = storing.check(events, read(events), TestFinished(n=1, at=0))
    assert (found, counts) == ([], {"stored in spite of an error": 2})


def test_each_message_is_told_with_who_heard_it_and_who_did_not(story: Any) -> None:
    """Two that failed and are stored are two findings, with the sockets that each of them reached."""
    story.join("bob#1", "bob#2", "carol#1")
    for text, sockets in (("one", ("bob#1", "bob#2")), ("two", ("carol#1",))):
        fail(story, text)
        for socket in sockets:
            story.hear(socket, "", text)
    story.read("bob", "41", "42", digests=(digest("one"), digest("two")))

    found = check(story.events)
    assert [(one.summary, one.evidence[-1]) for one in found] == [
        (
            "a message of alice was answered 500 and stored, and only bob#1, bob#2 heard it",
            "listening without hearing it: carol#1",
        ),
        (
            "a message of alice was answered 500 and stored, and only carol#1 heard it",
            "listening without hearing it: bob#1, bob#2",
        ),
    ]
    assert {one.expected for one in found} == {
        "stored, accepted and delivered together, or none of them: an error takes back what was stored"
    }


def test_a_frame_with_another_text_is_known_by_the_id_that_was_stored(story: Any) -> None:
    """It was heard, though not as it was sent."""
    story.join("bob#1")
    fail(story)
    story.hear("bob#1", "41", "Hell")
    story.hear("bob#1", "42", "not ours")
    story.read("bob", "41", **STORED)

    assert check(story.events) == []


@pytest.mark.parametrize("answer", [{"outcome": "ok"}, {"status": None}, {"status": 302}])
def test_only_an_error_says_that_nothing_was_stored(story: Any, answer: dict[str, Any]) -> None:
    """A message that was taken is judged elsewhere; without an answer, or with an odd one, nobody was told anything."""
    story.join("bob#1")
    fail(story, **answer)
    story.read("bob", "41", **STORED)

    assert check(story.events) == []


@pytest.mark.parametrize("fields", [{"conversation": "124"}, {"digests": (digest("Hell"),)}, {"digests": ()}])
def test_only_the_same_text_in_the_same_conversation_is_that_message(story: Any, fields: dict[str, Any]) -> None:
    """By its digest, as texts are not kept."""
    story.join("bob#1")
    fail(story)
    story.read("bob", "41", **(STORED | fields))

    assert check(story.events) == []


def test_only_who_asked_after_the_answer_read_what_it_left(story: Any) -> None:
    """Before that it may have been there for a moment; the first read after it is told, once."""
    story.join("bob#1")
    asked = story.ask()
    story.answer(asked, outcome="unknown", status=500, with_id=False)
    story.read("bob", "41", asked=story.now, **STORED)
    assert check(story.events) == []

    for who in ("carol", "bob"):
        story.read(who, "41", **STORED)
    (found,) = check(story.events)
    assert "carol read its text back" in found.evidence[1]


def test_a_message_without_an_answer_is_in_nobodys_way(story: Any) -> None:
    """Nor is a lone surrogate in the text, which has no bytes of UTF-8."""
    text = "\ud800"
    story.join("bob#1")
    story.ask("unanswered")
    fail(story, text)
    story.read("bob", "41", digests=(digest(text),))

    (found,) = check(story.events)
    assert found.evidence[0].endswith("1 bytes of UTF-8")


def test_in_a_fault_an_error_is_all_that_is_due(history: Any) -> None:
    """Nobody could know whether it would be heard; the sender was told so."""
    events = history("accepted--stored-in-a-fault")

    assert storing.check(events, read(events), TestFinished(n=1, at=0)) == ([], {})

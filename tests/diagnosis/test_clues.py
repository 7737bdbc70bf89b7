"""Clues are what a history holds beside a finding."""

from typing import Any

from harness.checkers.findings import finding
from harness.diagnosis.clues import Clues, heard, likely, names, unlikely


def test_a_finding_leads_to_its_events(story: Any) -> None:
    """The message, the frames and the subscription that it is about; an event of another history leads nowhere."""
    story.join("bob#1")
    asked = story.ask()
    story.answer(asked)
    frame = story.hear("bob#1")
    clues = Clues(story.events)
    since = clues.ledger.listenings[0].since
    about = finding("delivery.late", "late", about=[asked, frame, since])

    assert clues.about(about) == [asked, frame, since]
    message, listening = clues.message(about), clues.listening(about)
    assert message is not None
    assert message.asked == asked
    assert listening is not None
    assert listening.socket == "bob#1"
    assert clues.frames(about) == [frame]
    assert Clues([]).about(about) == []
    assert Clues([]).message(about) is None


def test_grants_and_denials_are_those_of_the_endpoint(story: Any) -> None:
    """A grant is an answer with a signature; person and channel narrow it down."""
    story.authorize("bob")
    story.authorize("eve", status=403, signature="absent")
    story.authorize("carol", channel="private-x")
    clues = Clues(story.events)

    assert [one.who for one in clues.grants()] == ["bob", "carol"]
    assert [one.who for one in clues.grants("carol")] == ["carol"]
    assert [one.who for one in clues.grants(channel="private-x")] == ["carol"]
    assert [one.who for one in clues.denials()] == ["eve"]


def test_words_are_those_of_the_evidence(story: Any) -> None:
    """Socket, event, channel and time; people are named once each."""
    assert heard(story.hear("bob#1")) == "bob#1 heard “MessageSent” on “private-chat.6.conversation.123” at +0.004 s"
    assert names(["eve", "mallory", "eve"]) == "eve, mallory"
    assert (likely("a").likelihood, unlikely("b").because) == ("likely", "b")

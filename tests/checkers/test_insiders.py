"""Who is in a conversation for sure: additions count from their answer, removals from their question."""

from typing import Any

from harness.checkers.insiders import Insiders
from harness.history.events import HttpAnswered

CHAT = "private-chat.6.conversation.123"


def holds(story: Any, who: str = "", asked: Any = None) -> bool:
    """Let somebody ask, or be answered what was asked, and tell whether they were in the conversation meanwhile."""
    answer = story.authorized(asked or story.ask_authorization(who))
    return holds_for(story, answer)


def holds_for(story: Any, answer: HttpAnswered) -> bool:
    """Read the whole story."""
    insiders = Insiders()
    for event in story.events:
        insiders.take(event)
    return insiders.holds(answer)


def test_participants_are_in_and_nobody_else(story: Any) -> None:
    """On the channel of their conversation, and on no other."""
    assert holds(story, "bob")
    assert not holds(story, "eve")
    assert not holds_for(story, story.authorized(story.ask_authorization("bob"), channel="private-other"))


def test_an_addition_counts_from_its_answer(story: Any) -> None:
    """Not for what was asked before, and not when nobody, or a refusal, answered."""
    early = story.ask_authorization("dave")
    story.roster(change="added", person="dave", outcome="silence")
    assert not holds(story, "dave")
    story.roster("alice", "bob", "carol", change="added", person="dave", outcome="refused")
    assert not holds(story, "dave")
    story.roster("alice", "bob", "carol", "dave", change="added", person="dave")
    assert not holds(story, asked=early)
    assert holds(story, "dave")
    assert holds(story, "bob")


def test_who_was_there_stays_when_others_come(story: Any) -> None:
    """Also for a question that was under way meanwhile."""
    asked = story.ask_authorization("bob")
    story.roster("alice", "bob", "carol", "dave", change="added", person="dave")
    assert holds(story, asked=asked)


def test_a_removal_counts_from_its_question(story: Any) -> None:
    """A refused one lets the person in again; after an unanswered one nothing is sure, whoever comes besides."""
    asked = story.ask_authorization("carol")
    story.roster("alice", "bob", "carol", change="removed", person="carol", outcome="refused")
    assert not holds(story, asked=asked)
    assert holds(story, "carol")
    story.roster(change="removed", person="carol", outcome="silence")
    story.roster(change="removed", person="bob", outcome="unknown")
    story.roster("alice", "bob", "carol", "dave", change="added", person="dave")
    assert not holds(story, "carol")
    assert not holds(story, "bob")
    assert holds(story, "dave")
    story.roster("alice", "bob", change="removed", person="carol")
    assert not holds(story, "carol")


def test_without_its_question_an_answer_says_nothing(story: Any) -> None:
    """Nobody knows since when it was under way; a question for something else is none."""
    said = {"purpose": "authorize", "status": 403, "outcome": "refused", "channel": CHAT}
    stray = story.record(HttpAnswered, who="bob", act="99", **said)
    assert not holds_for(story, stray)


def test_nobody_is_in_a_deleted_conversation(story: Any) -> None:
    """From the question on, whatever is answered to somebody else meanwhile, and for good when it was answered."""
    story.roster(change="deleted", outcome="silence")
    story.roster("alice", "bob", "carol", change="added", person="bob")
    assert not holds(story, "bob")

    story.roster(change="deleted")
    assert not holds(story, "bob")

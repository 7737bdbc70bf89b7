"""Sending: outsiders get nothing in, and everybody writes in their own name."""

from typing import Any

import pytest

from harness.checkers import sending
from harness.history.events import TestFinished
from harness.history.ledger import read

CHAT = "private-chat.6.conversation.123"
SECOND = 1_000_000_000
REVOCATION = 5 * SECOND


def check(events: list[Any]) -> list[Any]:
    """Judge with the budget that the histories are made for."""
    return sending.check(events, read(events), TestFinished(n=1, at=0, revocation=REVOCATION))[0]


@pytest.mark.parametrize(
    ("name", "who", "summary", "expected"),
    [
        (
            "authorization.sent-by-outsider",
            "eve",
            "eve sent to a conversation without being in it, the backend took it, and somebody heard it",
            "403 or 404: only alice, bob, carol may publish there",
        ),
        (
            "authorization.sent-by-outsider--after-the-deletion",
            "alice",
            "alice sent to a conversation that had been deleted, the backend took it, and nobody heard it",
            "403 or 404: nobody may publish there",
        ),
        (
            "authorization.sent-in-another-name",
            "alice",
            "a message of alice, whose id is “1”, shows “3” as its author",
            "the author is whoever the token belongs to, whatever the request says",
        ),
    ],
)
def test_each_way_of_sending_wrongly_is_found(history: Any, name: str, who: str, summary: str, expected: str) -> None:
    """One finding of class security, with the message and whoever heard it."""
    (found,) = check(history(name))

    assert (found.id, found.kind) == (name.partition("--")[0], "security")
    assert (found.who, found.where, found.summary, found.expected) == (who, CHAT, summary, expected)
    assert f"{who} sent" in found.evidence[0]
    assert len(found.events) >= len(found.evidence)


def test_those_who_may_send(history: Any) -> None:
    """Within the budget after a removal; an author of which one side says nothing is not compared."""
    events = history("accepted--sent-by-those-who-may")

    assert check(events) == []


@pytest.mark.parametrize(("beyond", "found"), [(0, []), (1, ["authorization.sent-by-outsider"])])
def test_who_was_removed_may_send_until_the_budget_is_spent(story: Any, beyond: int, found: list[str]) -> None:
    """By when the message was meant, to the nanosecond."""
    story.roster("alice", "bob", change="removed", person="carol")
    story.now += REVOCATION - 1_000_000 + beyond
    story.send(who="carol")

    assert [one.id for one in check(story.events)] == found


@pytest.mark.parametrize("outcome", ["refused", "unknown", None])
def test_what_was_not_taken_was_not_sent(story: Any, outcome: str | None) -> None:
    """An outsider who is refused is as it should be."""
    asked = story.ask(who="eve")
    if outcome:
        story.answer(asked, outcome=outcome, status=403, with_id=False)

    assert check(story.events) == []


def test_nothing_is_known_of_a_conversation_that_nobody_declared(story: Any) -> None:
    """Whoever sends there may be in it; a frame of somebody else's message has no author to compare."""
    channel = "private-chat.6.conversation.124"
    story.join("bob#1", channel=channel)
    story.events[-1:] = []
    asked = story.ask(who="eve")
    del story.events[1:3]
    story.answer(asked)
    story.hear("bob#1", "77", "not ours", author="9")

    assert check(story.events) == []


def test_two_wrong_names_of_a_message_are_two_findings(story: Any) -> None:
    """Each with the frames that show it."""
    story.answer(story.ask(author="1"))
    for socket, author in (("bob#1", "2"), ("carol#1", "3"), ("bob#2", "2")):
        story.hear(socket, author=author)

    assert [len(one.evidence) for one in check(story.events)] == [3, 2]

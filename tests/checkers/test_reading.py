"""Reading: outsiders are given nothing that was said."""

from typing import Any

import pytest

from harness.checkers import reading
from harness.history.events import TestFinished
from harness.history.ledger import read

CHAT = "private-chat.6.conversation.123"
READ = "authorization.read-by-outsider"
MILLISECOND, SECOND = 1_000_000, 1_000_000_000
REVOCATION = 5 * SECOND


def check(events: list[Any]) -> list[Any]:
    """Judge with the budget that the histories are made for."""
    return reading.check(events, read(events), TestFinished(n=1, at=0, revocation=REVOCATION))[0]


@pytest.mark.parametrize(
    ("name", "who", "expected", "given"),
    [
        (READ, "eve", "403 or 404: only alice, bob, carol may read there", "eve was given 1 messages"),
        (f"{READ}--after-the-deletion", "alice", "403 or 404: nobody may read there", "alice was given 0 messages"),
    ],
)
def test_each_way_of_reading_wrongly_is_found(history: Any, name: str, who: str, expected: str, given: str) -> None:
    """One finding of class security, also when nothing stood in the list."""
    (found,) = check(history(name))

    assert (found.id, found.kind, found.who, found.where) == (READ, "security", who, CHAT)
    assert found.summary == f"{who} read conversation 123 without being in it"
    assert found.expected == expected
    assert found.evidence[0].endswith(given)


def test_participants_read(story: Any) -> None:
    """And whoever reads a conversation of which nothing is known."""
    story.read("bob", "m1")
    story.read("eve", "m1", conversation="999")

    assert check(story.events) == []


@pytest.mark.parametrize(("beyond", "found"), [(0, []), (1, [READ])])
def test_who_was_removed_may_read_until_the_budget_is_spent(story: Any, beyond: int, found: list[str]) -> None:
    """By when they asked, to the nanosecond."""
    story.roster("alice", "bob", change="removed", person="carol")
    removed = story.events[-1].at
    story.now += MILLISECOND
    story.read("carol", asked=removed + REVOCATION + beyond)

    assert [one.id for one in check(story.events)] == found

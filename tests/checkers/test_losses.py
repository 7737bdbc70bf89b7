"""Losses: every right that ended, once, with when it was asked for and when it was over."""

import sys
from typing import Any

from harness.checkers.losses import losses
from harness.history.ledger import read

CHAT = "private-chat.6.conversation.123"
MILLISECOND = 1_000_000


def told(story: Any) -> list[tuple[Any, ...]]:
    """List what was lost by whom, with which tokens, and whether it was over later."""
    return [(one.lost, one.who, one.tokens, one.until < sys.maxsize) for one in losses(read(story.events))]


def test_nothing_is_lost_where_nobody_goes(story: Any) -> None:
    """A log-in gives, and an expiry to come takes nothing yet."""
    story.log_in("bob", 7, ends=10_000)

    assert told(story) == []


def test_each_end_of_a_credential_is_a_loss_until_the_next(story: Any) -> None:
    """Person by person, in order of time."""
    story.log_in("bob", 7)
    story.log_in("bob", 8)
    story.log_in("carol", 9)
    story.credential("carol", "delete-account")
    story.credential("bob", "log-out", token=7)
    story.credential("bob", "revoke")

    assert told(story) == [
        ("logged out", "bob", (7,), True),
        ("revoked", "bob", (8,), False),
        ("account deleted", "carol", (9,), False),
    ]


def test_a_token_is_lost_once(story: Any) -> None:
    """One that was logged out does not expire again; one that had expired is not logged out either."""
    story.log_in("bob", 7, ends=100)
    story.log_in("carol", 8, ends=10)
    story.credential("bob", "log-out", token=7)
    story.wait(1_000)
    story.credential("carol", "log-out", token=8)

    assert told(story) == [("logged out", "bob", (7,), False), ("expired", "carol", (8,), False)]


def test_a_token_that_somebody_else_has_ended_is_lost_by_them(story: Any) -> None:
    """Whoever is logged out with it afterwards has nothing left to lose."""
    story.log_in("bob", 7)
    story.credential("bob", "log-out", token=7)
    story.credential("carol", "log-out", token=7)

    assert told(story) == [("logged out", "bob", (7,), False)]


def test_a_credential_of_before_is_lost_without_a_number(story: Any) -> None:
    """Nobody knows its token, and the endpoint may be asked with it all the same."""
    story.credential("bob", "log-out")

    assert told(story) == [("logged out", "bob", (), False)]


def test_whoever_goes_loses_a_conversation_until_they_come_back(story: Any) -> None:
    """A removal is asked for before it is certain; a deletion takes it from everybody who is left."""
    story.roster("alice", "bob", change="removed", person="carol")
    story.roster("alice", "bob", "carol", change="added", person="carol")
    story.roster(change="deleted")

    assert [one[:2] + one[3:] for one in told(story)] == [
        ("removed", "carol", True),
        *(("conversation deleted", who, False) for who in ("alice", "bob", "carol")),
    ]
    first = losses(read(story.events))[0]
    assert (first.at - first.asked, first.until - first.at, first.channel) == (MILLISECOND, MILLISECOND, CHAT)

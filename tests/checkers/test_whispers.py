"""Client events that nobody may hear."""

from typing import Any

from harness.checkers import whispers
from harness.history.events import TestFinished
from harness.history.ledger import read


def check(events: list[Any]) -> list[Any]:
    """Judge what was whispered."""
    return whispers.check(events, read(events), TestFinished(n=1, at=0))[0]


def test_a_forbidden_event_that_is_heard_is_found(history: Any) -> None:
    """Heard by another socket behind the whisper: not the echo, not what came before."""
    (found,) = check(history("subscription.forged-event-delivered"))

    assert (found.id, found.kind, found.who) == ("subscription.forged-event-delivered", "security", "eve")
    assert found.summary.startswith("bob#1 heard “client-typing” of eve")
    assert "its sender never joined" in found.expected
    assert sum("heard" in line for line in found.evidence) == 1


def test_a_known_weakness_is_advice(history: Any) -> None:
    """On a server that is known to pass such events on."""
    (found,) = check(history("subscription.known-weakness"))

    assert (found.id, found.kind) == ("subscription.known-weakness", "advice")
    assert "AZ-34" in found.summary


def test_what_is_not_heard_is_right(history: Any) -> None:
    """Neither where it stays silent, nor where nobody whispered."""
    assert check(history("accepted--forgeries-refused")) == []
    assert check(history("membership.identity-spoofed")) == []

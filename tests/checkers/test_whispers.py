"""Client events that nobody may hear."""

from typing import Any

from harness.checkers import whispers
from harness.history.events import TestFinished
from harness.history.ledger import read

CHAT = "private-chat.6.conversation.123"


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


def test_each_mark_is_told_apart_and_belongs_to_who_sent_it_last(story: Any) -> None:
    """Of two marks, one of which begins with the other, the whole one is meant; its sender's own echo is none."""
    story.know("AZ-34")
    for socket, mark, weakness in (("eve#1", "mark", ""), ("mallory#1", "mark", ""), ("carol#1", "mark 2", "AZ-34")):
        story.whisper(socket, mark, weakness=weakness)
    for socket, raw in (("bob#1", "a mark"), ("mallory#1", "a mark"), ("bob#1", "a mark 2"), ("eve#1", "the mark")):
        story.hear(socket, "", "", event="client-typing", is_message=False, raw=raw)

    forged, known = check(story.events)
    assert (forged.id, forged.who, forged.where) == ("subscription.forged-event-delivered", "mallory", CHAT)
    assert forged.summary == (
        f"bob#1 heard “client-typing” of mallory on “{CHAT}”, which may not come through: its sender never joined"
    )
    assert forged.expected == "nobody hears it: its sender never joined"
    assert forged.evidence == (
        f"+0.005 s  mallory#1 sent “client-typing” to “{CHAT}”",
        f"+0.007 s  bob#1 heard “client-typing” on {CHAT}",
        f"+0.010 s  eve#1 heard “client-typing” on {CHAT}",
    )
    assert (known.id, forged.events, known.events) == ("subscription.known-weakness", (5, 7, 10), (6, 9))

"""Evidence is short, on one line each, and names the hop that is missing."""

from typing import Any

import msgspec

from harness.checkers import evidence
from harness.history.events import HttpAnswered
from harness.history.ledger import read

CHAT = "private-chat.6.conversation.123"


def test_moments_are_signed_seconds() -> None:
    """Times are told from the origin of the history, to the millisecond."""
    assert [evidence.moment(at) for at in (0, 1_234_567_890, -5_000_000)] == ["+0.000 s", "+1.235 s", "-0.005 s"]


def test_quoted_text_is_short_and_harmless() -> None:
    """Sixty characters are shown; what could move a cursor or turn the line round is an escape."""
    assert evidence.quoted("مرحبا\x1b[2J\u202e") == "“مرحبا\\x1b[2J\\u202e”"
    assert evidence.quoted("x" * 60) == f"“{'x' * 60}”"
    assert evidence.quoted("x" * 61) == f"“{'x' * 60}…”"


def test_a_message_is_told_with_its_answer(story: Any) -> None:
    """An answer shows status and id; what is missing of it is said in words."""
    story.send()
    story.answer(story.ask(), outcome="unknown", status=None, with_id=False)
    story.ask()

    told = [evidence.sent(message).partition("→ ")[2] for message in read(story.events).messages]
    assert told == ["201, id 1", "no status, id none", "no answer"]


def test_a_frame_is_told_by_text_or_by_event(story: Any) -> None:
    """A message shows its text, anything else the name of its event."""
    message, event = story.hear("bob#1"), story.hear_event("bob#1")

    assert evidence.heard(message) == f"+0.004 s  bob#1 heard “Hello” on {CHAT}"
    assert evidence.heard(event) == f"+0.005 s  bob#1 heard “client-typing” on {CHAT}"


def test_the_others_who_heard_are_listed(story: Any) -> None:
    """Every hearing but those of the socket itself is evidence that the broadcast happened."""
    story.send()
    story.hear("bob#1")
    story.hear("carol#1")
    ledger = read(story.events)

    (line,) = evidence.others_heard(ledger, ledger.messages[0], "carol#1")
    assert line.startswith("meanwhile +0.006 s  bob#1 heard")


def test_the_missing_hop_is_named(story: Any) -> None:
    """Not connected, never authorized, refused, gone again: each is told apart, for this socket and this channel."""
    story.join("bob#1")
    story.connect("carol#1")
    story.join("carol#2", outcome="refused", code=4009, reason="no")
    story.join("carol#3", outcome="refused", reason="no answer")
    for socket in ("bob#1", "carol#1"):
        story.join(socket, channel="private-user.3", outcome="refused", reason="elsewhere")
    ledger = read(story.events)

    def why(socket: str) -> str:
        return evidence.why_not_listening(ledger, socket, CHAT)

    assert why("alice#1") == "alice#1 was never connected (hop 2, connect)"
    never = f"carol#1 is connected but never authorized nor subscribed to {CHAT} (hop 3, authorize)"
    assert why("carol#1") == f"{never}: it can hear nothing there"
    assert why("carol#2").endswith("(hop 4, subscribe): 4009 no")
    assert why("carol#3").endswith("(hop 4, subscribe): no answer")
    assert why("bob#1") == f"bob#1 left {CHAT} or lost its connection before"


def test_faults_are_told_with_their_beginning(story: Any) -> None:
    """Whoever reads of a loss learns which faults were at work, on whom, and until when."""
    story.fault("cut#1", "bob", "carol")
    story.fault("pause#2", server="broadcaster")
    story.heal("cut#1")
    story.fault("cut#3")

    assert evidence.during_faults(read(story.events)) == [
        "fault +0.004 s  cut#1 of bob, carol, until +0.006 s",
        "fault +0.005 s  pause#2 of broadcaster, and never ended",
        "fault +0.007 s  cut#3, and never ended",
    ]


def test_many_lines_are_bounded() -> None:
    """Eight lines are shown whole; of more, the first seven, how many are left out, and the last."""
    lines = [str(number) for number in range(20)]

    assert evidence.bounded(lines[:8]) == lines[:8]
    assert evidence.bounded(lines) == [*lines[:7], "… 12 more …", "19"]
    assert evidence.bounded(lines[:9]) == [*lines[:7], "… 1 more …", "8"]


def test_a_name_is_spelled_so_that_no_other_looks_like_it() -> None:
    """Escapes for all but printable ASCII, a backslash doubled, and both ends of one that is long."""
    assert evidence.spelled("private-\u0661") == "“private-\\u0661”"
    assert evidence.spelled("a\\b") == "“a\\\\b”"
    assert evidence.spelled("x" * 300).endswith("” (300 characters)")


def test_an_answer_is_told_by_its_signature_or_its_body(history: Any) -> None:
    """The body says more than the status where nothing is granted."""
    events = history("authorization.granted-without-ability")
    granted = next(event for event in events if isinstance(event, HttpAnswered))

    assert evidence.signed(granted).endswith("200, with a signature that is valid")
    denied = msgspec.structs.replace(granted, status=None, signature="absent", body="no")
    assert evidence.signed(denied).endswith("no answer, “no”")

"""Which messages were meant, and which of them a frame carries, as far as is known by now."""

from typing import Any

from harness.history.events import FrameIn, MessageAnswered, MessageAsked
from harness.history.messages import Messages

CHAT, OTHER = "private-chat", "private-other"


def ask(messages: Messages, act: str, text: str = "Hello") -> None:
    """Let somebody mean to send a message."""
    messages.asked(MessageAsked(n=0, at=0, act=act, meant=0, conversation="1", channel=CHAT, text=text))


def answer(messages: Messages, act: str, id_: str = "", outcome: Any = "ok") -> None:
    """Let the backend answer."""
    messages.answered(MessageAnswered(n=0, at=0, act=act, outcome=outcome, message=id_))


def hear(
    messages: Messages, id_: str = "", text: str = "Hello", *, socket: str = "bob#1", channel: str = CHAT
) -> FrameIn:
    """Let a socket hear a message."""
    frame = FrameIn(n=0, at=0, event="x", arrived=0, earliest=0, socket=socket, channel=channel, message=id_, text=text)
    messages.hear(frame)
    return frame


def test_a_frame_is_matched_when_somebody_asks() -> None:
    """By its text as long as there is no id, then by the id alone: the channel and the text do not matter any more."""
    messages = Messages()
    ask(messages, "1")
    (message,) = messages.all
    same, elsewhere = hear(messages, "7"), hear(messages, "8", "Bye", channel=OTHER)
    assert messages.heard_by(message) == {"bob#1": [same]}
    assert [messages.carried_by(frame) for frame in (same, elsewhere)] == [message, None]

    answer(messages, "1", "8")
    assert messages.heard_by(message) == {"bob#1": [elsewhere]}
    assert [messages.carried_by(frame) for frame in (same, elsewhere)] == [None, message]
    assert messages.heard_on("bob#1", message) == [elsewhere]
    assert messages.heard_on("carol#1", message) == []


def test_without_an_id_the_text_goes_on_finding_what_comes_later() -> None:
    """Frames are found by text on the same channel, socket by socket; not those that the id of another claims."""
    messages = Messages()
    ask(messages, "1")
    answer(messages, "1")
    ask(messages, "2", "Bye")
    answer(messages, "2", "7")
    message = messages.all[0]
    first = hear(messages)
    assert messages.heard_by(message) == {"bob#1": [first]}

    second, third = hear(messages, "8"), hear(messages, socket="carol#1")
    hear(messages, "7"), hear(messages, "7", socket="dave#1"), hear(messages, channel=OTHER)
    assert messages.heard_by(message) == {"bob#1": [first, second], "carol#1": [third]}
    assert messages.heard_on("dave#1", message) == []


def test_twins_without_an_id_hear_nothing_until_one_is_named() -> None:
    """They are ambiguous only as long as nothing tells them apart."""
    messages = Messages()
    ask(messages, "1")
    ask(messages, "2")
    frame = hear(messages)
    one, two = messages.all
    assert [one.is_ambiguous, two.is_ambiguous, messages.carried_by(frame)] == [True, True, None]
    assert [messages.heard_by(one), messages.heard_on("bob#1", two)] == [{}, []]

    answer(messages, "1", "7")
    assert [one.is_ambiguous, two.is_ambiguous, messages.carried_by(frame)] == [False, False, two]
    assert [messages.heard_by(one), messages.heard_by(two)] == [{}, {"bob#1": [frame]}]


def test_an_outcome_is_unknown_without_an_answer_and_for_twins() -> None:
    """An answer that gives no id tells nothing about which of two it was that was taken."""
    messages = Messages()
    for act, text in (("1", "Hello"), ("2", "Hello"), ("3", "Bye"), ("4", "No")):
        ask(messages, act, text)
    for act, id_, outcome in (("1", "", "ok"), ("3", "7", "ok"), ("4", "", "refused")):
        answer(messages, act, id_, outcome)

    assert [message.outcome for message in messages.all] == ["unknown", "unknown", "ok", "refused"]
    assert [message.id for message in messages.all] == ["", "", "7", ""]


def test_two_messages_with_one_id_share_no_frame() -> None:
    """A backend that gives an id twice means the newer message; the other one heard nothing."""
    messages = Messages()
    for act in ("1", "2"):
        ask(messages, act, act)
        answer(messages, act, "7")
    frame = hear(messages, "7")
    one, two = messages.all

    assert messages.carried_by(frame) is two
    assert [messages.heard_by(one), messages.heard_by(two)] == [{}, {"bob#1": [frame]}]


def test_an_act_is_answered_once_if_it_was_asked() -> None:
    """A second answer changes nothing, nor does one whose question nobody saw."""
    messages = Messages()
    ask(messages, "1")
    for act, id_ in (("1", "7"), ("1", "8"), ("2", "9")):
        answer(messages, act, id_)

    assert [message.id for message in messages.all] == ["7"]
    assert messages.carried_by(hear(messages, "8", "Bye")) is None

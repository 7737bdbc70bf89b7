"""
What an event of a history is called in a trace: its kind, our words for it, and the text in it that is not ours.

The two are kept apart so that a page can isolate the second from the first, whatever its direction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from harness.history import events as e
from harness.report.html.text import visible

Kind = Literal["message", "http", "frame", "subscription", "connection", "fence", "fault", "other"]
KINDS: tuple[Kind, ...] = ("message", "http", "frame", "subscription", "connection", "fence", "fault", "other")
"""What a reader can filter a trace by."""

_SAYS = 200
_TEXT = 80
_ID = 40


@dataclass(frozen=True, slots=True)
class Words:
    """How an event is told: `says` is ours, `text` was written by people or by the target."""

    kind: Kind
    says: str
    text: str = ""


def told(event: e.Event) -> Words:
    """Tell an event in a few words; one of a kind that is new here is called by its tag."""
    teller = _TELLERS.get(type(event))
    words = teller(event) if teller else Words("other", tag(event))
    return Words(words.kind, visible(words.says, _SAYS), words.text)


def tag(event: e.Event) -> str:
    """Give the word by which a history calls this kind of event."""
    return str(event.__struct_config__.tag)


def _short(text: str) -> str:
    return visible(text.partition("\n")[0], _TEXT)


def _named(message: str) -> str:
    return f"message {visible(message, _ID)}" if message else "a message without an id"


def _frame_in(event: e.FrameIn) -> Words:
    if event.is_message:
        return Words("message", f"hears {_named(event.message)}", _short(event.text))
    if event.problem:
        return Words("frame", "hears a frame that is none", _short(event.problem))
    return Words("frame", "hears", _short(event.event))


def _http_answered(event: e.HttpAnswered) -> Words:
    return Words("http", f"{event.status or 'no answer'} to {event.purpose}", _short(event.channel))


def _message_asked(event: e.MessageAsked) -> Words:
    return Words("message", "means to send" + (" (canary)" if event.canary else ""), _short(event.text))


def _message_answered(event: e.MessageAnswered) -> Words:
    said = {
        "ok": f"accepted as {_named(event.message)}",
        "refused": "refused",
        "unknown": "nobody knows what became of it",
    }
    status = f" ({event.status})" if event.status else ""
    return Words("message", f"{said[event.outcome]}{status}")


def _subscribe_answered(event: e.SubscribeAnswered) -> Words:
    if event.outcome == "ok":
        return Words("subscription", "subscribed", _short(event.channel))
    code = f" with {event.code}" if event.code else ""
    return Words("subscription", f"subscription {event.outcome}{code}", _short(event.reason or event.channel))


def _membership_answered(event: e.MembershipAnswered) -> Words:
    return Words(
        "other", f"conversation of {', '.join(event.participants) or 'nobody'}: {event.outcome}", event.channel
    )


def _finished(event: e.TestFinished) -> Words:
    return Words(
        "other", "the judgement closed" + (", in doubt" if event.doubts else ""), _short("; ".join(event.doubts))
    )


def _closed(event: e.SocketClosed) -> Words:
    return Words("connection", f"closed by {event.by} with {event.code}", _short(event.reason))


_BACK: dict[e.Outcome, str] = {"ok": "is back", "refused": "must not come back", "unknown": "is not back yet"}

_TELLERS: dict[type[e.Event], Callable[[Any], Words]] = {
    e.TestStarted: lambda _: Words("other", "the test began"),
    e.TestFinished: _finished,
    e.HttpAsked: lambda event: Words("http", f"{event.purpose}: {event.method}", _short(event.path)),
    e.HttpAnswered: _http_answered,
    e.ApiCalled: lambda event: Words("http", f"{event.status or 'no answer'} to {event.words}"),
    e.SocketOpened: lambda event: Words("connection", "connected as", _short(event.socket_id)),
    e.SocketClosed: _closed,
    e.FrameIn: _frame_in,
    e.FrameOut: lambda event: Words("frame", "says", _short(event.event)),
    e.SubscribeAsked: lambda event: Words("subscription", "asks to subscribe", _short(event.channel)),
    e.SubscribeAnswered: _subscribe_answered,
    e.ReconnectAsked: lambda event: Words("connection", f"tries to come back ({event.attempt})"),
    e.ReconnectAnswered: lambda event: Words("connection", _BACK[event.outcome], _short(event.reason)),
    e.Unsubscribed: lambda event: Words("subscription", "leaves", _short(event.channel)),
    e.MessageAsked: _message_asked,
    e.MessageAnswered: _message_answered,
    e.MembershipAsked: lambda event: Words("other", f"conversation: {event.change} {event.person}".rstrip()),
    e.MembershipAnswered: _membership_answered,
    e.CredentialAsked: lambda event: Words("other", f"asks to {event.change.replace('-', ' ')}"),
    e.CredentialAnswered: lambda event: Words("other", f"{event.change.replace('-', ' ')}: {event.outcome}"),
    e.Identified: lambda event: Words("other", f"is taken for “{_short(event.user_id)}”"),
    e.FaultBegan: lambda event: Words("fault", "fault began", _short(event.fault)),
    e.FaultEnded: lambda event: Words("fault", "fault ended", _short(event.fault)),
    e.SilenceKept: lambda event: Words("connection", f"kept silent for {event.waited:g} s at most"),
    e.FenceAsked: lambda event: Words("fence", f"fence raised ({event.way})"),
    e.FenceAnswered: lambda event: Words("fence", "fence passed" if event.outcome == "ok" else "fence never came back"),
    e.ProcessStarted: lambda event: Words("other", f"{event.process} is ready", _short(event.detail)),
    e.ProcessExited: lambda event: Words("fault", f"{event.process} ended", _short(event.detail)),
    e.Note: lambda event: Words("other", "note", _short(event.words)),
}

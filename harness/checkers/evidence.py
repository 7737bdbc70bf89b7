"""How a finding words times, messages and what a person did: facts in one line each, the same everywhere."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from harness.errors import plain
from harness.history.events import FrameIn, HttpAnswered
from harness.history.faults import Fault
from harness.history.ledger import Ledger, Message

T = TypeVar("T")

_SHOWN = 60
_LINES = 8
_NAME, _HEAD, _TAIL = 200, 100, 40
"""Characters of a channel's name that are shown, and of a longer one those at both its ends."""


def moment(at: int) -> str:
    """Write a time of the history as seconds since its origin."""
    return f"{at / 1e9:+.3f} s"


def quoted(text: str) -> str:
    """Show a text of the system under test: short, on one line, control and bidirectional characters as escapes."""
    return f"“{plain(text[:_SHOWN])}{'…' if len(text) > _SHOWN else ''}”"


def spelled(name: str) -> str:
    """Show a channel's name so that no other looks like it: escapes for all but printable ASCII, cut in its middle."""
    if len(name) <= _NAME:
        return f"“{_escaped(name)}”"
    return f"“{_escaped(name[:_HEAD])}…{_escaped(name[-_TAIL:])}” ({len(name)} characters)"


def signed(answer: HttpAnswered) -> str:
    """Tell what an authorization was answered with; the body tells more than the status where nothing is granted."""
    what = f"with a signature that is {answer.signature}" if answer.signature != "absent" else quoted(answer.body)
    return f"{moment(answer.at)}  {answer.status or 'no answer'}, {what}"


def sent(message: Message) -> str:
    """Tell who sent a message, when, where, and what the backend answered."""
    asked, answered = message.asked, message.answered
    answer = "no answer" if answered is None else f"{answered.status or 'no status'}, id {answered.message or 'none'}"
    return f"{moment(asked.meant)}  {asked.who} sent {quoted(asked.text)} to {asked.channel} → {answer}"


def heard(frame: FrameIn) -> str:
    """Tell which socket heard a message, or an event that is none, where and when it arrived."""
    what = quoted(frame.text if frame.is_message else frame.event)
    return f"{moment(frame.arrived)}  {frame.socket} heard {what} on {frame.channel}"


def others_heard(ledger: Ledger, message: Message, socket: str) -> list[str]:
    """Tell who else heard the message: what separates a lost frame from a lost broadcast."""
    others = [frame for other, frames in ledger.heard_by(message).items() if other != socket for frame in frames]
    return bounded(others, lambda frame: f"meanwhile {heard(frame)}")


def why_not_listening(ledger: Ledger, socket: str, channel: str) -> str:
    """Tell what a socket did, or did not do, to hear a channel; the hop that is missing is named."""
    if socket not in ledger.opened:
        return f"{socket} was never connected (hop 2, connect)"
    if not ledger.has_attempted(socket, channel):
        return (
            f"{socket} is connected but never authorized nor subscribed to {channel} (hop 3, authorize): "
            "it can hear nothing there"
        )
    if (refused := ledger.refusal(socket, channel)) is not None:
        told = refused.reason if refused.code is None else f"{refused.code} {refused.reason}"
        return f"the broadcaster refused {socket} the subscription to {channel} (hop 4, subscribe): {told}"
    return f"{socket} left {channel} or lost its connection before"


def during_faults(ledger: Ledger) -> list[str]:
    """List the faults that were at work."""
    return bounded(ledger.faults.all, _told)


def bounded(things: Sequence[T], tell: Callable[[T], str] = str) -> list[str]:
    """Keep evidence readable: tell the first things and the last, in a line each, and how many stand between."""
    if len(things) <= _LINES:
        return [tell(one) for one in things]
    return [*map(tell, things[: _LINES - 1]), f"… {len(things) - _LINES} more …", tell(things[-1])]


def _told(fault: Fault) -> str:
    began = fault.began
    until = "and never ended" if fault.ended is None else f"until {moment(fault.ended)}"
    whom = ", ".join(filter(None, (began.server, *began.people)))
    return f"fault {moment(began.at)}  {began.fault}{f' of {whom}' if whom else ''}, {until}"


def _escaped(name: str) -> str:
    return plain(name.replace("\\", "\\\\").encode("ascii", "backslashreplace").decode())

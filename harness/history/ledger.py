"""
What a history means: messages, who listened when, who heard what, and what is owed (DESIGN.md, section 7).

A read model that checkers and expectations share. It is made from events alone and never changes them.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from harness.history.events import (
    Event,
    FaultBegan,
    FrameIn,
    MembershipAnswered,
    MembershipAsked,
    MessageAnswered,
    MessageAsked,
    Outcome,
    SocketClosed,
    SocketOpened,
    SubscribeAnswered,
    SubscribeAsked,
    Unsubscribed,
)
from harness.history.rosters import Rosters

_PROTOCOL_EVENTS = ("pusher:", "pusher_internal:")


@dataclass(slots=True)
class Message:
    """A message that somebody meant to send, with the backend's answer once it is there."""

    asked: MessageAsked
    answered: MessageAnswered | None = None
    is_ambiguous: bool = False
    """Whether nothing tells it from another message: it has no id, and the other has the same text."""

    @property
    def outcome(self) -> Outcome:
        """`unknown` until, and unless, the backend answered, after an error answer, and for an ambiguous message."""
        return self.answered.outcome if self.answered and not self.is_ambiguous else "unknown"

    @property
    def id(self) -> str:
        """The backend's id, empty when it gave none."""
        return self.answered.message if self.answered else ""


@dataclass(slots=True)
class Listening:
    """The time that a socket was subscribed to a channel, from the acknowledgement seen to whatever ended it."""

    socket: str
    who: str
    channel: str
    since: SubscribeAnswered
    ended: Event | None = None


class Hearing(NamedTuple):
    """A message frame on a socket, and the message of this run that it carries, if any."""

    frame: FrameIn
    message: Message | None


class Debt(NamedTuple):
    """A delivery that is owed: this message to this socket."""

    message: Message
    listening: Listening


@dataclass
class Ledger:
    """The events of one test, read: names of sockets and acts repeat from one worker to the next."""

    messages: list[Message] = field(default_factory=list)
    listenings: list[Listening] = field(default_factory=list)
    hearings: list[Hearing] = field(default_factory=list)
    attempts: list[SubscribeAsked] = field(default_factory=list)
    refusals: list[SubscribeAnswered] = field(default_factory=list)
    rosters: Rosters = field(default_factory=Rosters)
    closures: list[SocketClosed] = field(default_factory=list)
    opened: dict[str, SocketOpened] = field(default_factory=dict)
    faults: list[FaultBegan] = field(default_factory=list)
    other_frames: list[FrameIn] = field(default_factory=list)
    """Frames of a channel that are neither messages nor the protocol's own, such as client events."""
    last: int = 0
    frames_of: dict[str, dict[str, list[FrameIn]]] = field(default_factory=dict)
    """Message frames by the act of the message and the socket."""

    def debts(self) -> list[Debt]:
        """
        List every delivery that is owed.

        Owed: the acknowledgement was *seen* before the message was *meant*, the socket is not the sender's own, it did
        not leave or break before, and its person has a right to hear. A message whose sending is refused or unknown
        owes nothing.
        """
        return [
            Debt(message, listening)
            for message in self.messages
            if message.outcome == "ok"
            for listening in self.listenings
            if _is_owed(message.asked, listening) and self._is_entitled(message.asked, listening)
        ]

    def heard(self, message: Message, socket: str) -> list[FrameIn]:
        """List the frames with this message on this socket, in the order seen."""
        return self.heard_by(message).get(socket, [])

    def heard_by(self, message: Message) -> dict[str, list[FrameIn]]:
        """List the frames with this message, socket by socket, in the order seen."""
        return self.frames_of.get(message.asked.act, {})

    def was_listening(self, socket: str, channel: str, n: int) -> bool:
        """Tell whether a subscription of this socket to this channel was acknowledged before event `n`."""
        return any(one.socket == socket and one.channel == channel and one.since.n <= n for one in self.listenings)

    def _is_entitled(self, asked: MessageAsked, listening: Listening) -> bool:
        return self.rosters.may_hear(listening.who, asked.channel, since=asked.meant, until=asked.meant) is not False


def _is_owed(asked: MessageAsked, listening: Listening) -> bool:
    return (
        listening.channel == asked.channel
        and listening.since.at < asked.meant
        and listening.socket != asked.excluded
        and (listening.ended is None or listening.ended.at > asked.meant)
    )


def read(events: list[Event]) -> Ledger:
    """Read events into a ledger; frames are matched with messages last, since they usually come before the answer."""
    ledger = Ledger()
    for event in events:
        match event:
            case FrameIn() if not event.is_message:
                if event.channel and not event.event.startswith(_PROTOCOL_EVENTS):
                    ledger.other_frames.append(event)
            case SocketOpened():
                ledger.opened[event.socket] = event
            case FaultBegan():
                ledger.faults.append(event)
            case MembershipAsked():
                ledger.rosters.asked(event)
            case MembershipAnswered():
                _membership_answered(ledger, event)
            case _:
                _listened(ledger, event)
    for asked in ledger.rosters.settle():
        _end(ledger, asked, channel=ledger.rosters.channels[asked.conversation], who=asked.person)
    _join(ledger, events)
    ledger.last = events[-1].at if events else 0
    return ledger


def _listened(ledger: Ledger, event: Event) -> None:
    match event:
        case SubscribeAsked():
            ledger.attempts.append(event)
        case SubscribeAnswered():
            _subscribed(ledger, event)
        case Unsubscribed():
            _end(ledger, event, socket=event.socket, channel=event.channel)
        case SocketClosed():
            ledger.closures.append(event)
            _end(ledger, event, socket=event.socket)


def _subscribed(ledger: Ledger, event: SubscribeAnswered) -> None:
    if event.outcome != "ok":
        ledger.refusals.append(event)
    elif not any(
        one.socket == event.socket and one.channel == event.channel and one.ended is None for one in ledger.listenings
    ):
        ledger.listenings.append(Listening(event.socket, event.who, event.channel, event))


def _membership_answered(ledger: Ledger, event: MembershipAnswered) -> None:
    """Keep the roster; who is no longer in it lost the right to hear, which ends what they are owed."""
    for name in ledger.rosters.answered(event):
        _end(ledger, event, channel=event.channel, who=name)


def _end(ledger: Ledger, event: Event, *, socket: str = "", channel: str = "", who: str = "") -> None:
    """End what fits: every subscription of a socket, of a channel, or of a person; what ended before stays as it is."""
    for one in ledger.listenings:
        if one.ended is None and socket in ("", one.socket) and channel in ("", one.channel) and who in ("", one.who):
            one.ended = event


def _join(ledger: Ledger, events: list[Event]) -> None:
    """
    Join messages with answers, and message frames with messages: by the id of the answer, else by channel and text.

    A text that two messages without an id share says nothing, so it joins neither (DESIGN.md, section 8).
    """
    by_act: dict[str, Message] = {}
    for event in events:
        if isinstance(event, MessageAsked):
            by_act[event.act] = message = Message(event)
            ledger.messages.append(message)
        elif isinstance(event, MessageAnswered) and event.act in by_act:
            by_act[event.act].answered = event
    by_id = {message.id: message for message in ledger.messages if message.id}
    by_text: dict[tuple[str, str], Message] = {}
    for message in ledger.messages:
        if not message.id:
            twin = by_text.setdefault((message.asked.channel, message.asked.text), message)
            twin.is_ambiguous = message.is_ambiguous = twin is not message
    for event in events:
        if isinstance(event, FrameIn) and event.is_message:
            joined = by_id.get(event.message) or by_text.get((event.channel, event.text))
            joined = None if joined is not None and joined.is_ambiguous else joined
            ledger.hearings.append(Hearing(event, joined))
            if joined is not None:
                ledger.frames_of.setdefault(joined.asked.act, {}).setdefault(event.socket, []).append(event)

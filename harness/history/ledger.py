"""
What a history means: messages, who listened when, who heard what, and what is owed (DESIGN.md, section 7).

A read model that checkers and expectations share. It is made from events alone and never changes them. What it costs
grows with the events and the deliveries that are owed, whatever their mix.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from harness.history.cut_offs import CutOffs
from harness.history.events import (
    CredentialAnswered,
    CredentialAsked,
    Event,
    FaultBegan,
    FaultEnded,
    FrameIn,
    MembershipAnswered,
    MembershipAsked,
    MessageAnswered,
    MessageAsked,
    SocketClosed,
    SocketOpened,
    SubscribeAnswered,
    SubscribeAsked,
    Unsubscribed,
)
from harness.history.faults import Faults
from harness.history.listenings import Listening, Listenings
from harness.history.messages import Hearing, Message, Messages
from harness.history.rosters import Rosters
from harness.history.tokens import Tokens

__all__ = ["Debt", "Hearing", "Ledger", "Listening", "Message", "read"]

_PROTOCOL_EVENTS = ("pusher:", "pusher_internal:")


class Debt(NamedTuple):
    """A delivery that is owed: this message to this socket."""

    message: Message
    listening: Listening


@dataclass
class Ledger:
    """The events of one test, read: names of sockets and acts repeat from one worker to the next."""

    attempts: list[SubscribeAsked] = field(default_factory=list)
    refusals: list[SubscribeAnswered] = field(default_factory=list)
    rosters: Rosters = field(default_factory=Rosters)
    tokens: Tokens = field(default_factory=Tokens)
    closures: list[SocketClosed] = field(default_factory=list)
    opened: dict[str, SocketOpened] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    other_frames: list[FrameIn] = field(default_factory=list)
    """Frames of a channel that are neither messages nor the protocol's own, such as client events."""
    last: int = 0
    _taken: int = 0
    _attempted: set[tuple[str, str]] = field(default_factory=set)
    _refused: dict[tuple[str, str], SubscribeAnswered] = field(default_factory=dict)
    _messages: Messages = field(default_factory=Messages)
    _listenings: Listenings = field(default_factory=Listenings)
    _cut_offs: CutOffs = field(default_factory=CutOffs)
    _hearings: list[Hearing] | None = field(default=None, compare=False)

    @property
    def messages(self) -> list[Message]:
        """Every message that was meant, in that order."""
        return self._messages.all

    @property
    def listenings(self) -> list[Listening]:
        """Every subscription that was acknowledged, in that order."""
        return self._listenings.all

    @property
    def hearings(self) -> list[Hearing]:
        """Every message frame in the order seen, with what it carries as far as is known by now."""
        if self._hearings is None:
            self._hearings = [Hearing(frame, self._messages.carried_by(frame)) for frame in self._messages.frames]
        return self._hearings

    def take(self, events: list[Event]) -> None:
        """Read on: take in what this history, which grows, holds beyond what was taken before."""
        self._hearings = None
        self._listenings.trust()
        takers = self._takers()
        for event in events[self._taken :]:
            if (take := takers.get(type(event))) is not None:
                take(event)
        self._taken = len(events)
        self.last = events[-1].at if events else 0
        for asked in self.rosters.settle():
            for name in self._losers(asked):
                self._listenings.doubt(name, self.rosters.channels[asked.conversation], asked)

    def debts(self) -> list[Debt]:
        """
        List every delivery that is owed, message by message.

        Owed: the acknowledgement was *seen* before the message was *meant*, the socket is not the sender's own, it did
        not leave or break before, and its person has a right to hear. A message whose sending is refused or unknown
        owes nothing.
        """
        return self.debts_of(message for message in self.messages if message.outcome == "ok")

    def debts_of(self, messages: Iterable[Message]) -> list[Debt]:
        """List what these messages owe, or would owe had the backend taken them."""
        wanted = list(messages)
        channels: dict[str, list[Message]] = {}
        for message in sorted(wanted, key=lambda one: one.asked.meant):
            channels.setdefault(message.asked.channel, []).append(message)
        owed: dict[str, list[Debt]] = {}
        for channel, meant in channels.items():
            moments = [message.asked.meant for message in meant]
            for message, listening in zip(meant, self._listenings.at(channel, moments), strict=True):
                owed[message.asked.act] = [Debt(message, one) for one in listening if self._is_owed(message, one)]
        return [debt for message in wanted for debt in owed[message.asked.act]]

    def heard(self, message: Message, socket: str) -> list[FrameIn]:
        """List the frames with this message on this socket, in the order seen."""
        return self._messages.heard_on(socket, message)

    def heard_by(self, message: Message) -> dict[str, list[FrameIn]]:
        """List the frames with this message, socket by socket, in the order seen."""
        return self._messages.heard_by(message)

    def was_listening(self, socket: str, channel: str, n: int) -> bool:
        """Tell whether a subscription of this socket to this channel was acknowledged before event `n`."""
        return self._listenings.had_begun(socket, channel, n)

    def has_attempted(self, socket: str, channel: str) -> bool:
        """Tell whether this socket ever asked to subscribe to this channel."""
        return (socket, channel) in self._attempted

    def refusal(self, socket: str, channel: str) -> SubscribeAnswered | None:
        """Give the latest refusal of this channel to this socket, if any."""
        return self._refused.get((socket, channel))

    def due(self, debt: Debt, arrival: int) -> int | None:
        """Say by when a delivery is due that may take so long undisturbed; None while a fault stands in its way."""
        asked = debt.message.asked
        return self.faults.due(asked.meant, arrival, asked.who, debt.listening.who)

    def was_cut_off(self, closed: SocketClosed) -> bool:
        """Tell whether a backend had a reason to end this connection: its person lost a right while it was open."""
        opened = self.opened.get(closed.socket)
        return opened is not None and self._cut_offs.explain(closed, opened)

    def _is_owed(self, message: Message, listening: Listening) -> bool:
        asked = message.asked
        if listening.socket == asked.excluded:
            return False
        return self.rosters.may_hear(listening.who, asked.channel, since=asked.meant, until=asked.meant) is not False

    def _takers(self) -> dict[type[Event], Callable[[Any], None]]:
        """Say what each kind of event means; the others mean nothing here."""
        return {
            FrameIn: self._frame_in,
            MessageAsked: self._messages.asked,
            MessageAnswered: self._messages.answered,
            SubscribeAsked: self._subscribe_asked,
            SubscribeAnswered: self._subscribe_answered,
            Unsubscribed: self._listenings.leave,
            SocketOpened: self._socket_opened,
            SocketClosed: self._socket_closed,
            MembershipAsked: self._membership_asked,
            MembershipAnswered: self._membership_answered,
            CredentialAsked: self._credential_asked,
            CredentialAnswered: self._credential_answered,
            FaultBegan: self.faults.begin,
            FaultEnded: self.faults.end,
        }

    def _frame_in(self, event: FrameIn) -> None:
        if event.is_message:
            self._messages.hear(event)
        elif event.channel and not event.event.startswith(_PROTOCOL_EVENTS):
            self.other_frames.append(event)

    def _subscribe_asked(self, event: SubscribeAsked) -> None:
        self.attempts.append(event)
        self._attempted.add((event.socket, event.channel))
        self.tokens.subscribing(event)

    def _subscribe_answered(self, event: SubscribeAnswered) -> None:
        if event.outcome == "ok":
            self._listenings.begin(event)
            self.tokens.subscribed(event)
        else:
            self.refusals.append(event)
            self._refused[event.socket, event.channel] = event

    def _socket_opened(self, event: SocketOpened) -> None:
        self.opened[event.socket] = event

    def _socket_closed(self, event: SocketClosed) -> None:
        self.closures.append(event)
        self._listenings.close(event)

    def _credential_asked(self, event: CredentialAsked) -> None:
        self.tokens.asked(event)
        self._cut_offs.asked(event)

    def _credential_answered(self, event: CredentialAnswered) -> None:
        self.tokens.answered(event)
        self._cut_offs.answered(event)

    def _membership_asked(self, event: MembershipAsked) -> None:
        self.rosters.asked(event)
        if event.change in ("removed", "deleted"):
            self._cut_offs.lose(self._losers(event), event.at)

    def _losers(self, asked: MembershipAsked) -> list[str]:
        """Name the people who lose the right to hear by this change, if it is made."""
        if asked.change == "removed":
            return [asked.person]
        return self.rosters.participants(self.rosters.channels.get(asked.conversation, ""))

    def _membership_answered(self, event: MembershipAnswered) -> None:
        """Keep the roster; who is no longer in it lost the right to hear, which ends what they are owed."""
        for name in self.rosters.answered(event):
            self._listenings.withdraw(name, event.channel, event)


def read(events: list[Event]) -> Ledger:
    """Read a whole history into a ledger."""
    ledger = Ledger()
    ledger.take(events)
    return ledger

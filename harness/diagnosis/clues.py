"""What a history holds beside a finding: the questions that separate one suspect from the next."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import msgspec

from harness.checkers.evidence import moment, quoted
from harness.checkers.findings import Finding, Likelihood
from harness.history.events import Event, FrameIn, HttpAnswered, MessageAsked, MessagesRead, SubscribeAsked
from harness.history.ledger import Ledger, Listening, Message, read


class Weight(msgspec.Struct, frozen=True):
    """How likely a suspect is, and the facts of the history that say so."""

    likelihood: Likelihood
    because: str


def likely(because: str) -> Weight:
    """Speak for a suspect."""
    return Weight("likely", because)


def unlikely(because: str) -> Weight:
    """Speak against a suspect."""
    return Weight("unlikely", because)


@dataclass
class Clues:
    """The history of one test, as a finding of it is looked into."""

    events: list[Event]

    @cached_property
    def ledger(self) -> Ledger:
        """The history read into messages, listeners and hearings."""
        return read(self.events)

    @cached_property
    def _by_number(self) -> dict[int, Event]:
        return {event.n: event for event in self.events}

    def about(self, finding: Finding) -> list[Event]:
        """Give the events that a finding is about, the cause first."""
        return [self._by_number[n] for n in finding.events if n in self._by_number]

    def message(self, finding: Finding) -> Message | None:
        """Give the message that a finding is about, if it is about one."""
        acts = {event.act for event in self.about(finding) if isinstance(event, MessageAsked)}
        return next((one for one in self.ledger.messages if one.asked.act in acts), None)

    def frames(self, finding: Finding) -> list[FrameIn]:
        """Give the frames that a finding is about."""
        return [event for event in self.about(finding) if isinstance(event, FrameIn)]

    def heard_messages(self) -> list[Message]:
        """List the messages of this test that somebody heard."""
        return [message for message in self.ledger.messages if self.ledger.heard_by(message)]

    def listening(self, finding: Finding) -> Listening | None:
        """Give the subscription that a finding is about."""
        numbers = set(finding.events)
        return next((one for one in self.ledger.listenings if one.since.n in numbers), None)

    def under_another_name(self, message: Message) -> FrameIn | None:
        """Find an event of another name that came on the message's channel behind it and holds its text or its id."""
        wanted = [word for word in (message.asked.text, message.id) if word]
        return next(
            (
                frame
                for frame in self.ledger.other_frames
                if frame.channel == message.asked.channel
                and frame.arrived >= message.asked.meant
                and any(word in frame.raw or word == frame.message for word in wanted)
            ),
            None,
        )

    def on_another_channel(self, message: Message) -> FrameIn | None:
        """Find the message on a channel that is not its own."""
        frames = (frame for frames in self.ledger.heard_by(message).values() for frame in frames)
        strays = (frame for frame in frames if frame.channel != message.asked.channel)
        return next(strays, None) or next(
            (
                frame
                for frame, carried in self.ledger.hearings
                if carried is None and frame.text == message.asked.text and frame.channel != message.asked.channel
            ),
            None,
        )

    def was_stored(self, message: Message) -> bool:
        """Tell whether somebody read this message over HTTP."""
        return any(isinstance(event, MessagesRead) and message.id in event.ids for event in self.events)

    def grants(self, who: str = "", channel: str = "") -> list[HttpAnswered]:
        """List the signatures that were given, to this person and for this channel if they are named."""
        return [
            event
            for event in self.events
            if isinstance(event, HttpAnswered)
            and event.purpose == "authorize"
            and event.signature != "absent"
            and who in ("", event.who)
            and channel in ("", event.channel)
        ]

    def denials(self) -> list[HttpAnswered]:
        """List the authorizations that were denied."""
        return [
            event
            for event in self.events
            if isinstance(event, HttpAnswered) and event.purpose == "authorize" and event.outcome == "refused"
        ]

    def might_hear(self, who: str, channel: str, at: int) -> bool:
        """Tell whether this person had, or may have had, a right to hear a channel at that time."""
        return self.ledger.rosters.may_hear(who, channel, since=at, until=at) is not False

    def attempts(self, socket: str, channel: str) -> list[SubscribeAsked]:
        """List the subscriptions that this socket asked for."""
        return [one for one in self.ledger.attempts if one.socket == socket and one.channel == channel]


def heard(frame: FrameIn) -> str:
    """Write where and when a frame was heard."""
    return f"{frame.socket} heard {quoted(frame.event)} on {quoted(frame.channel)} at {moment(frame.arrived)}"


def names(people: Iterable[str]) -> str:
    """Name people, each once."""
    return ", ".join(dict.fromkeys(people))

"""
The gap ledger: which messages somebody missed while they were away, and what became of each of them.

Missed is what the backend took while a person, who had listened before and still had the right to, listened on none of
their devices; and what a device was owed and did not hear as it ended, or as a fault was at work. Later it was heard
all the same, or came with the catch-up over HTTP, or neither; the three together are all that was missed. Nobody misses
what they wrote themselves.
"""

from dataclasses import dataclass, field

from harness.history.events import Event, MessagesRead
from harness.history.ledger import Ledger
from harness.history.listenings import Listening
from harness.history.messages import Message


@dataclass
class Gap:
    """
    What one person missed of one channel; `missed` is `heard`, `caught_up` and `in_neither` together.

    `for_good` holds those in neither that a catch-up left out which should have held them, with that read.
    """

    who: str
    channel: str
    missed: list[Message] = field(default_factory=list)
    heard: list[Message] = field(default_factory=list)
    caught_up: list[Message] = field(default_factory=list)
    in_neither: list[Message] = field(default_factory=list)
    for_good: list[tuple[Message, MessagesRead]] = field(default_factory=list)


def gaps(events: list[Event], ledger: Ledger, arrival: int) -> list[Gap]:
    """List the gaps of a world, by when each person first listened; `arrival` is how long a delivery may take."""
    absent = _absent(ledger)
    if not absent:
        return []
    reads = [event for event in events if isinstance(event, MessagesRead)]
    channels: dict[str, list[Message]] = {}
    for message in ledger.messages:
        if message.outcome == "ok" and not message.asked.canary:
            channels.setdefault(message.asked.channel, []).append(message)
    found = []
    for (who, channel), listenings in absent.items():
        absence = _Absence(ledger, who, listenings, arrival)
        gap = Gap(who, channel)
        own = [read for read in reads if read.who == who]
        for message in channels.get(channel, []):
            if absence.missed(message):
                _account(gap, message, own, absence)
        if gap.missed:
            found.append(gap)
    return found


def _absent(ledger: Ledger) -> dict[tuple[str, str], list[Listening]]:
    """Find who listened to what and may have missed some of it: a listening ended, or a fault disturbed it."""
    listenings: dict[tuple[str, str], list[Listening]] = {}
    for one in ledger.listenings:
        listenings.setdefault((one.who, one.channel), []).append(one)
    return {
        key: of_person
        for key, of_person in listenings.items()
        if ledger.faults.all or any(one.ended is not None for one in of_person)
    }


def _account(gap: Gap, message: Message, reads: list[MessagesRead], absence: "_Absence") -> None:
    """Enter a missed message where it belongs."""
    gap.missed.append(message)
    if absence.heard(message):
        gap.heard.append(message)
    elif any(message.id and message.id in read.ids for read in reads):
        gap.caught_up.append(message)
    else:
        gap.in_neither.append(message)
        read = next((read for read in reads if absence.should_hold(read, message)), None)
        if read is not None:
            gap.for_good.append((message, read))


@dataclass
class _Absence:
    """When somebody did not listen to a channel, on any device."""

    ledger: Ledger
    who: str
    listenings: list[Listening]
    arrival: int

    def missed(self, message: Message) -> bool:
        """Tell whether it was sent while they were away, or got lost as they went, or in a fault."""
        asked = message.asked
        if asked.who == self.who or self.listenings[0].since.at >= asked.meant or not self._may_hear(message):
            return False
        open_then = [one for one in self.listenings if _is_open(one, asked.meant) and one.socket != asked.excluded]
        if not open_then:
            return True
        return not self.heard(message) and all(self._is_excused(message, one) for one in open_then)

    def heard(self, message: Message) -> bool:
        """Tell whether one of their devices heard it, whenever."""
        return any(frames[0].who == self.who for frames in self.ledger.heard_by(message).values())

    def should_hold(self, read: MessagesRead, message: Message) -> bool:
        """
        Tell whether a catch-up in order would have held it.

        In order: read on a subscription that was acknowledged before, after the message was answered, all of it, and
        behind a message that was sent before this one was.
        """
        answered = message.answered
        if read.conversation != message.asked.conversation or not read.is_complete or not message.id:
            return False
        if answered is None or answered.at >= read.asked or not self._is_behind(read, message):
            return False
        return any(_is_open(one, read.asked) for one in self.listenings)

    def _is_behind(self, read: MessagesRead, message: Message) -> bool:
        """Tell whether the read begins before the message for certain: they were not under way together."""
        if not read.after:
            return True
        anchor = next((one.answered for one in self.ledger.messages if one.id == read.after), None)
        return anchor is not None and anchor.n < message.asked.n

    def _may_hear(self, message: Message) -> bool:
        asked = message.asked
        return self.ledger.rosters.may_hear(self.who, asked.channel, since=asked.meant, until=asked.meant) is not False

    def _is_excused(self, message: Message, listening: Listening) -> bool:
        """Tell whether something explains that a delivery which was owed never came."""
        if listening.ended is not None:
            return True
        asked = message.asked
        return bool(self.ledger.faults.at_work(asked.meant, asked.meant + self.arrival, asked.who, self.who))


def _is_open(one: Listening, at: int) -> bool:
    return one.since.at < at and (one.ended is None or one.ended.at > at)

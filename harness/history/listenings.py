"""
Which sockets listened to which channels when.

Kept by channel, by socket and by person, so that whatever happens to one of them touches nothing else.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.history.events import Event, SocketClosed, SubscribeAnswered, Unsubscribed


@dataclass(slots=True)
class Listening:
    """The time that a socket was subscribed to a channel, from the acknowledgement seen to whatever ended it."""

    socket: str
    who: str
    channel: str
    since: SubscribeAnswered
    ended: Event | None = None


@dataclass
class Listenings:
    """Every listening there was, in the order in which they began; a socket has one at a time on a channel."""

    all: list[Listening] = field(default_factory=list)
    _of_channel: dict[str, list[Listening]] = field(default_factory=dict)
    _first: dict[tuple[str, str], int] = field(default_factory=dict)
    """The number of the event that first let a socket listen to a channel."""
    _open: dict[str, dict[str, Listening]] = field(default_factory=dict)
    """What has not ended, by socket and channel."""
    _people: dict[tuple[str, str], dict[str, Listening]] = field(default_factory=dict)
    """The same by person and channel, then socket."""
    _doubted: list[Listening] = field(default_factory=list)

    def begin(self, event: SubscribeAnswered) -> None:
        """Let a socket listen from this acknowledgement on; a second one changes nothing."""
        channels = self._open.setdefault(event.socket, {})
        if event.channel in channels:
            return
        one = Listening(event.socket, event.who, event.channel, event)
        self.all.append(one)
        self._of_channel.setdefault(one.channel, []).append(one)
        self._first.setdefault((one.socket, one.channel), event.n)
        channels[one.channel] = one
        self._people.setdefault((one.who, one.channel), {})[one.socket] = one

    def leave(self, event: Unsubscribed) -> None:
        """End what a socket listens to on one channel."""
        one = self._open.get(event.socket, {}).get(event.channel)
        if one is not None:
            self._end(one, event)

    def close(self, event: SocketClosed) -> None:
        """End everything that a socket listens to."""
        for one in list(self._open.get(event.socket, {}).values()):
            self._end(one, event)

    def withdraw(self, who: str, channel: str, event: Event) -> None:
        """End what a person listens to on a channel, on every socket."""
        for one in list(self._people.get((who, channel), {}).values()):
            self._end(one, event)

    def doubt(self, who: str, channel: str, event: Event) -> None:
        """Let what a person listens to on a channel count as ended, as nobody knows whether it is, until `trust`."""
        for one in self._people.get((who, channel), {}).values():
            if one.ended is None:
                one.ended = event
                self._doubted.append(one)

    def trust(self) -> None:
        """Take back every doubt."""
        for one in self._doubted:
            one.ended = None
        self._doubted.clear()

    def had_begun(self, socket: str, channel: str, n: int) -> bool:
        """Tell whether a subscription of this socket to this channel was acknowledged by event `n`."""
        first = self._first.get((socket, channel))
        return first is not None and first <= n

    def at(self, channel: str, moments: list[int]) -> Iterator[list[Listening]]:
        """List for each of these moments, which must ascend, what was under way on a channel, ends excluded."""
        coming = deque(sorted(self._of_channel.get(channel, ()), key=lambda one: one.since.at))
        current: list[Listening] = []
        for moment in moments:
            while coming and coming[0].since.at < moment:
                current.append(coming.popleft())
            current = [one for one in current if one.ended is None or one.ended.at > moment]
            yield current

    def _end(self, one: Listening, event: Event) -> None:
        one.ended = event
        del self._open[one.socket][one.channel]
        del self._people[one.who, one.channel][one.socket]

"""
Every time that a channel was opened to a socket: with which token, and until when it stood open.

Other than a listening, an opening is ended by nothing but what happens on the socket: it says what could still be
heard, not who has a right to it. Acknowledged again, a channel is opened anew, with the token of that time.
"""

from dataclasses import dataclass, field

from harness.history.events import Event, SocketClosed, SubscribeAnswered, SubscribeAsked, Unsubscribed


@dataclass(slots=True, eq=False)
class Opening:
    """
    A subscription of a socket to a channel, from its acknowledgement to whatever ended it.

    `token` is 0 when nobody knows it; `next` is the number of the event that opened the same channel to the same socket
    anew, if any.
    """

    socket: str
    who: str
    channel: str
    token: int
    since: SubscribeAnswered
    ended: Event | None = None
    next: int | None = None


@dataclass
class Openings:
    """Every opening of one world, in order."""

    of_person: dict[tuple[str, str], list[Opening]] = field(default_factory=dict)
    """By person and channel."""
    of_token: dict[int, list[Opening]] = field(default_factory=dict)
    """By the token, where that is known."""
    _tokens: dict[str, int] = field(default_factory=dict)
    _latest: dict[str, dict[str, Opening]] = field(default_factory=dict)
    """By socket and channel."""

    def take(self, event: Event) -> None:
        """Read one event."""
        match event:
            case SubscribeAsked():
                self._tokens[event.act] = event.token
            case SubscribeAnswered(outcome="ok"):
                self._open(event)
            case Unsubscribed():
                _end(self._latest.get(event.socket, {}).get(event.channel), event)
            case SocketClosed():
                for opening in self._latest.get(event.socket, {}).values():
                    _end(opening, event)
            case _:
                pass

    def _open(self, event: SubscribeAnswered) -> None:
        channels = self._latest.setdefault(event.socket, {})
        before = channels.get(event.channel)
        if before is not None:
            before.next = event.n
            _end(before, event)
        token = self._tokens.get(event.act, 0)
        channels[event.channel] = opening = Opening(event.socket, event.who, event.channel, token, event)
        self.of_person.setdefault((event.who, event.channel), []).append(opening)
        if token:
            self.of_token.setdefault(token, []).append(opening)


def _end(opening: Opening | None, event: Event) -> None:
    if opening is not None and opening.ended is None:
        opening.ended = event

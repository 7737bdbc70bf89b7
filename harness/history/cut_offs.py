"""
Whose connections a backend may have ended on purpose, because they lost a right.

The protocol has no server-side unsubscribe, so a backend that takes a right away ends the connections of whoever lost
it (PROTOCOL.md, `terminate_connections`): all of them, on every channel.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.history.events import CredentialAnswered, CredentialAsked, SocketClosed, SocketOpened


@dataclass
class CutOffs:
    """When somebody may have begun to end the connections of a person."""

    _moments: dict[str, list[int]] = field(default_factory=dict)

    def lose(self, people: Iterable[str], at: int) -> None:
        """Note that somebody asked to take a right from these people; whether it was taken may be known to nobody."""
        for who in people:
            insort(self._moments.setdefault(who, []), at)

    def asked(self, event: CredentialAsked) -> None:
        """Note that a person's credential is about to end."""
        if event.change != "log-in":
            self.lose([event.who], event.at)

    def answered(self, event: CredentialAnswered) -> None:
        """Note when a token that was given will end by itself."""
        if event.ends:
            self.lose([event.who], event.ends)

    def explain(self, closed: SocketClosed, opened: SocketOpened) -> bool:
        """Tell whether the person lost a right while this connection was open."""
        moments = self._moments.get(closed.who, [])
        before = bisect_right(moments, closed.at)
        return before > 0 and moments[before - 1] >= opened.at

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
    _asked: dict[str, int] = field(default_factory=dict)
    _expiring: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """Between which times a token of somebody ended by itself: a few, for few are given for a while."""

    def lose(self, people: Iterable[str], at: int) -> None:
        """Note that somebody asked to take a right from these people; whether it was taken may be known to nobody."""
        for who in people:
            insort(self._moments.setdefault(who, []), at)

    def asked(self, event: CredentialAsked) -> None:
        """Note that a person's credential is about to end, or one to be given."""
        self._asked[event.act] = event.at
        if event.change != "log-in":
            self.lose([event.who], event.at)

    def answered(self, event: CredentialAnswered) -> None:
        """Note when a token that was given will end by itself: its time began between the request and the answer."""
        asked = self._asked.pop(event.act, event.at)
        if event.ends:
            self._expiring.setdefault(event.who, []).append((event.ends - (event.at - asked), event.ends))

    def explain(self, closed: SocketClosed, opened: SocketOpened) -> bool:
        """Tell whether the person lost a right while this connection was open."""
        moments = self._moments.get(closed.who, [])
        before = bisect_right(moments, closed.at)
        if before > 0 and moments[before - 1] >= opened.at:
            return True
        expiring = self._expiring.get(closed.who, [])
        return any(earliest <= closed.at and opened.at <= latest for earliest, latest in expiring)

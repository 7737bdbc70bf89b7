"""
The lanes of a trace: the backend on one side, the broadcaster on the other, people and their sockets between.

    backend │ alice · alice#1 │ bob │ bob#1 │ bob#2 │ broadcaster
            ←── HTTP ──                       ── frames ──→

A person with one socket has one lane for both; with several, or none, a lane of her own for what she asks over HTTP, if
there is any.
"""

from collections.abc import Iterable, Mapping

import msgspec

from harness.history.events import Event
from harness.report.html.text import visible

_NO_SOCKET = ""


class Lane(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A vertical line of a trace; `who` is empty for a server."""

    name: str
    who: str = ""
    note: str = ""


class Lanes:
    """Where in a trace people, sockets and servers stand."""

    BACKEND = 0
    NOWHERE = -1

    def __init__(self, events: Iterable[Event]) -> None:
        self.all = [Lane(name="backend")]
        self._at: dict[str, int] = {}
        for who, sockets in _sockets_of_people(events).items():
            self._add(who, sockets)
        self.broadcaster = len(self.all)
        self.all.append(Lane(name="broadcaster"))

    def of(self, event: Event) -> int:
        """Say where an event happened: on its socket, else at its person, else nowhere in particular."""
        return self._at.get(event.socket) or self._at.get(event.who, self.NOWHERE)

    def of_socket(self, socket: str) -> int:
        """Say where a socket stands."""
        return self._at.get(socket, self.NOWHERE)

    def _add(self, who: str, sockets: Mapping[str, None]) -> None:
        self._at[who] = len(self.all)
        name, own = visible(who), [socket for socket in sockets if socket]
        if len(own) == 1:
            self._at[own[0]] = len(self.all)
            self.all.append(Lane(name=name, who=name, note=visible(own[0])))
            return
        if _NO_SOCKET in sockets:
            self.all.append(Lane(name=name, who=name, note="HTTP"))
        for socket in own:
            self._at[socket] = len(self.all)
            self.all.append(Lane(name=visible(socket), who=name, note="socket"))


def _sockets_of_people(events: Iterable[Event]) -> dict[str, dict[str, None]]:
    """List people and their sockets in the order of what they did first; what needs no socket is among them as none."""
    found: dict[str, dict[str, None]] = {}
    for event in events:
        if event.who:
            found.setdefault(event.who, {})[event.socket] = None
    return found

"""
Which faults were at work when, and whom they touched: what excuses that something came late, or ended.

A fault of somebody's network touches that person, one of a process everybody. Whatever was under way meanwhile has as
long from the end of the fault on as it would have had without it; of a fault that never ended nobody knows what it kept
from arriving.
"""

from dataclasses import dataclass, field

from harness.history.events import Event, FaultBegan, FaultEnded, SocketClosed, SocketOpened

_BROADCASTER = "broadcaster"


@dataclass(slots=True)
class Fault:
    """A fault, and when it ended; None while it lasts."""

    began: FaultBegan
    ended: int | None = None

    def touches(self, *people: str) -> bool:
        """Tell whether it could disturb one of these people; with nobody named, anybody."""
        whose = self.began.people
        return not people or not whose or bool(self.began.server) or not set(people).isdisjoint(whose)

    def lasted_at(self, since: int, until: int) -> bool:
        """Tell whether it was at work at any moment between, both ends included."""
        return self.began.at <= until and (self.ended is None or self.ended >= since)

    @property
    def ends_connections(self) -> bool:
        """Tell whether it stands between people and the broadcaster: what happens behind a backend ends no socket."""
        began = self.began
        return began.server.startswith(_BROADCASTER) if began.server else began.to != "backend"


@dataclass
class Faults:
    """Every fault of one world, in the order in which they began; `take` reads on in a history that grows."""

    all: list[Fault] = field(default_factory=list)
    _open: dict[str, Fault] = field(default_factory=dict)
    _taken: int = 0

    def take(self, events: list[Event]) -> None:
        """Read what this history holds beyond what was taken before."""
        for event in events[self._taken :]:
            if isinstance(event, FaultBegan):
                self.begin(event)
            elif isinstance(event, FaultEnded):
                self.end(event)
        self._taken = len(events)

    def begin(self, event: FaultBegan) -> None:
        """Note that a fault began."""
        self._open[event.fault] = fault = Fault(event)
        self.all.append(fault)

    def end(self, event: FaultEnded) -> None:
        """Note that a fault ended; its beginning may lie before the part of the history that is read."""
        fault = self._open.pop(event.fault, None)
        if fault is not None:
            fault.ended = event.at

    def open_for(self, *people: str) -> list[Fault]:
        """List the faults that touch one of these people and have not ended."""
        return [fault for fault in self._open.values() if fault.touches(*people)]

    def at_work(self, since: int, until: int, *people: str) -> list[Fault]:
        """List the faults that touched one of these people at any moment between."""
        return [fault for fault in self.all if fault.touches(*people) and fault.lasted_at(since, until)]

    def due(self, since: int, wait: int, *people: str) -> int | None:
        """
        Say by when something is due that began at `since` and may take so long (`wait`) where nothing disturbs it.

        A fault that touches one of these people meanwhile gives it as long again, from its end on. None: such a fault
        has not ended, so nobody knows.
        """
        limit = since + wait
        for fault in self.all:
            if fault.touches(*people) and fault.lasted_at(since, limit):
                if fault.ended is None:
                    return None
                limit = max(limit, fault.ended + wait)
        return limit

    def explain(self, closed: SocketClosed, opened: SocketOpened, wait: int) -> bool:
        """
        Tell whether a fault ended this connection, or may have: it was open, or about to be, meanwhile.

        That is seen by `wait` after the fault's end at the latest: nobody hears of an end through a frozen network.
        """
        since = opened.begun or opened.at
        return any(
            fault.ends_connections
            and fault.lasted_at(since, closed.at)
            and (fault.ended is None or closed.at <= fault.ended + wait)
            for fault in self.all
            if fault.touches(closed.who)
        )

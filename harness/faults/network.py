"""
Faults of people's networks, by person: begun and ended with `async with`, recorded, and the same again by their seed.

::

    Network (here) ─ one line ─→ the proxy's process ─→ the routes of the people named: theirs alone, live ones included

A route is made when somebody first dials; what is at work on that person by then is on it from its first byte. The
proxy is told without giving the event loop away, which takes a fraction of a millisecond: a fault begins and ends
between two steps of a test, whatever is cancelled meanwhile.
"""

import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, get_args

from harness.errors import EnvironmentFault, UsageError
from harness.faults.toxics import Bandwidth, Blackhole, CloseAfter, Freeze, Latency, Slicing, SlowOpen, Toxic
from harness.history.events import FaultBegan, FaultEnded
from harness.users.detours import Address, Upstream

if TYPE_CHECKING:
    from harness.users.user import User
    from harness.users.world import World

To = Literal["both", "broadcaster", "backend"]
"""Which of a person's connections a fault touches."""

CUT: Final = "cut"
_ANSWERS_WITHIN_SECONDS: Final = 10.0
_NUMBERS: Final = count(1)
"""Faults of all worlds go to one process, which knows them by these."""

Fault = AbstractAsyncContextManager[None]


class Told(Protocol):
    """The proxy's process, as who started it gives it."""

    def tell(self, message: dict[str, Any], deadline: float) -> dict[str, Any]:
        """Say something and give the answer; raises `EnvironmentFault` when it has died or is late."""


@dataclass(frozen=True)
class _AtWork:
    """A fault that has begun: on whom, on which of their connections, and what the proxy is told of it."""

    people: tuple[str, ...]
    to: To
    told: dict[str, Any]

    def touches(self, who: str, upstream: Upstream) -> bool:
        return who in self.people and self.to in ("both", upstream)


class Network:
    """
    The network between the people of a world and its target: `async with network.cut(alice): …`.

    People are named by themselves or by their names, as many as one likes; `to` limits a fault to their connections to
    the `broadcaster` or the `backend`. Faults on one person combine. What a fault did ends with its block, also when
    the block raises. Everything raises `UsageError` for people who are not there and for settings that cannot be.

    Make one before anybody connects: connections that are open already go another way.
    """

    def __init__(self, world: "World", proxy: Told, seed: int) -> None:
        self._world = world
        self._recorder = world.context.recorder
        self._proxy, self._seed = proxy, seed
        self._routes: dict[tuple[str, Upstream, Address], tuple[int, int]] = {}
        """The proxy's name and the port of every route that was dialled."""
        self._at_work: dict[str, _AtWork] = {}
        self._counts: dict[str, int] = {}
        world.detours.take(self._way, self.close)

    def cut(self, *people: "User | str", to: To = "both") -> Fault:
        """Reset their connections and refuse new ones."""
        return self._fault("cut", people, to, None)

    def freeze(self, *people: "User | str", to: To = "both") -> Fault:
        """Let nothing pass either way, connections stay open; what waited passes in order afterwards."""
        return self._fault("freeze", people, to, Freeze())

    def blackhole(self, *people: "User | str", to: To = "both") -> Fault:
        """Swallow what is sent either way; connections that lost something are reset in the end."""
        return self._fault("blackhole", people, to, Blackhole())

    def slow(self, *people: "User | str", latency: float, jitter: float = 0.0, to: To = "both") -> Fault:
        """Delay everything by `latency` seconds each way, and by up to `jitter` more, drawn by the run's seed."""
        return self._fault("slow", people, to, Latency(latency, jitter))

    def throttle(self, *people: "User | str", bytes_per_second: float, to: To = "both") -> Fault:
        """Let no more pass than so many bytes, each way and on each connection."""
        return self._fault("throttle", people, to, Bandwidth(bytes_per_second))

    def slice(self, *people: "User | str", size: int, pause: float = 0.0, to: To = "both") -> Fault:
        """Pass bytes in pieces of `size`, `pause` seconds apart: frames and headers are cut anywhere."""
        return self._fault("slice", people, to, Slicing(size, pause))

    def slow_open(self, *people: "User | str", seconds: float, to: To = "both") -> Fault:
        """Let new connections take so long to come about; those that are open are left alone."""
        return self._fault("slow_open", people, to, SlowOpen(seconds))

    def close_after(self, *people: "User | str", bytes: int, to: To = "both") -> Fault:  # noqa: A002  what it counts
        """Close each connection once so many more bytes have passed one way, which may be within a frame."""
        return self._fault("close_after", people, to, CloseAfter(bytes))

    async def reset(self, *people: "User | str", to: To = "both") -> None:
        """Reset their connections now, once; new ones are taken."""
        names = self._names(people, to)
        self._check_way(names, to)
        fault = self._name("reset")
        self._recorder.record(FaultBegan, fault=fault, what="reset", people=names, to=to)
        try:
            self._tell({"reset": self._routes_of(names, to)})
        finally:
            self._recorder.record(FaultEnded, fault=fault)

    def close(self) -> None:
        """Give the routes back; connections on them are reset."""
        routes, self._routes = self._routes, {}
        if routes:
            with suppress(EnvironmentFault):  # a process that died has none; whoever started it tells of its death
                self._tell({"close": [route for route, _ in routes.values()]})

    @asynccontextmanager
    async def _running(self, what: str, names: tuple[str, ...], to: To, toxic: Toxic | None) -> AsyncIterator[None]:
        self._check_way(names, to)
        fault = self._name(what)
        seed = 0
        if isinstance(toxic, Latency) and toxic.jitter:
            seed = _seed_of(self._seed, fault)
            toxic = Latency(toxic.latency, toxic.jitter, seed)
        settings = {} if toxic is None else asdict(toxic)  # type: ignore[call-overload]  # every toxic is a dataclass
        kind = CUT if toxic is None else type(toxic).__name__
        number = f"{fault}/{next(_NUMBERS)}"
        shown = {name: float(value) for name, value in settings.items() if name != "seed"}
        self._recorder.record(FaultBegan, fault=fault, what=what, people=names, to=to, settings=shown, seed=seed)
        try:
            at_work = _AtWork(names, to, {"begin": number, "toxic": kind, "settings": settings})
            self._at_work[fault] = at_work
            self._tell({**at_work.told, "routes": self._routes_of(names, to)})
            yield
        finally:
            del self._at_work[fault]
            try:
                self._tell({"end": number})
            finally:
                self._recorder.record(FaultEnded, fault=fault)

    def _fault(self, what: str, people: "tuple[User | str, ...]", to: To, toxic: Toxic | None) -> Fault:
        return self._running(what, self._names(people, to), to, toxic)

    def _name(self, what: str) -> str:
        self._counts[what] = self._counts.get(what, 0) + 1
        return f"{what}#{self._counts[what]}"

    def _names(self, people: "tuple[User | str, ...]", to: To) -> tuple[str, ...]:
        """Name everybody once; raises `UsageError` for who is not there."""
        if to not in get_args(To):
            raise UsageError(f"to is {to!r}; write {', '.join(get_args(To))}")
        names = tuple(dict.fromkeys(one if isinstance(one, str) else one.name for one in people))
        there = self._world.detours.people
        if unknown := [name for name in names if name not in there]:
            raise UsageError(f"nobody called {unknown[0]!r} is in this test; there are {', '.join(there) or 'none'}")
        if not names:
            raise UsageError(f"say whose network it is; there are {', '.join(there) or 'none'}")
        return names

    def _check_way(self, names: tuple[str, ...], to: To) -> None:
        """Raise `UsageError` when a fault would pass somebody by."""
        for name in names:
            if to != "backend" and any(not one.via for one in self._world.connections_of(name)):
                raise UsageError(
                    f"{name} connected before this test had a network: ask for it before anybody connects, as the "
                    "fixture `network` among the arguments of the test does"
                )

    def _routes_of(self, names: tuple[str, ...], to: To) -> list[int]:
        return [
            route
            for (who, upstream, _), (route, _) in self._routes.items()
            if who in names and to in ("both", upstream)
        ]

    def _way(self, who: str, upstream: Upstream, address: Address) -> Address:
        """Lead somebody through a route of their own, with everything on it that is at work on them."""
        if (who, upstream, address) not in self._routes:
            opened = self._tell({"open": address})
            self._routes[who, upstream, address] = opened["route"], opened["port"]
            for fault in self._at_work.values():
                if fault.touches(who, upstream):
                    self._tell({**fault.told, "routes": [opened["route"]]})
        return "127.0.0.1", self._routes[who, upstream, address][1]

    def _tell(self, message: dict[str, Any]) -> dict[str, Any]:
        return self._proxy.tell(message, time.monotonic() + _ANSWERS_WITHIN_SECONDS)


def _seed_of(seed: int, fault: str) -> int:
    """Give every fault of a run a seed of its own, the same in each run of that seed."""
    return int.from_bytes(sha256(f"{seed}/{fault}".encode()).digest()[:4])

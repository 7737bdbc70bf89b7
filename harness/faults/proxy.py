"""
The process that everything passes which a test disturbs: `python -m harness.faults.proxy`.

::

    person ─→ 127.0.0.1:port of a route ─→ link ─→ upstream of the route

Configured and told over standard input (`harness.lifetime`): a JSON object a line, each answered by one.

    {"open": ["127.0.0.1", 8080]}                      a route to an upstream: {"route": 1, "port": 40001}
    {"begin": "slow#1", "routes": [1], "toxic": "Latency", "settings": {"latency": 0.2}}
    {"begin": "cut#1", "routes": [1], "toxic": "cut"}  live connections are reset, new ones refused
    {"end": "slow#1"}                                  on every route; a fault that nobody began is no mistake
    {"reset": [1]}                                     live connections are reset, new ones are taken
    {"look": [1]}                                      {"connections": 2, "held": 0, "lost": 0}, in all of them
    {"close": [1]}                                     routes that nobody needs any more

It speaks no protocol: TLS passes through it as it is.
"""

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from typing import Any, Final

from harness.errors import UsageError
from harness.faults.link import Address, Link
from harness.faults.toxics import TOXICS, Blackhole, Toxic
from harness.lifetime import announce, read_configuration, watch_parent

CUT: Final = "cut"
"""The fault that is no toxic: a route that takes nobody."""

_HOST: Final = "127.0.0.1"
_BACKLOG: Final = 1024
_ANSWERS_WITHIN_SECONDS: Final = 10.0


class Route:
    """A port of ours that leads to `upstream`, through whatever faults are on it."""

    def __init__(self, upstream: Address) -> None:
        self._upstream = upstream
        # Bound and never listening: keeps the port while a cut route listens on it no more, so that it refuses.
        self._holder = _bound(0)
        self.port: int = self._holder.getsockname()[1]
        self._listener: asyncio.Server | None = None
        self._links: dict[Link, None] = {}
        self._toxics: dict[str, Toxic] = {}
        self._cuts: set[str] = set()
        self._count = 0

    async def listen(self) -> None:
        """Take connections, unless the route is cut."""
        if self._listener is None and not self._cuts:
            loop = asyncio.get_running_loop()
            self._listener = await loop.create_server(self._accept, sock=_bound(self.port), backlog=_BACKLOG)

    def begin(self, fault: str, toxic: Toxic | None) -> None:
        """Put a fault on it, live connections included; None is a cut."""
        if toxic is None:
            self._cuts.add(fault)
            self._stop_listening()
            self.reset()
        else:
            self._toxics[fault] = toxic
            for link in self._links:
                link.begin(fault, toxic)

    async def end(self, fault: str) -> None:
        """Take a fault off; what lost bytes to it is reset."""
        self._cuts.discard(fault)
        self._toxics.pop(fault, None)
        is_swallowing = any(isinstance(toxic, Blackhole) for toxic in self._toxics.values())
        for link in tuple(self._links):
            if link.has_lost and not is_swallowing:
                link.reset()
            else:
                link.end(fault)
        await self.listen()

    def reset(self) -> None:
        """End every connection by force."""
        for link in tuple(self._links):
            link.reset()

    def close(self) -> None:
        """Give the port back."""
        self._stop_listening()
        self.reset()
        self._holder.close()

    def look(self) -> dict[str, int]:
        """Count the connections, the bytes that are held in them, and those of them that have lost something."""
        held, lost = sum(link.held for link in self._links), sum(link.has_lost for link in self._links)
        return {"connections": len(self._links), "held": held, "lost": lost}

    def _stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _accept(self) -> asyncio.Protocol:
        self._count += 1
        link = Link(str(self._count), self._upstream, lambda over: self._links.pop(over, None))
        self._links[link] = None
        for fault, toxic in self._toxics.items():
            link.begin(fault, toxic)
        return link.client


class Proxy:
    """The routes of this process, and what it can be told."""

    def __init__(self) -> None:
        self._routes: dict[int, Route] = {}
        self._opened = 0

    async def obey(self, message: dict[str, Any]) -> dict[str, Any]:
        """Do what a message says and give the answer; raises `UsageError` for one that is none of ours."""
        match message:
            case {"open": [str() as host, int() as port]}:
                return await self._open((host, port))
            case {"look": list() as routes}:
                looks = [route.look() for route in self._named(routes)]
                return {name: sum(look[name] for look in looks) for name in ("connections", "held", "lost")}
            case _:
                await self._act(message)
                return {"done": True}

    async def _act(self, message: dict[str, Any]) -> None:
        match message:
            case {"begin": str() as fault, "routes": list() as routes, "toxic": str() as name}:
                toxic = _toxic(name, message.get("settings", {}))
                for route in self._named(routes):
                    route.begin(fault, toxic)
            case {"end": str() as fault}:
                for route in self._routes.values():
                    await route.end(fault)
            case {"reset": list() as routes}:
                for route in self._named(routes):
                    route.reset()
            case {"close": list() as routes}:
                for route in self._named(routes):
                    route.close()
                self._routes = {name: route for name, route in self._routes.items() if name not in routes}
            case _:
                raise UsageError(f"the proxy knows no {message}; it is told open, begin, end, reset, look or close")

    async def _open(self, upstream: Address) -> dict[str, Any]:
        self._opened += 1
        route = self._routes[self._opened] = Route(upstream)
        await route.listen()
        return {"route": self._opened, "port": route.port}

    def _named(self, names: list[Any]) -> list[Route]:
        if unknown := [name for name in names if name not in self._routes]:
            raise UsageError(
                f"there is no route {unknown[0]!r}; there are {', '.join(map(str, self._routes)) or 'none'}"
            )
        return [self._routes[name] for name in names]


def _toxic(name: str, settings: dict[str, Any]) -> Toxic | None:
    if name == CUT:
        return None
    if name not in TOXICS:
        raise UsageError(f"{name!r} is no toxic; known are {CUT}, {', '.join(TOXICS)}")
    try:
        return TOXICS[name](**settings)
    except TypeError:
        raise UsageError(f"the toxic {name} has no settings {settings}") from None


def _bound(port: int) -> socket.socket:
    """Bind a loopback port that a second socket of ours may bind as well."""
    # With protocol 0 asyncio leaves Nagle's algorithm on, also for what is accepted (SPIKES.md 7).
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
        bound.setsockopt(socket.SOL_SOCKET, option, 1)
    bound.setblocking(False)  # noqa: FBT003  the standard library's signature
    bound.bind((_HOST, port))
    return bound


def _taker(loop: asyncio.AbstractEventLoop, proxy: Proxy) -> Callable[[dict[str, Any]], None]:
    def take(message: dict[str, Any]) -> None:
        done = asyncio.run_coroutine_threadsafe(proxy.obey(message), loop)
        announce(done.result(_ANSWERS_WITHIN_SECONDS))

    return take


async def serve() -> None:
    """Do what standard input says until it ends."""
    watch_parent(take=_taker(asyncio.get_running_loop(), Proxy()))
    announce({"ready": True, "pid": os.getpid()})
    await asyncio.Event().wait()


def main() -> int:
    """Run as a process of its own; gives the exit code."""
    try:
        read_configuration()
    except UsageError as error:
        announce({"error": str(error)})
        return 2
    asyncio.run(serve())
    return 0


if __name__ == "__main__":
    sys.exit(main())

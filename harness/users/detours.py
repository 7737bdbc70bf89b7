"""
Where the connections of a world's people are dialled, where that is not what their addresses say.

Only the dialled address differs: the URL, the Host header and the name that TLS checks stay those of the target.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from harness.config import DIRECT, Transport
from harness.users.adapter import Backend
from harness.users.carriers import BY_TOKEN, Carrier
from harness.users.manners import EASY, Manners

Address = tuple[str, int]
Upstream = Literal["broadcaster", "backend"]

Way = Callable[[str, Upstream, Address], Address]
"""Gives where somebody's connections to an upstream at an address are dialled."""
Dialled = Callable[[str, Upstream, Address], Address | None]
"""The same, and None for those that are dialled as their addresses say."""

_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


class Detours:
    """The detour of one world, if it has one; `people` are the names of those who are in it."""

    def __init__(self) -> None:
        self.people: dict[str, None] = {}
        self._way: Way | None = None
        self._end: Callable[[], None] = lambda: None

    def take(self, way: Way, end: Callable[[], None]) -> None:
        """Have whatever is dialled from now on dialled elsewhere; `end` is called when the world is closed."""
        self._way, self._end = way, end

    def dialled(self, who: str, upstream: Upstream, address: Address) -> Address | None:
        """Say where to dial instead of an address, None for the address itself."""
        return self._way(who, upstream, address) if self._way is not None else None

    def end(self) -> None:
        """Have nothing dialled elsewhere any more; a second call does nothing."""
        end, self._way, self._end = self._end, None, lambda: None
        end()


def address_of(url: str) -> Address:
    """Give what a URL says to dial."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or _PORTS[parts.scheme]


def straight(who: str, upstream: Upstream, address: Address) -> Address | None:  # noqa: ARG001  it is a `Dialled`
    """Dial what the address says."""
    return None


class Passage(NamedTuple):
    """How requests get to a server: what goes along, where it is dialled, how a token travels, how fast, by whom."""

    transport: Transport = DIRECT
    dialled: Dialled = straight
    carrier: Carrier = BY_TOKEN
    manners: Manners = EASY
    adapter: Backend | None = None

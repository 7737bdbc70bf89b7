"""
Toxics: what can happen to the bytes of a connection on their way, each a value with one method (STYLE.md, rule 10).

::

    read ─→ [ first item │ … ] ─→ every toxic is asked: when may it go on, how much of it, or is it lost? ─→ written

A toxic decides from its settings and from what it is told; it keeps nothing, so that the same bytes meet the same fault
again, and it can come and go while bytes are on their way. Several at once: the latest moment, the smallest piece.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Final, Literal, NamedTuple, Protocol

from harness.errors import UsageError

Kind = Literal["open", "data", "eof", "reset"]
"""What goes through a connection: its opening, bytes, the end of one direction, the end by force."""

Data = bytes | memoryview
"""A piece of something larger is a view of it, so that cutting it into bytes does not copy it as often."""

_PIECES_A_SECOND: Final = 50
"""A limited line passes so many pieces: fewer would come in visible lumps, more would cost more than they show."""


class Item(NamedTuple):
    """Something that was read and not passed on yet; `number` counts what this direction read, from 1."""

    kind: Kind
    number: int
    arrived: float
    """In seconds, on the clock on which it will be asked for."""
    data: Data = b""


class Flow(NamedTuple):
    """What went before in this direction: `passed` bytes since the toxic began, the `size` last ones at `last`."""

    name: str
    """Tells the directions and connections of a route apart, the same in each run."""
    passed: int = 0
    last: float = -math.inf
    size: int = 0


class Leave(NamedTuple):
    """
    What a toxic says of an item: not before `at`, at most `size` bytes of it, or that it `loses` it.

    Where it `closes`, the connection ends behind those bytes.
    """

    at: float = -math.inf
    size: float = math.inf
    loses: bool = False
    closes: bool = False


class Toxic(Protocol):
    """Says what becomes of the next item of a direction; must not wait, and keeps nothing of what it is told."""

    def leave(self, item: Item, flow: Flow) -> Leave:
        """Decide about an item, at any time and as often as somebody asks."""


@dataclass(frozen=True)
class Latency:
    """Everything takes `latency` seconds longer each way, and up to `jitter` more, drawn anew for whatever is read."""

    latency: float
    jitter: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise `UsageError` for what is no time."""
        _check("latency", self.latency)
        _check("jitter", self.jitter)

    def leave(self, item: Item, flow: Flow) -> Leave:
        """Count from when it arrived: what waits behind another does not wait twice."""
        more = Random(f"{self.seed}/{flow.name}/{item.number}").random() * self.jitter if self.jitter else 0.0  # noqa: S311
        return Leave(at=item.arrived + self.latency + more)


@dataclass(frozen=True)
class Bandwidth:
    """No more than `bytes_per_second` pass, each way and on each connection."""

    bytes_per_second: float

    def __post_init__(self) -> None:
        """Raise `UsageError` for a line on which nothing would ever pass."""
        _check("bytes_per_second", self.bytes_per_second, is_positive=True)

    def leave(self, item: Item, flow: Flow) -> Leave:  # noqa: ARG002  the protocol's signature
        """Let the next piece wait for as long as the line was busy with the one before."""
        piece = max(1, int(self.bytes_per_second / _PIECES_A_SECOND))
        return Leave(at=flow.last + flow.size / self.bytes_per_second, size=piece)


@dataclass(frozen=True)
class Slicing:
    """Bytes come in pieces of `size`, `pause` seconds apart: frames and headers are cut anywhere."""

    size: int
    pause: float = 0.0

    def __post_init__(self) -> None:
        """Raise `UsageError` for a piece of nothing."""
        _check("size", self.size, is_positive=True, is_whole=True)
        _check("pause", self.pause)

    def leave(self, item: Item, flow: Flow) -> Leave:  # noqa: ARG002  the protocol's signature
        """Cut off the next piece."""
        return Leave(at=flow.last + self.pause if flow.size else -math.inf, size=self.size)


@dataclass(frozen=True)
class Freeze:
    """Nothing passes and nothing is lost: the connection is half-open, as after a cable was pulled."""

    def leave(self, item: Item, flow: Flow) -> Leave:  # noqa: ARG002  the protocol's signature
        """Hold it for as long as the toxic is there."""
        return Leave(at=math.inf)


@dataclass(frozen=True)
class Blackhole:
    """Whatever is sent is swallowed. TCP cannot go on behind a gap: who takes the toxic away resets what lost some."""

    def leave(self, item: Item, flow: Flow) -> Leave:  # noqa: ARG002  the protocol's signature
        """Lose it."""
        return Leave(loses=True)


@dataclass(frozen=True)
class SlowOpen:
    """A new connection takes `seconds` to come about; those that are open are left alone."""

    seconds: float

    def __post_init__(self) -> None:
        """Raise `UsageError` for what is no time."""
        _check("seconds", self.seconds)

    def leave(self, item: Item, flow: Flow) -> Leave:  # noqa: ARG002  the protocol's signature
        """Hold the opening, behind which everything else waits."""
        return Leave(at=item.arrived + self.seconds) if item.kind == "open" else Leave()


@dataclass(frozen=True)
class CloseAfter:
    """The connection ends once `bytes` more have passed one way, at whichever byte that is."""

    bytes: int

    def __post_init__(self) -> None:
        """Raise `UsageError` for a number of bytes that cannot be."""
        _check("bytes", self.bytes, is_whole=True)

    def leave(self, item: Item, flow: Flow) -> Leave:
        """Let through what is left of them."""
        return Leave(size=max(0, self.bytes - flow.passed), closes=True) if item.kind == "data" else Leave()


TOXICS: Final[dict[str, type[Toxic]]] = {
    kind.__name__: kind for kind in (Latency, Bandwidth, Slicing, Freeze, Blackhole, SlowOpen, CloseAfter)
}
"""Every toxic by its name, as it is written to the process that has the bytes."""


def together(leaves: Iterable[Leave]) -> Leave:
    """Put together what several toxics say of an item: it waits for all of them, then one may lose it."""
    told = tuple(leaves)
    size = min((one.size for one in told), default=math.inf)
    return Leave(
        at=max((one.at for one in told), default=-math.inf),
        size=size,
        loses=any(one.loses for one in told),
        closes=any(one.closes and one.size <= size for one in told),
    )


def _check(name: str, value: object, *, is_positive: bool = False, is_whole: bool = False) -> None:
    """Raise `UsageError` that says what of a setting is wrong."""
    kinds = (int,) if is_whole else (int, float)
    fits = isinstance(value, kinds) and not isinstance(value, bool) and math.isfinite(value)
    if fits and (value > 0 or (value == 0 and not is_positive)):  # type: ignore[operator]  # a number, see above
        return
    allowed = f"a {'whole ' if is_whole else ''}number {'above 0' if is_positive else 'that is not below 0'}"
    raise UsageError(f"{name} is {value!r}; write {allowed}")

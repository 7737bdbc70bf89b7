"""
Latencies of a load, exact while it runs: arrays of nanoseconds, and of what each sample belongs to.

A delivery costs 28 bytes. Histograms are made when the run is over (`harness.statistics.histogram`).
"""

import math
from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from harness.statistics.percentiles import percentile

_SECOND: Final = 1_000_000_000
_MICROSECOND: Final = 1_000
_LONGEST: Final = 2**32 - 1
STAGES: Final = ("login", "connect", "authorize", "subscribe", "slip", "answer")
"""What is timed beside deliveries; `slip` is ours: from when a message was meant to the first byte of its request."""


class Point(msgspec.Struct, frozen=True):
    """A summary of samples: how many, and percentiles in nanoseconds."""

    count: int
    p50: int
    p95: int
    p99: int


class Samples:
    """The latencies of one run; `arrived` and `earliest` are the ends of each delivery's interval."""

    def __init__(self) -> None:
        self.latest, self.earliest = array("q"), array("q")
        self.message, self.position = array("I"), array("I")
        self.lag = array("I")
        """From the kernel's stamp to our code, in microseconds: our own queue, which is in no latency."""
        self.stages: dict[str, array[int]] = {name: array("q") for name in STAGES}
        self.unstamped = 0
        """Deliveries whose time is that of our code, because nothing stamped them."""

    def __len__(self) -> int:
        return len(self.latest)

    def add(self, message: int, position: int, *, earliest: int, latest: int, lag: int) -> None:
        """Take a delivery, in nanoseconds since its message was meant, and our own lag beside it."""
        self.latest.append(latest)
        self.earliest.append(earliest)
        self.message.append(message)
        self.position.append(position)
        self.lag.append(min(max(lag, 0) // _MICROSECOND, _LONGEST))

    def stage(self, name: str, nanoseconds: int) -> None:
        """Take how long a stage took."""
        self.stages[name].append(nanoseconds)

    def since(self, first: int) -> Point | None:
        """Summarize the deliveries from the one with this index on."""
        return point(self.latest[first:])

    def seconds(self, meant: Sequence[int], began: int) -> Iterator[tuple[int, Point]]:
        """Summarize by the second in which the messages were meant, of which `meant` has the moments."""
        return self._by([(moment - began) // _SECOND for moment in meant], self.message)

    def positions(self, most: int = 10) -> Iterator[tuple[int, Point]]:
        """Summarize by position in the fan-out, in at most so many groups of neighbours: the first of each, and it."""
        size = max(1, math.ceil((max(self.position, default=0) + 1) / most))
        for group, summary in self._by([0], self.position, size):
            yield group * size, summary

    def _by(self, keys: Sequence[int], index: Sequence[int], size: int = 0) -> Iterator[tuple[int, Point]]:
        groups: defaultdict[int, array[int]] = defaultdict(lambda: array("q"))
        for place, latency in zip(index, self.latest, strict=True):
            groups[place // size if size else keys[place]].append(latency)
        for key in sorted(groups):
            yield key, _summary(groups[key])


def point(values: Sequence[int]) -> Point | None:
    """Summarize values; None when there are none."""
    return _summary(values) if values else None


def _summary(values: Sequence[int]) -> Point:
    ordered = sorted(values)
    p50, p95, p99 = (int(percentile(ordered, share)) for share in (0.5, 0.95, 0.99))
    return Point(len(ordered), p50, p95, p99)

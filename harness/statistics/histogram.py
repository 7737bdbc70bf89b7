"""
Histograms of durations with three significant digits, from a second down to a microsecond, and up to an hour.

They are made at the edges only, of exact samples: a report draws `buckets`, and other tools read `encode`, which is
HdrHistogram's own compressed form. Percentiles are never read from here, they come from the samples themselves.
"""

import math
from collections import Counter
from collections.abc import Iterable
from typing import Self

from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]

_MICROSECOND = 1_000
_PER_SECOND = 1_000_000
_LONGEST = 3_600 * _PER_SECOND
_DIGITS = 3
_FINEST = 1.02
"""Buckets that are drawn are at least this ratio apart: finer ones cannot be told apart by eye."""


class Histogram:
    """Counts of durations, in microseconds inside; longer ones than an hour count as an hour."""

    def __init__(self, counts: HdrHistogram | None = None) -> None:
        self._counts = counts or HdrHistogram(1, _LONGEST, _DIGITS)

    @classmethod
    def of(cls, nanoseconds: Iterable[int]) -> Self:
        """Count durations in nanoseconds; what is below nought, as clocks may differ by that much, counts as nought."""
        made = cls()
        for microseconds, count in Counter(one // _MICROSECOND for one in nanoseconds).items():
            made._counts.record_value(min(max(microseconds, 0), _LONGEST), count)
        return made

    @classmethod
    def decode(cls, text: str) -> Self:
        """Read what `encode` wrote."""
        return cls(HdrHistogram.decode(text.encode("ascii")))

    def encode(self) -> str:
        """Write it as text: HdrHistogram's compressed form in base64, which its tools in other languages read."""
        encoded: bytes = self._counts.encode()
        return encoded.decode("ascii")

    @property
    def count(self) -> int:
        """How many durations were counted."""
        total: int = self._counts.get_total_count()
        return total

    def buckets(self, most: int = 100) -> tuple[tuple[float, int], ...]:
        """
        Give at most so many buckets to draw, as pairs of upper edge in seconds and count.

        The edges lie apart by one ratio from the shortest duration to the longest; empty buckets are left out.
        """
        fine = self._counted()
        if not fine:
            return ()
        low, high = min(fine), max(fine)
        ratio = max(_FINEST, (high / low) ** (1 / max(1, most - 1)))
        coarse: Counter[float] = Counter()
        for edge, count in fine.items():
            # Rounded, so that an edge that is a power of the ratio is not pushed beyond itself by floating point.
            step = math.ceil(round(math.log(edge / low, ratio), 6))
            coarse[round(low * ratio**step, 9)] += count
        return tuple(sorted(coarse.items()))

    def _counted(self) -> dict[float, int]:
        """Give what was counted as finely as it was; HdrHistogram's own iterator visits every bucket that there is."""
        counts = self._counts
        last = counts.get_counts_array_index(counts.get_max_value()) if self.count else -1
        return {
            (counts.get_highest_equivalent_value(counts.get_value_from_index(index)) + 1) / _PER_SECOND: count
            for index in range(last + 1)
            if (count := counts.get_count_at_index(index))
        }

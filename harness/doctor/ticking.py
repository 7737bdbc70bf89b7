"""Whether messages that were sent evenly arrive in bursts: a worker that sleeps between two looks at its queue."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

_TOGETHER: Final = 0.1
"""Seconds within which arrivals are one burst; messages are sent at twice that distance."""
_FEWEST: Final = 4


def period_of(pairs: Sequence[tuple[float, float]]) -> float | None:
    """
    Give the seconds between two looks at a queue, None where messages arrive as they are sent.

    `pairs` hold when each message was meant and when it arrived. One burst says no more than that the period is as long
    as the longest wait in it.
    """
    if len(pairs) < _FEWEST:
        return None
    arrivals = sorted(arrived for _, arrived in pairs)
    begins = [arrivals[0]]
    for before, after in pairwise(arrivals):
        if after - before > _TOGETHER:
            begins.append(after)
    if len(begins) > len(pairs) // 2:
        return None
    longest = max(arrived - meant for meant, arrived in pairs)
    gaps = [after - before for before, after in pairwise(begins)]
    return min(gaps) if gaps else longest

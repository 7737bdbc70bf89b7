"""
Percentiles that say how sure they are; pure.

The interval of a percentile is read from order statistics: it assumes nothing about the distribution, only that the
samples are independent (David & Nagaraja, Order Statistics, section 7.1). Latencies may be intervals themselves
(DESIGN.md, section 9): a limit is met when the *upper* ends meet it and broken when the *lower* ends do.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

_ROUNDING = 1e-9
"""What floating point may lose in a sum of binomial probabilities, so that an exact equality still counts."""


class Claim(StrEnum):
    """What may be said about a percentile and a limit."""

    WITHIN = "within"
    BEYOND = "beyond"
    UNDECIDED = "undecided"
    NOT_CLAIMED = "not claimed"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A percentile with its confidence interval, in the unit of the samples; `upper` is None when there are too few."""

    quantile: float
    samples: int
    value: float
    lower: float
    upper: float | None


def samples_needed(quantile: float, *, error: float = 0.05, looks: int = 1) -> int:
    """
    Count the samples without which the upper bound of a percentile does not exist.

    The error is shared equally by the planned looks, so more looks need more samples: 59 for one look at p95, 90 for
    five; 299 and 459 for p99 (DESIGN.md, section 10).
    """
    _check(quantile)
    return math.ceil(math.log(error / looks) / math.log(quantile))


def percentile(values: Sequence[float], quantile: float) -> float:
    """Give the smallest value that at least this share of the values does not exceed (nearest rank)."""
    _check(quantile)
    if not values:
        raise ValueError("no values, no percentile")
    # 0.55 * 100 is 55.00000000000001: without rounding the rank would be one too high.
    rank = math.ceil(round(quantile * len(values), 9))
    return sorted(values)[max(0, rank - 1)]


def estimate(values: Sequence[float], quantile: float, *, error: float = 0.05) -> Estimate:
    """
    Give a percentile and bounds of which each holds with probability 1 - `error`.

    Raises ValueError when there are no values.
    """
    value = percentile(values, quantile)
    ordered, count = sorted(values), len(values)
    below = [0.0]
    for rank in range(count):
        below.append(below[-1] + _binomial(count, rank, quantile))
    # P(value at rank r (from 1) >= the true percentile) is the chance that at most r - 1 samples lie below it.
    allowed = error + _ROUNDING
    upper = next((ordered[rank - 1] for rank in range(1, count + 1) if below[rank] >= 1 - allowed), None)
    lower_rank = max((rank for rank in range(1, count + 1) if below[rank] <= allowed), default=0)
    return Estimate(quantile, count, value, ordered[lower_rank - 1] if lower_rank else 0.0, upper)


def decide(
    intervals: Iterable[tuple[float, float]], quantile: float, limit: float, *, error: float = 0.05, looks: int = 1
) -> tuple[Claim, Estimate | None]:
    """
    Compare a percentile of latency intervals `(lowest, highest)` with a limit.

    WITHIN: the upper bound over the highest ends meets it. BEYOND: the lower bound over the lowest ends exceeds it.
    NOT_CLAIMED: fewer samples than `samples_needed`. The estimate is that of the highest ends.
    """
    pairs = list(intervals)
    if len(pairs) < samples_needed(quantile, error=error, looks=looks):
        return Claim.NOT_CLAIMED, estimate([high for _, high in pairs], quantile) if pairs else None
    highest = estimate([high for _, high in pairs], quantile, error=error / looks)
    lowest = estimate([low for low, _ in pairs], quantile, error=error / looks)
    if highest.upper is not None and highest.upper <= limit:
        return Claim.WITHIN, highest
    if lowest.lower > limit:
        return Claim.BEYOND, highest
    return Claim.UNDECIDED, highest


def _binomial(trials: int, successes: int, chance: float) -> float:
    """Give the binomial probability through logarithms: exact enough for a million samples, no overflow."""
    log = math.lgamma(trials + 1) - math.lgamma(successes + 1) - math.lgamma(trials - successes + 1)
    return math.exp(log + successes * math.log(chance) + (trials - successes) * math.log1p(-chance))


def _check(quantile: float) -> None:
    if not 0 < quantile < 1:
        raise ValueError(f"a quantile lies between 0 and 1, {quantile} does not")

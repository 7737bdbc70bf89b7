"""
Percentiles that say how sure they are; pure.

The interval of a percentile is read from order statistics: it assumes nothing about the distribution, only that the
samples are independent (David & Nagaraja, Order Statistics, section 7.1). Latencies may be intervals themselves
(DESIGN.md, section 9): a limit is met when the *upper* ends meet it and broken when the *lower* ends do.
"""

import functools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

_ROUNDING = 1e-9
"""What floating point may lose in a sum of binomial probabilities, so that an exact equality still counts."""
_NEGLIGIBLE = 1e-22
"""What is less than this share of the likeliest probability changes no bound."""


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
    return _nearest_rank(sorted(values), quantile)


def estimate(
    values: Sequence[float], quantile: float, *, error: float = 0.05, independent: int | None = None
) -> Estimate:
    """
    Give a percentile and bounds of which each holds with probability 1 - `error`.

    `independent` says how many of the values are independent, when they come in groups of alike ones (one message that
    many sockets hear): the bounds are then as far apart as for that many values. Raises ValueError when there are none.
    """
    ordered, count = sorted(values), len(values)
    value = _nearest_rank(ordered, quantile)
    groups = min(independent or count, count)
    low, high = _ranks(groups, quantile, error)
    # Where all groups are of one size and alike, rank r of the groups is any rank from (r - 1) · size + 1 to r · size.
    lower = ordered[(low - 1) * count // groups] if low else 0.0
    upper = ordered[-(-high * count // groups) - 1] if high <= groups else None
    return Estimate(quantile, count, value, lower, upper)


def decide(
    intervals: Iterable[tuple[float, float]],
    quantile: float,
    limit: float,
    *,
    error: float = 0.05,
    looks: int = 1,
    independent: int | None = None,
) -> tuple[Claim, Estimate | None]:
    """
    Compare a percentile of latency intervals `(lowest, highest)` with a limit; `independent` is that of `estimate`.

    WITHIN: the upper bound over the highest ends meets it. BEYOND: the lower bound over the lowest ends exceeds it.
    NOT_CLAIMED: fewer independent samples than `samples_needed`. The estimate is that of the highest ends, but for its
    lower bound, which is that of the lowest: what lies between the bounds is all that the percentile may be.
    """
    pairs = list(intervals)
    share, groups = error / looks, len(pairs) if independent is None else min(independent, len(pairs))
    if not pairs:
        return Claim.NOT_CLAIMED, None
    highest = estimate([high for _, high in pairs], quantile, error=share, independent=groups)
    lowest = estimate([low for low, _ in pairs], quantile, error=share, independent=groups)
    found = replace(highest, lower=lowest.lower)
    if groups < samples_needed(quantile, error=error, looks=looks):
        return Claim.NOT_CLAIMED, found
    if found.upper is not None and found.upper <= limit:
        return Claim.WITHIN, found
    return Claim.BEYOND if found.lower > limit else Claim.UNDECIDED, found


@functools.lru_cache(maxsize=256)
def _ranks(count: int, quantile: float, error: float) -> tuple[int, int]:
    """
    Give the ranks, from 1, of the lower and the upper bound: 0, and `count` + 1, where there is none.

    P(value at rank r >= the true percentile) is the chance that at most r - 1 samples lie below it.
    """
    allowed = error + _ROUNDING
    first, chances = _binomial(count, quantile)
    lower, upper, below = first, count + 1, 0.0
    for rank, chance in enumerate(chances[: count - first], start=first + 1):
        below += chance
        if below <= allowed:
            lower = rank
        if below >= 1 - allowed:
            upper = rank
            break
    return lower, upper


def _binomial(trials: int, chance: float) -> tuple[int, list[float]]:
    """
    Give the probabilities of the numbers of successes that matter, and the first of those numbers.

    They are made from their ratios, outwards from the likeliest, as far as they add anything to a float: some tens of
    standard deviations, whatever the number of trials.
    """
    mode = min(int((trials + 1) * chance), trials)
    odds = chance / (1 - chance)
    downwards, upwards = [1.0], [1.0]
    while mode - len(downwards) >= 0 and downwards[-1] > _NEGLIGIBLE:
        successes = mode - len(downwards) + 1
        downwards.append(downwards[-1] * successes / (trials - successes + 1) / odds)
    while mode + len(upwards) <= trials and upwards[-1] > _NEGLIGIBLE:
        successes = mode + len(upwards)
        upwards.append(upwards[-1] * odds * (trials - successes + 1) / successes)
    weights = [*reversed(downwards), *upwards[1:]]
    total = math.fsum(weights)
    return mode - len(downwards) + 1, [weight / total for weight in weights]


def _nearest_rank(ordered: Sequence[float], quantile: float) -> float:
    _check(quantile)
    if not ordered:
        raise ValueError("no values, no percentile")
    # 0.55 * 100 is 55.00000000000001: without rounding the rank would be one too high.
    rank = math.ceil(round(quantile * len(ordered), 9))
    return ordered[max(0, rank - 1)]


def _check(quantile: float) -> None:
    if not 0 < quantile < 1:
        raise ValueError(f"a quantile lies between 0 and 1, {quantile} does not")

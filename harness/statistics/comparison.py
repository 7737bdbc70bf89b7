"""
Say whether one of two targets, measured in turns on one machine (A B B A …), is slower; pure.

B is slower when three things hold (DEFECTS.md 4.3): a rank test over all samples says so (Mann-Whitney, p < 0.01), the
Hodges-Lehmann shift exceeds a bound, and the interval of the shift lies above zero. The bound is the greatest of

- 10 % of A's median,
- twice the A/A spread: how far apart two series of rounds of one and the same target come out, as one standard
  deviation, measured in this very run,
- the absolute floor of min(5 ms, 10 % of A's median), which by its form never exceeds the first. So the bound has two
  terms here. A floor of 5 ms alone would let a stack of half a millisecond become ten times slower.

Messages of one round share what the machine did meanwhile: they are no independent samples. Only the rounds are, so
the spread and the interval of the shift come from medians of rounds, however many messages a round has.

A latency may be an interval (DESIGN.md, section 9): B fails when it is slower even by its lowest ends against A's
highest, and passes when it is not slower by its highest ends against A's lowest.
"""

import itertools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from harness.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Values = npt.NDArray[np.float64]

FEWEST_ROUNDS: Final = 4
FEWEST_SAMPLES: Final = 10
"""Samples of a round below which its median says nothing."""

_SIGNIFICANCE = 0.01
_SMALLEST_EFFECT = 0.10
_SPREADS = 2.0
_DETECTABLE = 0.25
"""The shift that a comparison must be able to see; one that would miss it more often than once in twenty is no PASS."""
_ONE_IN_TWENTY = 1.645
"""Standard deviations that a normal variable falls short of its mean by, once in twenty."""
_CONFIDENCE = 0.95
_BISECTIONS = 48
"""Halvings of a range of latencies: what remains is far below the nanosecond of a stamp."""

Interval = tuple[float, float]


class Answer(StrEnum):
    """What a comparison comes to; FAIL: B is slower."""

    PASS = "PASS"  # noqa: S105  no password
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """
    How far B lies from A, in the unit of the samples; a positive `shift` is a slower B.

    `lower` and `upper` are the 95 % interval of the shift, `ratio` is B's location over A's, `p_value` that of the
    rank test for a slower B, `spread` that of A against A, `bound` what the shift must exceed. Without enough samples
    all of them are not a number. `why` says in a few words what led to the verdict.
    """

    verdict: Answer
    why: str
    samples: tuple[int, int]
    rounds: tuple[int, int]
    median: float = math.nan
    shift: float = math.nan
    lower: float = math.nan
    upper: float = math.nan
    ratio: float = math.nan
    p_value: float = math.nan
    spread: float = math.nan
    bound: float = math.nan

    @property
    def is_faster(self) -> bool:
        """Tell whether B is faster by the same rule."""
        return self.p_value > 1 - _SIGNIFICANCE and self.shift < -self.bound and self.upper < 0

    @property
    def is_slower(self) -> bool:
        """Tell whether B is slower by the rule, however wide the spread."""
        return self.p_value < _SIGNIFICANCE and self.shift > self.bound and self.lower > 0


def check_installed() -> None:
    """Raise `UsageError` when the extra that a comparison needs is not installed."""
    try:
        import scipy.stats  # type: ignore[import-untyped]  # noqa: F401, PLC0415 - heavy, and of an extra
    except ImportError:
        raise UsageError(
            "a comparison needs scipy, which is not installed; pip install 'realtime-harness[compare]'"
        ) from None


def compare(baseline: Sequence[Sequence[float]], candidate: Sequence[Sequence[float]]) -> Comparison:
    """
    Compare the latencies of A and of B, round by round; a round with fewer than `FEWEST_SAMPLES` does not count.

    Raise `UsageError` without scipy.
    """
    check_installed()
    import numpy as np  # noqa: PLC0415 - comes with scipy
    from scipy.stats import mannwhitneyu, t  # noqa: PLC0415 - heavy

    first, second = _usable(baseline), _usable(candidate)
    counts = (sum(map(len, first)), sum(map(len, second)))
    rounds = (len(first), len(second))
    if min(rounds) < FEWEST_ROUNDS:
        least = f"at least {FEWEST_ROUNDS} rounds of {FEWEST_SAMPLES} are needed"
        why = f"too few samples: {rounds[0]} rounds of A and {rounds[1]} of B count, {least} of each"
        return Comparison(verdict=Answer.INCONCLUSIVE, why=why, samples=counts, rounds=rounds)
    a, b = np.sort(np.concatenate(first)), np.sort(np.concatenate(second))
    median, shift = float(np.median(a)), hodges_lehmann(a, b)
    spread, freedom = _spread(first, second)
    reach = float(t.ppf(0.5 + _CONFIDENCE / 2, freedom)) * spread
    measured = Comparison(
        verdict=Answer.PASS,
        why="",
        samples=counts,
        rounds=rounds,
        median=median,
        shift=shift,
        lower=shift - reach,
        upper=shift + reach,
        ratio=1 + shift / median if median > 0 else math.nan,
        p_value=float(mannwhitneyu(b, a, alternative="greater", method="asymptotic").pvalue),
        spread=spread,
        bound=max(_SMALLEST_EFFECT * median, _SPREADS * spread),
    )
    return _judged(measured)


def compare_intervals(baseline: Sequence[Sequence[Interval]], candidate: Sequence[Sequence[Interval]]) -> Comparison:
    """
    Compare latencies that are known as intervals `(lowest, highest)`; where the ends differ, both ways.

    FAIL when B is slower even at its best, PASS when it is not at its worst, INCONCLUSIVE between the two. The figures
    are those that led to the verdict.
    """
    worst = compare(_ends(baseline, 0), _ends(candidate, 1))
    if worst.verdict is not Answer.FAIL:
        return worst
    best = compare(_ends(baseline, 1), _ends(candidate, 0))
    if best.verdict is Answer.FAIL:
        return best
    why = (
        "frames were read together: B is slower by the latest moments at which they may have come, not by the earliest"
    )
    return replace(worst, verdict=Answer.INCONCLUSIVE, why=why)


def hodges_lehmann(baseline: "Values", candidate: "Values") -> float:
    """
    Give the median of all differences between a value of B and one of A, of sorted arrays.

    Found by bisection on the number of differences below a threshold: the differences themselves, a product of both
    sizes, are never held. Between two differences in the middle it gives the lower.
    """
    import numpy as np  # noqa: PLC0415 - comes with scipy

    half = (len(baseline) * len(candidate) + 1) // 2
    low, high = float(candidate[0] - baseline[-1]), float(candidate[-1] - baseline[0])
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        # b - a <= middle, counted for every a among the sorted values of b
        if int(np.searchsorted(candidate, baseline + middle, side="right").sum()) >= half:
            high = middle
        else:
            low = middle
    return high


def _judged(measured: Comparison) -> Comparison:
    """Apply the rule; a shift that is found counts, whatever the spread: it exceeds a bound that knows the spread."""
    if measured.is_slower:
        return replace(measured, verdict=Answer.FAIL, why="B is slower")
    if measured.shift > measured.bound:
        why = "B may be slower: the shift exceeds the bound, but chance may have made it; take more rounds"
        return replace(measured, verdict=Answer.INCONCLUSIVE, why=why)
    if measured.is_faster:  # beyond doubt, so that nothing slower was overlooked in the spread
        return replace(measured, why="B is faster")
    if measured.bound + _ONE_IN_TWENTY * measured.spread > _DETECTABLE * measured.median:
        why = f"the A/A spread is too large to see a shift of {_DETECTABLE:.0%}; take more rounds, or a quieter machine"
        return replace(measured, verdict=Answer.INCONCLUSIVE, why=why)
    return replace(measured, why="delivery of B is within the bound")


def _usable(rounds: Sequence[Sequence[float]]) -> list[Sequence[float]]:
    return [one for one in rounds if len(one) >= FEWEST_SAMPLES]


def _ends(rounds: Sequence[Sequence[Interval]], end: int) -> list[list[float]]:
    return [[interval[end] for interval in one] for one in rounds]


def _spread(first: list[Sequence[float]], second: list[Sequence[float]]) -> tuple[float, float]:
    """
    Give the standard deviation of the difference between two series of rounds of one target, and its freedom.

    The variance of a round's median is half the mean square of successive differences (von Neumann 1941): a machine
    that slowly gets warmer, which taking turns cancels, does not count as noise. For n rounds its degrees of freedom
    are 2 (n - 1)² / (3 n - 4).
    """
    variance = freedom = 0.0
    for rounds in (first, second):
        medians, n = [statistics.median(one) for one in rounds], len(rounds)
        squares = sum((after - before) ** 2 for before, after in itertools.pairwise(medians))
        variance += squares / (2 * (n - 1)) / n
        freedom += 2 * (n - 1) ** 2 / (3 * n - 4)
    return math.sqrt(variance), freedom

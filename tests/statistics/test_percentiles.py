"""Percentiles say how sure they are: exact against binomial arithmetic, known tables, and a seeded simulation."""

import random
from fractions import Fraction
from math import comb

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.statistics.percentiles import Claim, decide, estimate, percentile, samples_needed

QUANTILES = st.sampled_from([0.5, 0.75, 0.9, 0.95, 0.99])


def at_most(count: int, trials: int, chance: float) -> Fraction:
    """Give the exact probability of at most this many successes."""
    p = Fraction(str(chance))
    return sum((comb(trials, k) * p**k * (1 - p) ** (trials - k) for k in range(count + 1)), Fraction(0))


@pytest.mark.parametrize(
    ("quantile", "looks", "needed"),
    [(0.95, 1, 59), (0.95, 5, 90), (0.99, 1, 299), (0.99, 5, 459), (0.5, 1, 5), (0.5, 5, 7)],
)
def test_the_samples_that_a_claim_needs(quantile: float, looks: int, needed: int) -> None:
    """These are the figures of DESIGN.md, section 10: with one sample fewer no upper bound exists."""
    assert samples_needed(quantile, looks=looks) == needed
    assert estimate(range(needed), quantile, error=0.05 / looks).upper is not None
    assert estimate(range(needed - 1), quantile, error=0.05 / looks).upper is None


def test_a_smaller_error_needs_more_samples() -> None:
    """One in a thousand at p95 needs 135."""
    assert samples_needed(0.95, error=0.001) == 135


@pytest.mark.parametrize("quantile", [0.0, 1.0, -0.1, 95.0])
def test_a_quantile_is_a_share(quantile: float) -> None:
    """Nought, one and percent are refused, naming the value."""
    with pytest.raises(ValueError, match=f"{quantile} does not"):
        samples_needed(quantile)
    with pytest.raises(ValueError, match="between 0 and 1"):
        percentile([1.0], quantile)


@pytest.mark.parametrize("count", [100, 200, 1000])
def test_the_percentile_is_the_nearest_rank(count: int) -> None:
    """Of 1, 2, 3 … the percentile is its own rank, whatever floating point makes of the product."""
    values = [*range(1, count + 1, 2), *range(2, count + 1, 2)]

    for percent in range(1, 100):
        assert percentile(values, percent / 100) == percent * count // 100


def test_a_rank_between_two_values_is_the_upper_one() -> None:
    """At least that share must lie at or below it; the least percentile is the least value."""
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([3.0, 1.0, 2.0, 4.0], 0.51) == 3.0
    assert percentile([3.0, 1.0], 0.001) == 1.0


def test_no_values_no_percentile() -> None:
    """An empty sample is refused rather than answered with nought."""
    with pytest.raises(ValueError, match="no values"):
        estimate([], 0.5)


@pytest.mark.parametrize(("samples", "from_top"), [(59, 0), (92, 0), (93, 1), (124, 2), (153, 3), (181, 4), (208, 5)])
def test_upper_bounds_are_those_of_the_tolerance_tables(samples: int, from_top: int) -> None:
    """The sample sizes of the 95 % / 95 % nonparametric tolerance limits, from the largest value down."""
    assert estimate(range(samples), 0.95).upper == samples - 1 - from_top


@given(st.integers(1, 60), QUANTILES, st.sampled_from([0.2, 0.05, 0.01]))
@example(1, 0.95, 0.05)
@example(2, 0.9, 0.19)
def test_bounds_are_the_exact_order_statistics(count: int, quantile: float, error: float) -> None:
    """They are the tightest ranks whose binomial probabilities keep the promise."""
    bounds = estimate(range(1, count + 1), quantile, error=error)
    promise = 1 - Fraction(str(error))

    upper = [rank for rank in range(1, count + 1) if at_most(rank - 1, count, quantile) >= promise]
    lower = [rank for rank in range(1, count + 1) if at_most(rank - 1, count, quantile) <= 1 - promise]
    assert bounds.upper == (upper[0] if upper else None)
    assert bounds.lower == (lower[-1] if lower else 0.0)
    assert (bounds.quantile, bounds.samples) == (quantile, count)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=80), QUANTILES)
def test_the_percentile_lies_between_its_bounds(values: list[float], quantile: float) -> None:
    """Whatever the order of the samples, and however many are equal."""
    bounds = estimate(values, quantile)

    assert bounds.lower <= bounds.value
    assert bounds.upper is None or bounds.value <= bounds.upper


def test_a_large_sample_does_not_overflow() -> None:
    """The bounds close in on the percentile: within a tenth of a percent of the ranks."""
    bounds = estimate(range(200_000), 0.99)

    assert bounds.upper is not None
    assert 197_900 < bounds.lower < bounds.value < bounds.upper < 198_100


@pytest.mark.parametrize(("quantile", "count"), [(0.95, 100), (0.5, 40)])
def test_the_interval_covers_the_truth_as_often_as_it_says(quantile: float, count: int) -> None:
    """Of 2,000 seeded samples each bound misses the truth as often as binomial arithmetic says, 5 % at most."""
    source, trials = random.Random(20261125), 2_000  # noqa: S311  a seeded simulation
    bounds = [estimate([source.random() for _ in range(count)], quantile) for _ in range(trials)]

    # Of uniform samples the percentile is the quantile itself, and the rank of a bound says how often it misses.
    ranks = estimate(range(1, count + 1), quantile)
    assert ranks.upper is not None
    upper_misses = 1 - at_most(int(ranks.upper) - 1, count, quantile)
    lower_misses = at_most(int(ranks.lower) - 1, count, quantile)
    assert max(upper_misses, lower_misses) <= 0.05
    above = sum(one.upper is not None and one.upper < quantile for one in bounds)
    below = sum(one.lower > quantile for one in bounds)
    assert above / trials == pytest.approx(float(upper_misses), abs=0.015)
    assert below / trials == pytest.approx(float(lower_misses), abs=0.015)


def exactly(*latencies: float) -> list[tuple[float, float]]:
    """Make intervals without width."""
    return [(one, one) for one in latencies]


def test_a_percentile_that_surely_meets_its_limit_is_within() -> None:
    """The upper bound, here the largest of 59, may equal the limit."""
    sample = exactly(*[0.1] * 58, 0.25)

    claim, bounds = decide(sample, 0.95, 0.25)
    assert claim is Claim.WITHIN
    assert bounds is not None
    assert (bounds.value, bounds.upper) == (0.1, 0.25)
    assert decide(sample, 0.95, 0.249)[0] is Claim.UNDECIDED


def test_a_percentile_that_surely_breaks_its_limit_is_beyond() -> None:
    """The lower bound must exceed the limit; equal to it is undecided."""
    assert decide(exactly(*[0.3] * 59), 0.95, 0.299)[0] is Claim.BEYOND
    assert decide(exactly(*[0.1] * 40, *[0.3] * 19), 0.95, 0.3)[0] is Claim.WITHIN
    assert decide(exactly(*[0.2] * 50, *[0.4] * 9), 0.95, 0.2)[0] is Claim.BEYOND
    assert decide(exactly(*[0.2] * 57, *[0.4] * 2), 0.95, 0.2)[0] is Claim.UNDECIDED


def test_too_few_samples_claim_nothing() -> None:
    """58 give no upper bound at p95, 89 none for five looks; an estimate is given if there is a sample."""
    claim, bounds = decide(exactly(*[0.1] * 58), 0.95, 1.0)
    assert claim is Claim.NOT_CLAIMED
    assert bounds is not None
    assert bounds.value == 0.1
    assert decide(exactly(*[0.1] * 89), 0.95, 1.0, looks=5)[0] is Claim.NOT_CLAIMED
    assert decide(exactly(*[0.1] * 90), 0.95, 1.0, looks=5)[0] is Claim.WITHIN
    assert decide([], 0.95, 1.0) == (Claim.NOT_CLAIMED, None)


@pytest.mark.parametrize(
    ("low", "high", "claim"),
    [
        (0.10, 0.20, Claim.WITHIN),
        (0.20, 0.25, Claim.WITHIN),
        (0.20, 0.30, Claim.UNDECIDED),
        (0.25, 0.30, Claim.UNDECIDED),
        (0.26, 0.30, Claim.BEYOND),
    ],
)
def test_latency_intervals_pass_on_upper_and_fail_on_lower_ends(low: float, high: float, claim: Claim) -> None:
    """An interval that straddles the limit decides nothing; the estimate is that of the upper ends."""
    decided, bounds = decide([(low, high)] * 59, 0.95, 0.25)

    assert decided is claim
    assert bounds is not None
    assert bounds.value == high


def test_the_error_is_spent_over_the_looks() -> None:
    """A sample that decides at one look may not at one of five, in either direction."""
    fine = exactly(*[0.1] * 92, 0.3)
    slow = exactly(*[0.1] * 83, *[0.3] * 10)

    assert [decide(fine, 0.95, 0.2, looks=looks)[0] for looks in (1, 5)] == [Claim.WITHIN, Claim.UNDECIDED]
    assert [decide(slow, 0.95, 0.2, looks=looks)[0] for looks in (1, 5)] == [Claim.BEYOND, Claim.UNDECIDED]

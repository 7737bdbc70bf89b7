"""The comparison of two targets cries no wolf in a model of delivery latency, and catches what is slower."""

import importlib.util
import itertools
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.statistics.comparison import Answer, check_installed, compare, compare_intervals, hodges_lehmann

MODEL = Path(__file__).parents[1] / "benchmarks" / "gate_rates.py"
VALUES = st.lists(st.floats(0, 10), min_size=1, max_size=15)


@pytest.fixture(scope="module")
def model() -> Any:
    """Give the module of the model, which is a command beside the other benchmarks."""
    spec = importlib.util.spec_from_file_location("gate_rates", MODEL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rounds(*medians: float, width: float = 0.001) -> list[list[float]]:
    """Make a round of eleven samples around each median."""
    return [[median + width * step / 5 for step in range(-5, 6)] for median in medians]


STEADY = rounds(*[0.040, 0.041] * 4)
"""Eight rounds whose medians go up and down by a millisecond."""


# The rates of the rule, measured


@pytest.mark.parametrize(("variation", "alarms"), [(0.05, 5), (0.15, 15), (0.30, 15)])
def test_the_same_build_twice_raises_no_alarm(model: Any, variation: float, alarms: int) -> None:
    """Of 1,000 A/A pairs at most 0.5 % fail at CV 5 %, 1.5 % at 15 % and at 30 %, and few are left undecided."""
    counts = model.compared(variation)

    assert counts["FAIL"] <= alarms
    assert counts["INCONCLUSIVE"] <= 20


@pytest.mark.parametrize("variation", [0.05, 0.15])
def test_a_build_that_is_a_quarter_slower_is_caught(model: Any, variation: float) -> None:
    """At least 95 times of a hundred."""
    assert model.compared(variation, 1.25, trials=400)["FAIL"] >= 380


def test_a_noisy_machine_widens_the_bound(model: Any) -> None:
    """At CV 30 % the bound is more often wider than the 10 % that it is at CV 5 %."""
    share = {}
    for variation in (0.05, 0.30):
        source = model.Model(7)
        pairs = [source.pair(variation, 1.0, rounds=8, messages=50) for _ in range(200)]
        share[variation] = sum(one.bound > 0.1001 * one.median for one in pairs) / len(pairs)

    assert share[0.05] < 0.05
    assert share[0.30] > 0.15


@pytest.mark.parametrize("variation", [0.05, 0.30])
def test_the_interval_covers_the_truth_as_often_as_it_says(model: Any, variation: float) -> None:
    """Rounds that share a moment of the machine do not narrow it: 95 of a hundred hold the true shift, zero."""
    assert 0.95 <= model.compared(variation, trials=500)["covered"] / 500 <= 0.995


def test_a_healthy_run_never_breaks_a_limit_with_headroom(model: Any) -> None:
    """Of 1,000 runs at CV 5 %, against 3 times the model's p50, p95 and p99, none is beyond, and nearly all within."""
    claims = model.limited(0.05)

    assert claims.total() == 3000
    assert claims["beyond"] == 0
    assert claims["within"] >= 2600


# The rule


def test_what_is_alike_passes() -> None:
    """The figures are those of the samples: shift, ratio, spread and a bound of 10 %."""
    found = compare(STEADY, rounds(*[0.041, 0.040] * 4))

    assert (found.verdict, found.samples, found.rounds) == (Answer.PASS, (88, 88), (8, 8))
    assert found.why == "delivery of B is within the bound"
    assert found.median == pytest.approx(0.0405, abs=0.0002)
    assert found.shift == pytest.approx(0, abs=1e-9)
    assert found.ratio == pytest.approx(1)
    # Seven steps of a millisecond: a variance of 0.5 ms² a round, over eight rounds, twice.
    assert found.spread == pytest.approx(0.001 * math.sqrt(0.5 / 8 * 2))
    assert found.bound == pytest.approx(0.1 * found.median)
    assert found.lower < 0 < found.upper
    assert found.p_value > 0.1


@pytest.mark.parametrize(("slower", "verdict"), [(0.0038, Answer.PASS), (0.0045, Answer.FAIL)])
def test_a_shift_must_exceed_ten_percent(slower: float, verdict: Answer) -> None:
    """However sure the rank test is."""
    found = compare(STEADY, rounds(*[0.040 + slower, 0.041 + slower] * 4))

    assert found.verdict is verdict
    assert found.p_value < 0.01
    assert found.shift == pytest.approx(slower)
    assert found.lower < slower < found.upper


def test_a_fast_stack_is_not_blind() -> None:
    """Half a millisecond that became 0.7 ms is caught: the floor is no fixed number of milliseconds."""
    found = compare(rounds(*[0.00050, 0.00051] * 4, width=0.00005), rounds(*[0.00070, 0.00071] * 4, width=0.00005))

    assert (found.verdict, found.why) == (Answer.FAIL, "B is slower")
    assert found.shift == pytest.approx(0.0002)
    assert found.ratio == pytest.approx(1.4, abs=0.01)
    assert found.bound < 0.0001


def test_a_faster_build_is_said_to_be_faster() -> None:
    """By the same rule the other way round; it passes."""
    found = compare(rounds(*[0.050, 0.051] * 4), STEADY)

    assert (found.verdict, found.why, found.is_faster) == (Answer.PASS, "B is faster", True)
    assert not compare(STEADY, STEADY).is_faster


def test_a_spread_that_hides_a_quarter_is_inconclusive() -> None:
    """No regression was seen, but one would not have been."""
    noisy = rounds(*[0.030, 0.050] * 4)
    found = compare(noisy, noisy)

    assert found.verdict is Answer.INCONCLUSIVE
    assert found.why.startswith("the A/A spread is too large to see a shift of 25%")
    assert found.bound == pytest.approx(2 * found.spread)


def test_a_shift_beyond_a_wide_bound_fails_all_the_same() -> None:
    """A bound that knows the spread is exceeded, so there is nothing to be unsure of."""
    assert compare(rounds(*[0.030, 0.050] * 4), rounds(*[0.090, 0.110] * 4)).verdict is Answer.FAIL


def test_a_shift_below_a_wide_bound_is_faster_all_the_same() -> None:
    """Nothing slower can hide in the spread of what is faster beyond doubt."""
    found = compare(rounds(*[0.060, 0.140] * 4), rounds(*[0.001, 0.002] * 4))

    assert found.bound > 0.25 * found.median
    assert (found.verdict, found.why) == (Answer.PASS, "B is faster")


def test_a_shift_that_chance_may_have_made_is_inconclusive() -> None:
    """Four rounds, a shift above the bound, and an interval that reaches zero: neither slower nor within."""
    found = compare(rounds(0.040, 0.044, 0.040, 0.044), rounds(0.0485, 0.045, 0.0485, 0.045))

    assert found.verdict is Answer.INCONCLUSIVE
    assert found.why.startswith("B may be slower")
    assert found.lower < 0 < found.bound < found.shift


def test_a_slow_drift_of_the_machine_is_no_spread() -> None:
    """Both targets get slower by half while they take turns, and the comparison still sees straight."""
    warming = [0.040 * (1 + 0.5 * turn / 8) for turn in range(8)]
    found = compare(rounds(*warming), rounds(*warming))

    assert found.verdict is Answer.PASS
    assert found.spread < 0.05 * found.median


@pytest.mark.parametrize(("first", "second"), [(3, 8), (8, 3), (0, 0)])
def test_too_few_rounds_say_nothing(first: int, second: int) -> None:
    """They are counted, and the figures are no numbers; a round of nine samples is none."""
    short = [[0.04] * 9]
    found = compare(STEADY[:first] + short, STEADY[:second])

    assert found.verdict is Answer.INCONCLUSIVE
    assert f"too few samples: {first} rounds of A and {second} of B count" in found.why
    assert found.samples == (11 * first, 11 * second)
    assert math.isnan(found.shift)
    assert not found.is_slower
    assert not found.is_faster


def test_samples_that_are_all_equal_pass() -> None:
    """A clock that is too coarse shows no difference, and divides nothing by zero, not even a median of none."""
    assert compare([[0.01] * 10] * 4, [[0.01] * 10] * 4).verdict is Answer.PASS
    found = compare([[0.0] * 10] * 4, [[0.0] * 10] * 4)
    assert (found.verdict, found.shift) == (Answer.PASS, 0)
    assert math.isnan(found.ratio)


# Latencies that are intervals


def test_intervals_fail_on_lowest_ends_and_pass_on_highest() -> None:
    """Between the two it is said that reading frames together left it open."""

    def wide(series: list[list[float]], width: float) -> list[list[tuple[float, float]]]:
        return [[(one, one + width) for one in samples] for samples in series]

    slower = rounds(*[0.050, 0.051] * 4)
    assert compare_intervals(wide(STEADY, 0), wide(STEADY, 0.001)).verdict is Answer.PASS
    assert compare_intervals(wide(STEADY, 0.001), wide(slower, 0)).verdict is Answer.FAIL
    between = compare_intervals(wide(STEADY, 0.008), wide(slower, 0))
    assert between.verdict is Answer.INCONCLUSIVE
    assert between.why.startswith("frames were read together")


# The shift


def test_the_shift_is_the_median_of_all_differences() -> None:
    """Of three values each there are nine."""
    differences = sorted(b - a for a, b in itertools.product((1.0, 2.0, 4.0), (3.0, 7.0, 8.0)))

    assert hodges_lehmann(np.array([1.0, 2.0, 4.0]), np.array([3.0, 7.0, 8.0])) == pytest.approx(differences[4])


@given(VALUES, VALUES)
def test_the_shift_lies_in_the_middle_of_the_differences(first: list[float], second: list[float]) -> None:
    """Whatever the values: between the two middle ones, or on the one."""
    differences = np.sort(np.subtract.outer(np.array(second), np.array(first)).ravel())
    shift = hodges_lehmann(np.sort(first), np.sort(second))

    assert shift == pytest.approx(differences[(len(differences) - 1) // 2], abs=1e-9)


def test_large_samples_need_no_memory_of_their_product() -> None:
    """A hundred thousand against a hundred thousand: the shift is exact, and no ten milliards of differences."""
    values = np.arange(100_000) / 1000

    assert hodges_lehmann(values, values + 0.25) == pytest.approx(0.25, abs=1e-9)


# The extra


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it; with it nothing happens."""
    check_installed()
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    with pytest.raises(UsageError, match=r"pip install 'realtime-harness\[compare\]'"):
        check_installed()

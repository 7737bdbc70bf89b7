"""Budgets are agreed for percentiles, in durations with a unit, and must not contradict each other."""

import pytest

from harness.config.budgets import Budgets, check_percentiles, limits_in_code
from harness.config.durations import Seconds
from harness.errors import UsageError


@pytest.mark.parametrize("name", ["p0", "p100", "95", "p95%", "median"])
def test_a_budget_of_no_percentile_is_refused(name: str) -> None:
    """Budgets are agreed for percentiles, by name."""
    with pytest.raises(ValueError, match="is no percentile; write p50, p95, p99"):
        Budgets(delivery={name: Seconds(1)})


def test_a_higher_percentile_is_no_lower() -> None:
    """p95 below p50 cannot be meant, in whatever order they stand; equal ones can."""
    with pytest.raises(ValueError, match=r"p95 = 100ms is less than p9 = 1\.5s"):
        Budgets(delivery={"p95": Seconds(0.1), "p9": Seconds(1.5), "p99": Seconds(2)})
    check_percentiles({"p99.9": 1, "p99": 1, "p50": 0.5})


def test_a_target_starts_with_what_is_usual() -> None:
    """Ten seconds for correctness, and three percentiles that agree with each other."""
    usual = Budgets()

    assert (usual.arrival, usual.revocation) == (10, 5)
    assert usual.delivery == {"p50": 0.1, "p95": 0.25, "p99": 1}


def test_limits_in_code_have_a_unit() -> None:
    """They are read into seconds; nothing else of a duration's spelling changes."""
    assert limits_in_code({"p95": "250ms", "p99.9": "1.5s"}) == {"p95": 0.25, "p99.9": 1.5}


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({}, r'budget names no percentile; write budget\(p95="250ms"\)'),
        ({"p95": 250}, r'budget\(p95=250\) is no duration with a unit; write it as "250ms", "2s" or "1.5s"'),
        ({"p95": 0.25}, r"budget\(p95=0.25\) is no duration with a unit"),
        ({"p95": None}, r"budget\(p95=None\) is no duration with a unit"),
        ({"p95": "250"}, r"budget\(p95='250'\) is no duration with a unit"),
        ({"p95": "fast"}, r"budget\(p95='fast'\) is no duration with a unit"),
        ({"p95": "0ms"}, r"budget\(p95='0ms'\) is no duration with a unit"),
        ({"delivery": "1s"}, r"budget: 'delivery' is no percentile; write p50"),
        ({"p50": "2s", "p99": "1s"}, r"budget: p99 = 1s is less than p50 = 2s"),
    ],
)
def test_what_is_no_budget_is_refused_with_what_is(limits: dict[str, object], told: str) -> None:
    """One sentence quotes what was found and shows what is allowed; numbers are ambiguous in code."""
    with pytest.raises(UsageError, match=told):
        limits_in_code(limits)

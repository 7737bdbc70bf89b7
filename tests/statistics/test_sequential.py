"""Looks are planned before the first sample, and a plan keeps its promise however often it looks."""

import random

import pytest

from harness.statistics.percentiles import Claim, decide
from harness.statistics.sequential import Plan, is_decided, plan


@pytest.mark.parametrize(
    ("quantiles", "looks", "sizes"),
    [
        ([0.95], 5, (90, 160, 285, 506, 900)),
        ([0.99], 5, (459, 816, 1451, 2581, 4590)),
        ([0.5, 0.99, 0.95], 5, (459, 816, 1451, 2581, 4590)),
        ([0.95], 2, (72, 720)),
        ([0.95], 1, (59,)),
    ],
)
def test_the_first_look_is_the_smallest_that_says_anything(
    quantiles: list[float], looks: int, sizes: tuple[int, ...]
) -> None:
    """The strictest percentile sets it; the others lie apart by one ratio, up to ten times as many."""
    planned = plan(quantiles, looks=looks)

    assert planned == Plan(sizes)
    assert (planned.looks, planned.cap) == (looks, sizes[-1])


def test_another_cap_and_another_error() -> None:
    """The cap is a multiple of the first look, and a smaller error needs more samples."""
    assert plan([0.95], looks=2, cap=3).sizes == (72, 216)
    assert plan([0.95], looks=1, error=0.001).sizes == (135,)


@pytest.mark.parametrize("looks", [0, 6])
def test_more_than_five_looks_are_refused(looks: int) -> None:
    """So is no look at all."""
    with pytest.raises(ValueError, match=f"1 to 5 looks, not {looks}"):
        plan([0.95], looks=looks)


def test_without_a_percentile_there_is_nothing_to_plan() -> None:
    """A plan of no samples would decide at once."""
    with pytest.raises(ValueError, match="no percentile"):
        plan([])


@pytest.mark.parametrize(
    ("claims", "decided"),
    [
        ([Claim.WITHIN, Claim.WITHIN], True),
        ([Claim.WITHIN, Claim.UNDECIDED], False),
        ([Claim.UNDECIDED, Claim.BEYOND], True),
        ([Claim.WITHIN, Claim.NOT_CLAIMED], False),
    ],
)
def test_sampling_ends_when_more_would_change_nothing(claims: list[Claim], *, decided: bool) -> None:
    """All are within, or one is beyond; what is open, or too little, goes on."""
    assert is_decided(claims) is decided


@pytest.mark.parametrize(("factor", "wrong"), [(1.0, Claim.BEYOND), (0.999, Claim.WITHIN)])
def test_five_looks_are_wrong_no_more_often_than_one(factor: float, wrong: Claim) -> None:
    """Of 1,000 seeded samples with the percentile just at, or just over, the limit, 5 % at most are judged wrongly."""
    source, planned, mistakes = random.Random(20261125), plan([0.95]), 0  # noqa: S311  a seeded simulation
    for _ in range(1_000):
        values = [source.random() for _ in range(planned.cap)]
        for size in planned.sizes:
            sample = [(one, one) for one in values[:size]]
            claim, _ = decide(sample, 0.95, 0.95 * factor, looks=planned.looks)
            mistakes += claim is wrong
            if is_decided([claim]):
                break

    assert mistakes <= 50

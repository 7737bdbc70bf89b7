"""Verdicts merge by gravity; nothing observed is never a pass."""

from itertools import permutations

import pytest

from harness.checkers.verdict import Verdict, gravest


@pytest.mark.parametrize("verdicts", list(permutations(Verdict)))
def test_the_gravest_verdict_wins_in_any_order(verdicts: tuple[Verdict, ...]) -> None:
    """FAIL comes before INCONCLUSIVE, that before PASS."""
    assert gravest(verdicts) is Verdict.FAIL
    assert gravest(one for one in verdicts if one is not Verdict.FAIL) is Verdict.INCONCLUSIVE
    assert gravest([Verdict.PASS]) is Verdict.PASS


def test_no_verdict_at_all_is_inconclusive() -> None:
    """Nothing observed is never a pass."""
    assert gravest([]) is Verdict.INCONCLUSIVE

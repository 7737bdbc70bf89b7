"""Bursts are told from messages that arrive as they were sent."""

import pytest

from harness.doctor.ticking import period_of

EVENLY = [0.2 * number for number in range(8)]


@pytest.mark.parametrize(
    ("arrivals", "period"),
    [
        ([at + 0.01 for at in EVENLY], None),
        ([at + 0.5 for at in EVENLY], None),
        ([0.6, 0.6, 0.61, 1.2, 1.2, 1.21, 1.8, 1.8], pytest.approx(0.59, abs=0.02)),
        ([3.0] * 8, pytest.approx(3.0)),
    ],
)
def test_a_queue_that_is_looked_at_now_and_then_has_a_period(arrivals: list[float], period: float | None) -> None:
    """A delay alone is none; one burst says how long the longest wait was."""
    assert period_of(list(zip(EVENLY, arrivals, strict=True))) == period


def test_a_few_messages_say_nothing() -> None:
    """Three that arrive together may do so by chance."""
    assert period_of([(0.0, 1.0), (0.2, 1.0), (0.4, 1.0)]) is None

"""Limits in time, with a clock that is passed in."""

from harness.protocol.app import RateLimit
from harness.protocol.limits import Window


def test_a_window_opens_with_the_first_attempt_and_closes_when_its_time_is_over() -> None:
    """Two fit in, the third does not, and what was refused does not count against the next window."""
    window = Window(RateLimit(max_attempts=2, decay_seconds=10))

    assert [window.spend(now) for now in (5.0, 6.0, 7.0, 14.9)] == [True, True, False, False]
    assert [window.spend(now) for now in (15.0, 24.9, 24.9)] == [True, True, False]


def test_where_nothing_is_allowed_nothing_passes() -> None:
    """A limit of none is one."""
    assert not Window(RateLimit(max_attempts=0, decay_seconds=1)).spend(0.0)

"""Which close code lets a client return, and when."""

import pytest

from harness.protocol.reconnecting import LONGEST, pause_before


@pytest.mark.parametrize(
    ("code", "pauses"),
    [
        (4000, [None, None]),
        (4009, [None, None]),
        (4099, [None, None]),
        (4100, [1.0, 2.0, 4.0]),
        (4199, [1.0, 2.0, 4.0]),
        (4200, [0.0, 1.0, 2.0]),
        (4299, [0.0, 1.0, 2.0]),
        (4300, [0.5, 1.0, 2.0]),
        (3999, [0.5, 1.0, 2.0]),
        (1006, [0.5, 1.0, 2.0]),
        (1000, [0.5, 1.0, 2.0]),
        (None, [0.5, 1.0, 2.0]),
    ],
)
def test_a_close_code_says_when_to_return(code: int | None, pauses: list[float | None]) -> None:
    """Never, after a second or more, at once, or after a pause of one's own; pauses double."""
    assert [pause_before(attempt, code, jitter=0.0) for attempt, _ in enumerate(pauses, 1)] == pauses


@pytest.mark.parametrize(("code", "least", "most"), [(1006, 0.5, 1.0), (4100, 1.0, 2.0)])
def test_jitter_spreads_those_who_fell_together(code: int, least: float, most: float) -> None:
    """Over as much again as the shortest pause, and never below what the server allows."""
    assert pause_before(1, code, jitter=0.0) == least
    assert pause_before(1, code, jitter=0.5) == pytest.approx((least + most) / 2)
    assert pause_before(1, code, jitter=0.999) == pytest.approx(most, abs=0.01)


def test_pauses_grow_up_to_a_limit() -> None:
    """Also after hours, and without overflowing."""
    assert pause_before(6, 4100, jitter=0.0) == LONGEST
    assert pause_before(5_000, 4100, jitter=0.0) == LONGEST


def test_seconds_may_be_compressed() -> None:
    """All pauses shrink alike."""
    assert pause_before(3, 1006, jitter=0.0, second=0.05) == pytest.approx(0.1)

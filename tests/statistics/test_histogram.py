"""Histograms keep three digits, draw in a bounded number of buckets, and are read by HdrHistogram's own tools."""

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from harness.statistics.histogram import Histogram

MICROSECOND, MILLISECOND, SECOND = 1_000, 1_000_000, 1_000_000_000
HOUR = 3_600 * SECOND
DURATIONS = st.lists(st.one_of(st.integers(0, MILLISECOND), st.integers(0, 5_000 * SECOND)), max_size=40)


@given(DURATIONS)
def test_what_is_written_is_read_back(durations: list[int]) -> None:
    """Every duration is in it once, whatever they are, and HdrHistogram's own reader finds as many."""
    made = Histogram.of(durations)

    text = made.encode()
    assert made.count == len(durations)
    assert Histogram.decode(text).buckets() == made.buckets()
    assert HdrHistogram.decode(text).get_total_count() == len(durations)


@given(DURATIONS, st.integers(2, 100))
def test_buckets_hold_nothing_above_their_upper_edge(durations: list[int], most: int) -> None:
    """They ascend, are no more than asked for, and hold every duration once."""
    buckets = Histogram.of(durations).buckets(most)
    edges = [edge for edge, _ in buckets]

    assert sum(count for _, count in buckets) == len(durations)
    assert edges == sorted(set(edges))
    assert len(edges) <= most
    for edge in edges:
        below = sum(count for other, count in buckets if other <= edge)
        assert below <= sum(min(duration, HOUR) < (edge + 1e-9) * SECOND for duration in durations)


def test_three_digits_are_kept() -> None:
    """At a millisecond, a second and a minute the edge lies within a thousandth."""
    for duration in (MILLISECOND, SECOND, 60 * SECOND):
        ((edge, count),) = Histogram.of([duration]).buckets()
        assert edge == pytest.approx(duration / SECOND, rel=0.0011)
        assert edge > duration / SECOND
        assert count == 1


def test_what_lies_outside_is_kept_at_the_end() -> None:
    """Below nought counts as nought, beyond an hour as an hour."""
    below, beyond = Histogram.of([-5 * MICROSECOND]), Histogram.of([7_200 * SECOND])

    assert below.buckets() == ((1e-06, 1),)
    assert beyond.buckets()[0][0] == pytest.approx(3_600, rel=0.001)


def test_neighbours_share_a_bucket_that_no_eye_could_tell_apart() -> None:
    """A hundredth more is the same bucket or the next; ten times as much is another."""
    assert len(Histogram.of([MILLISECOND, MILLISECOND + 5 * MICROSECOND, 10 * MILLISECOND]).buckets()) == 3
    assert len(Histogram.of(range(MILLISECOND, MILLISECOND + 10 * MICROSECOND)).buckets()) <= 2


def test_nothing_is_no_bucket() -> None:
    """An empty histogram can be drawn and written."""
    empty = Histogram()

    assert (empty.count, empty.buckets()) == (0, ())
    assert Histogram.decode(empty.encode()).count == 0

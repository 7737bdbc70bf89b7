"""Exact samples, and what they are summed up by."""

from harness.load.samples import Point, Samples, point

SECOND = 1_000_000_000


def test_percentiles_are_those_of_the_samples() -> None:
    """Nearest rank, nothing rounded."""
    assert point(range(1, 101)) == Point(100, 50, 95, 99)
    assert point([]) is None


def test_samples_are_summed_up_by_second_and_position() -> None:
    """A message belongs to the second in which it was meant, however late it came."""
    samples = Samples()
    for message, position, latency in ((0, 0, 10), (0, 1, 20), (1, 0, 30), (1, 25, 3 * SECOND)):
        samples.add(message, position, earliest=latency, latest=latency, lag=5000)

    assert len(samples) == 4
    assert list(samples.seconds([7 * SECOND, 9 * SECOND], 7 * SECOND)) == [
        (0, Point(2, 10, 20, 20)),
        (2, Point(2, 30, 3 * SECOND, 3 * SECOND)),
    ]
    assert list(samples.positions(13)) == [
        (0, Point(3, 20, 30, 30)),
        (24, Point(1, 3 * SECOND, 3 * SECOND, 3 * SECOND)),
    ]
    assert samples.since(3) == Point(1, 3 * SECOND, 3 * SECOND, 3 * SECOND)
    assert samples.since(4) is None


def test_our_own_lag_is_kept_in_microseconds() -> None:
    """Below nought is nought, and more than four thousand seconds are as many as fit."""
    samples = Samples()
    for lag in (-1, 1500, 10**16):
        samples.add(0, 0, earliest=1, latest=1, lag=lag)

    assert list(samples.lag) == [0, 1, 2**32 - 1]


def test_stages_are_kept_by_name() -> None:
    """A stage is what is timed beside deliveries."""
    samples = Samples()
    samples.stage("login", 5)

    assert list(samples.stages["login"]) == [5]


def test_nothing_was_delivered() -> None:
    """There is nothing to sum up."""
    samples = Samples()

    assert list(samples.seconds([], 0)) == list(samples.positions()) == []

"""The open-loop schedule: how many messages, where, and the same ones again."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.load.profile import Arrivals, Line, Profile, Shape, lines, schedule

SECOND = 1_000_000_000


def test_even_arrivals_lie_in_the_middle_of_what_they_are_worth() -> None:
    """Ten a second are one every tenth, the first half of one after the start."""
    assert list(schedule(Profile(rate=10, seconds=0.3))) == [50_000_000, 150_000_000, 250_000_000]


@pytest.mark.parametrize(
    ("shape", "share"),
    [(Shape.CONSTANT, 1), (Shape.RAMP, 0.5), (Shape.STEP, 0.625), (Shape.SPIKE, 0.36), (Shape.SOAK, 0.95)],
)
def test_a_shape_has_the_messages_that_its_area_is_worth(shape: Shape, share: float) -> None:
    """The integral of the rate, as whole messages, ascending and within the duration."""
    found = schedule(Profile(rate=100, seconds=10, shape=shape))

    assert len(found) == pytest.approx(1000 * share, abs=1)
    assert all(first <= second for first, second in pairwise(found))
    assert found[0] >= 0
    assert found[-1] <= 10 * SECOND


def test_a_spike_is_in_the_middle() -> None:
    """Its rate is five times that of the calm before it."""
    found = schedule(Profile(rate=100, seconds=10, shape=Shape.SPIKE))

    assert sum(4 * SECOND <= one < 6 * SECOND for one in found) == pytest.approx(200, abs=1)
    assert sum(one < 2 * SECOND for one in found) == pytest.approx(40, abs=1)


def test_a_ramp_is_twice_as_dense_at_twice_the_time() -> None:
    """As many messages come in the first seven tenths as in the rest, half of them each."""
    found = schedule(Profile(rate=100, seconds=10, shape=Shape.RAMP))

    assert sum(one < 10 * SECOND * 0.5**0.5 for one in found) == pytest.approx(250, abs=1)


def test_random_arrivals_are_those_of_their_seed() -> None:
    """The same seed gives the same schedule, and another one another."""
    first, again, other = (
        schedule(Profile(rate=200, seconds=10, arrivals=Arrivals.POISSON, seed=seed)) for seed in (1, 1, 2)
    )

    assert first == again != other


def test_random_arrivals_are_a_poisson_process() -> None:
    """Count and variance of the distances are those of its rate, within five standard deviations."""
    found = schedule(Profile(rate=1000, seconds=10, arrivals=Arrivals.POISSON, seed=7))
    distances = [(second - first) / SECOND for first, second in pairwise(found)]
    mean = sum(distances) / len(distances)
    variance = sum((one - mean) ** 2 for one in distances) / len(distances)

    assert len(found) == pytest.approx(10_000, abs=500)
    assert variance == pytest.approx(mean**2, rel=0.2)


@pytest.mark.parametrize(("rate", "seconds"), [(0, 1), (1, 0), (-1, 1)])
def test_no_load_is_no_profile(rate: float, seconds: float) -> None:
    """The sentence says what must be above nought."""
    with pytest.raises(UsageError, match="both must be above 0"):
        schedule(Profile(rate=rate, seconds=seconds))


def test_a_profile_without_a_message_is_refused() -> None:
    """A tenth of a message is none."""
    with pytest.raises(UsageError, match="no message in it"):
        schedule(Profile(rate=1, seconds=0.1))


@given(st.sampled_from(Shape), st.floats(0.1, 500), st.floats(0.1, 20))
def test_the_lines_of_every_shape_last_as_long_as_it(shape: Shape, rate: float, seconds: float) -> None:
    """And none of them is faster than the rate that was asked for."""
    found = lines(Profile(rate=rate, seconds=seconds, shape=shape))

    assert sum(line.seconds for line in found) == pytest.approx(seconds)
    assert max(max(line.first, line.last) for line in found) == rate


def test_a_line_knows_its_inverse() -> None:
    """A falling one as well: what it is worth up to a moment gives that moment."""
    line = Line(10, 8, 2)

    assert line.when(line.messages) == pytest.approx(10)
    assert line.when(8 * 5 - 0.6 * 25 / 2) == pytest.approx(5)

"""The garbage collector rests while something is judged, and is as it was before."""

import gc
from collections.abc import Iterator

import pytest

from harness.checkers import collector


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    """Leave the collector running, whatever a test does."""
    yield
    gc.enable()


def test_nothing_is_collected_meanwhile() -> None:
    """It runs again afterwards, also when the block fails."""
    with collector.paused():
        inside = gc.isenabled()
    after = gc.isenabled()
    with pytest.raises(ZeroDivisionError), collector.paused():
        _ = 1 / 0

    assert (inside, after, gc.isenabled()) == (False, True, True)


def test_a_collector_that_rests_already_goes_on_resting() -> None:
    """Whoever turned it off had a reason; blocks may lie in one another."""
    gc.disable()
    with collector.paused(), collector.paused():
        pass

    assert not gc.isenabled()

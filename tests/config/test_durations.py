"""Durations are read in every allowed spelling and refused in every other."""

import pytest

from harness.config.durations import duration, spelled
from harness.errors import UsageError


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("250ms", 0.25), ("2s", 2.0), ("1.5s", 1.5), ("5m", 300.0), (2, 2.0), (0.25, 0.25)],
)
def test_an_allowed_spelling_is_read_as_seconds(written: object, seconds: float) -> None:
    """Milliseconds, seconds, minutes and plain numbers all become float seconds."""
    assert duration(written) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "written",
    ["", "10", "2 s", "2h", "-1s", "1e3s", "٢s", "s", 0, "0ms", -1, True, None, [], float("inf"), float("nan")],
)
def test_any_other_spelling_is_refused_with_the_allowed_ones(written: object) -> None:
    """The complaint quotes what was found and shows how a duration is written."""
    with pytest.raises(UsageError) as refused:
        duration(written)
    assert repr(written) in str(refused.value)
    assert '"250ms", "2s", "1.5s", "5m"' in str(refused.value)


@pytest.mark.parametrize("seconds", [0.1, 0.25, 1.0, 1.5, 300.0])
def test_what_is_spelled_is_read_back(seconds: float) -> None:
    """A duration that we write into a file is the same when it is read again."""
    assert duration(spelled(seconds)) == pytest.approx(seconds)

"""
Durations as people write them: "250ms", "2s", "1.5s", "5m"; where a file has types, also a plain number of seconds.

A text without a unit is refused: whoever writes "100" may well mean milliseconds.
"""

import math
import re

from harness.errors import UsageError

_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m)", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}


class Seconds(float):
    """A duration in seconds; a type of its own so that a table can say which of its numbers are durations."""

    __slots__ = ()


def duration(value: object) -> Seconds:
    """
    Read a duration; the answer is in seconds and above zero.

    Raise `UsageError` for everything else, naming the spellings that are allowed.
    """
    seconds = math.nan
    if isinstance(value, str) and (written := _WRITTEN.fullmatch(value)):
        seconds = float(written[1]) * _SECONDS[written[2]]
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        seconds = float(value)
    if not (0 < seconds < math.inf):
        raise UsageError(
            f'{value!r} is no duration; write it as "250ms", "2s", "1.5s", "5m" or as a number of seconds above zero'
        )
    return Seconds(seconds)


def spelled(seconds: float) -> str:
    """Write a duration so that `duration` reads it back: "250ms" below a second, "1.5s" from there on."""
    return f"{seconds * 1000:g}ms" if seconds < 1 else f"{seconds:g}s"

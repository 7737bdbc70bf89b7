"""What was agreed: latency percentiles, the deadline of correctness, how fast a lost right must act, and a recovery."""

import re
from collections.abc import Mapping
from itertools import pairwise

import msgspec

from harness.config.durations import Seconds, duration, spelled
from harness.errors import UsageError


class Budgets(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Agreed limits in seconds.

    Latency percentiles, the deadline of correctness, how fast a lost right must act, and how fast everybody is back
    after a fault.
    """

    delivery: dict[str, Seconds] = msgspec.field(
        default_factory=lambda: {"p50": Seconds(0.1), "p95": Seconds(0.25), "p99": Seconds(1)}
    )
    """Latency percentiles, as `{ p95 = "250ms" }`."""
    arrival: Seconds = Seconds(10)
    """After this a message is late."""
    revocation: Seconds = Seconds(5)
    """Within this a lost right must act."""
    recovery: Seconds = Seconds(5)
    """Within this everybody is back after a fault."""

    def __post_init__(self) -> None:
        """Refuse percentiles that are none, or that contradict each other."""
        check_percentiles(self.delivery)


def check_percentiles(limits: Mapping[str, float]) -> None:
    """Raise ValueError for a name that is no percentile, and for a higher percentile with a lower limit."""
    for name in limits:
        if not re.fullmatch(r"p[1-9]\d?(\.\d+)?", name, re.ASCII):
            raise ValueError(f"{name!r} is no percentile; write p50, p95, p99 or p99.9")
    ascending = sorted(limits.items(), key=lambda one: float(one[0][1:]))
    for (lower, first), (higher, second) in pairwise(ascending):
        if first > second:
            raise ValueError(
                f"{higher} = {spelled(second)} is less than {lower} = {spelled(first)}, but a higher percentile is no"
                " lower; give it at least that limit"
            )


def limits_in_code(limits: Mapping[str, object]) -> dict[str, Seconds]:
    """
    Read percentile limits that somebody wrote in code: `p95="250ms"`.

    A number is refused there, as nobody can tell seconds from milliseconds. Raises `UsageError` that says what was
    found and what is allowed.
    """
    if not limits:
        raise UsageError('budget names no percentile; write budget(p95="250ms")')
    read = {name: _in_code(name, limit) for name, limit in limits.items()}
    try:
        check_percentiles(read)
    except ValueError as error:
        raise UsageError(f"budget: {error}") from None
    return read


def _in_code(name: str, limit: object) -> Seconds:
    try:
        if isinstance(limit, str):
            return duration(limit)
    except UsageError:
        pass  # what it says of numbers does not hold here
    raise UsageError(f'budget({name}={limit!r}) is no duration with a unit; write it as "250ms", "2s" or "1.5s"')

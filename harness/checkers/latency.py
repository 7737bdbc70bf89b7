"""Latency: what a percentile of the deliveries may be said to be, against the budget that was agreed for it."""

from typing import Literal

import msgspec

Claim = Literal["within", "beyond", "undecided", "not claimed"]


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """
    A percentile against its limit; every time is in seconds.

    `lower` and `upper` are the bounds of its confidence interval (`upper` None: too few samples for one), `needed` the
    samples without which nothing is claimed. `slip` is how late the harness itself wrote its requests at this
    percentile; past a tenth of the limit nothing can be said (DESIGN.md, section 9), and `why` says so.
    """

    percentile: str
    limit: float
    claim: Claim
    value: float
    lower: float
    upper: float | None
    samples: int
    needed: int
    slip: float = 0.0
    why: str = ""


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """
    How long one stage of the deliveries took, in seconds.

    `percentiles` holds p50, p90, p95, p99 and max; `histogram` pairs the upper edge of a bucket with its count.
    """

    name: Literal["send slip", "backend answer", "first arrival", "tail", "delivery", "own lag"]
    samples: int
    percentiles: dict[str, float]
    histogram: tuple[tuple[float, int], ...] = ()

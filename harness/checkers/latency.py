"""
Latency: what a percentile of the deliveries may be said to be, against the budget that was agreed for it.

A latency runs from when a message was *meant* to when it *arrived* at a socket that was owed it. What never arrived has
none; that is a finding of the delivery checker's. The deliveries of one message are alike, so only messages count as
independent samples. Judged as DESIGN.md says, in sections 9 and 10.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from harness.checkers.findings import Finding, finding
from harness.errors import UsageError
from harness.history.events import Event, FrameIn, LoopLag, Sampled
from harness.history.ledger import Ledger, Message
from harness.statistics.percentiles import decide, percentile, samples_needed

ClaimWord = Literal["within", "beyond", "undecided", "not claimed"]
StageName = Literal["send slip", "backend answer", "first arrival", "tail", "delivery", "own lag"]

_OWN_SHARE = 10
"""The harness's own error counts as soon as it exceeds one part in so many of the limit."""
_SECOND = 1_000_000_000


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """
    A percentile against its limit; every time is in seconds.

    `lower` and `upper` are the bounds of its confidence interval (`upper` None: too few samples for one), `samples` the
    deliveries, `messages` those that they carry and `needed` the messages without which nothing is claimed. `slip` is
    how late the harness itself wrote its requests at this percentile; past a tenth of the limit nothing can be said
    (DESIGN.md, section 9). `why` says why nothing is claimed, or why it is undecided.
    """

    percentile: str
    limit: float
    claim: ClaimWord
    value: float
    lower: float
    upper: float | None
    samples: int
    needed: int
    messages: int = 0
    slip: float = 0.0
    why: str = ""

    def __str__(self) -> str:
        """Write it on one line: the value with its interval, the limit, and the number of samples."""
        if not self.samples:
            return f"{self.percentile} of {shown(self.limit)}: no delivery was made"
        upper = "?" if self.upper is None else shown(self.upper)
        return (
            f"{self.percentile} {shown(self.value)} [{shown(self.lower)}, {upper}] of {shown(self.limit)}"
            f" (n = {self.samples})"
        )


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """
    How long one stage of the deliveries took, in seconds.

    `percentiles` holds p50, p90, p95, p99 and max; `histogram` pairs the upper edge of a bucket with its count, `hdr`
    is all of it in HdrHistogram's own form, in microseconds.

    The stages: *send slip*, from when a message was meant to the first byte of its request; *backend answer*, from
    there to the answer; *first arrival*, from when it was meant to the first socket that was owed it; *tail*, from
    there to the last one, where there are several; *delivery*, from when it was meant to each socket; *own lag*, from
    a kernel stamp to when our code had the frame.
    """

    name: StageName
    samples: int
    percentiles: dict[str, float]
    histogram: tuple[tuple[float, int], ...] = ()
    hdr: str = ""


@dataclass(frozen=True, slots=True)
class Timing:
    """A message that the backend took, and the first frame with it on each socket that was owed it."""

    message: Message
    frames: tuple[FrameIn, ...]

    @property
    def meant(self) -> int:
        """When its sender meant to send it."""
        return self.message.asked.meant

    @property
    def sent(self) -> int:
        """When the first byte of the request was written; 0 when that is not known."""
        return self.message.answered.sent if self.message.answered else 0


def timings(ledger: Ledger) -> list[Timing]:
    """Give the times of every message that the backend took, in the order in which they were meant."""
    heard: dict[str, list[FrameIn]] = {}
    for message, listening in ledger.debts():
        if frames := ledger.heard(message, listening.socket):
            heard.setdefault(message.asked.act, []).append(frames[0])
    return [
        Timing(message, tuple(heard.get(message.asked.act, ())))
        for message in ledger.messages
        if message.outcome == "ok"
    ]


def quantile_of(name: str) -> float:
    """Give the share that a percentile such as `p95` stands for; raises `UsageError` for what is none."""
    try:
        share = float(name.removeprefix("p")) / 100
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise UsageError(f"the history holds a budget for {name!r}, which is no percentile; known are p50 to p99.9")
    return round(share, 9)


def claims(timed: Sequence[Timing], limits: Mapping[str, float], *, looks: int = 1, lag: int = 0) -> tuple[Budget, ...]:
    """
    Say of each percentile whether it keeps its limit, in seconds; `looks` share the error.

    `lag` is how late our event loop was, in nanoseconds: it counts where *seen* had to stand in for a kernel stamp.
    """
    heard = [one for one in timed if one.frames]
    intervals = [
        (max(frame.earliest - one.meant, 0) / _SECOND, max(frame.arrived - one.meant, 0) / _SECOND)
        for one in heard
        for frame in one.frames
    ]
    slips = sorted(one.sent - one.meant for one in heard if one.sent)
    lag = lag if any(frame.stamp == "seen" for one in heard for frame in one.frames) else 0
    made = []
    for name, limit in limits.items():
        quantile = quantile_of(name)
        claim, found = decide(intervals, quantile, limit, looks=looks, independent=len(heard))
        budget = Budget(
            percentile=name,
            limit=float(limit),
            claim=claim.value,
            value=found.value if found else 0.0,
            lower=found.lower if found else 0.0,
            upper=found.upper if found else None,
            samples=len(intervals),
            messages=len(heard),
            needed=samples_needed(quantile, looks=looks),
            slip=percentile(slips, quantile) / _SECOND if slips else 0.0,
        )
        made.append(_doubted(budget, lag / _SECOND))
    return tuple(made)


def timings_of_test(events: list[Event], ledger: Ledger) -> list[Timing]:
    """Give the times of the messages that a test's percentiles are about: what came after its last look is not."""
    looks = [event.n for event in events if isinstance(event, Sampled) and event.look]
    return [one for one in timings(ledger) if not looks or one.message.asked.n < looks[-1]]


def claims_of_test(events: list[Event], timed: Sequence[Timing], limits: Mapping[str, float]) -> tuple[Budget, ...]:
    """Judge the percentiles that a test claims itself; where it drew samples, the looks it planned share the error."""
    looks = max((event.looks for event in events if isinstance(event, Sampled)), default=1)
    return claims(timed, limits, looks=looks, lag=loop_lag(events))


def loop_lag(events: Iterable[Event]) -> int:
    """Give how late our event loop was at the worst of the tests, at p99, in nanoseconds."""
    return max((event.p99 for event in events if isinstance(event, LoopLag)), default=0)


def exceeded(budgets: Iterable[Budget], evidence: Iterable[str] = ()) -> list[Finding]:
    """State every budget that is broken; `evidence` is what the report of any of them shows."""
    lines = tuple(evidence)
    return [
        finding(
            "latency.budget-exceeded",
            f"the delivery latency is beyond its budget: {budget}",
            expected=f"{budget.percentile} within {shown(budget.limit)}",
            evidence=lines,
        )
        for budget in budgets
        if budget.claim == "beyond"
    ]


def undecided(budgets: Iterable[Budget], *, must_claim: bool) -> list[str]:
    """Say what is in doubt; a percentile with too few samples is, where it must be claimed."""
    doubtful: set[ClaimWord] = {"undecided", "not claimed"} if must_claim else {"undecided"}
    return [f"delivery latency {budget}: {budget.why}" for budget in budgets if budget.claim in doubtful]


def shown(seconds: float) -> str:
    """Write a duration as people read it: `51 µs`, `3.1 ms`, `1.25 s`."""
    for unit, scale in (("s", 1.0), ("ms", 1e3)):
        if seconds * scale >= 1:
            return f"{seconds * scale:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def _doubted(budget: Budget, lag: float) -> Budget:
    """Say why nothing is claimed; take back what the harness's own error may have made of it."""
    own = budget.slip + lag
    if budget.claim == "not claimed":
        why = f"messages heard: {budget.messages}; nothing is claimed of fewer than {budget.needed}"
    elif own * _OWN_SHARE > budget.limit:
        why = f"the harness itself was {shown(own)} late, which is more than a tenth of the limit"
        return msgspec.structs.replace(budget, claim="undecided", why=why)
    else:
        why = "the limit lies between the bounds" if budget.claim == "undecided" else ""
    return msgspec.structs.replace(budget, why=why)

"""What a load came to, as data: everything that a page or another tool shows, exact where it was exact."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from harness.checkers.verdict import Verdict
from harness.config import TargetDeclaration
from harness.load.generator import Run
from harness.load.judging import Judged, judged, own_lag, verdict_of
from harness.load.ledger import Totals
from harness.load.profile import Profile
from harness.load.samples import Point, point
from harness.statistics.histogram import Histogram

SCHEMA: Final = "realtime-load/1"
_SECOND: Final = 1_000_000_000
_ROWS: Final = 24
"""Bands of latency of the heat map."""
_COLUMNS: Final = 120
"""Spans of time of it, at most."""


class Stage(msgspec.Struct, frozen=True):
    """A stage: its summary in nanoseconds, and all of it as HdrHistogram's compressed form, in microseconds."""

    summary: Point
    histogram: str


class Cell(msgspec.Struct, frozen=True):
    """So many deliveries of messages meant in a span of time, with a latency up to `edge` seconds."""

    span: int
    row: int
    count: int


class Heat(msgspec.Struct, frozen=True):
    """Latency over time: `edges` are the upper edges of the rows, each span is `seconds` long."""

    seconds: int
    edges: tuple[float, ...]
    cells: tuple[Cell, ...]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The document `load.json`."""

    schema: str = SCHEMA
    target: str
    topology: str
    verdict: Verdict
    judged: tuple[Judged, ...]
    profile: Profile
    users: int
    people: int
    conversations: int
    eavesdroppers: int
    listening: int
    seconds: float
    totals: Totals
    limits: dict[str, float]
    delivery: Stage | None
    stages: dict[str, Stage]
    own_queue: Point | None
    """From the kernel's stamp to our code, in microseconds; in no latency that was stamped."""
    own_lag: float
    stamps: str
    by_second: tuple[tuple[int, Point], ...]
    by_position: tuple[tuple[int, Point], ...]
    heat: Heat
    cpu_per_delivery: float
    """Seconds of processor of the generator."""
    reasons: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def is_insecure(self) -> bool:
        """Tell whether somebody heard what they must not."""
        return any(one.is_security and one.verdict is Verdict.FAIL for one in self.judged)


def result_of(run: Run, target: TargetDeclaration, profile: Profile, *, conversations: int) -> Result:
    """Judge a run by the budgets of its target, and sum it up."""
    samples, limits = run.samples, {name: float(limit) for name, limit in target.budgets.delivery.items()}
    found = judged(run.course, run.totals, samples, limits, arrival=float(target.budgets.arrival))
    return Result(
        target=target.name,
        topology=target.topology,
        verdict=verdict_of(found),
        judged=found,
        profile=profile,
        users=run.course.users,
        people=run.people,
        conversations=conversations,
        eavesdroppers=run.course.eavesdroppers,
        listening=run.course.listening,
        seconds=run.seconds,
        totals=run.totals,
        limits=limits,
        delivery=_stage(samples.latest),
        stages={name: stage for name, values in samples.stages.items() if (stage := _stage(values))},
        own_queue=point(samples.lag),
        own_lag=own_lag(samples),
        stamps="seen" if samples.unstamped else "kernel",
        by_second=tuple(samples.seconds(run.meant, run.began)),
        by_position=tuple(samples.positions()),
        heat=heat(samples.latest, [(run.meant[message] - run.began) // _SECOND for message in samples.message]),
        cpu_per_delivery=run.cpu / max(1, run.totals.heard),
        reasons=run.reasons,
        missing=run.missing,
    )


def encoded(result: Result) -> bytes:
    """Write it as JSON."""
    return msgspec.json.format(msgspec.json.encode(result)) + b"\n"


def heat(latencies: Sequence[int], seconds: Sequence[int]) -> Heat:
    """Count latencies, in nanoseconds, by span of time and by band; the bands lie apart by one ratio."""
    if not latencies:
        return Heat(1, (), ())
    low, high = max(1, min(latencies)), max(1, *latencies, 2)
    ratio = max(1.02, (high / low) ** (1 / _ROWS))
    edges = [low * ratio ** (row + 1) for row in range(_ROWS)]
    span = -(-(max(seconds) + 1) // _COLUMNS)
    counts = Counter(
        (second // span, min(bisect_left(edges, latency), _ROWS - 1))
        for latency, second in zip(latencies, seconds, strict=True)
    )
    cells = tuple(Cell(*place, count) for place, count in sorted(counts.items()))
    return Heat(span, tuple(edge / _SECOND for edge in edges), cells)


def _stage(values: Sequence[int]) -> Stage | None:
    summary = point(values)
    return None if summary is None else Stage(summary, Histogram.of(values).encode())

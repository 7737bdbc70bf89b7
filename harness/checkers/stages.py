"""How long each stage of the deliveries took: what a report draws, and what says where a slow delivery was slow."""

from collections.abc import Sequence

from harness.checkers.latency import Stage, StageName, Timing, shown
from harness.statistics.histogram import Histogram
from harness.statistics.percentiles import percentile

PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
_SECOND = 1_000_000_000


def stages(timed: Sequence[Timing]) -> tuple[Stage, ...]:
    """Give the stages of these messages; one of which nothing is known is left out."""
    return tuple(_stage(name, samples) for name, samples in durations(timed).items() if samples)


def durations(timed: Sequence[Timing]) -> dict[StageName, list[int]]:
    """Give how long each stage took, in nanoseconds, message by message or delivery by delivery."""
    taken: dict[StageName, list[int]] = {
        "send slip": [one.sent - one.meant for one in timed if one.sent],
        "backend answer": [
            one.message.answered.at - one.sent for one in timed if one.sent and one.message.answered is not None
        ],
        "first arrival": [],
        "tail": [],
        "delivery": [],
        "own lag": [frame.at - frame.arrived for one in timed for frame in one.frames if frame.stamp == "kernel"],
    }
    for one in timed:
        arrived = [frame.arrived for frame in one.frames]
        if arrived:
            taken["first arrival"].append(min(arrived) - one.meant)
            taken["delivery"] += [moment - one.meant for moment in arrived]
        if len(arrived) > 1:
            taken["tail"].append(max(arrived) - min(arrived))
    return taken


def where_it_was_spent(timed: Sequence[Timing]) -> list[str]:
    """Say in one line how long each stage took at p95: where a slow delivery is slow."""
    parts = [
        f"{name} {shown(max(percentile(samples, 0.95), 0) / _SECOND)}"
        for name, samples in durations(timed).items()
        if samples
    ]
    return [f"at p95: {', '.join(parts)}"] if parts else []


def _stage(name: StageName, samples: list[int]) -> Stage:
    ordered = sorted(samples)
    counted = Histogram.of(ordered)
    at = {word: percentile(ordered, quantile) / _SECOND for word, quantile in PERCENTILES.items()}
    return Stage(
        name=name,
        samples=len(ordered),
        percentiles={**at, "max": ordered[-1] / _SECOND},
        histogram=counted.buckets(),
        hdr=counted.encode(),
    )

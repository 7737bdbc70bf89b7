"""A load in words: how it goes, second by second, and what it came to."""

from collections.abc import Callable
from typing import IO, Final

from harness.load.generator import Tick
from harness.load.result import Result
from harness.load.samples import Point
from harness.report.quoting import on_one_line, visible

_MILLISECOND: Final = 1e-3
_CLEAR: Final = "\r\x1b[K"


class Progress:
    """Says how it goes: in one line that changes on a terminal, in one a second elsewhere."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._changes = stream.isatty()

    def __call__(self, what: str | Tick) -> None:
        """Say it at once."""
        said = what if isinstance(what, str) else tick(what)
        self._stream.write(f"{_CLEAR}{said}" if self._changes and isinstance(what, Tick) else f"{said}\n")
        self._stream.flush()

    def end(self) -> None:
        """Leave the line that changed."""
        if self._changes:
            self._stream.write("\n")


def tick(now: Tick) -> str:
    """Say how it goes in a line."""
    return (
        f"{now.second:>4} s  {now.users} users  {now.sent:g} sent/s  {now.delivered:g} delivered/s  "
        f"p50 {_ms(now.p50)}  p99 {_ms(now.p99)}  lost {now.lost}  own lag {_ms(now.own_lag)}"
    )


def told(result: Result) -> list[str]:
    """Say what it came to: the verdict last, since a terminal scrolls."""
    profile = result.profile
    lines = [
        (
            f"load      {result.users} users ({result.people} people, {result.eavesdroppers} eavesdroppers) in "
            f"{result.conversations} conversations; {profile.shape} of {profile.rate:g}/s for {profile.seconds:g} s, "
            f"seed {profile.seed}"
        ),
    ]
    lines += [f"{one.verdict:<12}  {one.name:<13}  {visible(one.says)}" for one in result.judged]
    lines.append(
        f"own       lag {_ms(result.own_lag)} at p99, {result.cpu_per_delivery * 1e6:.0f} µs of processor a delivery, "
        f"stamps: {result.stamps}"
    )
    lines += [f"why       {on_one_line(said)}" for said in result.reasons]
    lines += [f"lost      {on_one_line(said)}" for said in result.missing]
    lines.append(f"verdict   {result.verdict}")
    return lines


def markdown(result: Result) -> str:
    """Write it for a job's summary."""
    cell: Callable[[str], str] = lambda text: on_one_line(text).replace("|", "\\|").replace("<", "&lt;")  # noqa: E731 - a line
    lines = [f"## Load: {result.verdict}", "", cell(told(result)[0].removeprefix("load").strip()), ""]
    lines += ["| verdict | what | found |", "|---|---|---|"]
    lines += [f"| {one.verdict} | {one.name} | {cell(one.says)} |" for one in result.judged]
    lines += ["", "| stage | count | p50 | p95 | p99 |", "|---|---:|---:|---:|---:|"]
    lines += [f"| {name} | {' | '.join(figures(summary))} |" for name, summary in stages(result)]
    return "\n".join(lines) + "\n"


def stages(result: Result) -> list[tuple[str, Point]]:
    """Give what a table of latencies has: the deliveries first."""
    own = [("delivery", result.delivery)] if result.delivery else []
    return [(name, stage.summary) for name, stage in (*own, *result.stages.items())]


def figures(summary: Point) -> tuple[str, str, str, str]:
    """Write a summary of nanoseconds."""
    return str(summary.count), _ms(summary.p50 / 1e9), _ms(summary.p95 / 1e9), _ms(summary.p99 / 1e9)


def _ms(seconds: float) -> str:
    return f"{seconds / _MILLISECOND:.3g} ms" if seconds < 1 else f"{seconds:.2f} s"

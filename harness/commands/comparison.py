"""What a comparison of two targets came to: verdict and exit code, in words for a terminal and as `compare.json`."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from harness.checkers.verdict import FindingClass
from harness.commands.exits import Exit
from harness.commands.sampling import WARM_UP, Breach, Side
from harness.errors import EnvironmentFault, plain
from harness.history.recorder import encoded
from harness.report.files import replace_file
from harness.statistics.comparison import Answer, Comparison, compare_intervals
from harness.statistics.percentiles import percentile

SCHEMA: Final = "realtime-compare/1"

_LINES_SHOWN = 8
"""Breaches and doubts of a target that the terminal shows; `compare.json` has all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """The verdict of a comparison, what led to it, and the code that the command ends with."""

    verdict: Answer
    why: str
    exit: Exit
    latency: Comparison


def conclude(a: Side, b: Side, *, cut_short: str = "", code_when_cut: Exit = Exit.INCONCLUSIVE) -> Conclusion:
    """
    Judge what was measured; `cut_short` says why not all of it was, which is no PASS, and ends with `code_when_cut`.

    A guarantee that B broke is FAIL, whatever the latencies: correctness is not averaged. What A broke is reported, and
    decides nothing: the question is whether B is worse. Raise `UsageError` when the extra is not installed.
    """
    latency = compare_intervals(a.rounds, b.rounds)
    if b.breaches:
        is_security = any(one.kind is FindingClass.SECURITY for one in b.breaches)
        why = f"B broke a guarantee, {len(b.breaches)} times" if len(b.breaches) > 1 else "B broke a guarantee"
        code = Exit.SECURITY if is_security else Exit.FAILURE
        return Conclusion(verdict=Answer.FAIL, why=why, exit=code, latency=latency)
    doubts = [cut_short, *(f"{side.letter} could not be judged, {doubt}" for side in (a, b) for doubt in side.doubts)]
    if why := next(filter(None, doubts), ""):
        code = code_when_cut if cut_short else Exit.INCONCLUSIVE
        return Conclusion(verdict=Answer.INCONCLUSIVE, why=why, exit=code, latency=latency)
    code = {Answer.PASS: Exit.PASS, Answer.FAIL: Exit.FAILURE}.get(latency.verdict, Exit.INCONCLUSIVE)
    return Conclusion(verdict=latency.verdict, why=latency.why, exit=code, latency=latency)


def as_text(conclusion: Conclusion, a: Side, b: Side) -> str:
    """Give what a terminal shows, the verdict first: at most forty lines, and safe whatever a target said."""
    figures = _figures(conclusion.latency)
    lines = [f"{conclusion.verdict}  {conclusion.why}" + (f": {figures}" if figures else "")]
    width = max(len(side.target.declaration.name) for side in (a, b))
    lines += [f"   {'target':<{width}}  {'n':>5} {'p50':>9} {'p95':>9} {'max':>9}  ms"]
    for side in (a, b):
        lines.append(f"{side.letter}  {side.target.declaration.name:<{width}}  {_row(side)}")
    for side in (b, a):
        shown = [
            *(_line(side, one) for one in side.breaches),
            *(f"{side.letter} unclear: {one}" for one in side.doubts),
        ]
        lines += shown[:_LINES_SHOWN]
        more = len(shown) - _LINES_SHOWN
        lines += [f"… {more} more of {side.letter} in compare.json"] if more > 0 else []
    return "\n".join(plain(line) for line in lines)


def as_json(conclusion: Conclusion, a: Side, b: Side, facts: Mapping[str, Any]) -> bytes:
    """
    Give the content of `compare.json`: the verdict, every figure, every sample; times in seconds, one line.

    `facts` are added as they are. A figure that does not exist is null.
    """
    content = {
        "schema": SCHEMA,
        "verdict": conclusion.verdict,
        "exit_code": int(conclusion.exit),
        "why": conclusion.why,
        **facts,
        "latency": asdict(conclusion.latency) | {"is_faster": conclusion.latency.is_faster},
        "targets": {side.letter: _as_json(side) for side in (a, b)},
    }
    return msgspec.json.encode(content) + b"\n"


def write_folder(folder: Path, document: bytes, *sides: Side) -> None:
    """
    Write `compare.json` and both histories; each appears under its name only when it is whole.

    Raise `EnvironmentFault` when the disk does not take them.
    """
    contents: dict[str, Iterable[bytes]] = {
        f"history-{side.letter}.jsonl": encoded(side.target.history.header, side.target.history.events)
        for side in sides
    }
    for name, chunks in (contents | {"compare.json": [document]}).items():
        try:
            replace_file(folder / name, chunks)
        except OSError as error:
            raise EnvironmentFault(f"{folder / name} cannot be written: {error.strerror or error}") from error


def _figures(found: Comparison) -> str:
    if math.isnan(found.shift):
        return ""
    is_tenth = found.bound > 2 * found.spread
    origin = f"{found.bound / found.median:.0%} of A's p50" if is_tenth else "twice the A/A spread"
    return (
        f"shift {_ms(found.shift, '+')} ms [{_ms(found.lower, '+')}, {_ms(found.upper, '+')}] "
        f"of {_ms(found.median)} ms (ratio {found.ratio:.3f}), bound {_ms(found.bound)} ms = {origin}, "
        f"A/A spread {_ms(found.spread)} ms, p = {found.p_value:.2g}, "
        f"n = {found.samples[0]} + {found.samples[1]}, {min(found.rounds)} rounds A B B A …"
    )


def _row(side: Side) -> str:
    values = [high for one in side.rounds for _, high in one]
    if not values:
        return f"{0:>5} {'-':>9} {'-':>9} {'-':>9}"
    cells = (percentile(values, 0.5), percentile(values, 0.95), max(values))
    return f"{len(values):>5} " + " ".join(f"{_ms(one):>9}" for one in cells)


def _line(side: Side, breach: Breach) -> str:
    block = "the warm-up" if breach.round == WARM_UP else f"round {breach.round}"
    return f"{side.letter} broke   {breach.id or 'refused'} ({breach.kind}) in {block}: {breach.summary}"


def _as_json(side: Side) -> dict[str, Any]:
    declaration = side.target.declaration
    return {
        "name": declaration.name,
        "topology": declaration.topology,
        "dialect": declaration.broadcaster.dialect,
        "rounds": side.rounds,
        "breaches": [asdict(one) for one in side.breaches],
        "doubts": side.doubts,
    }


def _ms(seconds: float, sign: str = "") -> str:
    return f"{seconds * 1000:{sign}.3f}" if abs(seconds) < 1 else f"{seconds * 1000:{sign}.0f}"

"""
A load as a page: one file that opens from disk and asks nothing of a network, in the dress of a run's report.

Importing this loads jinja2; whoever writes no page should not.
"""

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.checkers.verdict import Verdict
from harness.load.result import Heat, Result
from harness.load.telling import figures, stages
from harness.report.html import asset, digest
from harness.report.html.text import isolated, visible

_PAGE: Final = Path(__file__).with_name("page")
_DRESS: Final = {Verdict.PASS: "good", Verdict.FAIL: "bad", Verdict.INCONCLUSIVE: "doubtful"}
_WIDTH: Final = 720
_ROW: Final = 8


def render(result: Result) -> str:
    """Write the page; whatever a target said is shown as text, with nothing of it hidden."""
    environment = Environment(
        loader=FileSystemLoader(_PAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"theirs": isolated, "visible": visible, "figures": figures}
    style, heat = asset("report.css"), result.heat
    spans = max((cell.span for cell in heat.cells), default=0) + 1
    return environment.get_template("load.html.j2").render(
        result=result,
        dress=_DRESS,
        facts=_facts(result),
        stages=stages(result),
        width=_WIDTH,
        height=_ROW * len(heat.edges),
        column=round(_WIDTH / spans, 2),
        row=_ROW,
        heat=_drawn(heat, _WIDTH / spans),
        lowest=_edge(heat, 0),
        highest=_edge(heat, -1),
        style=Markup(style),  # noqa: S704  our own file
        style_hash=digest(style),
    )


def _drawn(heat: Heat, column: float) -> list[tuple[float, int, float]]:
    """Place each cell, the fastest at the bottom; its shade is its share of its own column."""
    most: dict[int, int] = {}
    for cell in heat.cells:
        most[cell.span] = max(most.get(cell.span, 0), cell.count)
    return [
        (round(cell.span * column, 2), _ROW * (len(heat.edges) - 1 - cell.row), round(cell.count / most[cell.span], 2))
        for cell in heat.cells
    ]


def _edge(heat: Heat, place: int) -> str:
    return f"{heat.edges[place] * 1000:.3g} ms" if heat.edges else ""


def _facts(result: Result) -> list[tuple[str, str]]:
    profile = result.profile
    return [
        ("target", f"{result.target} ({result.topology})"),
        ("profile", f"{profile.shape}, {profile.arrivals}, {profile.rate:g}/s for {profile.seconds:g} s"),
        ("people", f"{result.people} in {result.conversations} conversations"),
        ("eavesdroppers", str(result.eavesdroppers)),
        ("messages", str(result.totals.messages)),
        ("own lag (p99)", f"{result.own_lag * 1000:.3g} ms"),
        ("seed", str(profile.seed)),
    ]

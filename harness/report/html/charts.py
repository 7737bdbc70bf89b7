"""
Draw how long the stages of a delivery took: pygal's charts, without their script, styles and tooltips.

What is left is plain SVG: classes that the page's own style sheet colours, so that charts follow dark mode and a
content security policy that allows no style attribute.
"""

import math
import sys
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

import pygal  # type: ignore[import-untyped]  # pygal ships no types
from markupsafe import Markup

from harness.checkers.latency import Budget, Stage, shown

# pygal leaves a finder of Python 2's kind behind, for maps: with it every import that finds nothing is a warning.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]

_WIDTH, _HEIGHT = 420, 190
_PER_DECADE = 12
"""Bars for each tenfold of time."""
_TICKS = (1, 2, 5)
_SMALLEST = 1e-6
_MARGIN = 12
"""Steps to the right of the last limit, where its label stands."""
_DROPPED = frozenset({"script", "style", "defs", "title", "desc"})

Scale = tuple[int, int]
"""The first and last step of a logarithmic axis, in `_PER_DECADE`ths of a tenfold."""


def scale_of(stages: tuple[Stage, ...], budgets: tuple[Budget, ...]) -> Scale:
    """Find an axis on which all stages and limits can be compared."""
    times = [edge for stage in stages for edge, count in stage.histogram if count]
    times += [budget.limit for budget in budgets]
    steps = [_step(time) for time in times] or [0]
    return min(steps) - 2, max(steps) + _MARGIN


def distribution(stage: Stage, budgets: tuple[Budget, ...], scale: Scale) -> Markup:
    """Draw the histogram of a stage over logarithmic time, with a dashed line at every budget."""
    outline = _outline(stage, scale)
    highest = max(height for _, height in outline) or 1
    chart = pygal.XY(
        width=_WIDTH,
        height=_HEIGHT,
        show_legend=False,
        show_dots=False,
        print_labels=True,
        show_y_guides=True,
        show_x_guides=False,
        xrange=scale,
        range=(0, highest * 1.25),
        y_labels=_counts(highest),
        js=(),
        css=(),
        margin=4,
        no_prefix=True,
        disable_xml_declaration=True,
    )
    chart.x_labels = _ticks(scale)
    chart.add("samples", outline, fill=True)
    for budget, height in zip(budgets, _heights(highest), strict=False):
        at = _place(budget.limit)
        label = f"{budget.percentile} ≤ {shown(budget.limit)}"
        chart.add("budget", [(at, 0), {"value": (at, height), "label": label}], show_dots=True)
    chart.add_xml_filter(_plain)
    return Markup(chart.render(is_unicode=True))  # noqa: S704  numbers and names of percentiles, escaped by pygal


def _place(seconds: float) -> float:
    return math.log10(max(seconds, _SMALLEST)) * _PER_DECADE


def _step(seconds: float) -> int:
    """Find the bar of a time: the one whose upper edge is not below it."""
    return math.ceil(_place(seconds) - 1e-9)


def _outline(stage: Stage, scale: Scale) -> list[tuple[float, int]]:
    """Give the bars as one line, from step to step."""
    bars: dict[int, int] = {}
    for edge, count in stage.histogram:
        bars[_step(edge)] = bars.get(_step(edge), 0) + count
    points: list[tuple[float, int]] = [(scale[0], 0)]
    for left, right in pairwise(range(scale[0], scale[1] + 1)):
        points += [(left, bars.get(right, 0)), (right, bars.get(right, 0))]
    return [*points, (scale[1], 0)]


def _ticks(scale: Scale) -> list[dict[str, object]]:
    """Label one, two and five of every tenfold; of many tenfolds only one."""
    first, last = math.floor(scale[0] / _PER_DECADE), math.ceil(scale[1] / _PER_DECADE)
    digits = _TICKS if last - first <= 3 else _TICKS[:1]  # noqa: PLR2004  about ten labels fit
    times = [digit * 10.0**decade for decade in range(first, last + 1) for digit in digits]
    return [{"value": _place(time), "label": shown(time)} for time in times if scale[0] <= _place(time) <= scale[1]]


def _counts(highest: int) -> list[int]:
    """Label nought, half and the highest."""
    return sorted({0, highest // 2, highest})


def _heights(highest: int) -> list[float]:
    """Let the labels of budgets stand at different heights, so that close ones can be told apart."""
    return [highest * share for share in (1.2, 1.06, 0.92, 0.78, 0.64)]


def _plain(root: Element) -> Element:
    """Take out whatever is neither shape nor text: pygal's script, styles, tooltips and hover effects."""
    for name in ("style", "id"):
        root.attrib.pop(name, None)
    children: list[Any] = list(root)  # pygal's comments have no name
    for child in children:
        if not isinstance(child.tag, str) or _local(child) in _DROPPED or "tooltip" in child.get("class", ""):
            root.remove(child)
        else:
            _plain(child)
    return root


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]

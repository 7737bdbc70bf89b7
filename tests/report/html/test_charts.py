"""Charts are shapes and text, and nothing else."""

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from harness.report.html.charts import distribution, scale_of


@pytest.fixture
def chart(runs: Any) -> str:
    """Draw a stage with two budgets."""
    stage, budgets = runs.stage(), (runs.budget(), runs.budget(percentile="p99", limit=1.0))
    return str(distribution(stage, budgets, scale_of((stage,), budgets)))


def test_a_chart_brings_nothing_of_its_own(chart: str) -> None:
    """No script, no style, no id, no comment, and no address but the name of SVG itself."""
    tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(chart).iter()}  # noqa: S314  our own text

    assert tags <= {"svg", "g", "rect", "path", "text", "circle"}
    assert not re.search(r"<!--| style=| id=|xlink|var\(", chart)
    assert set(re.findall(r"https?://[^\"]+", chart)) == {"http://www.w3.org/2000/svg"}


def test_budgets_are_drawn_in(chart: str) -> None:
    """With what they allow."""
    assert {"p95 ≤ 250 ms", "p99 ≤ 1 s"} <= set(re.findall(r">([^<]+)</text>", chart))


def test_times_stand_on_a_logarithmic_axis(chart: str) -> None:
    """With a label at round ones."""
    assert {"10 ms", "100 ms"} <= set(re.findall(r">([^<]+)</text>", chart))


def test_the_same_stage_is_drawn_the_same(runs: Any) -> None:
    """So that a report made again is the same file."""
    scale = scale_of((runs.stage(),), ())
    assert distribution(runs.stage(), (), scale) == distribution(runs.stage(), (), scale)


@pytest.mark.parametrize("histogram", [(), ((0.0, 5),), ((1e-9, 1), (5_000.0, 1))])
def test_any_histogram_can_be_drawn(runs: Any, histogram: Any) -> None:
    """Empty ones, and such that reach over ages."""
    stage = runs.stage(histogram=histogram)
    assert "<svg" in distribution(stage, (), scale_of((stage,), ()))

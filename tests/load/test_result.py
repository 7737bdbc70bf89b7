"""What a load came to, as data that other tools read."""

import json
from collections.abc import Callable

import pytest

from harness.checkers.verdict import Verdict
from harness.load.result import Result, encoded, heat
from harness.statistics.histogram import Histogram

Make = Callable[..., Result]


def test_a_result_is_judged_and_summed_up(make: Make) -> None:
    """By the budgets of its target; histograms are those of other tools."""
    result = make()

    assert (result.verdict, result.is_insecure, result.stamps) == (Verdict.PASS, False, "kernel")
    assert result.delivery is not None
    assert Histogram.decode(result.delivery.histogram).count == result.delivery.summary.count == 400
    assert list(result.stages) == ["slip"]
    assert [second for second, _ in result.by_second] == [0, 1, 2, 3]
    assert result.by_position[0][0] == 1
    assert result.cpu_per_delivery == pytest.approx(25e-6)


def test_what_a_wrong_person_heard_is_insecure(make: Make) -> None:
    """And a broken limit is not."""
    assert make(stranger=True).is_insecure
    assert not make(limit=0.005).is_insecure
    assert make(limit=0.005).verdict is Verdict.FAIL


def test_it_is_json(make: Make) -> None:
    """With the name of its schema first, and no figure lost."""
    written = json.loads(encoded(make()))

    assert next(iter(written)) == "schema"
    assert written["totals"]["owed"] == written["heat"]["cells"][0]["count"] * 4 == 400
    assert written["judged"][0]["verdict"] == "PASS"


def test_a_heat_map_counts_every_delivery_once() -> None:
    """Whatever its latency; a long run has wider spans."""
    latencies = [1, 2, 1000, 10**9, 10**9]
    found = heat(latencies, [0, 1, 130, 239, 239])

    assert found.seconds == 2
    assert sum(cell.count for cell in found.cells) == 5
    assert max(cell.span for cell in found.cells) < 120
    assert max(cell.row for cell in found.cells) == len(found.edges) - 1
    assert found.edges[-1] == pytest.approx(1)
    assert heat([], []).cells == ()
    assert [cell.count for cell in heat([5, 5], [0, 0]).cells] == [2]

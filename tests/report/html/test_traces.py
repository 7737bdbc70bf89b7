"""Which traces a page holds, and in which order."""

import json
from typing import Any

from harness.report.document import Outcome, anchor
from harness.report.html import traces


def test_failing_tests_come_first(runs: Any) -> None:
    """Gravest first, and passing ones after everything that needs eyes."""
    ordered = traces.in_order(runs.failing())

    assert [world.verdict for world in ordered] == ["FAIL", "FAIL", "INCONCLUSIVE", "PASS"]
    assert ordered[0].evidence


def test_of_many_examples_the_one_with_evidence_comes_first(runs: Any) -> None:
    """Then the newest; what a failing property tried long before comes after the passing tests."""
    test = "tests/test_chat.py::test_property"
    worlds = [("tests/test_chat.py::test_well", runs.exchange())]
    worlds += [(test, runs.told("delivery.lost"))] + [(test, runs.exchange())] * 8
    report = runs.run_of(worlds)
    found = report.document.outcomes[-1]
    lost = runs.run_of(worlds[:2]).document.outcomes[-1].findings
    failed = Outcome(test=test, verdict="FAIL", findings=lost)
    ordered = traces.in_order(
        runs.Report(
            runs.document_of([report.document.outcomes[0], failed], facts=runs.FACTS), report.header, report.events
        )
    )

    assert found.test == test
    assert [(world.test == test, world.number) for world in ordered][:3] == [(True, 1), (True, 9), (True, 8)]
    assert [world.test for world in ordered].index("tests/test_chat.py::test_well") == 6


def test_traces_are_embedded_until_there_is_no_room(runs: Any) -> None:
    """The list names each with its place, and says how many were left out."""
    ordered = traces.in_order(runs.failing())
    index, blocks = traces.embedded(ordered, 1_000_000)
    few, _ = traces.embedded(ordered, blocks[0][1].size + 1_500)

    assert [entry.block for entry in index.entries] == [name for name, _ in blocks] == [f"trace-{n}" for n in range(4)]
    assert (index.left_out, len(few.entries), few.left_out) == (0, 1, 3)
    assert index.entries[0].anchor == anchor(ordered[0].test)
    assert index.entries[0].first <= min(ordered[0].evidence) <= index.entries[0].last
    assert json.loads(blocks[0][1].text)["total"] == len(ordered[0].events)


def test_many_traces_are_packed(runs: Any) -> None:
    """The first ones stay searchable."""
    report = runs.run_of([(f"test_{number}", runs.exchange(messages=300)) for number in range(8)])
    index, blocks = traces.embedded(traces.in_order(report), 4_000_000)

    assert [block.encoding for _, block in blocks] == ["json"] * 1 + ["gzip"] * 7
    assert index.left_out == 0


def test_a_history_without_tests_has_no_traces(runs: Any) -> None:
    """Nor does a run without a history."""
    assert traces.embedded(traces.in_order(runs.run_of([])), 1_000_000)[1] == []

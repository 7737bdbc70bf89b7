"""What processes cost after people have come and gone."""

from typing import Any

from harness.checkers import figures
from harness.history.events import ProcessMeasured, TestFinished
from harness.history.ledger import read


def check(events: list[Any]) -> list[Any]:
    """Judge what was looked at."""
    return figures.check(events, read(events), TestFinished(n=1, at=0))[0]


def test_what_stays_open_is_found(history: Any) -> None:
    """With what was seen before and after; the backend opened a few for reasons of its own."""
    (one,) = check(history("protocol.connections-kept"))

    assert (one.id, one.kind, one.where) == ("protocol.connections-kept", "slo", "broadcaster")
    assert one.summary == "the broadcaster had 6 files more open after 3 connections had ended"
    assert [line.partition("  ")[2] for line in one.evidence] == [
        "broadcaster: 12 files open, 1.0 MiB",
        "broadcaster: 18 files open, 1.0 MiB",
    ]


def test_as_many_as_before_are_right(story: Any) -> None:
    """And a single look says nothing."""
    for process in ("broadcaster", "broadcaster", "backend"):
        story.record(ProcessMeasured, process=process, descriptors=12, memory=1)

    assert check(story.events) == []

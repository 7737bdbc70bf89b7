"""Every stage of a delivery has its own times, so that a slow one says where it is slow."""

from typing import Any

import pytest

from harness.checkers.latency import timings
from harness.checkers.stages import stages, where_it_was_spent
from harness.history.events import MessageAnswered
from harness.history.ledger import read

MILLISECOND = 1_000_000


@pytest.fixture
def told(story: Any) -> Any:
    """Tell of three messages: to two people, to nobody that heard it, and one whose time of writing is not known."""
    story.join("bob#1", "carol#1")
    for heard, slip, answered in (((10, 30), 2, 14), ((), 4, 24), ((20,), None, 30)):
        asked = story.ask()
        number = str(len(story.events))
        for socket, took in zip(("bob#1", "carol#1"), heard, strict=False):
            stamp = asked.meant + took * MILLISECOND
            frame = {"arrived": stamp, "earliest": stamp, "stamp": "kernel" if heard[-1] == 30 else "seen"}
            story.now = stamp + 4 * MILLISECOND
            story.hear(socket, number, **frame)
        sent = 0 if slip is None else asked.meant + slip * MILLISECOND
        answer = {"outcome": "ok", "status": 201, "message": number, "sent": sent}
        story.record(MessageAnswered, at=asked.meant + answered * MILLISECOND, act=asked.act, **answer)
    return timings(read(story.events))


def test_each_stage_takes_what_lies_between_its_ends(told: Any) -> None:
    """In seconds; the tail needs two who heard, and our own lag a kernel stamp to count from."""
    found = {stage.name: stage for stage in stages(told)}

    longest = {name: (stage.samples, stage.percentiles["max"]) for name, stage in found.items()}
    assert longest == {
        "send slip": (2, 0.004),
        "backend answer": (2, 0.020),
        "first arrival": (2, 0.020),
        "tail": (1, 0.020),
        "delivery": (3, 0.030),
        "own lag": (2, 0.005),
    }
    assert found["delivery"].percentiles == {"p50": 0.020, "p90": 0.030, "p95": 0.030, "p99": 0.030, "max": 0.030}
    assert sum(count for _, count in found["delivery"].histogram) == 3
    assert found["delivery"].hdr


def test_a_stage_of_which_nothing_is_known_is_left_out() -> None:
    """Without messages there are none."""
    assert stages([]) == ()
    assert where_it_was_spent([]) == []


def test_one_line_says_where_the_time_went(told: Any) -> None:
    """Stage by stage, at p95."""
    (line,) = where_it_was_spent(told)

    assert line.startswith("at p95: send slip 4 ms, backend answer 20 ms, first arrival 20 ms, tail 20 ms, ")

"""Pings: a pong that never comes is found, and every reason why it may stay away is one."""

from typing import Any

import pytest

from harness.checkers import pings
from harness.history.events import FaultBegan, FenceAnswered, FenceAsked, TestFinished
from harness.history.ledger import read

ARRIVAL = 2_000_000_000


def check(events: list[Any]) -> list[Any]:
    """Judge events."""
    return pings.check(events, read(events), TestFinished(n=0, at=0, arrival=ARRIVAL))[0]


def ping(story: Any, socket: str, *, after: int = 2_000, outcome: str = "unknown", way: str = "ping") -> None:
    """Put a fence up, which is given up after so many milliseconds."""
    act = story.recorder.new_act()
    story.record(FenceAsked, who="bob", socket=socket, act=act, way=way)
    story.wait(after)
    story.record(FenceAnswered, who="bob", socket=socket, act=act, outcome=outcome)


def test_a_ping_without_a_pong_is_found(history: Any) -> None:
    """The finding names the socket, and when the ping went out."""
    (found,) = check(history("protocol.ping-unanswered"))

    assert (found.id, found.who, found.where) == ("protocol.ping-unanswered", "bob", "bob#1")
    assert found.evidence == ("+0.007 s  pusher:ping, given up after 2.001 s",)


def test_several_on_one_socket_are_one_finding(story: Any) -> None:
    """A broadcaster that is deaf to one is deaf to all."""
    story.join("bob#1", "bob#2")
    for socket in ("bob#1", "bob#1", "bob#2"):
        ping(story, socket)

    assert [(one.where, len(one.evidence)) for one in check(story.events)] == [("bob#1", 2), ("bob#2", 1)]


@pytest.mark.parametrize(
    "facts", [{"outcome": "ok"}, {"way": "window"}, {"after": 1_000}], ids=["answered", "no ping", "impatient"]
)
def test_other_fences_are_no_finding(story: Any, facts: dict[str, Any]) -> None:
    """One that was passed, one that is no ping, and one that was not waited for as long as a message is."""
    story.join("bob#1")
    ping(story, "bob#1", **facts)

    assert check(story.events) == []


def test_a_late_pong_is_one(story: Any) -> None:
    """Whoever waits longer gets it; how late messages may be is judged elsewhere."""
    story.join("bob#1")
    ping(story, "bob#1")
    story.fence("bob#1")

    assert check(story.events) == []


def test_a_pong_of_before_answers_nothing(story: Any) -> None:
    """A broadcaster may become deaf later on."""
    story.join("bob#1")
    story.fence("bob#1")
    ping(story, "bob#1")

    assert [one.where for one in check(story.events)] == ["bob#1"]


def test_a_connection_that_ended_owes_none(story: Any) -> None:
    """That it ended is for others to judge."""
    story.join("bob#1")
    ping(story, "bob#1")
    story.close("bob#1", by="them")

    assert check(story.events) == []


def test_a_fault_explains_any_silence(story: Any) -> None:
    """What froze the network froze the pong."""
    story.join("bob#1")
    story.record(FaultBegan, fault="freeze#1", what="freeze", people=("bob",))
    ping(story, "bob#1")

    assert check(story.events) == []

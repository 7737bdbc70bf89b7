"""Whom a fault touches, until when it excuses what is late, and which ends of connections it explains."""

from typing import Any

import msgspec
import pytest

from harness.history.events import FaultBegan, SocketClosed, SocketOpened
from harness.history.faults import Faults

SECOND = 1_000


def faults_of(story: Any) -> Faults:
    """Read the faults of a story."""
    faults = Faults()
    faults.take(story.events)
    return faults


def test_a_network_is_somebodys_and_a_process_everybodys(story: Any) -> None:
    """With nobody named, a fault touches whoever is asked about, and any fault touches somebody."""
    story.fault("cut#1", "bob")
    story.fault("pause#2", server="broadcaster")
    story.fault("cut#3")

    faults = faults_of(story)
    touching = {who: [one.began.fault for one in faults.open_for(*who)] for who in [("bob",), ("eve",), ()]}
    assert touching == {
        ("bob",): ["cut#1", "pause#2", "cut#3"],
        ("eve",): ["pause#2", "cut#3"],
        (): ["cut#1", "pause#2", "cut#3"],
    }


def test_what_a_fault_holds_up_is_due_from_its_end_on(story: Any) -> None:
    """As long as it may take undisturbed, anew after each fault that falls into the wait."""
    since, wait = story.now, 2_000_000_000
    story.wait(SECOND)
    story.fault("freeze#1", "bob")
    story.wait(5 * SECOND)
    story.heal("freeze#1")
    first = story.now
    story.wait(SECOND)
    story.fault("freeze#2", "bob")
    story.heal("freeze#2")
    last = story.now

    faults = faults_of(story)
    assert faults.due(since, wait, "bob") == last + wait
    assert faults.due(since, wait, "carol") == since + wait
    assert faults.due(last + 1, wait, "bob") == last + 1 + wait
    assert [one.ended for one in faults.at_work(since, first, "bob")] == [first]


def test_nothing_is_due_through_a_fault_that_lasts(story: Any) -> None:
    """Until it ends; reading on ends where reading at once does."""
    story.fault("freeze#1", "bob")
    faults = faults_of(story)
    assert faults.due(story.now, 1, "bob") is None

    story.heal("freeze#1")
    story.heal("freeze#0")  # it began before the part that is read
    faults.take(story.events)
    assert faults.due(story.now, 1, "bob") == story.now + 1
    assert faults.open_for() == []
    assert faults.all == faults_of(story).all


@pytest.mark.parametrize(
    ("fault", "waited", "explained"),
    [
        ({"people": ("bob",), "to": "both"}, 0, True),
        ({"people": ("carol",), "to": "both"}, 0, False),
        ({"people": ("bob",), "to": "backend"}, 0, False),
        ({"people": ("bob",), "to": "broadcaster"}, 3 * SECOND, False),
        ({"server": "broadcaster-2"}, 0, True),
        ({"server": "backend"}, 0, False),
    ],
)
def test_a_fault_explains_an_end(story: Any, fault: dict[str, Any], waited: int, explained: object) -> None:
    """Where it touches the person and stands before the broadcaster, and until a while after it."""
    story.join("bob#1")
    story.record(FaultBegan, fault="fault#1", **fault)
    story.heal("fault#1")
    story.wait(waited)
    story.close("bob#1", code=1006, by="them")

    opened = next(event for event in story.events if isinstance(event, SocketOpened))
    closed = next(event for event in story.events if isinstance(event, SocketClosed))
    assert faults_of(story).explain(closed, opened, 2_000_000_000) is explained


@pytest.mark.parametrize(("begun", "explained"), [("before", True), ("behind", False), ("unknown", False)])
def test_a_connection_that_was_about_to_open_may_be_ended(story: Any, begun: str, explained: object) -> None:
    """What was begun before a fault was over, and greeted behind it, is lost when its network was reset."""
    before = story.now
    story.record(FaultBegan, fault="reset#1", people=("bob",), to="both")
    story.heal("reset#1")
    since = {"before": before, "behind": story.now + 1, "unknown": 0}[begun]
    story.wait(10)
    story.join("bob#1")
    story.close("bob#1", code=1006, by="them")

    opened = next(event for event in story.events if isinstance(event, SocketOpened))
    opened = msgspec.structs.replace(opened, begun=since)
    closed = next(event for event in story.events if isinstance(event, SocketClosed))
    assert faults_of(story).explain(closed, opened, 2_000_000_000) is explained

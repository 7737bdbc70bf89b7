"""A delivery, read from a history: which frame it is, and an honest interval for how long it took."""

import json
import math
from typing import Any

import pytest

from harness.history.events import Event, FrameIn, FrameOut, HttpAsked
from harness.users.conversation import SentMessage
from harness.users.delivery import carries, delivery_of, holds

MS = 1_000_000
MESSAGE = SentMessage(
    act="1", id="m1", text="hello", sender="alice", conversation="42", channel="private-x", meant=100 * MS
)


def frame(*, data: Any = None, event: str = "shipped", n: int = 9, **members: Any) -> FrameIn:
    """Make a frame that arrived at 150 ms, exactly."""
    raw = json.dumps({"event": event, "data": json.dumps(data)})
    times = {"at": 160 * MS, "arrived": 150 * MS, "earliest": 150 * MS, "channel": "private-x", **members}
    return FrameIn(n=n, event=event, raw=raw, socket="bob#1", **times)


def asked(at: int, purpose: str) -> HttpAsked:
    """Make a request."""
    return HttpAsked(n=1, at=at, act="1", purpose=purpose, method="POST", path="/")


def test_a_messages_latency_counts_from_when_it_was_meant() -> None:
    """In float seconds; with an exact stamp both ends of the interval are equal."""
    delivery = delivery_of(frame(data={"id": "m1"}, text="hello"), MESSAGE, [])
    assert delivery.latency == 0.05
    assert delivery.interval == (0.05, 0.05)
    assert (delivery.socket, delivery.channel, delivery.text) == ("bob#1", "private-x", "hello")
    assert delivery.data == {"id": "m1"}


@pytest.mark.parametrize(
    ("earliest", "arrived", "interval"),
    [(120, 150, (0.02, 0.05)), (40, 150, (0.0, 0.05)), (40, 90, (0.0, 0.0))],
)
def test_an_inexact_arrival_is_an_interval(earliest: int, arrived: int, interval: tuple[float, float]) -> None:
    """From the read before, but not before it was meant, to the stamp; the latency is the upper end."""
    inexact = frame(earliest=earliest * MS, arrived=arrived * MS, exact=False)
    delivery = delivery_of(inexact, MESSAGE, [])
    assert delivery.interval == interval
    assert delivery.latency == interval[1]


def test_an_events_latency_counts_from_the_last_post_before_it() -> None:
    """Other requests do not publish, and what was asked after it arrived is not its cause."""
    events: list[Event] = [
        asked(20 * MS, "post"),
        asked(50 * MS, "send"),
        asked(120 * MS, "authorize"),
        asked(155 * MS, "post"),
    ]
    assert delivery_of(frame(), "shipped", events).latency == 0.1


def test_a_whispers_latency_counts_from_the_whisper() -> None:
    """A frame of the same event on the same channel is its cause, another is not."""
    out = FrameOut(n=1, at=140 * MS, event="client-typing", channel="private-x")
    other = FrameOut(n=2, at=145 * MS, event="client-typing", channel="private-y")
    assert delivery_of(frame(event="client-typing"), "client-typing", [out, other]).latency == pytest.approx(0.01)


def test_what_nobody_of_ours_meant_has_no_latency() -> None:
    """It is not a number, which is below no budget."""
    delivery = delivery_of(frame(), "shipped", [asked(10 * MS, "authorize")])
    assert math.isnan(delivery.latency)
    assert not delivery.latency < 1_000


def test_a_message_is_known_by_its_id() -> None:
    """Whatever its text."""
    assert carries(frame(is_message=True, message="m1", text="another"), MESSAGE)
    assert not carries(frame(is_message=True, message="m2", text="hello"), MESSAGE)
    assert not carries(frame(message="m1"), MESSAGE)


def test_a_message_without_an_id_is_known_by_channel_and_text() -> None:
    """A frame without one is not taken for it."""
    nameless = SentMessage(
        act="1", id="", text="hello", sender="alice", conversation="42", channel="private-x", meant=0
    )
    assert carries(frame(is_message=True, message="m7", text="hello"), nameless)
    assert not carries(frame(is_message=True, text="another"), nameless)
    assert not carries(frame(is_message=True, text="hello", channel="private-y"), nameless)


@pytest.mark.parametrize(
    ("data", "wanted", "held"),
    [
        ({"id": 1, "by": {"name": "x"}}, {"id": 1}, True),
        ({"id": 1, "by": {"name": "x"}}, {"by": {"name": "x"}}, True),
        ({"id": 1}, {"id": 2}, False),
        ({"id": 1}, {"id": 1, "more": None}, False),
        ([1], {"id": 1}, False),
        ({}, {}, True),
    ],
)
def test_data_holds_the_members_that_are_wanted(data: Any, wanted: dict[str, Any], held: bool) -> None:  # noqa: FBT001
    """It may have more of them, each must be equal."""
    assert holds(frame(data=data), wanted) is held


def test_a_frame_that_was_cut_has_no_data() -> None:
    """What the history does not keep cannot be compared."""
    cut = FrameIn(n=1, at=1, arrived=1, earliest=1, event="shipped", raw='{"event":"shipped","data":"{')
    assert not holds(cut, {})
    assert delivery_of(cut, MESSAGE, []).data is None

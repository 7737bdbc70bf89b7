"""An event that arrived at a device, read from a history: what it was, and how long it took."""

import math
from typing import Any

import msgspec

from harness.history.events import Event, FrameIn, FrameOut, HttpAsked
from harness.protocol.messages import decode, decode_data
from harness.users.conversation import SentMessage

_PUBLISHING = ("post", "send")
"""Purposes of requests that the backend may answer by publishing an event."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """
    An event that arrived.

    `latency` is in float seconds from when it was meant to its arrival, the upper end of `interval`; the two ends are
    equal when the kernel's stamp is exact (DESIGN.md, section 9). A message was meant when its sender began, any other
    event when somebody last posted or whispered before it; without that, both are not a number. `data` is decoded once,
    as far as the history keeps it; `text` is that of a message.
    """

    event: str
    channel: str
    socket: str
    text: str
    data: Any
    latency: float
    interval: tuple[float, float]
    frame: FrameIn


def delivery_of(frame: FrameIn, what: SentMessage | str, events: list[Event]) -> Delivery:
    """Make a delivery of a frame that carries `what`."""
    meant = what.meant if isinstance(what, SentMessage) else _cause(frame, events)
    low, high = math.nan, math.nan
    if meant is not None:
        low, high = max(frame.earliest - meant, 0) / 1e9, max(frame.arrived - meant, 0) / 1e9
    return Delivery(
        event=frame.event,
        channel=frame.channel,
        socket=frame.socket,
        text=frame.text,
        data=_data_of(frame),
        latency=high,
        interval=(low, high),
        frame=frame,
    )


def carries(frame: FrameIn, message: SentMessage) -> bool:
    """Tell whether a frame is this message: by its id, or by its text where the backend's answer held none."""
    if not frame.is_message:
        return False
    if message.id:
        return frame.message == message.id
    return (frame.channel, frame.text) == (message.channel, message.text)


def holds(frame: FrameIn, wanted: dict[str, Any]) -> bool:
    """Tell whether the data of a frame is an object with at least these members."""
    data = _data_of(frame)
    return isinstance(data, dict) and all(key in data and data[key] == value for key, value in wanted.items())


def _data_of(frame: FrameIn) -> Any:
    try:
        return decode_data(decode(frame.raw).data)
    except ValueError:
        return None


def _cause(frame: FrameIn, events: list[Event]) -> int | None:
    """Find the act of ours that an event of the application most likely came from, and give its time."""
    return next(
        (event.at for event in reversed(events) if event.at <= frame.arrived and _may_cause(event, frame)), None
    )


def _may_cause(event: Event, frame: FrameIn) -> bool:
    if isinstance(event, HttpAsked):
        return event.purpose in _PUBLISHING
    return isinstance(event, FrameOut) and (event.event, event.channel) == (frame.event, frame.channel)

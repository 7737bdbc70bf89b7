"""
Where all users of a load hand in what they hear: read once per fan-out, entered in the ledger, timed.

A fan-out brings the same bytes to many sockets. What they mean is kept for as long as other messages are under way.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from harness.config import EventShape
from harness.load.ledger import Heard, Ledger
from harness.load.samples import Samples
from harness.protocol.messages import Frame, decode, decode_data
from harness.users.reading import at_path
from harness.users.socket import Arrival

_KEPT: Final = 512
"""Payloads whose meaning is kept."""

_NONE: Final = -1
_FOREIGN: Final = -2


class Reading(NamedTuple):
    """What a payload means: a frame, or None when it is none; a message of this run by its number, else below 0."""

    frame: Frame | None
    message: int
    is_elsewhere: bool


class Desk:
    """The ledger and the samples of one run; `mark` begins the text of its messages, and of no others."""

    def __init__(self, shape: EventShape, ledger: Ledger, samples: Samples, *, mark: str) -> None:
        self.ledger = ledger
        self.samples = samples
        self.channels: Sequence[str] = ()
        """The channel of each conversation."""
        self._names = frozenset(shape.names)
        self._path = shape.text
        self._mark = f"{mark} "
        self._readings: dict[bytes, Reading] = {}

    def text(self, message: int) -> str:
        """Give the text that a message is known by."""
        return f"{self._mark}{message}"

    def take(self, device: int, payload: bytes, arrival: Arrival) -> Frame | None:
        """Enter what a device heard; give the frame when it is none of a message, for the device itself to heed."""
        reading = self._readings.get(payload)
        if reading is None:
            if len(self._readings) >= _KEPT:
                self._readings.clear()
            reading = self._readings[payload] = self._read(payload)
        message = reading.message
        if message == _NONE:
            return reading.frame
        ledger = self.ledger
        if message == _FOREIGN:
            ledger.foreign()
        elif ledger.heard(device, message, arrival.arrived, is_elsewhere=reading.is_elsewhere) is Heard.DELIVERED:
            self._time(device, message, arrival)
        return None

    def _time(self, device: int, message: int, arrival: Arrival) -> None:
        meant, samples = self.ledger.meant_at(message), self.samples
        samples.unstamped += arrival.stamp != "kernel"
        samples.add(
            message,
            self.ledger.position(device, message) or 0,
            earliest=max(0, arrival.earliest - meant),
            latest=arrival.arrived - meant,
            lag=arrival.seen - arrival.arrived,
        )

    def _read(self, payload: bytes) -> Reading:
        try:
            frame = decode(payload)
        except ValueError:
            return Reading(None, _NONE, is_elsewhere=False)
        if frame.event not in self._names:
            return Reading(frame, _NONE, is_elsewhere=False)
        data = decode_data(frame.data)
        text = at_path(decode_data(data) if isinstance(data, str) else data, self._path)
        number = text[len(self._mark) :] if isinstance(text, str) and text.startswith(self._mark) else ""
        if not (number.isascii() and number.isdigit()) or int(number) >= self.ledger.messages:
            return Reading(frame, _FOREIGN, is_elsewhere=False)
        message = int(number)
        return Reading(frame, message, frame.channel != self.channels[self.ledger.conversation(message)])

"""
Read a frame into the facts that a history keeps of it.

A fan-out brings the same bytes to many sockets: the last payload read is remembered, so its parse is shared.
"""

import hashlib
from typing import Any

import msgspec

from harness.config import EventShape
from harness.history.redaction import LIMIT, Redactor
from harness.protocol.messages import Frame, decode, decode_data


class Reading(msgspec.Struct, frozen=True):
    """A frame, or None when it could not be understood, and the fields of `FrameIn` that are known of it."""

    frame: Frame | None
    facts: dict[str, Any]


class Reader:
    """Reads frames by the contract's event shape; one for all users of a target."""

    def __init__(self, shape: EventShape, redactor: Redactor) -> None:
        self._shape = shape
        self._redactor = redactor
        self._payload = b""
        self._reading = self._parse(b"")

    def read(self, payload: bytes) -> Reading:
        """Give the facts of a text message; never raises, whatever a server sends."""
        if payload != self._payload:
            self._payload, self._reading = payload, self._parse(payload)
        return self._reading

    def refuse(self, payload: bytes, problem: str) -> Reading:
        """Give the facts of a message that is no frame at all, and say why."""
        return Reading(None, self._outside(payload) | {"event": "", "problem": problem})

    def _parse(self, payload: bytes) -> Reading:
        try:
            frame = decode(payload)
        except ValueError as error:
            return self.refuse(payload, str(error))
        facts = self._outside(payload) | {
            "event": frame.event,
            "channel": frame.channel if isinstance(frame.channel, str) else "",
            "data_was_string": isinstance(frame.data, str),
        }
        if frame.event == self._shape.name:
            data = decode_data(frame.data)
            facts |= {
                "is_message": True,
                "message": as_text(at_path(data, self._shape.id)),
                "text": as_text(at_path(data, self._shape.text)),
            }
        return Reading(frame, facts)

    def _outside(self, payload: bytes) -> dict[str, Any]:
        """Keep what can be said of any bytes: cut late enough that no secret straddles the limit unseen."""
        return {
            "raw": self._redactor.hide(payload[: 2 * LIMIT].decode("utf-8", "replace")),
            "size": len(payload),
            "sha256": hashlib.sha256(payload).hexdigest(),
        }


def at_path(value: Any, path: str) -> Any:
    """Follow a dotted path into decoded JSON; None when it leads nowhere, the value itself for an empty path."""
    for part in path.split(".") if path else ():
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isascii() and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def as_text(value: Any) -> str:
    """Write an id or a text of a target as a string; anything that is neither becomes empty."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def sendable(token: Any) -> str:
    """Give a token that can stand in a header, or "" for anything else."""
    return token if isinstance(token, str) and token.isascii() and token.isprintable() else ""

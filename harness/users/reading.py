"""
Read a frame into the facts that a history keeps of it.

A fan-out brings the same bytes to many sockets: the last payload read is remembered, so its parse is shared.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from harness.config import EventShape, Person
from harness.history.attendance import ADDED, REMOVED
from harness.history.redaction import LIMIT, Redactor
from harness.protocol.messages import Frame, decode, decode_data
from harness.users.disclosure import Exposure, Watch

_JSON_TYPES = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


class Reading(msgspec.Struct, frozen=True):
    """A frame, or None when it could not be understood, and the fields of `FrameIn` that are known of it."""

    frame: Frame | None
    facts: dict[str, Any]
    exposures: tuple[Exposure, ...] = ()
    """What must not stand in it."""


class Reader:
    """Reads frames by the contract's event shape; one for all users of a target."""

    def __init__(self, shape: EventShape, redactor: Redactor, people: Mapping[str, Person] | None = None) -> None:
        self._shape = shape
        self._names = shape.names
        self._redactor = redactor
        self.watch = Watch(shape, redactor, people)
        """What looks for things that must not stand in a frame, or in an answer."""
        self._payload = b""
        self._reading = self._parse(b"")

    def read(self, payload: bytes) -> Reading:
        """Give the facts of a text message; never raises, whatever a server sends."""
        if payload != self._payload:
            self._payload, self._reading = payload, self._parse(payload)
        return self._reading

    def refuse(self, payload: bytes, problem: str) -> Reading:
        """Give the facts of a message that is no frame at all, and say why."""
        facts, exposures = self._outside(payload, None)
        return Reading(None, facts | {"event": "", "problem": problem}, exposures)

    def _parse(self, payload: bytes) -> Reading:
        try:
            frame = decode(payload)
        except ValueError as error:
            return self.refuse(payload, str(error))
        facts, exposures = self._outside(payload, frame)
        facts |= {
            "event": frame.event,
            "channel": frame.channel if isinstance(frame.channel, str) else "",
            "data_was_string": isinstance(frame.data, str),
        }
        if frame.event in self._names:
            facts |= self._of_a_message(frame)
        elif frame.event in (ADDED, REMOVED):
            data, is_double_encoded = _content(frame)
            user_id = at_path(data, "user_id")
            member = {"member": as_text(user_id), "id_type": json_type(user_id)}
            facts |= member | {"is_double_encoded": is_double_encoded}
        return Reading(frame, facts, exposures)

    def _of_a_message(self, frame: Frame) -> dict[str, Any]:
        shape = self._shape
        data, is_double_encoded = _content(frame)
        id_, text = at_path(data, shape.id), at_path(data, shape.text)
        return {
            "is_message": True,
            "message": as_text(id_),
            "id_type": json_type(id_),
            "text": as_text(text),
            "text_type": (json_type(text) or "absent") if shape.text else "",
            "author": as_text(at_path(data, shape.sender)) if shape.sender else "",
            "is_double_encoded": is_double_encoded,
        }

    def _outside(self, payload: bytes, frame: Frame | None) -> tuple[dict[str, Any], tuple[Exposure, ...]]:
        """
        Keep what can be said of any bytes, and say what must not stand in them.

        They are cut late enough that no secret straddles the limit unseen.
        """
        text = payload[: 2 * LIMIT].decode("utf-8", "replace")
        raw, secrets = self._redactor.look(text)
        facts = {"raw": raw, "size": len(payload), "sha256": hashlib.sha256(payload).hexdigest()}
        return facts, self.watch.in_frame(text, secrets, frame)


def _content(frame: Frame) -> tuple[Any, bool]:
    """Give what the data of a frame means, looking below a second encoding, and tell whether there was one."""
    data = decode_data(frame.data)
    if isinstance(data, str) and isinstance(inner := decode_data(data), dict):
        return inner, True
    return data, False


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


def json_type(value: Any) -> str:
    """Name the type that JSON has for a decoded value; "" for null, which is what a path to nothing gives as well."""
    return _JSON_TYPES.get(type(value), "")


def sendable(token: Any) -> str:
    """Give a token that can stand in a header, or "" for anything else."""
    return token if isinstance(token, str) and token.isascii() and token.isprintable() else ""

"""
What a hub with a defect does otherwise: whom it tells what, whom it gives up, and what it says of itself.

Each class stands before a hub, or a channel, of either kind; what it does not say it leaves as it is.
"""

import os
import weakref
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from harness.protocol.connections import Action, Close, Send, ServerConnection
from harness.protocol.messages import Frame, decode
from harness.protocol.occupancy import Channel, Member
from harness.protocol.server import Hub

_LONG: Final = 2_000
"""Bytes of data that come in more than one piece."""
_SERVED: Final = 4
"""Listeners of a channel that are reached before others starve."""
_STRETCHED: Final = 2.4
"""How much longer than true the advertised activity timeout is."""


class EveryTab(Channel[ServerConnection]):
    """PR-01: every connection of a person is announced as a person."""

    def join(self, listener: ServerConnection, member: Member | None = None) -> bool:
        """Say that whoever comes is new."""
        return super().join(listener, member) or member is not None


class FirstTab(Channel[ServerConnection]):
    """PR-02: a person is said to leave with any of their connections."""

    def leave(self, listener: ServerConnection) -> Member | None:
        """Say that whoever leaves is gone."""
        member = self.member(listener)
        return super().leave(listener) or member


class Flapping(Hub):
    """PR-08: whoever comes is announced, taken back, and announced again."""

    def _tell_others(self, channel: Channel[ServerConnection], but: ServerConnection | None, text: str) -> list[Send]:
        told = super()._tell_others(channel, but, text)
        member = channel.member(but) if but is not None else None
        if member is None or decode(text).event != "pusher_internal:member_added":
            return told
        gone = self.wording.member_removed(channel.name, member.user_id)
        return [*told, *super()._tell_others(channel, but, gone), *told]


class ByPerson(Hub):
    """DE-13: a publish may leave out several connections, of which the backend with the same defect makes use."""

    _left_out: frozenset[str] = frozenset()

    def publish(
        self, event: str, data: str, channels: Iterable[str], *, except_socket_id: str | None = None
    ) -> list[Action]:
        """Leave them all out."""
        self._left_out = frozenset((except_socket_id or "").split(","))
        try:
            return super().publish(event, data, channels)
        finally:
            self._left_out = frozenset()

    def _tell_others(self, channel: Channel[ServerConnection], but: ServerConnection | None, text: str) -> list[Send]:
        sends = super()._tell_others(channel, but, text)
        heard = [one for send in sends for one in send.recipients if one.socket_id not in self._left_out]
        return [Send(tuple(heard), text)] if heard else []


class Cutting(Hub):
    """DE-22: of every other event that is long enough to come in pieces, the last piece is not waited for."""

    _seen = 0

    def publish(
        self, event: str, data: str, channels: Iterable[str], *, except_socket_id: str | None = None
    ) -> list[Action]:
        """Cut the second, the fourth and so on."""
        if len(data.encode()) > _LONG:
            self._seen += 1
            data = data if self._seen % 2 else data[:_LONG]
        return super().publish(event, data, channels, except_socket_id=except_socket_id)


class Mistaking(Hub):
    """DE-35: what a newcomer to a cache channel is told is the last event of any."""

    def _remember(self, name: str, text: str) -> None:
        for one in {name, *filter(self.dialect.is_cached, self.channels)} if self.dialect.is_cached(name) else ():
            frame = msgspec.structs.replace(decode(text), channel=one)
            super()._remember(one, msgspec.json.encode(frame).decode())


class Starving(Hub):
    """DE-30: of many listeners, the last are never reached."""

    def _broadcast(self, channel: Channel[ServerConnection], text: str, but: ServerConnection | None) -> list[Send]:
        return [Send(send.recipients[:_SERVED], send.text) for send in super()._broadcast(channel, text, but)]


class Unending(Hub):
    """HT-08: whoever shall be disconnected stays."""

    def terminate(self, _user_id: str) -> list[Action]:
        """Say yes, and do nothing."""
        return []


class NeverPruning(Hub):
    """CO-02: nobody looks after those who are silent."""

    def tick(self, _now: float, *, between: bool = False) -> list[Action]:  # noqa: ARG002 - it never looks
        """Do nothing."""
        return []


class Stretching(Hub):
    """CO-05: clients are told to ping long after they are given up."""

    def _acknowledge(self, connection: ServerConnection, _payload: dict[str, Any]) -> list[Action]:
        super()._acknowledge(connection, {})
        told = self.wording.established(connection.socket_id, self.terms.activity_timeout * _STRETCHED)
        return [Send((connection,), told)]


class Unclosing(Hub):
    """CO-16: a file is opened with every connection, and not closed with it."""

    def connect(self, *arguments: Any, **named: Any) -> tuple[ServerConnection, list[Action]]:
        """Open one, which is closed when this hub is no more."""
        weakref.finalize(self, os.close, os.open(os.devnull, os.O_RDONLY))
        return super().connect(*arguments, **named)


class Banishing(Hub):
    """CO-06: when it ends, it tells everybody not to come back."""

    def farewell(self) -> list[Action]:
        """Close with a code after which clients stay away."""
        return [Close(one, 4003, "Application disabled") for one in self.connections.values()]


class Wedged(Hub):
    """CO-17: after a frame that it cannot read, it reads no further one of anybody."""

    _is_stuck = False

    def receive_text(self, connection: ServerConnection, text: str | bytes, *, now: float) -> list[Action]:
        """Get stuck where a healthy hub answers with an error."""
        self._is_stuck = self._is_stuck or not _is_readable(text)
        return [] if self._is_stuck else super().receive_text(connection, text, now=now)


def _is_readable(text: str | bytes) -> bool:
    return _read(text) is not None


def _read(text: str | bytes) -> Frame | None:
    try:
        return decode(text)
    except ValueError:
        return None

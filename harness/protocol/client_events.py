"""
Client events: which of them others get to hear, and as what (PROTOCOL.md 5, 13).

What a client sends is never passed on as it is, unless an operator lets everybody send: the name of the channel, the
data and the person behind the connection are put together anew.
"""

from typing import Any

import msgspec
from msgspec import UNSET

from harness.protocol.app import Senders
from harness.protocol.channels import ChannelKind
from harness.protocol.connections import Occurred, ServerConnection
from harness.protocol.dialects import Dialect
from harness.protocol.messages import Frame, decode_data
from harness.protocol.occupancy import Channel
from harness.protocol.refusals import PeerError
from harness.protocol.wording import Wording


class ClientEvents:
    """Decides for one dialect and one policy."""

    def __init__(self, dialect: Dialect, senders: Senders) -> None:
        self._dialect = dialect
        self._senders = senders
        self._wording = Wording(dialect)

    def compose(
        self,
        frame: Frame,
        text: str | bytes,
        channel: Channel[ServerConnection] | None,
        sender: ServerConnection,
    ) -> str | None:
        """
        Give the frame that the other subscribers are sent, `None` when the event is silently dropped.

        `frame` is what `text` says, `channel` the occupied one that it names, `None` when there is no such. Raises
        `PeerError` for a sender who may not, `ValueError` for a frame of the wrong form.
        """
        refuse, is_client_event = self._dialect.refuse, self._dialect.is_client_event(frame.event)
        if not is_client_event and not self._dialect.drops_unknown_events:
            raise unsupported(self._dialect, frame.event)
        name, data = self._addressed(frame)
        if not is_client_event:
            return None
        if self._senders == "none":
            raise refuse("client events off", "client events are off", channel=name)
        self._check_size(frame, name)
        if self._senders == "all":
            return self._verbatim(text, data)
        if not self._dialect.public_client_events and self._dialect.kind_of(name) is ChannelKind.PUBLIC:
            raise refuse("public channel", f"client event on {name!r}, which is public", channel=name)
        if not self.is_member(sender, channel):
            raise refuse("no member", f"client event on {name!r}, which it is not subscribed to", channel=name)
        member = channel.member(sender) if channel is not None and sender in channel else None
        return self._wording.client_event(name, frame.event, data, member.user_id if member else None)

    def is_member(self, sender: ServerConnection, channel: Channel[ServerConnection] | None) -> bool:
        """Tell whether a connection may be heard on a channel, since it listens there itself."""
        return channel is not None and sender in channel

    def _addressed(self, frame: Frame) -> tuple[str, Any]:
        if not isinstance(frame.channel, str) or not frame.channel:
            raise ValueError(f"{frame.event!r} names no channel")
        if not self._dialect.decodes_client_data:
            return frame.channel, frame.data
        data = decode_data(frame.data)
        if data is not None and not isinstance(data, dict | list):
            raise ValueError(f"data of {frame.event!r} is no object")
        return frame.channel, data

    def _verbatim(self, text: str | bytes, data: Any) -> str:
        frame: dict[str, Any] = msgspec.json.decode(text)
        if "data" in frame:
            frame["data"] = data
        return self._wording.verbatim(frame)

    def _check_size(self, frame: Frame, name: str) -> None:
        refuse, longest, largest = self._dialect.refuse, self._dialect.max_event_name, self._dialect.max_client_data
        if longest is not None and len(frame.event) > longest:
            raise refuse("event name length", "the name of a client event is too long", channel=name, limit=longest)
        size = 0 if frame.data is UNSET else len(msgspec.json.encode(frame.data))
        if largest is not None and size > largest:
            reason = f"the data of a client event has {size} bytes"
            raise refuse("event size", reason, channel=name, limit=largest, kilobytes=largest / 1024)


def unsupported(dialect: Dialect, event: str) -> PeerError:
    """Give the error for an event that no client may send."""
    return dialect.refuse("unsupported", f"unsupported event {event!r}")


def said(sender: ServerConnection, channel: Channel[ServerConnection], frame: Frame) -> Occurred:
    """Give what webhooks can tell of a client event that is relayed."""
    member = channel.member(sender)
    user_id = None if member is None else str(member.user_id)
    return Occurred(
        "client_event", channel.name, user_id, event=frame.event, data=frame.data, socket_id=sender.socket_id
    )

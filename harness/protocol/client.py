"""
The client's side of a connection, sans-I/O: text in, one event out; acts in, text to send out.

Law: nothing that the peer sends raises. A text that cannot be read, or whose content no client could use, is
`Malformed`; one that the protocol does not foresee here is `Ignored`; neither changes any state. Only our own side's
mistakes raise, as `HarnessError`.

::

    text ──receive_text──▶ Frame ──receive_frame──▶ Event         subscribe, ping, client_event … ──▶ text to send
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, TypeAlias

import msgspec
from msgspec import UNSET

from harness.errors import HarnessError
from harness.protocol import content
from harness.protocol.channels import ChannelKind, kind_of
from harness.protocol.messages import Frame, decode, encode
from harness.protocol.states import TRANSITIONS, advance

_CONNECTION: Final = "client connection"
_SUBSCRIPTION: Final = "client subscription"

# Codes of an error without a channel that refuse the subscribe in flight (PROTOCOL.md 11.2).
_REFUSAL_CODES: Final = frozenset({4009, 4200, None})
# Codes of an error frame that stand in for the close code of a server that sends none (PROTOCOL.md 1.5, 11.2).
_CLOSING_CODES: Final = range(4000, 4300)
_HANDSHAKE: Final = frozenset({"pusher:connection_established", "pusher:error"})
_NO_CLOSE_FRAME: Final = frozenset({None, 1005, 1006})


class Established(msgspec.Struct, frozen=True):
    """The handshake is complete; `activity_timeout` is in seconds, `None` when the server gave none one could use."""

    socket_id: str
    activity_timeout: float | None


class Subscribed(msgspec.Struct, frozen=True):
    """A subscription is acknowledged; `members` maps user ids to user info, and is `None` where nobody is listed."""

    channel: str
    members: dict[str, Any] | None


class SubscriptionFailed(msgspec.Struct, frozen=True):
    """A subscription is refused; `code` is the protocol's or an HTTP status, `None` when the server gave none."""

    channel: str
    code: int | None
    message: str


class Pinged(msgspec.Struct, frozen=True):
    """The server asks for a sign of life: send what `pong()` returns."""


class Ponged(msgspec.Struct, frozen=True):
    """The server answered a `ping()`: what it had to say before that has been received."""


class MemberAdded(msgspec.Struct, frozen=True):
    """A user's first connection joined a presence channel; `user_id` is text, whatever it was on the wire."""

    channel: str
    user_id: str
    user_info: Any


class MemberRemoved(msgspec.Struct, frozen=True):
    """A user's last connection left a presence channel."""

    channel: str
    user_id: str


class ChannelEvent(msgspec.Struct, frozen=True):
    """
    An event of the application, on a channel that may or may not be ours.

    `data` is as on the wire (`decode_data` reads it), `None` when it was absent; `user_id` names the member who sent a
    client event, `None` elsewhere.
    """

    event: str
    channel: str
    data: Any
    user_id: str | int | None


class ErrorReceived(msgspec.Struct, frozen=True):
    """The server complained about something else than a subscription in flight; it closes nothing by itself."""

    code: int | None
    message: str


class Malformed(msgspec.Struct, frozen=True):
    """The peer broke the protocol; `reason` is one line. Nothing has changed."""

    reason: str


class Ignored(msgspec.Struct, frozen=True):
    """A well-formed frame that means nothing here and now. Nothing has changed."""

    event: str


Event: TypeAlias = (
    Established
    | Subscribed
    | SubscriptionFailed
    | Pinged
    | Ponged
    | MemberAdded
    | MemberRemoved
    | ChannelEvent
    | ErrorReceived
    | Malformed
    | Ignored
)
"""Whatever one received text can mean."""


class ClientConnection:
    """
    One connection to a broadcaster, from its opening to its end; a reconnect is a new one.

    Give it every received text in order, tell it when the transport is gone, and send the text that an act returns, in
    the order of the acts. Timers are yours: it neither pings nor gives up by itself.

    A refusal may name no channel (PROTOCOL.md 2.2), so at most one private or presence subscribe may be unanswered. It
    is settled by its answer, or by the pong of a `ping()` that was sent after it: no answer will name it any more. An
    error that belongs to an earlier act is taken for the refusal as well: ping between such an act and a subscribe.
    """

    def __init__(self) -> None:
        self.state = next(iter(TRANSITIONS[_CONNECTION]))
        self.socket_id: str | None = None
        """The server's name for this connection, `None` unless it is established; sign and send no other."""
        self.activity_timeout: float | None = None
        """Seconds of silence after which the client is expected to ping, `None` when the server did not say."""
        self.subscriptions: dict[str, str] = {}
        """The state of every subscription that is not absent."""
        self.close_code: int | None = None
        """Why the connection ended: the close code, or else the code of an error that was the last frame."""
        self.close_reason = ""
        self._unanswered: str | None = None
        self._pings = 0
        self._pongs_of_earlier_pings = 0
        self._last_error: ErrorReceived | None = None

    # What the peer and the transport do.

    def receive_text(self, text: str | bytes) -> Event:
        """Take one received message and tell what it means."""
        try:
            frame = decode(text)
        except ValueError as error:
            return Malformed(str(error))
        return self.receive_frame(frame)

    def receive_frame(self, frame: Frame) -> Event:
        """Take one received frame, parsed already, and tell what it means; frames may be shared by connections."""
        self._last_error = None
        if self.state != "established" and frame.event not in _HANDSHAKE:
            return Ignored(frame.event)
        handler = self._HANDLERS.get(frame.event)
        if handler is not None:
            return handler(self, frame)
        if frame.channel is UNSET or frame.event.startswith(("pusher:", "pusher_internal:")):
            return Ignored(frame.event)
        return ChannelEvent(
            frame.event,
            frame.channel,
            None if frame.data is UNSET else frame.data,
            None if frame.user_id is UNSET else frame.user_id,
        )

    def connection_lost(self, code: int | None, reason: str = "") -> None:
        """
        Take note that the transport is gone, with the code and reason of its close frame if there was one.

        Some servers end the transport behind an error frame and send no close frame; its code is taken then.
        """
        if self.state != "closed":
            self.close_code, self.close_reason = code, reason
            if code in _NO_CLOSE_FRAME and self._last_error is not None:
                self.close_code, self.close_reason = self._last_error.code, self._last_error.message
        self.state = advance(_CONNECTION, self.state, "lose")
        self.socket_id = None
        self.subscriptions.clear()

    # What we do. Each returns the text to send.

    @property
    def is_waiting(self) -> bool:
        """Whether the answer to a private or presence subscribe is due."""
        return self._unanswered is not None

    def subscribe(self, channel: str, auth: str | None = None, channel_data: str | None = None) -> str:
        """
        Ask for a channel's events; `auth` and `channel_data` are the authorization endpoint's, byte for byte.

        Raises `HarnessError` when the connection is not established, and while another private or presence subscribe
        is unanswered.
        """
        self._require_established("subscribe")
        if auth is not None or kind_of(channel) is not ChannelKind.PUBLIC:
            if self._unanswered is not None:
                raise HarnessError(
                    f"cannot subscribe to {channel!r} while the answer for {self._unanswered!r} is due: "
                    f"a refusal may name no channel; wait for that answer, or for the pong of a ping sent now"
                )
            self._unanswered = channel
            self._pongs_of_earlier_pings = self._pings
        self._move(channel, "subscribe")
        members = {"auth": auth, "channel": channel, "channel_data": channel_data}
        return encode("pusher:subscribe", data={name: value for name, value in members.items() if value is not None})

    def unsubscribe(self, channel: str) -> str:
        """Give up a channel, subscribed or not; no server acknowledges it, and a late answer will be ignored."""
        self._require_established("unsubscribe")
        self._move(channel, "unsubscribe")
        return encode("pusher:unsubscribe", data={"channel": channel})

    def ping(self) -> str:
        """Ask for a sign of life; the answer is `Ponged`."""
        self._require_established("ping")
        self._pings += 1
        return encode("pusher:ping", data={})

    def pong(self) -> str:
        """Answer a `Pinged`."""
        self._require_established("pong")
        return encode("pusher:pong", data={})

    def client_event(self, event: str, channel: str, data: Any) -> str:
        """Tell the other subscribers something; `event` begins with "client-", or servers drop or refuse it."""
        self._require_established("send a client event")
        return encode(event, channel=channel, data=data)

    # What the frames of the protocol mean.

    def _on_established(self, frame: Frame) -> Event:
        if "establish" not in TRANSITIONS[_CONNECTION][self.state]:
            return Ignored(frame.event)
        answer = content.mapping(frame)
        socket_id = answer.get("socket_id")
        if not isinstance(socket_id, str) or not socket_id:
            return Malformed(f"{frame.event} without a socket_id that is text")
        self.state = advance(_CONNECTION, self.state, "establish")
        self.socket_id = socket_id
        self.activity_timeout = content.seconds(answer.get("activity_timeout"))
        return Established(socket_id, self.activity_timeout)

    def _on_error(self, frame: Frame) -> Event:
        error = ErrorReceived(*content.error(frame))
        if "refuse" in TRANSITIONS[_CONNECTION][self.state]:
            self.state = advance(_CONNECTION, self.state, "refuse")
        channel = self._unanswered
        if channel is not None and frame.channel in (UNSET, channel) and error.code in _REFUSAL_CODES:
            return self._fail(channel, error) or error
        if error.code in _CLOSING_CODES:
            self._last_error = error
        return error

    def _on_subscription_error(self, frame: Frame) -> Event:
        channel = self._unanswered if frame.channel is UNSET else frame.channel
        if channel is None:
            return Malformed(f"{frame.event} without a channel")
        return self._fail(channel, ErrorReceived(*content.error(frame))) or Ignored(frame.event)

    def _on_subscribed(self, frame: Frame) -> Event:
        # Reverb takes the empty name, and answers for it without a channel (PROTOCOL.md 13).
        channel = "" if frame.channel is UNSET else frame.channel
        if frame.channel is UNSET and channel not in self.subscriptions:
            return Malformed(f"{frame.event} without a channel")
        try:
            members = content.members(frame, channel)
        except ValueError as error:
            return Malformed(str(error))
        self._settle(channel)
        if channel not in self.subscriptions:
            return Ignored(frame.event)
        self._move(channel, "succeed")
        return Subscribed(channel, members)

    def _on_ping(self, _frame: Frame) -> Event:
        return Pinged()

    def _on_pong(self, _frame: Frame) -> Event:
        if self._pongs_of_earlier_pings:
            self._pongs_of_earlier_pings -= 1
        elif self._pings:
            self._unanswered = None
        self._pings = max(0, self._pings - 1)
        return Ponged()

    def _on_member_added(self, frame: Frame) -> Event:
        member = content.mapping(frame)
        user_id = content.user_id(member)
        if frame.channel is UNSET or user_id is None:
            return Malformed(f"{frame.event} without a channel and a user_id that is text or an integer")
        return MemberAdded(frame.channel, user_id, member.get("user_info"))

    def _on_member_removed(self, frame: Frame) -> Event:
        user_id = content.user_id(content.mapping(frame))
        if frame.channel is UNSET or user_id is None:
            return Malformed(f"{frame.event} without a channel and a user_id that is text or an integer")
        return MemberRemoved(frame.channel, user_id)

    # Moves.

    def _require_established(self, act: str) -> None:
        if self.state != "established":
            advice = "open a new one" if self.state == "closed" else "wait for Established first"
            raise HarnessError(f"cannot {act} on a connection that is {self.state}; {advice}")

    def _move(self, channel: str, event: str) -> None:
        state = advance(_SUBSCRIPTION, self.subscriptions.pop(channel, "absent"), event)
        if state != "absent":
            self.subscriptions[channel] = state

    def _settle(self, channel: str) -> None:
        if self._unanswered == channel:
            self._unanswered = None

    def _fail(self, channel: str, error: ErrorReceived) -> SubscriptionFailed | None:
        self._settle(channel)
        if channel not in self.subscriptions:
            return None
        self._move(channel, "fail")
        return SubscriptionFailed(channel, error.code, error.message)

    _HANDLERS: ClassVar[Mapping[str, Callable[["ClientConnection", Frame], Event]]] = {
        "pusher:connection_established": _on_established,
        "pusher:error": _on_error,
        "pusher:ping": _on_ping,
        "pusher:pong": _on_pong,
        "pusher:subscription_error": _on_subscription_error,
        "pusher_internal:subscription_error": _on_subscription_error,
        "pusher_internal:subscription_succeeded": _on_subscribed,
        "pusher_internal:member_added": _on_member_added,
        "pusher_internal:member_removed": _on_member_removed,
    }

"""Every frame that a server says, spelled as its dialect spells it (PROTOCOL.md 1.3, 13)."""

from typing import Any

import msgspec
from msgspec import UNSET

from harness.protocol.dialects import Dialect
from harness.protocol.messages import encode, php_json
from harness.protocol.refusals import PeerError


class Wording:
    """Writes frames and JSON bodies for one dialect; the caller decides what is said, this how it is put."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def json(self, value: Any) -> str:
        """Write any JSON value: the body of an HTTP answer, or the inside of a frame's `data`."""
        if self._dialect.php_json:
            return php_json(value)
        return msgspec.json.encode(value).decode()

    def established(self, socket_id: str, activity_timeout: float) -> str:
        """Write the first frame of a connection; the timeout in seconds, whole ones without a fraction."""
        seconds = int(activity_timeout) if activity_timeout == int(activity_timeout) else activity_timeout
        return self._frame(
            "pusher:connection_established",
            data=self.json({"socket_id": socket_id, "activity_timeout": seconds}),
        )

    def error(self, code: int | None, message: str, channel: str | None = None) -> str:
        """Write `pusher:error`; `code` is `None` where hosted Pusher sends `null`, `channel` what it is about."""
        detail = {"code": code, "message": message}
        data = self.json(detail) if self._dialect.error_data_is_text else detail
        return self._frame("pusher:error", data=data, channel=channel if self._dialect.error_names_channel else None)

    def refusal(self, error: PeerError) -> str:
        """Write what a client is told that may not have what it asked for; a failed subscription may have its own."""
        if error.refusal.said_as != "subscription error":
            return self.error(error.code, error.message, error.channel)
        kind = {} if error.refusal.type is None else {"type": error.refusal.type}
        detail = {**kind, "error": error.message, "status": error.code}
        return self._frame("pusher:subscription_error", data=detail, channel=error.channel)

    def ping(self) -> str:
        """Write the server's own `pusher:ping`."""
        return self._frame("pusher:ping")

    def pong(self) -> str:
        """Write the answer to a client's `pusher:ping`."""
        return self._frame("pusher:pong", data={} if self._dialect.pong_has_data else UNSET)

    def succeeded(self, channel: str, roster: dict[str, Any] | None) -> str:
        """Write the acknowledgement of a subscription; `roster` on presence channels, `None` on others."""
        data: Any = "{}" if self._dialect.succeeded_has_data else UNSET
        if roster is not None:
            data = self.json({"presence": {**roster, "hash": self._value(roster["hash"])}})
        return self._frame("pusher_internal:subscription_succeeded", data=data, channel=self._named(channel))

    def cache_miss(self, channel: str) -> str:
        """Write what a newcomer to an empty cache channel is told."""
        return self._frame("pusher:cache_miss", channel=self._named(channel))

    def member_added(self, channel: str, member_data: dict[str, Any]) -> str:
        """Write the news of a person from the `channel_data` that she was signed with, all of it or what is due."""
        told = member_data if self._dialect.announces_all else {"user_id", "user_info"}
        inside = {key: self._value(value) for key, value in member_data.items() if key in told}
        return self._frame("pusher_internal:member_added", data=self.json(inside), channel=channel)

    def member_removed(self, channel: str, user_id: str | int) -> str:
        """Write that a person's last connection left."""
        return self._frame("pusher_internal:member_removed", data=self.json({"user_id": user_id}), channel=channel)

    def signed_in(self, payload: dict[str, Any]) -> str:
        """Write the acknowledgement of a sign-in with this data."""
        told = payload if self._dialect.signin_echoes else {"user_data": payload["user_data"]}
        return self._frame("pusher:signin_success", data=told)

    def watchlist(self, statuses: dict[str, list[str]]) -> str:
        """Write the news of people who are watched, by `online` and `offline`; what nobody is, is left out."""
        events = [{"name": name, "user_ids": user_ids} for name, user_ids in statuses.items() if user_ids]
        return self._frame("pusher_internal:watchlist_events", data=self.json({"events": events}))

    def subscription_count(self, channel: str, count: int) -> str:
        """Write how many subscribers a channel has."""
        data = self.json({"subscription_count": count})
        return self._frame("pusher_internal:subscription_count", data=data, channel=channel)

    def event(self, channel: str, name: str, data: Any) -> str:
        """Write a published event, its data what was published: text, or any value where that may be."""
        return self._frame(name, data=data, channel=channel)

    def client_event(self, channel: str, name: str, data: Any, user_id: str | int | None) -> str:
        """Write a relayed client event; `UNSET` data is left out."""
        return self._frame(name, data=self._value(data), channel=channel, user_id=user_id)

    def verbatim(self, frame: dict[str, Any]) -> str:
        """Write a frame with whatever members it has, as a relay does that checks nobody (PROTOCOL.md 5)."""
        return self.json({key: self._value(value) for key, value in frame.items()})

    def _frame(
        self, event: str, *, data: Any = UNSET, channel: str | None = None, user_id: str | int | None = None
    ) -> str:
        if not self._dialect.php_json:
            return encode(event, data=data, channel=channel, user_id=user_id)
        frame: dict[str, Any] = {"event": event}
        if data is not UNSET:
            frame["data"] = data
        if channel is not None:
            frame["channel"] = channel
        if user_id is not None:
            frame["user_id"] = user_id
        return php_json(frame)

    def _named(self, channel: str) -> str | None:
        # Reverb filters out what PHP calls empty, and "0" is (PROTOCOL.md 13, "empty name").
        return None if self._dialect.php_json and channel in ("", "0") else channel

    def _value(self, value: Any) -> Any:
        return as_php_arrays(value) if self._dialect.php_json else value


def as_php_arrays(value: Any) -> Any:
    """
    Give a decoded JSON value as PHP gives it back after decoding to arrays.

    PHP has one type for both, so an object without members, or with the keys 0, 1, 2 … in order, comes out as a list
    (PROTOCOL.md 6 and 13: `{}` comes out as `[]`).
    """
    if not isinstance(value, list | dict):
        return value
    items = value.items() if isinstance(value, dict) else enumerate(value)
    converted: dict[Any, Any] = {}
    for key, item in items:  # a loop, not a comprehension: half the stack on deeply nested data
        converted[key] = as_php_arrays(item)
    if all(str(key) == str(position) for position, key in enumerate(converted)):
        return list(converted.values())
    return converted

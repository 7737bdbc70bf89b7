"""One client as the server knows it, and what a server may do about it: values that a shell carries out."""

from typing import Any

import msgspec

from harness.protocol.limits import Window
from harness.protocol.states import advance


class ServerConnection:
    """
    What the server knows of one client; only a `Hub` changes it.

    `since`, when it came, `last_seen`, when something was heard of it, and `last_told` are readings of the caller's
    clock, in seconds; `protocol` is the version that it speaks. It `is_authorized` once it has shown a right to
    something.
    """

    def __init__(self, socket_id: str, now: float) -> None:
        self.socket_id = socket_id
        self.state = "opening"
        self.subscriptions: dict[str, str] = {}
        self.since = self.last_seen = self.last_told = now
        self.protocol = 7
        self.is_authorized = False
        self.frames: Window | None = None
        self.client_events: Window | None = None
        self.is_pinged = False
        self.uses_control_frames = False

    def __repr__(self) -> str:
        return f"ServerConnection({self.socket_id}, {self.state})"

    def move(self, event: str) -> None:
        """Change the state as the table "server connection" says."""
        self.state = advance("server connection", self.state, event)

    def move_subscription(self, channel: str, event: str) -> None:
        """Change what is subscribed as the table "server subscription" says; what is absent is not kept."""
        state = advance("server subscription", self.subscriptions.get(channel, "absent"), event)
        self.subscriptions[channel] = state
        if state == "absent":
            del self.subscriptions[channel]

    def see(self, now: float) -> None:
        """Note a sign of life."""
        self.last_seen = now
        self.is_pinged = False


class Send(msgspec.Struct, frozen=True):
    """One frame for every recipient: build it once, write it to all of them in one uninterrupted turn."""

    recipients: tuple[ServerConnection, ...]
    text: str


class ControlPing(msgspec.Struct, frozen=True):
    """A WebSocket ping for a client that is known to speak in control frames."""

    connection: ServerConnection


class Close(msgspec.Struct, frozen=True):
    """The end of a connection after what was sent: with a close frame, or, `code` being `None`, of TCP alone."""

    connection: ServerConnection
    code: int | None
    reason: str = ""


class Note(msgspec.Struct, frozen=True):
    """A line for the server's log; never holds a secret, a signature or what people write."""

    text: str


class Occurred(msgspec.Struct, frozen=True):
    """
    Something that a webhook can tell of, by the name that it has there; whoever sends no webhooks drops it.

    `channel_occupied`, `channel_vacated` and `cache_miss` have a channel only, `member_added` and `member_removed` a
    `user_id` too, as text. `client_event` has `event`, `data` as it was relayed (`UNSET` where there was none),
    `socket_id`, and `user_id` on presence channels; of `subscription_count`, `data` is the count (PROTOCOL.md 4.5).
    """

    name: str
    channel: str
    user_id: str | None = None
    event: str | None = None
    data: Any = None
    socket_id: str | None = None


Action = Send | ControlPing | Close | Note | Occurred

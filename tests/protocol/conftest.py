"""A server core on a stage: a hub, its clients, and what each of them was sent."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from harness.protocol.app import App, Senders, Terms
from harness.protocol.connections import Action, Note, Occurred, Send, ServerConnection
from harness.protocol.dialects import PUSHER, REVERB, Dialect
from harness.protocol.server import Hub
from harness.protocol.signatures import channel_auth, user_auth

KEY, SECRET = "demo-key", "demo-secret"


class Stage:
    """A hub and its clients; what each was sent is kept as parsed frames, their inner JSON parsed too."""

    def __init__(self, dialect: Dialect = REVERB, client_events_from: Senders = "members", **app: Any) -> None:
        served = App("1001", KEY, SECRET, client_events_from=client_events_from, **app)
        self.hub = Hub(served, dialect, Terms(30, 60))
        self.heard: dict[ServerConnection, list[Any]] = {}
        self.greeting: list[Any] = []
        self.done: list[Action] = []
        self.notes: list[str] = []
        self.occurred: list[Occurred] = []

    def connect(self, key: str = KEY, now: float = 0.0, **asked: Any) -> ServerConnection:
        """Open a connection and forget its greeting."""
        connection, actions = self.hub.connect(key, f"4711.{len(self.heard)}", now=now, **asked)
        self.heard[connection] = []
        self.greeting = self.take(actions, connection)
        return connection

    def take(self, actions: list[Action], connection: ServerConnection | None = None) -> list[Any]:
        """Carry actions out; give the frames that they sent to one connection."""
        self.done = [action for action in actions if not isinstance(action, Send | Note | Occurred)]
        self.occurred = [action for action in actions if isinstance(action, Occurred)]
        self.notes = [action.text for action in actions if isinstance(action, Note)]
        for send in (action for action in actions if isinstance(action, Send)):
            for recipient in send.recipients:
                self.heard[recipient].append(_parsed(send.text))
        return self.pop(connection) if connection else []

    def pop(self, connection: ServerConnection) -> list[Any]:
        """Give what a connection heard since it was last asked."""
        frames, self.heard[connection] = self.heard[connection], []
        return frames

    def say(
        self, connection: ServerConnection, event: str, data: Any = None, now: float = 0.0, **members: Any
    ) -> list[Any]:
        """Send one frame; give what comes back to its sender."""
        frame = {"event": event, **({} if data is None else {"data": data}), **members}
        return self.take(self.hub.receive_text(connection, json.dumps(frame), now=now), connection)

    def join(
        self, connection: ServerConnection, channel: str, member: dict[str, Any] | None = None, now: float = 0.0
    ) -> list[Any]:
        """Subscribe with a good signature, as somebody or as nobody."""
        data = {} if member is None else {"channel_data": json.dumps(member)}
        auth = channel_auth(KEY, SECRET, connection.socket_id, channel, data.get("channel_data"))
        return self.say(connection, "pusher:subscribe", {"channel": channel, "auth": auth, **data}, now)

    def sign_in(self, connection: ServerConnection, user_id: str, now: float = 0.0, **user: Any) -> list[Any]:
        """Sign in with a good signature; give what comes back."""
        user_data = json.dumps({"id": user_id, **user})
        auth = user_auth(KEY, SECRET, connection.socket_id, user_data)
        return self.say(connection, "pusher:signin", {"auth": auth, "user_data": user_data}, now)


def _parsed(text: str) -> dict[str, Any]:
    frame: dict[str, Any] = json.loads(text)
    if isinstance(frame.get("data"), str) and frame["event"].startswith("pusher"):
        frame["data"] = json.loads(frame["data"])
    return frame


@pytest.fixture
def stage() -> Stage:
    """Give a hub that speaks as Reverb does."""
    return Stage()


@pytest.fixture
def pusher() -> Stage:
    """Give a hub that speaks as hosted Pusher does."""
    return Stage(PUSHER)


@pytest.fixture
def staged() -> Callable[..., Stage]:
    """Give a function that makes a hub of a dialect and of what an app has set."""
    return Stage


@pytest.fixture
def careless() -> Stage:
    """Give a hub whose operator lets everybody send client events."""
    return Stage(client_events_from="all")

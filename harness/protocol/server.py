"""
The server's side of the protocol, sans-I/O: frames and clock readings in, actions out.

    connect, receive_text, receive_control, disconnect, publish, terminate, tick  →  Send, ControlPing, Close, Note

Whoever calls must carry the actions out in their order and in one turn, each `Send` to all its recipients before
anything else is written, and everything for one connection through one queue. Then a pong that is read proves that
whatever was published before the ping was handled has been read too (DESIGN.md 6, SPIKES.md 6).
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from harness.protocol.admission import Gate, PeerError
from harness.protocol.channels import ChannelKind
from harness.protocol.client_events import ClientEvents, Senders, unsupported
from harness.protocol.connections import Action, Close, ControlPing, Note, Send, ServerConnection
from harness.protocol.dialects import Dialect
from harness.protocol.messages import Frame, decode, decode_data, php_json
from harness.protocol.occupancy import Channel, Member
from harness.protocol.wording import Wording


class App(msgspec.Struct, frozen=True):
    """The one application of a server; its text form shows neither key nor secret."""

    id: str
    key: str
    secret: str

    def __repr__(self) -> str:
        return f"App(id={self.id!r})"


class Terms(msgspec.Struct, frozen=True):
    """What an operator may set: times in seconds, and who may send client events."""

    activity_timeout: float
    ping_interval: float
    client_events_from: Senders = "members"


class Hub:
    """Every connection and channel of one app under one dialect; `gate` and `client_events` judge what is asked."""

    channel_type: type[Channel[ServerConnection]] = Channel
    """What an occupied channel is; a hub that shares its channels with other nodes has another."""

    def __init__(
        self,
        app: App,
        dialect: Dialect,
        terms: Terms,
        *,
        gate: Gate | None = None,
        client_events: ClientEvents | None = None,
    ) -> None:
        self.app = app
        self.dialect = dialect
        self.terms = terms
        self.wording = Wording(dialect)
        self.connections: dict[str, ServerConnection] = {}
        self.channels: dict[str, Channel[ServerConnection]] = {}
        """Occupied channels only, by name."""
        self._gate = gate or Gate(app.key, app.secret, dialect)
        self._client_events = client_events or ClientEvents(dialect, terms.client_events_from)
        self._verbs: dict[str, Callable[[ServerConnection, dict[str, Any]], list[Action]]] = {
            "connection_established": self._acknowledge,
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "ping": self._pong,
            "pong": lambda _connection, _payload: [],
        }

    def kind_of(self, channel: str) -> ChannelKind:
        """Tell how a channel is guarded here, occupied or not."""
        return self._gate.kind_of(channel)

    def connect(self, key: str, socket_id: str, *, now: float) -> tuple[ServerConnection, list[Action]]:
        """
        Take a new client that asked for the app with this key, under an id that nobody else has.

        A client with another key is told so and closed; its connection is closed already when this returns.
        """
        connection = ServerConnection(socket_id, now)
        if key != self.app.key:
            message = self.dialect.unknown_key.replace("{key}", key)
            return connection, self._kill(connection, 4001, message)
        self.connections[socket_id] = connection
        return connection, [*self._acknowledge(connection, {}), Note(f"{socket_id} opened")]

    def receive_text(self, connection: ServerConnection, text: str | bytes, *, now: float) -> list[Action]:
        """
        Handle one message of a client, whatever it is; the bytes of a binary message are read as text.

        Never raises at the peer's mistakes. What comes in behind the end of a connection is not looked at.
        """
        if connection.state != "established":
            return []
        connection.see(now)
        try:
            frame = decode(text)
            if frame.event.startswith("pusher:"):
                return self._obey(connection, frame)
            return self._relay(connection, frame, text)
        except PeerError as error:
            return self._answer(connection, error.code, error.message, error.reason)
        except ValueError as error:
            return self._answer(connection, 4200, "Invalid message format", str(error))

    def receive_control(self, connection: ServerConnection, *, now: float) -> None:
        """Note a WebSocket ping or pong: a sign of life, and that this client speaks in control frames."""
        connection.see(now)
        connection.uses_control_frames = True

    def disconnect(self, connection: ServerConnection) -> list[Action]:
        """Forget a connection that ended, and tell those whom its person left behind; harmless when repeated."""
        connection.move("close")
        if self.connections.pop(connection.socket_id, None) is None:
            return []
        actions = [action for name in list(connection.subscriptions) for action in self._leave(connection, name)]
        return [*actions, Note(f"{connection.socket_id} closed")]

    def publish(
        self, event: str, data: str, channels: Iterable[str], *, except_socket_id: str | None = None
    ) -> list[Action]:
        """
        Send an event to the subscribers of each channel, but not to the excluded socket.

        A channel without subscribers, and an id that nobody has, are nothing to complain about (PROTOCOL.md 7.1).
        """
        excluded = self.connections.get(except_socket_id) if except_socket_id else None
        actions: list[Action] = []
        for name in channels:
            sends: list[Send] = []
            if (channel := self.channels.get(name)) is not None:
                sends = self._broadcast(channel, self.wording.event(name, event, data), excluded)
            heard = sum(len(send.recipients) for send in sends)
            actions += [*sends, Note(f"published {event!r} on {name!r} to {heard}")]
        return actions

    def terminate(self, user_id: str) -> list[Action]:
        """End every connection that a presence channel knows as this person's (PROTOCOL.md 7.2, at the end)."""
        theirs = {c: None for channel in self.channels.values() for c in channel.listeners_of(user_id)}
        return [action for connection in theirs for action in self._end(connection, 4009, "Terminated by the app")]

    def farewell(self) -> list[Action]:
        """Give the last words of a server that ends: none, clients just see TCP end (PROTOCOL.md 13)."""
        return []

    def tick(self, now: float) -> list[Action]:
        """
        Prune whoever was pinged and kept silent, ping whoever has been silent; call it at even intervals.

        The interval between two calls is the time that a client has to answer (PROTOCOL.md 1.4, 13).
        """
        actions: list[Action] = []
        for connection in list(self.connections.values()):
            is_visited = self.dialect.visits == "all" or bool(connection.subscriptions)
            if not is_visited or now - connection.last_seen < self.terms.ping_interval:
                continue
            if connection.is_pinged:
                actions += self._kill(connection, 4201, "Pong reply not received in time")
            else:
                actions.append(self._ping(connection))
        return actions

    def _obey(self, connection: ServerConnection, frame: Frame) -> list[Action]:
        verb = frame.event.removeprefix("pusher:")
        if verb not in self.dialect.verbs:
            raise unsupported(self.dialect, frame.event)
        payload = decode_data(frame.data) or {}
        if isinstance(payload, dict):
            return self._verbs[verb](connection, payload)
        if isinstance(payload, list):  # PHP does not tell it from an object; it names nothing
            return self._verbs[verb](connection, {})
        raise ValueError(f"data of {frame.event} is no object")

    def _acknowledge(self, connection: ServerConnection, _payload: dict[str, Any]) -> list[Action]:
        connection.move("establish")
        return [Send((connection,), self.wording.established(connection.socket_id, self.terms.activity_timeout))]

    def _pong(self, connection: ServerConnection, _payload: dict[str, Any]) -> list[Action]:
        return [Send((connection,), self.wording.pong())]

    def _subscribe(self, connection: ServerConnection, payload: dict[str, Any]) -> list[Action]:
        name = self._text_in(payload, "channel")
        auth, channel_data = self._optional_text_in(payload, "auth"), self._optional_text_in(payload, "channel_data")
        if self.dialect.repeats_are_errors and name in connection.subscriptions:
            raise PeerError(None, f"Existing subscription to channel {name}", f"subscribed to {name!r} already")
        try:
            member = self._gate.admit(connection.socket_id, name, auth, channel_data)
        except PeerError as error:
            raise PeerError(error.code, error.message, f"subscribing to {name!r}: {error.reason}") from error
        channel = self.channels.setdefault(name, self.channel_type(name, self.kind_of(name)))
        connection.move_subscription(name, "subscribe")
        is_new_person = channel.join(connection, member)
        actions: list[Action] = []
        if member is not None and is_new_person:
            actions += self._tell_others(channel, connection, self.wording.member_added(name, member.data))
        return actions + self._welcome(channel, connection)

    def _welcome(self, channel: Channel[ServerConnection], connection: ServerConnection) -> list[Action]:
        roster = None
        if channel.kind is ChannelKind.PRESENCE:
            try:
                roster = channel.roster(demands_user_info=self.dialect.demands_user_info)
            except ValueError as error:
                return self._answer(connection, 4200, "Invalid message format", str(error))
        actions: list[Action] = [Send((connection,), self.wording.succeeded(channel.name, roster))]
        if self._is_cached(channel):
            text = channel.last_event or self.wording.cache_miss(channel.name)
            actions.append(Send((connection,), text))
        return [*actions, Note(f"{connection.socket_id} subscribed to {channel.name!r}")]

    def _unsubscribe(self, connection: ServerConnection, payload: dict[str, Any]) -> list[Action]:
        name = self._text_in(payload, "channel")
        if self.dialect.repeats_are_errors and name not in connection.subscriptions:
            text = f"No current subscription to channel {name}, or subscription in progress"
            raise PeerError(None, text, f"not subscribed to {name!r}")
        return self._leave(connection, name)

    def _leave(self, connection: ServerConnection, name: str) -> list[Action]:
        connection.move_subscription(name, "unsubscribe")
        channel = self.channels.get(name)
        if channel is None or connection not in channel:
            return []
        gone: Member | None = channel.leave(connection)
        if not len(channel):
            del self.channels[name]
        if gone is None:
            return []
        return [*self._tell_others(channel, connection, self.wording.member_removed(name, gone.user_id))]

    def _relay(self, connection: ServerConnection, frame: Frame, text: str | bytes) -> list[Action]:
        channel = self.channels.get(frame.channel) if isinstance(frame.channel, str) else None
        relayed = self._client_events.compose(frame, text, channel, connection)
        return [] if relayed is None or channel is None else [*self._broadcast(channel, relayed, connection)]

    def _text_in(self, payload: dict[str, Any], member: str) -> str:
        text = self._optional_text_in(payload, member)
        if text is None:
            raise ValueError(f"{member} is missing")
        return text

    def _optional_text_in(self, payload: dict[str, Any], member: str) -> str | None:
        value = payload.get(member)
        if value is None or isinstance(value, str):
            return value
        if not self.dialect.coerces_scalars or isinstance(value, dict | list):
            raise ValueError(f"{member} is no text")
        if isinstance(value, bool):
            return "1" if value else ""
        return php_json(value)

    def _broadcast(self, channel: Channel[ServerConnection], text: str, but: ServerConnection | None) -> list[Send]:
        if self._is_cached(channel):
            channel.last_event = text
        return self._tell_others(channel, but, text)

    def _tell_others(self, channel: Channel[ServerConnection], but: ServerConnection | None, text: str) -> list[Send]:
        others = channel.listeners(but=but)
        return [Send(others, text)] if others else []

    def _is_cached(self, channel: Channel[ServerConnection]) -> bool:
        return channel.name.startswith(self.dialect.cache_prefixes)

    def _ping(self, connection: ServerConnection) -> Action:
        connection.is_pinged = True
        if connection.uses_control_frames or self.dialect.pings == "by control frame":
            return ControlPing(connection)
        return Send((connection,), self.wording.ping())

    def _answer(self, connection: ServerConnection, code: int | None, message: str, reason: str) -> list[Action]:
        note = Note(f"{connection.socket_id} answered with error {code}: {reason}")
        return [Send((connection,), self.wording.error(code, message)), note]

    def _kill(self, connection: ServerConnection, code: int, message: str) -> list[Action]:
        return [Send((connection,), self.wording.error(code, message)), *self._end(connection, code, message)]

    def _end(self, connection: ServerConnection, code: int, message: str) -> list[Action]:
        close = Close(connection, code, message) if self.dialect.close_codes else Close(connection, None)
        return [*self.disconnect(connection), close, Note(f"{connection.socket_id} ended with code {code}")]

"""
The server's side of the protocol, sans-I/O: frames and clock readings in, actions out.

    connect, receive_text, receive_control, disconnect, publish, terminate, tick  →  Send, ControlPing, Close, Note,
                                                                                      Occurred

Whoever calls must carry the actions out in their order and in one turn, each `Send` to all its recipients before
anything else is written, and everything for one connection through one queue. Then a pong that is read proves that
whatever was published before the ping was handled has been read too (DESIGN.md 6, SPIKES.md 6).
"""

from collections.abc import Callable, Iterable
from typing import Any

from harness.protocol.admission import Gate, PeerError
from harness.protocol.app import App, Terms
from harness.protocol.cache import Cache, Remembered
from harness.protocol.channels import ChannelKind
from harness.protocol.client_events import ClientEvents, unsupported
from harness.protocol.connections import Action, Close, ControlPing, Note, Occurred, Send, ServerConnection
from harness.protocol.dialects import Dialect
from harness.protocol.messages import Frame, decode, decode_data, php_json
from harness.protocol.occupancy import Channel, Member
from harness.protocol.wording import Wording


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
        self._now = 0.0
        self._cache = Cache(terms.cache_ttl or dialect.cache_ttl)
        self._gate = gate or Gate(app.key, app.secret, dialect)
        self._client_events = client_events or ClientEvents(dialect, app.client_events_from)
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

    def read_clock(self, now: float) -> None:
        """Note what the caller's clock says, in seconds; what comes without a reading of its own happens then."""
        self._now = now

    def recall(self, channel: str) -> Remembered | None:
        """Give what a cache channel would repeat to whoever subscribed now, occupied or not; `None` for a miss."""
        return self._cache.recall(channel, self._now)

    def connect(
        self,
        key: str,
        socket_id: str,
        *,
        now: float,
        protocol: str | None = "7",  # noqa: ARG002 - not judged yet
        origin: str | None = None,  # noqa: ARG002 - not judged yet
    ) -> tuple[ServerConnection, list[Action]]:
        """
        Take a new client that asked for the app with this key, under an id that nobody else has.

        `protocol` is the version that it asked for, as it stands in the query, and `origin` its header, `None` being
        neither. A client that is not let in is told so and, unless the dialect does otherwise, closed; its connection
        is closed already when this returns.
        """
        self.read_clock(now)
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
        self.read_clock(now)
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
            text = self.wording.event(name, event, data)
            self._remember(name, text)
            if (channel := self.channels.get(name)) is not None:
                sends = self._broadcast(channel, text, excluded)
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
        self.read_clock(now)
        self._cache.prune(now)
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
        actions: list[Action] = [] if len(channel) else [Occurred("channel_occupied", name)]
        is_new_person = channel.join(connection, member)
        if member is not None and is_new_person:
            actions.append(Occurred("member_added", name, user_id=str(member.user_id)))
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
        if self._is_cached(channel.name):
            remembered = self.recall(channel.name)
            if remembered is None:
                actions.append(Occurred("cache_miss", channel.name))
            text = self.wording.cache_miss(channel.name) if remembered is None else remembered.text
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
        actions: list[Action] = []
        if gone is not None:
            actions.append(Occurred("member_removed", name, user_id=str(gone.user_id)))
            actions += self._tell_others(channel, connection, self.wording.member_removed(name, gone.user_id))
        return actions if len(channel) else [*actions, *self._vacate(name)]

    def _vacate(self, name: str) -> list[Action]:
        del self.channels[name]
        if not self.dialect.cache_outlives_channel:
            self._cache.forget(name)
        return [Occurred("channel_vacated", name)]

    def _relay(self, connection: ServerConnection, frame: Frame, text: str | bytes) -> list[Action]:
        channel = self.channels.get(frame.channel) if isinstance(frame.channel, str) else None
        relayed = self._client_events.compose(frame, text, channel, connection)
        if relayed is None or channel is None:
            return []
        return [self._said(connection, channel, frame), *self._pass_on(channel, relayed, connection)]

    def _said(self, connection: ServerConnection, channel: Channel[ServerConnection], frame: Frame) -> Occurred:
        member = channel.member(connection)
        return Occurred(
            "client_event",
            channel.name,
            user_id=None if member is None else str(member.user_id),
            event=frame.event,
            data=frame.data,
            socket_id=connection.socket_id,
        )

    def _pass_on(self, channel: Channel[ServerConnection], text: str, sender: ServerConnection | None) -> list[Send]:
        if self.dialect.caches_client_events:
            self._remember(channel.name, text)
        return self._broadcast(channel, text, sender)

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
        return self._tell_others(channel, but, text)

    def _remember(self, name: str, text: str) -> None:
        if self._is_cached(name) and (name in self.channels or self.dialect.cache_outlives_channel):
            self._cache.remember(name, text, self._now)

    def _tell_others(self, channel: Channel[ServerConnection], but: ServerConnection | None, text: str) -> list[Send]:
        others = channel.listeners(but=but)
        return [Send(others, text)] if others else []

    def _is_cached(self, channel: str) -> bool:
        return channel.startswith(self.dialect.cache_prefixes)

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

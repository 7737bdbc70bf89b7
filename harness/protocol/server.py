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

from harness.protocol.admission import Gate
from harness.protocol.app import App, Terms
from harness.protocol.cache import Cache, Remembered
from harness.protocol.channels import ChannelKind
from harness.protocol.client_events import ClientEvents, said, unsupported
from harness.protocol.connections import Action, Close, ControlPing, Note, Occurred, Send, ServerConnection
from harness.protocol.counts import Counts
from harness.protocol.dialects import Dialect
from harness.protocol.entrance import Entrance
from harness.protocol.messages import Frame, decode, decode_data
from harness.protocol.occupancy import Channel, Member
from harness.protocol.payload import optional_text_in, text_in
from harness.protocol.rates import Rates
from harness.protocol.refusals import PeerError
from harness.protocol.sign_in import SignIn
from harness.protocol.timers import due
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
        self._entrance = Entrance(app, dialect)
        self._rates = Rates(app, dialect)
        self._sign_in = SignIn(app, dialect)
        self.people = self._sign_in.people
        """Who has signed in."""
        self._counts = Counts(terms.count_interval)
        self._cache = Cache(terms.cache_ttl or dialect.cache_ttl)
        self._gate = gate or Gate(app.key, app.secret, dialect)
        self._client_events = client_events or ClientEvents(dialect, app.client_events_from)
        self._verbs: dict[str, Callable[[ServerConnection, dict[str, Any]], list[Action]]] = {
            "connection_established": self._acknowledge,
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "ping": self._pong,
            "pong": lambda _connection, _payload: [],
            "signin": self._signin,
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
        protocol: str | None = "7",
        origin: str | None = None,
    ) -> tuple[ServerConnection, list[Action]]:
        """
        Take a new client that asked for the app with this key, under an id that nobody else has.

        `protocol` is the version that it asked for, as it stands in the query, and `origin` its header, `None` being
        neither. A client that is not let in is told so and its connection is closed already when this returns, unless
        the dialect keeps it: it may go on then, without having been greeted.
        """
        self.read_clock(now)
        connection = ServerConnection(socket_id, now)
        greeting: list[Action]
        try:
            connection.protocol = self._entrance.check(key, protocol, origin, self.connections.values())
            greeting = self._acknowledge(connection, {})
        except PeerError as error:
            if error.refusal.closes:
                return connection, self._refuse(connection, error)
            connection.move("establish")
            greeting = self._refuse(connection, error)
        self.connections[socket_id] = connection
        return connection, [*greeting, Note(f"{socket_id} opened")]

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
            self._rates.count_frame(connection, now)
        except PeerError as error:
            ends = self._end(connection, error) if self._rates.terminates else []
            return [*self._refuse(connection, error), *ends]
        try:
            frame = decode(text, of_client=True)
            if frame.event.startswith("pusher:"):
                return self._obey(connection, frame)
            return self._relay(connection, frame, text)
        except PeerError as error:
            return self._refuse(connection, error)
        except ValueError as error:
            return self._refuse(connection, self.dialect.refuse("malformed", str(error)))

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
        for watchers, text in self._sign_in.leave(connection):
            actions += self._tell(watchers, text)
        return [*actions, Note(f"{connection.socket_id} closed")]

    def publish(
        self, event: str, data: Any, channels: Iterable[str], *, except_socket_id: str | None = None
    ) -> list[Action]:
        """
        Send an event to the subscribers of each channel, but not to the excluded socket.

        `data` is text; where a dialect lets it be any value, it is sent as that.
        A channel without subscribers, and an id that nobody has, are nothing to complain about (PROTOCOL.md 7.1).
        """
        excluded = self.connections.get(except_socket_id) if except_socket_id else None
        actions: list[Action] = []
        for name in channels:
            sends: list[Send] = []
            text = self.wording.event(name, event, data)
            self._remember(name, text)
            if (user_id := self.dialect.user_to_reach(name)) is not None:
                sends = self._tell((one for one in self.people.connections(user_id) if one is not excluded), text)
            elif (channel := self.channels.get(name)) is not None:
                sends = self._broadcast(channel, text, excluded)
            heard = sum(len(send.recipients) for send in sends)
            actions += [*sends, Note(f"published {event!r} on {name!r} to {heard}")]
        return actions

    def terminate(self, user_id: str) -> list[Action]:
        """End every connection of this person: who signed in as it, or whom a presence channel knows as it (7.2)."""
        if self.dialect.terminates == "users":
            theirs = dict.fromkeys(self.people.connections(user_id))
        else:
            theirs = {c: None for channel in self.channels.values() for c in channel.listeners_of(user_id)}
        error = self.dialect.refuse("terminated", "the app wants it so")
        return [action for connection in theirs for action in self._refuse(connection, error)]

    def farewell(self) -> list[Action]:
        """Give the last words of a server that ends, if it has any; else clients just see TCP end (PROTOCOL.md 13)."""
        if "farewell" not in self.dialect.refusals:
            return []
        error = self.dialect.refuse("farewell", "the server ends")
        return [action for connection in list(self.connections.values()) for action in self._refuse(connection, error)]

    def tick(self, now: float, *, between: bool = False) -> list[Action]:
        """
        Prune whoever was pinged and kept silent, ping whoever has been silent; call it at even intervals.

        The interval between two calls is the time that a client has to answer (PROTOCOL.md 1.4, 13). A call `between`
        may come at any time: it ends whoever proved no right in time, and tells counts that are owed.
        """
        self.read_clock(now)
        self._cache.prune(now)
        actions: list[Action] = []
        for connection in list(self.connections.values()):
            what = due(connection, self.dialect, self.app, self.terms, now)
            if what == "ping":
                actions += [] if between else [self._ping(connection)]
            elif what == "late" or (what is not None and not between):
                actions += self._refuse(connection, self.dialect.refuse(what, f"it is {what}"))
        return [*actions, *(each for name in self._counts.due(now) for each in self._tell_count(self.channels[name]))]

    def _obey(self, connection: ServerConnection, frame: Frame) -> list[Action]:
        verb = frame.event.removeprefix("pusher:")
        if verb not in self.dialect.verbs:
            raise unsupported(self.dialect, frame.event)
        is_read = self.dialect.reads_ping_data or verb not in ("ping", "pong")
        payload = (decode_data(frame.data) or {}) if is_read else {}
        if isinstance(payload, dict):
            return self._verbs[verb](connection, payload)
        if isinstance(payload, list):  # PHP does not tell it from an object; it names nothing
            return self._verbs[verb](connection, {})
        raise ValueError(f"data of {frame.event} is no object")

    def _acknowledge(self, connection: ServerConnection, _payload: dict[str, Any]) -> list[Action]:
        connection.move("establish")
        greeting = self.wording.established(connection.socket_id, self.terms.activity_timeout)
        return [*self._tell([connection], greeting)]

    def _pong(self, connection: ServerConnection, _payload: dict[str, Any]) -> list[Action]:
        return [*self._tell([connection], self.wording.pong())]

    def _signin(self, connection: ServerConnection, payload: dict[str, Any]) -> list[Action]:
        news = self._sign_in.enter(connection, payload)
        connection.is_authorized = True
        return [send for listeners, text in news for send in self._tell(listeners, text)]

    def _subscribe(self, connection: ServerConnection, payload: dict[str, Any]) -> list[Action]:
        name = self._channel_in(payload)
        auth, channel_data = self._auth_in(payload), self._optional_text(payload, "channel_data")
        if self.dialect.repeats_are_errors and name in connection.subscriptions:
            raise self.dialect.refuse("repeated", f"subscribed to {name!r} already", channel=name)
        member = self._admit(connection, name, auth, channel_data)
        channel = self.channels.setdefault(name, self.channel_type(name, self.kind_of(name)))
        connection.move_subscription(name, "subscribe")
        if channel.kind is not ChannelKind.PUBLIC and self.dialect.signin_timeout is None:
            connection.is_authorized = True
        actions: list[Action] = [] if len(channel) else [Occurred("channel_occupied", name)]
        is_new_person = channel.join(connection, member)
        if member is not None and is_new_person:
            actions.append(Occurred("member_added", name, user_id=str(member.user_id)))
            actions += self._tell_others(channel, connection, self.wording.member_added(name, member.data))
        return actions + self._welcome(channel, connection)

    def _admit(
        self, connection: ServerConnection, name: str, auth: str | None, channel_data: str | None
    ) -> Member | None:
        try:
            return self._gate.admit(
                connection.socket_id,
                name,
                auth,
                channel_data,
                user=self.people.person(connection),
                room=self.channels.get(name),
                max_members=self.app.max_members,
            )
        except PeerError as error:
            error.reason = f"subscribing to {name!r}: {error.reason}"
            raise

    def _welcome(self, channel: Channel[ServerConnection], connection: ServerConnection) -> list[Action]:
        roster = None
        if channel.kind is ChannelKind.PRESENCE:
            try:
                roster = channel.roster(
                    demands_user_info=self.dialect.demands_user_info,
                    omits_missing_info=self.dialect.omits_missing_info,
                )
            except ValueError as error:
                return self._refuse(connection, self.dialect.refuse("malformed", str(error)))
        actions: list[Action] = [*self._tell([connection], self.wording.succeeded(channel.name, roster))]
        if self.dialect.is_cached(channel.name):
            remembered = self.recall(channel.name)
            if remembered is None:
                actions.append(Occurred("cache_miss", channel.name))
            text = self.wording.cache_miss(channel.name) if remembered is None else remembered.text
            actions += self._tell([connection], text)
        actions += self._count(channel)
        return [*actions, Note(f"{connection.socket_id} subscribed to {channel.name!r}")]

    def _unsubscribe(self, connection: ServerConnection, payload: dict[str, Any]) -> list[Action]:
        name = self._channel_in(payload)
        if self.dialect.repeats_are_errors and name not in connection.subscriptions:
            raise self.dialect.refuse("not subscribed", f"not subscribed to {name!r}", channel=name)
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
        return [*actions, *(self._count(channel) if len(channel) else self._vacate(name))]

    def _vacate(self, name: str) -> list[Action]:
        del self.channels[name]
        self._counts.forget(name)
        if not self.dialect.cache_outlives_channel:
            self._cache.forget(name)
        return [Occurred("channel_vacated", name)]

    def _count(self, channel: Channel[ServerConnection]) -> list[Action]:
        is_wanted = self.app.subscription_counts and self.dialect.counts_subscriptions
        if not is_wanted or channel.kind is ChannelKind.PRESENCE:
            return []
        return self._tell_count(channel) if self._counts.is_told(channel.name, len(channel), self._now) else []

    def _tell_count(self, channel: Channel[ServerConnection]) -> list[Action]:
        text = self.wording.subscription_count(channel.name, len(channel))
        occurred = Occurred("subscription_count", channel.name, data=len(channel))
        return [occurred, *self._tell_others(channel, None, text)]

    def _relay(self, connection: ServerConnection, frame: Frame, text: str | bytes) -> list[Action]:
        channel = self.channels.get(frame.channel) if isinstance(frame.channel, str) else None
        relayed = self._compose(connection, channel, frame, text)
        if relayed is None or channel is None:
            return []
        return [said(connection, channel, frame), *self._pass_on(channel, relayed, connection)]

    def _compose(
        self, sender: ServerConnection, channel: Channel[ServerConnection] | None, frame: Frame, text: str | bytes
    ) -> str | None:
        relayed = self._client_events.compose(frame, text, channel, sender)
        if relayed is not None:
            self._rates.count_client_event(sender, None if channel is None else channel.name, self._now)
        return relayed

    def _pass_on(self, channel: Channel[ServerConnection], text: str, sender: ServerConnection | None) -> list[Send]:
        if self.dialect.caches_client_events:
            self._remember(channel.name, text)
        return self._broadcast(channel, text, sender)

    def _optional_text(self, payload: dict[str, Any], member: str) -> str | None:
        return optional_text_in(payload, member, coerces=self.dialect.coerces_scalars)

    def _auth_in(self, payload: dict[str, Any]) -> str | None:
        auth = payload.get("auth")
        if self.dialect.coerces_scalars or auth is None or isinstance(auth, str):
            return self._optional_text(payload, "auth")
        return self.wording.json(auth)  # which is nobody's signature

    def _channel_in(self, payload: dict[str, Any]) -> str:
        return text_in(payload, "channel", coerces=self.dialect.coerces_scalars)

    def _broadcast(self, channel: Channel[ServerConnection], text: str, but: ServerConnection | None) -> list[Send]:
        return self._tell_others(channel, but, text)

    def _remember(self, name: str, text: str) -> None:
        if self.dialect.is_cached(name) and (name in self.channels or self.dialect.cache_outlives_channel):
            self._cache.remember(name, text, self._now)

    def _tell_others(self, channel: Channel[ServerConnection], but: ServerConnection | None, text: str) -> list[Send]:
        return self._tell(channel.listeners(but=but), text)

    def _tell(self, recipients: Iterable[ServerConnection], text: str) -> list[Send]:
        told = tuple(recipients)
        if self.dialect.visits == "whoever hears nothing":
            for one in told:
                one.last_told = self._now
        return [Send(told, text)] if told else []

    def _ping(self, connection: ServerConnection) -> Action:
        connection.is_pinged = True
        if connection.uses_control_frames or self.dialect.pings == "by control frame":
            return ControlPing(connection)
        return Send((connection,), self.wording.ping())

    def _refuse(self, connection: ServerConnection, error: PeerError) -> list[Action]:
        told: list[Action] = []
        if error.refusal.said_as != "nothing":
            told = [*self._tell([connection], self.wording.refusal(error))]
        if error.refusal.closes:
            return [*told, *self._end(connection, error)]
        return [*told, Note(f"{connection.socket_id} answered with error {error.code}: {error.reason}")]

    def _end(self, connection: ServerConnection, error: PeerError) -> list[Action]:
        reason = error.message if self.dialect.close_reasons else ""
        close = Close(connection, error.code, reason) if self.dialect.close_codes else Close(connection, None)
        note = Note(f"{connection.socket_id} ended with code {error.code}: {error.reason}")
        return [*self.disconnect(connection), close, note]

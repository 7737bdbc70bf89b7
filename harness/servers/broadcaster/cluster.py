"""
Several nodes that behave as one, sans-I/O: a hub that knows who listens elsewhere too.

    of this node ─▶ NodeHub ─▶ tell(fact) ─▶ one ordered log ─┬▶ this node  ─▶ apply  ─┬▶ actions
                                                              └▶ every other ─▶ absorb ─┘

What is published, relayed or terminated takes effect when it is read from the log, on the node that told it as on any
other, so that all of them see one order. Who listens takes effect here at once, elsewhere when it is read: each node
tells its own subscribers of every change to the union of its listeners and of those that it knows of elsewhere. So
nobody is announced twice, and a person is removed with her last connection anywhere.

This file knows neither Redis nor a clock; a node's silence is counted in the beats of the one that waits.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from harness.protocol.admission import Gate
from harness.protocol.app import App, Terms
from harness.protocol.channels import ChannelKind
from harness.protocol.client_events import ClientEvents, said
from harness.protocol.connections import Action, Note, Occurred, ServerConnection
from harness.protocol.dialects import Dialect
from harness.protocol.messages import Frame
from harness.protocol.occupancy import Channel, Member, read_member
from harness.protocol.server import Hub
from harness.servers.broadcaster.facts import (
    Alive,
    Asked,
    Envelope,
    Fact,
    Gone,
    Joined,
    Left,
    Present,
    Published,
    Relayed,
    Terminated,
)

BEATS_A_LEASE: Final = 4
"""Beats of one node during which another may be silent before its connections are taken for gone."""


class RemoteConnection(ServerConnection):
    """A client of another node; nothing is ever sent to it from here."""

    def __init__(self, socket_id: str) -> None:
        super().__init__(socket_id, now=0.0)


class SharedChannel(Channel[ServerConnection]):
    """A channel that is occupied while anybody listens on any node; only those of this node can be sent to."""

    def __init__(self, name: str, kind: ChannelKind) -> None:
        super().__init__(name, kind)
        self._here: dict[ServerConnection, None] = {}

    def join(self, listener: ServerConnection, member: Member | None = None) -> bool:
        """Add a listener of any node; tell whether a person came who was on none of them."""
        if not isinstance(listener, RemoteConnection):
            self._here[listener] = None
        return super().join(listener, member)

    def leave(self, listener: ServerConnection) -> Member | None:
        """Remove a listener; give the member whose last one on any node it was."""
        self._here.pop(listener, None)
        return super().leave(listener)

    def listeners(self, *, but: ServerConnection | None = None) -> tuple[ServerConnection, ...]:
        """Give everybody who listens on this node, all but one."""
        return tuple(listener for listener in self._here if listener is not but)

    def listeners_of(self, user_id: str) -> list[ServerConnection]:
        """Give the listeners of one person on this node."""
        return [listener for listener in super().listeners_of(user_id) if listener in self._here]


class _Peer:
    """What is known of another node."""

    def __init__(self, session: int) -> None:
        self.session = session
        self.silence = 0
        self.is_complete = False
        self.connections: dict[str, RemoteConnection] = {}


class NodeHub(Hub):
    """
    The hub of one node; alone, as long as `tell` is `None`, it does at once what it would tell the others.

    Whoever sets `tell` carries each fact to every node, this one too, in one order for all. It then hands this node's
    own facts to `apply` and those of others to `absorb`, and carries out what they return.
    """

    channel_type = SharedChannel

    def __init__(
        self,
        app: App,
        dialect: Dialect,
        terms: Terms,
        *,
        gate: Gate | None = None,
        client_events: ClientEvents | None = None,
    ) -> None:
        super().__init__(app, dialect, terms, gate=gate, client_events=client_events)
        self.tell: Callable[[Fact], None] | None = None
        self._joined: dict[str, dict[str, str | None]] = {}
        self._peers: dict[str, _Peer] = {}

    def publish(
        self, event: str, data: str, channels: Iterable[str], *, except_socket_id: str | None = None
    ) -> list[Action]:
        """Tell every node to send an event to the subscribers of each channel, but not to the excluded socket."""
        return self._share(Published(event, data, tuple(channels), except_socket_id))

    def terminate(self, user_id: str) -> list[Action]:
        """Tell every node to end the connections that a presence channel knows as this person's."""
        return self._share(Terminated(user_id))

    def beat(self) -> list[Action]:
        """Show that this node lives; call it at even intervals, the same on all nodes."""
        return self._share(Alive())

    def present(self) -> Present:
        """Give what this node has; tell it first of all after `tell` was set, and `Asked` behind it."""
        connections = {socket_id: dict(channels) for socket_id, channels in self._joined.items()}
        return Present(connections, self._cache.texts(self._now))

    def renew(self) -> None:
        """Give every other node a whole lease: what it said meanwhile could not be read here."""
        for peer in self._peers.values():
            peer.silence = 0

    def count_nodes(self) -> int:
        """Count the other nodes of which it is known who listens there."""
        return sum(peer.is_complete for peer in self._peers.values())

    def count_elsewhere(self) -> int:
        """Count the connections of other nodes that listen to anything."""
        return sum(len(peer.connections) for peer in self._peers.values())

    def apply(self, fact: Fact) -> list[Action]:
        """Do what a fact of this node means when its turn has come; who listens here was done when it was told."""
        match fact:
            case Published():
                return super().publish(fact.event, fact.data, fact.channels, except_socket_id=fact.except_socket_id)
            case Relayed():
                channel = self.channels.get(fact.channel)
                sender = self.connections.get(fact.sender)
                return [] if channel is None else [*self._pass_on(channel, fact.text, sender)]
            case Terminated():
                return super().terminate(fact.user_id)
            case Alive():
                return self._count_silence()
            case _:
                return []

    def absorb(self, envelope: Envelope) -> list[Action]:
        """Do what a fact of another node means here; raises `ValueError` for `channel_data` that names nobody."""
        node, fact = envelope.node, envelope.fact
        actions = self.apply(fact) if isinstance(fact, Published | Relayed | Terminated) else []
        if node not in self._peers and not isinstance(fact, Gone):
            self._peers[node] = _Peer(envelope.session)
            if not isinstance(fact, Present):
                self._share(Asked())
        peer = self._peers.get(node)
        if peer is None or envelope.session < peer.session:
            return actions
        peer.session, peer.silence = envelope.session, 0
        return [*actions, *self._note(node, peer, fact)]

    def _note(self, node: str, peer: _Peer, fact: Fact) -> list[Action]:
        match fact:
            case Joined():
                return self._arrive(peer, fact.socket_id, fact.channel, fact.channel_data)
            case Left():
                return self._depart(peer, fact.socket_id, fact.channel)
            case Present():
                return self._replace(peer, fact)
            case Asked():
                return self._share(self.present())
            case Gone():
                return [*self._forget(node), Note(f"node {node!r} stopped")]
            case _:
                return []

    def _share(self, fact: Fact) -> list[Action]:
        if self.tell is None:
            return self.apply(fact)
        self.tell(fact)
        return []

    def _subscribe(self, connection: ServerConnection, payload: dict[str, Any]) -> list[Action]:
        actions = super()._subscribe(connection, payload)
        name = self._channel_in(payload)
        is_named = self.channels[name].member(connection) is not None
        channel_data = self._optional_text(payload, "channel_data") if is_named else None
        self._joined.setdefault(connection.socket_id, {})[name] = channel_data
        self._share(Joined(connection.socket_id, name, channel_data))
        return actions

    def _leave(self, connection: ServerConnection, name: str) -> list[Action]:
        channels = self._joined.get(connection.socket_id, {})
        is_told = not isinstance(connection, RemoteConnection) and name in channels
        actions = super()._leave(connection, name)
        if isinstance(connection, RemoteConnection):  # its own node tells of it
            actions = [action for action in actions if not isinstance(action, Occurred)]
        if is_told:
            del channels[name]
            if not channels:
                del self._joined[connection.socket_id]
            self._share(Left(connection.socket_id, name))
        return actions

    def _relay(self, connection: ServerConnection, frame: Frame, text: str | bytes) -> list[Action]:
        channel = self.channels.get(frame.channel) if isinstance(frame.channel, str) else None
        relayed = self._compose(connection, channel, frame, text)
        if relayed is None or channel is None:
            return []
        return [
            said(connection, channel, frame),
            *self._share(Relayed(channel.name, relayed, connection.socket_id)),
        ]

    def _arrive(self, peer: _Peer, socket_id: str, name: str, channel_data: str | None) -> list[Action]:
        member = None if channel_data is None else read_member(channel_data)
        remote = peer.connections.setdefault(socket_id, RemoteConnection(socket_id))
        channel = self.channels.setdefault(name, self.channel_type(name, self.kind_of(name)))
        remote.move_subscription(name, "subscribe")
        if not channel.join(remote, member) or member is None:
            return []
        return [*self._tell_others(channel, None, self.wording.member_added(name, member.data))]

    def _depart(self, peer: _Peer, socket_id: str, name: str) -> list[Action]:
        remote = peer.connections.get(socket_id)
        if remote is None:
            return []
        actions = self._leave(remote, name)
        if not remote.subscriptions:
            del peer.connections[socket_id]
        return actions

    def _replace(self, peer: _Peer, present: Present) -> list[Action]:
        peer.is_complete = True
        actions: list[Action] = []
        for socket_id, channels in present.connections.items():
            for name, channel_data in channels.items():
                actions += self._arrive(peer, socket_id, name, channel_data)
        for name, text in present.remembered.items():
            if self.recall(name) is None:
                self._remember(name, text)
        # Behind those who came: whoever moved from one socket to another never left.
        for remote in list(peer.connections.values()):
            for name in remote.subscriptions.keys() - present.connections.get(remote.socket_id, {}).keys():
                actions += self._depart(peer, remote.socket_id, name)
        return actions

    def _count_silence(self) -> list[Action]:
        actions: list[Action] = []
        for node, peer in list(self._peers.items()):
            peer.silence += 1
            if peer.silence > BEATS_A_LEASE:
                gone = len(peer.connections)
                actions += [*self._forget(node), Note(f"node {node!r} is silent: its {gone} connections are forgotten")]
        return actions

    def _forget(self, node: str) -> list[Action]:
        peer = self._peers.pop(node)
        theirs = [(remote, name) for remote in peer.connections.values() for name in remote.subscriptions]
        return [action for remote, name in theirs for action in self._leave(remote, name)]

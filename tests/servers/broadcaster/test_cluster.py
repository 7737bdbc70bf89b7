"""Several hubs on one log in memory: what their listeners are told, and what each knows of the others."""

import json
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.protocol.app import App, Terms
from harness.protocol.connections import Action, Close, Note, Send, ServerConnection
from harness.protocol.dialects import dialect
from harness.protocol.signatures import channel_auth
from harness.servers.broadcaster.cluster import BEATS_A_LEASE, NodeHub
from harness.servers.broadcaster.facts import Alive, Asked, Envelope, Fact, Gone, Joined, Present, Published

APP = App("1001", "demo-key", "demo-secret")
ROOM = "presence-room"


class Node:
    """One hub, its clients, and what each of them was sent."""

    def __init__(self, name: str, log: deque[Envelope], kind: str = "reverb") -> None:
        self.name = name
        self.hub = NodeHub(APP, dialect(kind), Terms(30, 60))
        self.heard: dict[str, list[dict[str, Any]]] = {}
        self.ended: list[str] = []
        self.notes: list[str] = []
        self.session = 0
        self._log = log
        self._count = 0

    def attach(self) -> None:
        """Begin a session on the log, as a shell does."""
        self.session += 1
        self.hub.renew()
        self.hub.tell = self.tell
        self.tell(self.hub.present())
        self.tell(Asked())

    def tell(self, fact: Fact) -> None:
        """Put a fact behind all others."""
        self._log.append(Envelope(self.name, self.session, fact))

    def do(self, actions: list[Action]) -> None:
        """Carry actions out."""
        for action in actions:
            if isinstance(action, Send):
                for recipient in action.recipients:
                    self.heard[recipient.socket_id].append(json.loads(action.text))
            elif isinstance(action, Close):
                self.ended.append(action.connection.socket_id)
            elif isinstance(action, Note):
                self.notes.append(action.text)

    def connect(self) -> ServerConnection:
        """Open a client."""
        self._count += 1
        socket_id = f"{ord(self.name)}.{self._count}"
        self.heard[socket_id] = []
        connection, actions = self.hub.connect(APP.key, socket_id, now=0)
        self.do(actions)
        return connection

    def send(self, connection: ServerConnection, event: str, data: Any, **members: Any) -> list[dict[str, Any]]:
        """Let a client send a frame; give what it is answered at once."""
        before = len(self.heard[connection.socket_id])
        text = json.dumps({"event": event, "data": data, **members})
        self.do(self.hub.receive_text(connection, text, now=0))
        return self.heard[connection.socket_id][before:]

    def join(self, person: str | int | None = None, channel: str = ROOM) -> ServerConnection:
        """Open a client that listens, under a name on a presence channel."""
        connection = self.connect()
        named = {} if person is None else {"channel_data": json.dumps({"user_id": person, "user_info": {"n": 1}})}
        auth = channel_auth(APP.key, APP.secret, connection.socket_id, channel, named.get("channel_data"))
        self.send(connection, "pusher:subscribe", {"channel": channel, "auth": auth, **named})
        return connection

    def leave(self, connection: ServerConnection) -> None:
        """Let a client go."""
        self.do(self.hub.disconnect(connection))

    def told(self, connection: ServerConnection, event: str) -> list[Any]:
        """Give the data of the frames of one kind that a client was sent."""
        frames = self.heard[connection.socket_id]
        return [json.loads(frame["data"]) for frame in frames if frame["event"].endswith(event)]

    def people(self, channel: str = ROOM) -> set[str]:
        """Give who is in a room, as this node knows it."""
        found = self.hub.channels.get(channel)
        return set() if found is None else {str(member.user_id) for member in found.members()}


class Cluster:
    """Nodes on one log."""

    def __init__(self, names: str = "ab", kind: str = "reverb") -> None:
        self.log: deque[Envelope] = deque()
        self.nodes = {name: Node(name, self.log, kind) for name in names}
        for node in self.nodes.values():
            node.attach()
        self.settle()

    def __getitem__(self, name: str) -> Node:
        return self.nodes[name]

    def read(self) -> None:
        """Let every node that is attached read the next fact."""
        envelope = self.log.popleft()
        for node in self.nodes.values():
            if node.hub.tell is None:
                continue
            own = envelope.node == node.name
            node.do(node.hub.apply(envelope.fact) if own else node.hub.absorb(envelope))

    def settle(self) -> None:
        """Let every node read all there is."""
        while self.log:
            self.read()


@pytest.fixture
def two() -> Cluster:
    """Give two nodes that know each other."""
    return Cluster()


def test_an_event_is_heard_on_every_node_when_it_is_read(two: Cluster) -> None:
    """Not before, also where it was published; the excluded socket hears nothing, wherever it is."""
    here, there, excluded = two["a"].join(channel="room"), two["b"].join(channel="room"), two["b"].join(channel="room")
    two.settle()

    two["a"].do(two["a"].hub.publish("e", "1", ["room", "empty"], except_socket_id=excluded.socket_id))

    assert two["a"].told(here, "e") == []
    two.settle()
    assert (two["a"].told(here, "e"), two["b"].told(there, "e"), two["b"].told(excluded, "e")) == ([1], [1], [])
    assert "published 'e' on 'room' to 1" in two["b"].notes


def test_all_nodes_see_one_order(two: Cluster) -> None:
    """What two nodes publish at once is heard in the order of the log everywhere."""
    here, there = two["a"].join(channel="room"), two["b"].join(channel="room")
    for number in range(6):
        node = two["ab"[number % 2]]
        node.do(node.hub.publish("e", str(number), ["room"]))
    two.settle()

    assert two["a"].told(here, "e") == two["b"].told(there, "e") == list(range(6))


def test_a_client_event_is_heard_elsewhere_but_not_by_its_sender(two: Cluster) -> None:
    """Whoever listens on any node hears it once, under the sender's name."""
    sender, near, far = two["a"].join("ann"), two["a"].join("bob"), two["b"].join("cy")
    two.settle()

    assert two["a"].send(sender, "client-typing", {"x": 1}, channel=ROOM) == []
    two.settle()

    assert (two["a"].told(sender, "client-typing"), len(two["a"].heard[near.socket_id])) == ([], 4)
    frame = {"event": "client-typing", "data": {"x": 1}, "channel": ROOM, "user_id": "ann"}
    assert two["b"].heard[far.socket_id][-1] == two["a"].heard[near.socket_id][-1] == frame


def test_a_client_event_into_nowhere_is_dropped(two: Cluster) -> None:
    """A channel that emptied before the event was read, and an event that is none, are heard by nobody."""
    sender = two["a"].join(channel="private-x")
    two["a"].send(sender, "client-e", {}, channel="private-x")
    two["a"].leave(sender)
    other = two["b"].join(channel="private-x")
    assert two["b"].send(other, "chat", {}, channel="private-x") == []

    two.settle()

    assert [frame["event"] for frame in two["b"].heard[other.socket_id]][2:] == ["client-e"]


def test_one_person_on_two_nodes_is_one_member(two: Cluster) -> None:
    """She is announced once, counted once, and removed with her last connection, in the type of her id."""
    watcher, first = two["a"].join("watcher"), two["a"].join(7)
    two.settle()
    second = two["b"].join("7")
    two.settle()

    (roster,) = two["b"].told(second, "subscription_succeeded")
    assert roster["presence"]["ids"] == ["watcher", 7]
    assert [one["user_id"] for one in two["a"].told(watcher, "member_added")] == [7]
    two["a"].leave(first)
    two.settle()
    assert two["a"].told(watcher, "member_removed") == []
    assert two["a"].people() == two["b"].people() == {"watcher", "7"}
    two["b"].leave(second)
    two.settle()
    assert two["a"].told(watcher, "member_removed") == [{"user_id": "7"}]


def test_two_who_join_at_once_hear_of_each_other_once(two: Cluster) -> None:
    """Neither roster holds the other, so both are told."""
    here, there = two["a"].join("ann"), two["b"].join("bob")
    two.settle()

    assert [one["user_id"] for one in two["a"].told(here, "member_added")] == ["bob"]
    assert [one["user_id"] for one in two["b"].told(there, "member_added")] == ["ann"]


def test_everybodys_connections_of_a_person_end(two: Cluster) -> None:
    """Wherever they are; others stay."""
    first, second, other = two["a"].join("ann"), two["b"].join("ann"), two["b"].join("bob")
    two.settle()

    two["a"].do(two["a"].hub.terminate("ann"))
    two.settle()

    assert (two["a"].ended, two["b"].ended) == ([first.socket_id], [second.socket_id])
    assert two["b"].told(other, "member_removed") == [{"user_id": "ann"}]
    assert two["a"].people() == {"bob"}


def test_what_is_counted_is_counted_over_all_nodes(two: Cluster) -> None:
    """Channels, subscriptions and subscribed connections; a connection that stops listening counts no more."""
    connection = two["a"].join(channel="room")
    two["a"].send(connection, "pusher:subscribe", {"channel": "other"})
    two["b"].join(channel="room")
    two.settle()

    assert (sorted(two["b"].hub.channels), len(two["b"].hub.channels["room"])) == (["other", "room"], 2)
    assert (two["b"].hub.count_elsewhere(), two["b"].hub.count_nodes()) == (1, 1)
    for name in ("other", "room", "room"):
        two["a"].send(connection, "pusher:unsubscribe", {"channel": name})
    two.settle()
    assert (list(two["b"].hub.channels), two["b"].hub.count_elsewhere()) == (["room"], 0)


def test_a_cache_channel_is_remembered_for_every_node(two: Cluster) -> None:
    """Where nobody listened when it was published, and on a node that came later."""
    two["a"].join(channel="cache-x")
    two.settle()
    two["a"].do(two["a"].hub.publish("e", "1", ["cache-x"]))
    two.settle()
    two.nodes["c"] = Node("c", two.log)
    two["c"].attach()
    two.settle()

    for name in "bc":
        assert two[name].told(two[name].join(channel="cache-x"), "e") == [1]


def test_a_node_that_comes_later_learns_who_is_there(two: Cluster) -> None:
    """It asks, and everybody answers."""
    two["a"].join("ann")
    two["b"].join("bob")
    two.nodes["c"] = Node("c", two.log)

    two["c"].attach()
    two.settle()

    assert two["c"].people() == {"ann", "bob"}
    assert two["c"].hub.count_nodes() == 2


def test_a_silent_node_is_taken_for_gone(two: Cluster) -> None:
    """After more beats than a lease has; whoever lives on is told."""
    watcher = two["a"].join("ann")
    two["b"].join("bob")
    two.settle()
    two["b"].hub.tell = None

    for beats in range(1, BEATS_A_LEASE + 2):
        assert two["a"].told(watcher, "member_removed") == [], f"after {beats - 1} beats"
        two["a"].do(two["a"].hub.beat())
        two.settle()

    assert two["a"].told(watcher, "member_removed") == [{"user_id": "bob"}]
    assert two["a"].notes[-1] == "node 'b' is silent: its 1 connections are forgotten"


def test_a_node_that_beats_keeps_its_people(two: Cluster) -> None:
    """However often the others count."""
    watcher = two["a"].join("ann")
    two["b"].join("bob")
    for _ in range(3 * BEATS_A_LEASE):
        for node in two.nodes.values():
            node.do(node.hub.beat())
        two.settle()

    assert two["a"].people() == {"ann", "bob"}
    assert two["a"].told(watcher, "member_removed") == []


def test_a_node_that_could_not_read_waits_anew(two: Cluster) -> None:
    """What others said while it was alone is not counted as their silence."""
    two["b"].join("bob")
    two.settle()
    two["a"].hub.tell = None
    for _ in range(BEATS_A_LEASE):
        two["a"].do(two["a"].hub.beat())

    two["a"].attach()
    for _ in range(BEATS_A_LEASE):
        two["a"].do(two["a"].hub.apply(Alive()))

    assert two["a"].people() == {"bob"}


def test_a_node_that_was_forgotten_too_early_comes_back(two: Cluster) -> None:
    """Whoever hears of it again asks what it has."""
    watcher = two["a"].join("ann")
    two["b"].join("bob")
    two.settle()
    for _ in range(BEATS_A_LEASE + 1):
        two["a"].do(two["a"].hub.beat())
    two.settle()
    assert two["a"].people() == {"ann"}

    two["b"].tell(Alive())
    two.settle()

    assert two["a"].people() == {"ann", "bob"}
    assert len(two["a"].told(watcher, "member_added")) == 2


def test_a_node_that_stops_is_gone_at_once(two: Cluster) -> None:
    """Its people are removed without waiting; a farewell of a stranger is nothing."""
    watcher = two["a"].join("ann")
    two["b"].join("bob")
    two["b"].tell(Gone())
    two.log.append(Envelope("stranger", 1, Gone()))

    two.settle()

    assert two["a"].told(watcher, "member_removed") == [{"user_id": "bob"}]
    assert (two["a"].notes[-1], two["a"].hub.count_nodes()) == ("node 'b' stopped", 0)


def test_a_node_alone_does_everything_itself(two: Cluster) -> None:
    """As one hub does, at once, but for those whom it knows of elsewhere; they are forgotten after a lease."""
    alone = two["a"]
    two["b"].join("bob")
    two.settle()
    alone.hub.tell = None
    ann = alone.join("ann")

    alone.do(alone.hub.publish("e", "1", [ROOM]))
    assert alone.told(ann, "e") == [1]
    for _ in range(BEATS_A_LEASE + 1):
        alone.do(alone.hub.beat())
    assert alone.told(ann, "member_removed") == [{"user_id": "bob"}]
    alone.do(alone.hub.terminate("ann"))
    assert alone.ended == [ann.socket_id]
    assert not two.log


def test_who_came_and_went_meanwhile_is_made_good(two: Cluster) -> None:
    """A node that attaches anew is known by what it has then; whoever only changed sockets never left."""
    watcher = two["a"].join("ann")
    gone, moved = two["b"].join("bob"), two["b"].join("cy")
    two.settle()
    two["b"].hub.tell = None
    two["b"].join("dan")
    two["b"].join("cy")
    two["b"].leave(moved)
    two["b"].leave(gone)

    two["b"].attach()
    two.settle()

    assert two["a"].people() == two["b"].people() == {"ann", "cy", "dan"}
    assert [one["user_id"] for one in two["a"].told(watcher, "member_added")] == ["bob", "cy", "dan"]
    assert two["a"].told(watcher, "member_removed") == [{"user_id": "bob"}]


def test_a_belated_fact_of_an_earlier_session_changes_nobody(two: Cluster) -> None:
    """But what it publishes is delivered, for it is nowhere else."""
    hub = two["a"].hub
    two["b"].attach()
    two.settle()

    here = two["a"].join(channel="room")
    two.settle()

    two["a"].do(hub.absorb(Envelope("b", 1, Joined("9.9", ROOM, '{"user_id":"late"}'))))
    two["a"].do(hub.absorb(Envelope("b", 1, Published("e", "1", ("room",), None))))

    assert list(hub.channels) == ["room"]
    assert two["a"].told(here, "e") == [1]


def test_whoever_left_is_not_present(two: Cluster) -> None:
    """A connection that listens to nothing is nobody's business elsewhere."""
    connection = two["a"].join(channel="room")
    two["a"].send(connection, "pusher:unsubscribe", {"channel": "room"})

    assert two["a"].hub.present() == Present({}, {})


def test_data_that_name_nobody_are_refused(two: Cluster) -> None:
    """The log is written by nodes, so this is no peer's mistake."""
    with pytest.raises(ValueError, match="Expected `object`"):
        two["a"].hub.absorb(Envelope("b", 1, Joined("9.9", ROOM, "[]")))


def test_what_is_present_is_a_copy(two: Cluster) -> None:
    """Nobody who comes later changes what was said."""
    connection = two["a"].join(channel="room")
    said = two["a"].hub.present()
    two["a"].send(connection, "pusher:subscribe", {"channel": "other"})

    assert said == Present({connection.socket_id: {"room": None}}, {})


STEPS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["join", "leave", "read", "lose"]), st.integers(0, 3)),
    max_size=40,
)


@given(steps=STEPS)
def test_whatever_happens_all_agree_in_the_end(steps: list[tuple[str, str, int]]) -> None:
    """All nodes know the same people; what each listener was told, roster and changes, adds up to them."""
    cluster, there = Cluster("abc"), {name: deque[ServerConnection]() for name in "abc"}
    acts: dict[str, Callable[[Node, int], Any]] = {
        "join": lambda node, person: there[node.name].append(node.join(f"p{person}")),
        "leave": lambda node, _: there[node.name] and node.leave(there[node.name].popleft()),
        "read": lambda _node, count: [cluster.read() for _ in range(count) if cluster.log],
        "lose": lambda node, _: setattr(node.hub, "tell", None) if node.hub.tell else node.attach(),
    }
    for name, act, number in steps:
        acts[act](cluster[name], number)
    for node in cluster.nodes.values():
        node.attach()
    cluster.settle()

    people = {
        str(one.user_id) for node in "abc" for c in there[node] if (one := cluster[node].hub.channels[ROOM].member(c))
    }
    for node in cluster.nodes.values():
        assert node.people() == people
        for listener in there[node.name]:
            assert added_up(node.heard[listener.socket_id]) == people


def added_up(frames: list[dict[str, Any]]) -> set[str]:
    """Give the members whom a client believes in, refusing news that is none."""
    known: set[str] = set()
    for frame in frames:
        data = json.loads(frame.get("data") or "{}")
        if frame["event"].endswith("subscription_succeeded"):
            known = set(data["presence"]["ids"])
        elif frame["event"].endswith("member_added"):
            assert data["user_id"] not in known
            known.add(data["user_id"])
        elif frame["event"].endswith("member_removed"):
            known.remove(data["user_id"])
    return known

"""Client and server cores joined by a link that loses nothing: each is the other's oracle (PROTOCOL.md 1, 2, 5, 6)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.protocol.app import App, Terms
from harness.protocol.client import (
    ChannelEvent,
    ClientConnection,
    ErrorReceived,
    Established,
    Event,
    MemberAdded,
    MemberRemoved,
    Pinged,
    Ponged,
    Subscribed,
    SubscriptionFailed,
)
from harness.protocol.connections import Action, Close, Send, ServerConnection
from harness.protocol.dialects import DIALECTS
from harness.protocol.server import Hub
from harness.protocol.signatures import channel_auth

KEY, SECRET = "demo-key", "demo-secret"
CHAT = "private-chat.6.conversation.123"
ROOM = "presence-company.6"
BODY = '{"id":21,"body":"مرحبا / hi"}'


class Link:
    """A hub and its clients; what the hub sends is read at once, and kept as events in the order of arrival."""

    def __init__(self, dialect: str) -> None:
        self.hub = Hub(App("1001", KEY, SECRET), DIALECTS[dialect], Terms(activity_timeout=30, ping_interval=60))
        self.now = 0.0
        self._events: dict[ClientConnection, list[Event]] = {}
        self._ends: dict[ServerConnection, ClientConnection] = {}

    def connect(self, key: str = KEY) -> ClientConnection:
        """Open one more connection; its greeting is already heard."""
        client = ClientConnection()
        end, actions = self.hub.connect(key, f"4711.{len(self._ends)}", now=self.now)
        self._ends[end], self._events[client] = client, []
        self.carry(actions)
        return client

    def send(self, client: ClientConnection, text: str) -> None:
        """Carry one text of a client to the hub, and its answers to everybody."""
        self.carry(self.hub.receive_text(self._end(client), text, now=self.now))

    def join(self, client: ClientConnection, channel: str, member: str | None = None, secret: str = SECRET) -> None:
        """Subscribe with a signature made with this secret."""
        assert client.socket_id is not None
        self.send(
            client, client.subscribe(channel, channel_auth(KEY, secret, client.socket_id, channel, member), member)
        )

    def lose(self, client: ClientConnection) -> None:
        """Cut one client off."""
        client.connection_lost(1006)
        self.carry(self.hub.disconnect(self._end(client)))

    def carry(self, actions: list[Action]) -> None:
        """Do what the hub wants done."""
        for action in actions:
            if isinstance(action, Send):
                for end in action.recipients:
                    client = self._ends[end]
                    self._events[client].append(client.receive_text(action.text))
            elif isinstance(action, Close):
                self._ends[action.connection].connection_lost(action.code, action.reason)

    def heard(self, client: ClientConnection) -> list[Event]:
        """Give what a client heard since it was last asked."""
        events, self._events[client] = self._events[client], []
        return events

    def _end(self, client: ClientConnection) -> ServerConnection:
        return next(end for end, other in self._ends.items() if other is client)


@pytest.fixture(name="link", params=["reverb", "pusher"])
def _link(request: pytest.FixtureRequest) -> Link:
    """Give a link to a hub of each dialect."""
    return Link(request.param)


def member(user_id: str, name: str) -> str:
    """Give the channel_data of a person, as Laravel signs it."""
    return f'{{"user_id":"{user_id}","user_info":{{"name":"{name}"}}}}'


def test_connecting_gives_each_client_its_own_socket_id(link: Link) -> None:
    """Both are established, under the names that the hub knows them by."""
    alice, bob = link.connect(), link.connect()

    timeout = float(link.hub.terms.activity_timeout)
    assert link.heard(alice) == [Established("4711.0", timeout)]
    assert link.heard(bob) == [Established("4711.1", timeout)]
    assert set(link.hub.connections) == {alice.socket_id, bob.socket_id}


def test_a_wrong_key_is_refused_and_closed(link: Link) -> None:
    """The client learns code 4001 whether or not the dialect sends a close frame."""
    client = link.connect(key="other-key")

    assert [event.code for event in link.heard(client) if isinstance(event, ErrorReceived)] == [4001]
    assert (client.state, client.close_code) == ("closed", 4001)


@pytest.mark.parametrize("channel", ["room", CHAT])
def test_subscribers_hear_what_is_published(link: Link, channel: str) -> None:
    """An event reaches every subscriber but the excluded one, with its data as it was published."""
    alice, bob, eve = link.connect(), link.connect(), link.connect()
    for client in (alice, bob):
        link.join(client, channel)
        assert link.heard(client)[-1] == Subscribed(channel, None)
    link.heard(eve)

    link.carry(link.hub.publish("MessageSent", BODY, [channel], except_socket_id=alice.socket_id))
    assert link.heard(bob) == [ChannelEvent("MessageSent", channel, BODY, None)]
    assert link.heard(alice) == link.heard(eve) == []


def test_presence_tells_who_is_there_who_comes_and_who_goes(link: Link) -> None:
    """Members are listed to the joiner and announced to the others, once a person, however many connections."""
    alice, bob, bobs_phone = link.connect(), link.connect(), link.connect()
    hers, his = member("1", "Alice"), member("2", "Bob")
    link.join(alice, ROOM, hers)
    assert link.heard(alice)[-1] == Subscribed(ROOM, {"1": {"name": "Alice"}})

    link.join(bob, ROOM, his)
    link.join(bobs_phone, ROOM, his)
    assert link.heard(alice) == [MemberAdded(ROOM, "2", {"name": "Bob"})]
    assert link.heard(bob)[-1] == Subscribed(ROOM, {"1": {"name": "Alice"}, "2": {"name": "Bob"}})

    link.lose(bob)
    assert link.heard(alice) == []
    link.send(bobs_phone, bobs_phone.unsubscribe(ROOM))
    assert link.heard(alice) == [MemberRemoved(ROOM, "2")]


@pytest.mark.parametrize("channel", [CHAT, ROOM])
def test_a_bad_signature_is_refused(link: Link, channel: str) -> None:
    """The client knows which subscription was meant, though no dialect here names the channel, and hears nothing."""
    eve = link.connect()
    link.join(eve, channel, member("9", "Eve"), secret="guessed")

    refusal = link.heard(eve)[-1]
    assert isinstance(refusal, SubscriptionFailed)
    assert refusal.channel == channel
    link.carry(link.hub.publish("MessageSent", BODY, [channel]))
    assert link.heard(eve) == []
    assert (eve.state, eve.subscriptions) == ("established", {})


def test_a_refused_renewal_leaves_both_sides_subscribed() -> None:
    """Client and hub agree that the first subscription lives on (Reverb's way)."""
    link = Link("reverb")
    alice = link.connect()
    link.join(alice, CHAT)
    link.join(alice, CHAT, secret="guessed")
    assert isinstance(link.heard(alice)[-1], SubscriptionFailed)

    assert alice.subscriptions == {CHAT: "subscribed"}
    link.carry(link.hub.publish("MessageSent", BODY, [CHAT]))
    assert link.heard(alice) == [ChannelEvent("MessageSent", CHAT, BODY, None)]


def test_the_next_guarded_subscribe_follows_the_answer_to_the_last(link: Link) -> None:
    """One after the other, refused or not, each is answered for itself."""
    alice = link.connect()
    link.join(alice, CHAT, secret="guessed")
    link.join(alice, CHAT)
    link.join(alice, ROOM, member("1", "Alice"))

    refused, first, second = link.heard(alice)[1:]
    assert isinstance(refused, SubscriptionFailed)
    assert (first, second) == (Subscribed(CHAT, None), Subscribed(ROOM, {"1": {"name": "Alice"}}))


def test_client_events_reach_the_others_and_name_their_sender(link: Link) -> None:
    """A whisper is relayed to everybody else, as a value, with the sender's id on a presence channel."""
    alice, bob, eve = link.connect(), link.connect(), link.connect()
    link.join(alice, ROOM, member("1", "Alice"))
    link.join(bob, ROOM, member("2", "Bob"))
    for client in (alice, bob, eve):
        link.heard(client)

    link.send(alice, alice.client_event("client-typing", ROOM, {"on": True}))
    assert link.heard(bob) == [ChannelEvent("client-typing", ROOM, {"on": True}, "1")]
    assert link.heard(alice) == link.heard(eve) == []

    link.send(eve, eve.client_event("client-typing", ROOM, {"on": True}))
    assert isinstance(link.heard(eve)[0], ErrorReceived)
    assert link.heard(alice) == link.heard(bob) == []


def test_a_pong_comes_behind_everything_before_it(link: Link) -> None:
    """A ping is answered in the same queue as events, which is what a fence rests on."""
    alice = link.connect()
    link.join(alice, CHAT)
    link.heard(alice)

    link.carry(link.hub.publish("MessageSent", BODY, [CHAT]))
    link.send(alice, alice.ping())
    assert link.heard(alice) == [ChannelEvent("MessageSent", CHAT, BODY, None), Ponged()]


def test_silence_is_pinged_and_an_answer_keeps_the_connection() -> None:
    """Whoever answers the ping stays, whoever does not learns code 4201 (Reverb's way)."""
    link = Link("reverb")
    alice, bob = link.connect(), link.connect()
    for client in (alice, bob):
        link.join(client, "room")
    link.now = 60.0
    link.carry(link.hub.tick(link.now))
    assert link.heard(alice)[-1] == link.heard(bob)[-1] == Pinged()

    link.send(alice, alice.pong())
    link.now = 119.0
    link.carry(link.hub.tick(link.now))
    assert (alice.state, bob.state, bob.close_code) == ("established", "closed", 4201)


def test_nothing_is_heard_after_an_unsubscribe(link: Link) -> None:
    """No acknowledgement comes, and no further event; joining again works."""
    alice = link.connect()
    link.join(alice, CHAT)
    link.heard(alice)

    link.send(alice, alice.unsubscribe(CHAT))
    link.carry(link.hub.publish("MessageSent", BODY, [CHAT]))
    assert link.heard(alice) == []
    link.join(alice, CHAT)
    assert link.heard(alice) == [Subscribed(CHAT, None)]


ACTS = st.tuples(
    st.sampled_from(["join", "guess", "leave", "ping", "publish"]), st.sampled_from(["room", CHAT, ROOM]), st.booleans()
)


@settings(derandomize=True, deadline=None)
@given(st.sampled_from(sorted(DIALECTS)), st.lists(ACTS, max_size=15))
def test_both_sides_agree_on_what_is_subscribed(dialect: str, acts: list[tuple[str, str, bool]]) -> None:
    """Whatever two clients do, hub and client hold the same subscriptions, and events reach exactly their holders."""
    link = Link(dialect)
    clients = [link.connect(), link.connect()]

    for act, channel, is_first in acts:
        client = clients[not is_first]
        data = member(str(int(is_first)), "Name") if channel == ROOM else None
        if act in ("join", "guess"):
            link.join(client, channel, data, secret=SECRET if act == "join" else "guessed")
        elif act == "leave":
            link.send(client, client.unsubscribe(channel))
        elif act == "ping":
            link.send(client, client.ping())
        for each in clients:
            link.heard(each)
        link.carry(link.hub.publish("MessageSent", BODY, [channel]))
        for each in clients:
            assert set(each.subscriptions) == set(link.hub.connections[each.socket_id or ""].subscriptions)
            assert link.heard(each) == [ChannelEvent("MessageSent", channel, BODY, None)] * (
                channel in each.subscriptions
            )

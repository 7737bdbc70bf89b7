"""The server core: what it answers to each act of a client under each dialect, and when it acts by itself."""

import json
from typing import Any, Literal

import pytest

from harness.protocol.channels import ChannelKind
from harness.protocol.connections import Action, Close, ControlPing, Note, Send, ServerConnection
from harness.protocol.dialects import PUSHER, REVERB, Dialect
from harness.protocol.server import App, Hub, Terms
from harness.protocol.signatures import channel_auth

KEY, SECRET = "demo-key", "demo-secret"
UNAUTHORIZED = {"code": 4009, "message": "Connection is unauthorized"}
MALFORMED = {"code": 4200, "message": "Invalid message format"}
NO_MEMBER = {"code": 4009, "message": "The client is not a member of the specified channel."}


class Stage:
    """A hub and its clients; what each was sent is kept as parsed frames, their inner JSON parsed too."""

    def __init__(
        self, dialect: Dialect = REVERB, client_events_from: Literal["members", "all", "none"] = "members"
    ) -> None:
        self.hub = Hub(App("1001", KEY, SECRET), dialect, Terms(30, 60, client_events_from))
        self.heard: dict[ServerConnection, list[Any]] = {}
        self.greeting: list[Any] = []
        self.done: list[Action] = []
        self.notes: list[str] = []

    def connect(self, key: str = KEY, now: float = 0.0) -> ServerConnection:
        """Open a connection and forget its greeting."""
        connection, actions = self.hub.connect(key, f"4711.{len(self.heard)}", now=now)
        self.heard[connection] = []
        self.greeting = self.take(actions, connection)
        return connection

    def take(self, actions: list[Action], connection: ServerConnection | None = None) -> list[Any]:
        """Carry actions out; give the frames that they sent to one connection."""
        self.done = [action for action in actions if not isinstance(action, Send | Note)]
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

    def join(self, connection: ServerConnection, channel: str, member: dict[str, Any] | None = None) -> list[Any]:
        """Subscribe with a good signature, as somebody or as nobody."""
        data = {} if member is None else {"channel_data": json.dumps(member)}
        auth = channel_auth(KEY, SECRET, connection.socket_id, channel, data.get("channel_data"))
        return self.say(connection, "pusher:subscribe", {"channel": channel, "auth": auth, **data})


def _parsed(text: str) -> dict[str, Any]:
    frame: dict[str, Any] = json.loads(text)
    if isinstance(frame.get("data"), str) and frame["event"].startswith("pusher"):
        frame["data"] = json.loads(frame["data"])
    return frame


def error(detail: dict[str, Any]) -> dict[str, Any]:
    """Give the frame that carries this error."""
    return {"event": "pusher:error", "data": detail}


def succeeded(channel: str, data: Any = None) -> dict[str, Any]:
    """Give the frame that acknowledges a subscription."""
    return {"event": "pusher_internal:subscription_succeeded", "data": data or {}, "channel": channel}


def person(user_id: str) -> dict[str, Any]:
    """Give the channel_data of somebody."""
    return {"user_id": user_id, "user_info": {"name": f"Person {user_id}"}}


@pytest.fixture
def stage() -> Stage:
    """Give a hub that speaks as Reverb does."""
    return Stage()


@pytest.fixture
def pusher() -> Stage:
    """Give a hub that speaks as hosted Pusher does."""
    return Stage(PUSHER)


def test_secrets_stay_out_of_text_forms() -> None:
    """What lands in a log or a failure shows neither key nor secret."""
    assert repr(App("1001", KEY, SECRET)) == "App(id='1001')"


def test_a_client_is_greeted_with_its_id(stage: Stage) -> None:
    """The first frame carries the socket id and the timeout in whole seconds."""
    connection = stage.connect()

    data = {"socket_id": connection.socket_id, "activity_timeout": 30}
    assert stage.greeting == [{"event": "pusher:connection_established", "data": data}]
    assert stage.notes == [f"{connection.socket_id} opened"]


def test_an_unknown_key_ends_in_tcp_or_with_a_code(stage: Stage, pusher: Stage) -> None:
    """Reverb sends the error and just ends; Pusher adds a close frame with the code."""
    refused = stage.connect("nosuchkey")
    assert stage.greeting == [error({"code": 4001, "message": "Application does not exist"})]
    assert stage.done == [Close(refused, None)]

    refused = pusher.connect("nosuchkey")
    text = "App key nosuchkey not in this cluster. Did you forget to specify the cluster?"
    assert pusher.greeting == [error({"code": 4001, "message": text})]
    assert pusher.done == [Close(refused, 4001, text)]
    assert "nosuchkey" not in "".join(pusher.notes)
    assert not pusher.hub.connections


def test_nothing_is_heard_behind_the_end(stage: Stage) -> None:
    """A message that was still on its way when the connection ended has no effect."""
    connection = stage.connect("nosuchkey")

    assert stage.say(connection, "pusher:ping") == []


def test_a_client_may_ask_for_its_id_again(stage: Stage) -> None:
    """A connection_established from the client is answered with its own."""
    connection = stage.connect()

    assert stage.say(connection, "pusher:connection_established") == stage.greeting


@pytest.mark.parametrize("data", [None, {}, "", 0, False, "{}", [], ["x"], {"x": 1}])
def test_a_ping_is_answered_whatever_harmless_data_it_has(stage: Stage, data: Any) -> None:
    """A pong without data comes back; what PHP calls empty is no data."""
    assert stage.say(stage.connect(), "pusher:ping", data) == [{"event": "pusher:pong"}]


def test_a_pong_is_silent(stage: Stage) -> None:
    """The client's answer to our ping needs none."""
    assert stage.say(stage.connect(), "pusher:pong", {}) == []


def test_public_channels_are_open(stage: Stage) -> None:
    """A subscription is acknowledged, an event heard once, and after the unsubscription no more."""
    connection = stage.connect()

    assert stage.say(connection, "pusher:subscribe", {"channel": "room"}) == [succeeded("room")]
    assert stage.notes == [f"{connection.socket_id} subscribed to 'room'"]
    heard = stage.take(stage.hub.publish("greeting", '{"n":1}', ["room", "nobody"]), connection)
    assert heard == [{"event": "greeting", "data": '{"n":1}', "channel": "room"}]
    assert stage.notes == ["published 'greeting' on 'room' to 1", "published 'greeting' on 'nobody' to 0"]

    assert stage.say(connection, "pusher:unsubscribe", {"channel": "room"}) == []
    assert stage.take(stage.hub.publish("greeting", "{}", ["room"]), connection) == []
    assert not stage.hub.channels


@pytest.mark.parametrize("channel", ["room", "never"])
def test_leaving_twice_or_what_was_never_joined_is_silent(stage: Stage, channel: str) -> None:
    """An unsubscription has no answer, needed or not."""
    one, two = stage.connect(), stage.connect()
    for connection in (one, two):
        stage.say(connection, "pusher:subscribe", {"channel": "room"})

    for _ in range(2):
        assert stage.say(one, "pusher:unsubscribe", {"channel": channel}) == []
    assert len(stage.take(stage.hub.publish("e", "{}", ["room"]), two)) == 1


def test_one_publish_is_one_frame_for_everybody_but_the_excluded(stage: Stage) -> None:
    """All recipients of a channel stand in one Send, and the sender's own socket is not among them."""
    everybody = [stage.connect() for _ in range(3)]
    for connection in everybody:
        stage.say(connection, "pusher:subscribe", {"channel": "room"})

    sends = [
        action
        for action in stage.hub.publish("e", "{}", ["room"], except_socket_id=everybody[1].socket_id)
        if isinstance(action, Send)
    ]

    assert [send.recipients for send in sends] == [(everybody[0], everybody[2])]


def test_excluding_everybody_or_nobody_known_is_fine(stage: Stage) -> None:
    """A channel with only the excluded socket hears nothing; an unknown id excludes nobody."""
    connection = stage.connect()
    stage.say(connection, "pusher:subscribe", {"channel": "room"})

    assert stage.take(stage.hub.publish("e", "{}", ["room"], except_socket_id=connection.socket_id), connection) == []
    assert len(stage.take(stage.hub.publish("e", "{}", ["room"], except_socket_id="nonsense"), connection)) == 1


def test_a_second_subscription_changes_nothing(stage: Stage) -> None:
    """It is acknowledged, hears each event once, and one unsubscription ends it; a bad one leaves the first alive."""
    connection = stage.connect()
    stage.join(connection, "private-x")

    assert stage.join(connection, "private-x") == [succeeded("private-x")]
    assert stage.say(connection, "pusher:subscribe", {"channel": "private-x", "auth": "no"}) == [error(UNAUTHORIZED)]
    assert len(stage.take(stage.hub.publish("e", "{}", ["private-x"]), connection)) == 1
    stage.say(connection, "pusher:unsubscribe", {"channel": "private-x"})
    assert stage.take(stage.hub.publish("e", "{}", ["private-x"]), connection) == []


def test_a_refused_subscription_hears_nothing_and_is_noted(stage: Stage) -> None:
    """No frame names the channel, the connection lives on, and the log says why without the signature."""
    connection = stage.connect()

    refusal = stage.say(connection, "pusher:subscribe", {"channel": "private-x", "auth": f"{KEY}:0123abc"})

    assert refusal == [error(UNAUTHORIZED)]
    assert "subscribing to 'private-x': the signature is not for this socket" in stage.notes[0]
    assert "0123abc" not in stage.notes[0]
    assert "private-x" not in stage.hub.channels
    assert stage.say(connection, "pusher:ping") == [{"event": "pusher:pong"}]


@pytest.mark.parametrize(("given", "name"), [(5, "5"), (True, "1"), (False, ""), (1.5, "1.5"), ("غ", "غ")])
def test_channel_names_are_taken_as_php_takes_them(stage: Stage, given: object, name: str) -> None:
    """Scalars become text, and an empty name is a name that the answer leaves out."""
    frame = succeeded(name)
    if not name:
        del frame["channel"]

    assert stage.say(stage.connect(), "pusher:subscribe", {"channel": given}) == [frame]


def test_subscribe_data_may_be_json_text(stage: Stage) -> None:
    """A string that holds the object is as good as the object."""
    assert stage.say(stage.connect(), "pusher:subscribe", '{"channel":"room"}') == [succeeded("room")]


MISTAKES = [
    "not json",
    "5",
    "[]",
    "{}",
    '{"event":5}',
    '{"event":null}',
    '{"event":"pusher:nonsense"}',
    '{"event":"pusher:signin","data":{}}',
    '{"event":"pusher:ping","data":"abc"}',
    '{"event":"pusher:ping","data":5}',
    '{"event":"pusher:subscribe"}',
    '{"event":"pusher:subscribe","data":{}}',
    '{"event":"pusher:subscribe","data":{"channel":["room"]}}',
    '{"event":"pusher:subscribe","data":{"channel":"private-x","auth":{}}}',
    '{"event":"pusher:unsubscribe","data":{}}',
    '{"event":"nonsense"}',
    '{"event":"client-x","data":{}}',
    '{"event":"client-x","channel":"","data":{}}',
    '{"event":"client-x","channel":"room","data":"text"}',
    '{"event":"client-x","channel":"room","data":5}',
    b"\x00\x01",
    b"\xff",
]


@pytest.mark.parametrize("text", MISTAKES)
def test_whatever_cannot_be_understood_is_4200(stage: Stage, text: str) -> None:
    """The connection lives on, and the next ping is answered."""
    connection = stage.connect()

    assert stage.take(stage.hub.receive_text(connection, text, now=0.0), connection) == [error(MALFORMED)]
    assert stage.say(connection, "pusher:ping") == [{"event": "pusher:pong"}]


def test_unknown_events_with_a_channel_are_dropped(stage: Stage) -> None:
    """Nobody hears what is neither the protocol's nor a client event."""
    one, two = stage.connect(), stage.connect()
    for connection in (one, two):
        stage.say(connection, "pusher:subscribe", {"channel": "room"})

    assert stage.say(one, "pusher_internal:member_removed", {"user_id": "1"}, channel="room") == []
    assert stage.pop(two) == []


def test_presence_tells_who_is_there_and_who_comes_and_goes(stage: Stage) -> None:
    """A person is announced once, whatever the devices, and removed with the last of them."""
    one, two, three = (stage.connect() for _ in range(3))

    both = {"count": 2, "ids": ["1", "2"], "hash": {"1": {"name": "Person 1"}, "2": {"name": "Person 2"}}}
    stage.join(one, "presence-room", person("1"))
    assert stage.join(two, "presence-room", person("2")) == [succeeded("presence-room", {"presence": both})]
    assert stage.join(three, "presence-room", person("2")) == [succeeded("presence-room", {"presence": both})]
    added = {"event": "pusher_internal:member_added", "channel": "presence-room", "data": person("2")}
    assert stage.pop(one) == [added]

    stage.take(stage.hub.disconnect(three))
    assert stage.pop(one) == []
    stage.say(two, "pusher:unsubscribe", {"channel": "presence-room"})
    removed = {"event": "pusher_internal:member_removed", "channel": "presence-room", "data": {"user_id": "2"}}
    assert stage.pop(one) == [removed]
    assert stage.pop(two) == []


def test_a_first_member_and_a_last_one_have_nobody_to_tell(stage: Stage) -> None:
    """Alone in the room, coming and going is silent."""
    alone = stage.connect()
    stage.join(alone, "presence-room", person("1"))

    assert stage.take(stage.hub.disconnect(alone), alone) == []


def test_a_listener_without_channel_data_is_unseen(stage: Stage) -> None:
    """It gets an empty roster, and nobody is told that it came or went."""
    member, spy = stage.connect(), stage.connect()
    stage.join(member, "presence-room", person("1"))
    stage.pop(member)

    empty = {"presence": {"count": 0, "ids": [], "hash": []}}
    assert stage.join(spy, "presence-room") == [succeeded("presence-room", empty)]
    stage.take(stage.hub.disconnect(spy))
    assert stage.pop(member) == []


def test_a_member_without_user_info_breaks_the_welcome(stage: Stage, pusher: Stage) -> None:
    """Reverb announces such a member and then stumbles; Pusher allows it (PROTOCOL.md 2.2)."""
    member, bare = stage.connect(), stage.connect()
    stage.join(member, "presence-room", person("1"))
    stage.pop(member)
    assert stage.join(bare, "presence-room", {"user_id": "2"}) == [error(MALFORMED)]
    assert [frame["event"] for frame in stage.pop(member)] == ["pusher_internal:member_added"]

    roster = {"presence": {"count": 1, "ids": ["2"], "hash": {"2": None}}}
    assert pusher.join(pusher.connect(), "presence-room", {"user_id": "2"}) == [succeeded("presence-room", roster)]


def test_a_cache_channel_repeats_its_last_event_while_it_is_occupied(stage: Stage) -> None:
    """A newcomer gets the last event or a cache_miss; with the last subscriber the memory goes."""
    one, two = stage.connect(), stage.connect()
    miss = {"event": "pusher:cache_miss", "channel": "cache-news"}
    event = {"event": "e", "data": "1", "channel": "cache-news"}

    stage.hub.publish("e", "0", ["cache-news"])
    assert stage.say(one, "pusher:subscribe", {"channel": "cache-news"}) == [succeeded("cache-news"), miss]
    stage.take(stage.hub.publish("e", "1", ["cache-news"]))
    assert stage.say(two, "pusher:subscribe", {"channel": "cache-news"}) == [succeeded("cache-news"), event]

    for connection in (one, two):
        stage.say(connection, "pusher:unsubscribe", {"channel": "cache-news"})
    assert stage.say(two, "pusher:subscribe", {"channel": "cache-news"}) == [succeeded("cache-news"), miss]


@pytest.mark.parametrize("channel", ["private-x", "room"])
@pytest.mark.parametrize("data", [{"on": True}, '{"on":true}'])
def test_client_events_reach_the_others(stage: Stage, channel: str, data: Any) -> None:
    """Relayed with decoded data and nothing else that the sender added, on public channels too."""
    one, two = stage.connect(), stage.connect()
    for connection in (one, two):
        stage.join(connection, channel)
        stage.pop(connection)

    assert stage.say(one, "client-typing", data, channel=channel, user_id="99", extra=1) == []
    assert stage.pop(two) == [{"event": "client-typing", "channel": channel, "data": {"on": True}}]


def test_client_events_on_presence_name_the_real_sender(stage: Stage) -> None:
    """The user id is the signed one, not the one that was sent; absent data comes out as null."""
    one, two = stage.connect(), stage.connect()
    for connection, user_id in ((one, "1"), (two, "2")):
        stage.join(connection, "presence-room", person(user_id))
    stage.pop(two)

    stage.say(one, "client-typing", channel="presence-room", user_id="99")

    typing = {"event": "client-typing", "channel": "presence-room", "data": None, "user_id": "1"}
    assert stage.pop(two) == [typing]


def test_only_members_send_client_events(stage: Stage) -> None:
    """Somebody outside, and anybody on a channel that does not exist, are told so; nobody hears it."""
    member, outsider = stage.connect(), stage.connect()
    stage.join(member, "private-x")
    stage.pop(member)

    assert stage.say(outsider, "client-typing", {}, channel="private-x") == [error(NO_MEMBER)]
    assert stage.say(outsider, "client-typing", {}, channel="private-y") == [error(NO_MEMBER)]
    assert stage.pop(member) == []


def test_client_events_can_be_off() -> None:
    """The refusal has its own code and the connection lives on."""
    stage = Stage(client_events_from="none")
    disabled = {"code": 4301, "message": "The app does not have client messaging enabled."}

    assert stage.say(stage.connect(), "client-typing", {}, channel="room") == [error(disabled)]


def test_client_events_can_be_everybodys() -> None:
    """Relayed verbatim from whoever sends them, forged user id and all: what a careless setting does."""
    stage = Stage(client_events_from="all")
    member, outsider = stage.connect(), stage.connect()
    stage.join(member, "private-x")
    stage.pop(member)

    stage.say(outsider, "client-typing", '{"on":true}', channel="private-x", user_id="99", extra=1)
    stage.say(outsider, "client-typing", channel="private-x")
    stage.say(outsider, "client-typing", channel="nobody-here")

    forged = {"event": "client-typing", "data": {"on": True}, "channel": "private-x", "user_id": "99", "extra": 1}
    assert stage.pop(member) == [forged, {"event": "client-typing", "channel": "private-x"}]


def test_silence_is_pinged_then_pruned(stage: Stage) -> None:
    """A subscribed client gets a ping at the first look after its silence, and 4201 at the next."""
    connection, witness = stage.connect(), stage.connect()
    stage.join(connection, "presence-room", person("1"))
    stage.join(witness, "presence-room", person("2"))
    stage.pop(connection)

    assert stage.take(stage.hub.tick(59.9), connection) == []
    stage.say(witness, "pusher:ping", now=30.0)
    assert stage.take(stage.hub.tick(60.0), connection) == [{"event": "pusher:ping"}]

    stage.pop(witness)
    stage.say(witness, "pusher:ping", now=90.0)
    gone = error({"code": 4201, "message": "Pong reply not received in time"})
    assert stage.take(stage.hub.tick(120.0), connection) == [gone]
    assert stage.done == [Close(connection, None)]
    assert stage.pop(witness)[-1]["event"] == "pusher_internal:member_removed"
    assert stage.take(stage.hub.disconnect(connection)) == []


def test_any_frame_answers_the_ping(stage: Stage) -> None:
    """A client that says something after the ping is pinged anew, not pruned."""
    connection = stage.connect()
    stage.say(connection, "pusher:subscribe", {"channel": "room"})

    stage.take(stage.hub.tick(60.0), connection)
    stage.say(connection, "pusher:pong", {}, now=61.0)
    assert stage.take(stage.hub.tick(121.0), connection) == [{"event": "pusher:ping"}]


def test_a_client_that_uses_control_frames_is_pinged_by_them(stage: Stage) -> None:
    """Its library answers by itself; a control frame is a sign of life."""
    connection = stage.connect()
    stage.say(connection, "pusher:subscribe", {"channel": "room"})
    stage.hub.receive_control(connection, now=10.0)

    stage.take(stage.hub.tick(69.0), connection)
    assert stage.done == []
    stage.take(stage.hub.tick(70.0), connection)
    assert stage.done == [ControlPing(connection)]


def test_a_connection_without_subscription_is_visited_by_pusher_only(stage: Stage, pusher: Stage) -> None:
    """Reverb never pings it; Pusher pings by control frame and closes with the code."""
    stage.connect()
    assert stage.hub.tick(1000.0) == []

    connection = pusher.connect()
    pusher.take(pusher.hub.tick(60.0))
    assert pusher.done == [ControlPing(connection)]
    pusher.take(pusher.hub.tick(120.0))
    assert pusher.done == [Close(connection, 4201, "Pong reply not received in time")]


def test_terminating_a_person_ends_each_connection_once(stage: Stage, pusher: Stage) -> None:
    """Every device of theirs, in whatever number of rooms, and nobody else's."""
    phone, other = stage.connect(), stage.connect()
    for room in ("presence-a", "presence-b"):
        stage.join(phone, room, person("1"))
    stage.join(other, "presence-a", person("2"))

    stage.take(stage.hub.terminate("1"))
    assert stage.done == [Close(phone, None)]
    assert list(stage.hub.connections.values()) == [other]

    connection = pusher.connect()
    pusher.join(connection, "presence-a", person("1"))
    pusher.take(pusher.hub.terminate("1"))
    assert pusher.done == [Close(connection, 4009, "Terminated by the app")]


PUSHER_REFUSALS = [
    ("pusher:signin", {}, {}, None, "Unsupported event received on socket"),
    ("nonsense", {}, {"channel": "private-x"}, None, "Unsupported event received on socket"),
    ("pusher:subscribe", {"channel": "private-x"}, {}, None, "Existing subscription to channel private-x"),
    (
        "pusher:unsubscribe",
        {"channel": "never"},
        {},
        None,
        "No current subscription to channel never, or subscription in progress",
    ),
    (
        "client-x",
        {},
        {"channel": "private-y"},
        None,
        "Cannot broadcast client event (connection not subscribed to channel private-y)",
    ),
    (
        "client-x",
        {},
        {"channel": "room"},
        4301,
        "Client events are allowed on private and presence channels only",
    ),
    ("pusher:subscribe", {"channel": 5}, {}, 4200, "Invalid message format"),
]


@pytest.mark.parametrize(("event", "data", "members", "code", "message"), PUSHER_REFUSALS)
def test_pusher_words_its_refusals(
    pusher: Stage, event: str, data: Any, members: dict[str, Any], code: int | None, message: str
) -> None:
    """Each mistake is named, mostly with the code null, in an object."""
    connection = pusher.connect()
    pusher.join(connection, "private-x")

    assert pusher.say(connection, event, data, **members) == [error({"code": code, "message": message})]


def test_pusher_relays_client_data_as_it_came(pusher: Stage) -> None:
    """A string stays a string, absent data stays absent, and a subscription once left can be made again."""
    one, two = pusher.connect(), pusher.connect()
    for connection in (one, two):
        pusher.join(connection, "private-x")
    pusher.pop(two)

    pusher.say(one, "client-x", '{"on":true}', channel="private-x")
    pusher.say(one, "client-x", channel="private-x")
    assert pusher.say(one, "pusher:unsubscribe", {"channel": "private-x"}) == []
    assert pusher.join(one, "private-x") == [succeeded("private-x")]

    with_text = {"event": "client-x", "channel": "private-x", "data": '{"on":true}'}
    assert pusher.pop(two) == [with_text, {"event": "client-x", "channel": "private-x"}]


def test_the_kind_of_a_channel_is_the_dialects(stage: Stage, pusher: Stage) -> None:
    """A caller asks the hub, so that a prefix without its dash is read one way everywhere."""
    assert stage.hub.kind_of("presencex") is ChannelKind.PRESENCE
    assert pusher.hub.kind_of("presencex") is ChannelKind.PUBLIC

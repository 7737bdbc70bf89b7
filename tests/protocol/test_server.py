"""The server core: what it answers to each act of a client under each dialect, and when it acts by itself."""

import json
from typing import Any

import pytest

from harness.protocol.app import RateLimit
from harness.protocol.connections import Close, ControlPing, Occurred, Send
from harness.protocol.dialects import PUSHER, REVERB, SOKETI

KEY, SECRET = "demo-key", "demo-secret"
UNAUTHORIZED = {"code": 4009, "message": "Connection is unauthorized"}
MALFORMED = {"code": 4200, "message": "Invalid message format"}
NO_MEMBER = {"code": 4009, "message": "The client is not a member of the specified channel."}


def error(detail: dict[str, Any]) -> dict[str, Any]:
    """Give the frame that carries this error."""
    return {"event": "pusher:error", "data": detail}


def succeeded(channel: str, data: Any = None) -> dict[str, Any]:
    """Give the frame that acknowledges a subscription."""
    return {"event": "pusher_internal:subscription_succeeded", "data": data or {}, "channel": channel}


def person(user_id: str) -> dict[str, Any]:
    """Give the channel_data of somebody."""
    return {"user_id": user_id, "user_info": {"name": f"Person {user_id}"}}


def test_a_client_is_greeted_with_its_id(stage: Any) -> None:
    """The first frame carries the socket id and the timeout in whole seconds."""
    connection = stage.connect()

    data = {"socket_id": connection.socket_id, "activity_timeout": 30}
    assert stage.greeting == [{"event": "pusher:connection_established", "data": data}]
    assert stage.notes == [f"{connection.socket_id} opened"]


def test_an_unknown_key_ends_in_tcp_or_with_a_code(stage: Any, pusher: Any) -> None:
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


def test_nothing_is_heard_behind_the_end(stage: Any) -> None:
    """A message that was still on its way when the connection ended has no effect."""
    connection = stage.connect("nosuchkey")

    assert stage.say(connection, "pusher:ping") == []


def test_a_client_may_ask_for_its_id_again(stage: Any) -> None:
    """A connection_established from the client is answered with its own."""
    connection = stage.connect()

    assert stage.say(connection, "pusher:connection_established") == stage.greeting


@pytest.mark.parametrize("data", [None, {}, "", 0, False, "{}", [], ["x"], {"x": 1}])
def test_a_ping_is_answered_whatever_harmless_data_it_has(stage: Any, data: Any) -> None:
    """A pong without data comes back, what PHP calls empty being no data; a pong has no answer."""
    assert stage.say(stage.connect(), "pusher:ping", data) == [{"event": "pusher:pong"}]
    assert stage.say(stage.connect(), "pusher:pong", data) == []


def test_public_channels_are_open(stage: Any) -> None:
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
def test_leaving_twice_or_what_was_never_joined_is_silent(stage: Any, channel: str) -> None:
    """An unsubscription has no answer, needed or not."""
    one, two = stage.connect(), stage.connect()
    for connection in (one, two):
        stage.say(connection, "pusher:subscribe", {"channel": "room"})

    for _ in range(2):
        assert stage.say(one, "pusher:unsubscribe", {"channel": channel}) == []
    assert len(stage.take(stage.hub.publish("e", "{}", ["room"]), two)) == 1


def test_one_publish_is_one_frame_for_everybody_but_the_excluded(stage: Any) -> None:
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


def test_excluding_everybody_or_nobody_known_is_fine(stage: Any) -> None:
    """A channel with only the excluded socket hears nothing; an unknown id excludes nobody."""
    connection = stage.connect()
    stage.say(connection, "pusher:subscribe", {"channel": "room"})

    assert stage.take(stage.hub.publish("e", "{}", ["room"], except_socket_id=connection.socket_id), connection) == []
    assert len(stage.take(stage.hub.publish("e", "{}", ["room"], except_socket_id="nonsense"), connection)) == 1


def test_a_second_subscription_changes_nothing(stage: Any) -> None:
    """It is acknowledged, hears each event once, and one unsubscription ends it; a bad one leaves the first alive."""
    connection = stage.connect()
    stage.join(connection, "private-x")

    assert stage.join(connection, "private-x") == [succeeded("private-x")]
    assert stage.say(connection, "pusher:subscribe", {"channel": "private-x", "auth": "no"}) == [error(UNAUTHORIZED)]
    assert len(stage.take(stage.hub.publish("e", "{}", ["private-x"]), connection)) == 1
    stage.say(connection, "pusher:unsubscribe", {"channel": "private-x"})
    assert stage.take(stage.hub.publish("e", "{}", ["private-x"]), connection) == []


def test_a_refused_subscription_hears_nothing_and_is_noted(stage: Any) -> None:
    """No frame names the channel, the connection lives on, and the log says why without the signature."""
    connection = stage.connect()

    refusal = stage.say(connection, "pusher:subscribe", {"channel": "private-x", "auth": f"{KEY}:0123abc"})

    assert refusal == [error(UNAUTHORIZED)]
    assert "subscribing to 'private-x': the signature is not for this socket" in stage.notes[0]
    assert "0123abc" not in stage.notes[0]
    assert "private-x" not in stage.hub.channels
    assert stage.say(connection, "pusher:ping") == [{"event": "pusher:pong"}]


@pytest.mark.parametrize(("given", "name"), [(5, "5"), (True, "1"), (False, ""), (1.5, "1.5"), ("غ", "غ")])
def test_channel_names_are_taken_as_php_takes_them(stage: Any, given: object, name: str) -> None:
    """Scalars become text, an empty name is one that the answer leaves out, and data may be JSON in a string."""
    frame = succeeded(name)
    if not name:
        del frame["channel"]

    assert stage.say(stage.connect(), "pusher:subscribe", {"channel": given}) == [frame]
    assert stage.say(stage.connect(), "pusher:subscribe", json.dumps({"channel": given})) == [frame]


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
    b"\x00\x01",
    b"\xff",
]


@pytest.mark.parametrize("text", MISTAKES)
def test_whatever_cannot_be_understood_is_4200(stage: Any, text: str) -> None:
    """The connection lives on, and the next ping is answered."""
    connection = stage.connect()

    assert stage.take(stage.hub.receive_text(connection, text, now=0.0), connection) == [error(MALFORMED)]
    assert stage.say(connection, "pusher:ping") == [{"event": "pusher:pong"}]


def test_unknown_events_with_a_channel_are_dropped(stage: Any) -> None:
    """Nobody hears what is neither the protocol's nor a client event."""
    one, two = stage.connect(), stage.connect()
    for connection in (one, two):
        stage.say(connection, "pusher:subscribe", {"channel": "room"})

    assert stage.say(one, "pusher_internal:member_removed", {"user_id": "1"}, channel="room") == []
    assert stage.pop(two) == []


def test_presence_tells_who_is_there_and_who_comes_and_goes(stage: Any) -> None:
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


def test_a_listener_without_channel_data_is_unseen(stage: Any) -> None:
    """It gets an empty roster, and nobody is told that it came or went."""
    member, spy = stage.connect(), stage.connect()
    stage.join(member, "presence-room", person("1"))
    stage.pop(member)

    empty = {"presence": {"count": 0, "ids": [], "hash": []}}
    assert stage.join(spy, "presence-room") == [succeeded("presence-room", empty)]
    stage.take(stage.hub.disconnect(spy))
    assert stage.pop(member) == []


def test_a_member_without_user_info_breaks_the_welcome(stage: Any, pusher: Any) -> None:
    """Reverb announces such a member and then stumbles; Pusher allows it (PROTOCOL.md 2.2)."""
    member, bare = stage.connect(), stage.connect()
    stage.join(member, "presence-room", person("1"))
    stage.pop(member)
    assert stage.join(bare, "presence-room", {"user_id": "2"}) == [error(MALFORMED)]
    assert [frame["event"] for frame in stage.pop(member)] == ["pusher_internal:member_added"]

    roster = {"presence": {"count": 1, "ids": ["2"], "hash": {"2": None}}}
    assert pusher.join(pusher.connect(), "presence-room", {"user_id": "2"}) == [succeeded("presence-room", roster)]


def test_a_cache_channel_repeats_its_last_event_while_it_is_occupied(stage: Any) -> None:
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


@pytest.mark.parametrize("prefix", ["cache-", "private-cache-", "private-encrypted-cache-", "presence-cache-"])
def test_pusher_remembers_whoever_listens_for_half_an_hour(pusher: Any, prefix: str) -> None:
    """What is published to an empty channel is repeated to its first subscriber, until its time is over."""
    name, one = f"{prefix}news", pusher.connect()
    event = {"event": "e", "data": "1", "channel": name}
    member = person("1") if prefix.startswith("presence") else None
    pusher.hub.read_clock(100.0)
    pusher.hub.publish("e", "1", [name])

    assert pusher.join(one, name, member)[-1] == event
    assert "cache_miss" not in [each.name for each in pusher.occurred]
    pusher.take(pusher.hub.disconnect(one))
    pusher.hub.tick(1899.0)
    assert pusher.hub.recall(name) is not None
    pusher.hub.tick(1900.0)
    two = pusher.connect(now=1900.0)
    assert pusher.join(two, name, member, now=1900.0)[-1] == {"event": "pusher:cache_miss", "channel": name}
    assert pusher.occurred[-1] == Occurred("cache_miss", name)


def test_only_reverb_remembers_client_events(stage: Any, pusher: Any) -> None:
    """A whisper on a cache channel is repeated to newcomers there, and to nobody on Pusher."""
    for one in (stage, pusher):
        sender = one.connect()
        one.join(sender, "private-cache-x")
        one.say(sender, "client-typing", {"on": True}, channel="private-cache-x")

    assert stage.hub.recall("private-cache-x") is not None
    assert pusher.hub.recall("private-cache-x") is None


def test_what_webhooks_tell_of_is_reported(pusher: Any) -> None:
    """A channel is occupied by its first connection, a person added once, each gone with the last, a whisper quoted."""
    one, two = pusher.connect(), pusher.connect()
    room = "presence-room"

    pusher.join(one, room, {"user_id": 1})
    assert pusher.occurred == [Occurred("channel_occupied", room), Occurred("member_added", room, user_id="1")]
    pusher.join(two, room, {"user_id": "1"})
    assert pusher.occurred == []
    pusher.say(one, "client-typing", {"on": True}, channel=room)
    typing = Occurred("client_event", room, "1", "client-typing", {"on": True}, one.socket_id)
    assert pusher.occurred == [typing]
    pusher.take(pusher.hub.disconnect(one))
    assert pusher.occurred == []
    pusher.say(two, "pusher:unsubscribe", {"channel": room})
    assert pusher.occurred == [Occurred("member_removed", room, user_id="1"), Occurred("channel_vacated", room)]


def test_client_events_reach_the_others_only(stage: Any) -> None:
    """Relayed to every other subscriber with the signed user id, not to the sender, and never to an empty channel."""
    one, two = stage.connect(), stage.connect()
    for connection, user_id in ((one, "1"), (two, "2")):
        stage.join(connection, "presence-room", person(user_id))
    stage.pop(one)

    assert stage.say(one, "client-typing", {"on": True}, channel="presence-room", user_id="99") == []
    typing = {"event": "client-typing", "channel": "presence-room", "data": {"on": True}, "user_id": "1"}
    assert stage.pop(two) == [typing]

    assert stage.say(one, "client-typing", {}, channel="private-y") == [error(NO_MEMBER)]
    assert stage.pop(two) == []


def test_the_policy_for_client_events_is_the_operators(careless: Any) -> None:
    """With "all" a stranger is heard, and an event to an empty channel is lost."""
    member, stranger = careless.connect(), careless.connect()
    careless.join(member, "private-x")

    assert careless.say(stranger, "client-typing", channel="private-x") == []
    assert careless.say(stranger, "client-typing", channel="nobody-here") == []
    assert careless.pop(member) == [{"event": "client-typing", "channel": "private-x"}]


def test_silence_is_pinged_then_pruned(stage: Any) -> None:
    """A subscribed client gets a ping at the first look after its silence, and 4201 at the next."""
    connection, witness = stage.connect(), stage.connect()
    stage.join(connection, "presence-room", person("1"))
    stage.join(witness, "presence-room", person("2"))
    stage.pop(connection)

    assert stage.take(stage.hub.tick(59.9), connection) == []
    stage.say(witness, "pusher:ping", now=30.0)
    assert stage.take(stage.hub.tick(60.0, between=True), connection) == []
    assert stage.take(stage.hub.tick(60.0), connection) == [{"event": "pusher:ping"}]
    assert stage.take(stage.hub.tick(60.0, between=True), connection) == []

    stage.pop(witness)
    stage.say(witness, "pusher:ping", now=90.0)
    gone = error({"code": 4201, "message": "Pong reply not received in time"})
    assert stage.take(stage.hub.tick(120.0), connection) == [gone]
    assert stage.done == [Close(connection, None)]
    assert stage.pop(witness)[-1]["event"] == "pusher_internal:member_removed"
    assert stage.take(stage.hub.disconnect(connection)) == []


def test_any_frame_answers_the_ping(stage: Any) -> None:
    """A client that says something after the ping is pinged anew, not pruned."""
    connection = stage.connect()
    stage.say(connection, "pusher:subscribe", {"channel": "room"})

    stage.take(stage.hub.tick(60.0), connection)
    stage.say(connection, "pusher:pong", {}, now=61.0)
    assert stage.take(stage.hub.tick(121.0), connection) == [{"event": "pusher:ping"}]


def test_a_client_that_uses_control_frames_is_pinged_by_them(stage: Any) -> None:
    """Its library answers by itself; a control frame is a sign of life."""
    connection = stage.connect()
    stage.say(connection, "pusher:subscribe", {"channel": "room"})
    stage.hub.receive_control(connection, now=10.0)

    stage.take(stage.hub.tick(69.0), connection)
    assert stage.done == []
    stage.take(stage.hub.tick(70.0), connection)
    assert stage.done == [ControlPing(connection)]


def test_a_connection_without_subscription_is_visited_by_pusher_only(stage: Any, pusher: Any) -> None:
    """Reverb never pings it; Pusher pings by control frame and closes with the code."""
    stage.connect()
    assert stage.hub.tick(1000.0) == []

    connection = pusher.connect()
    pusher.take(pusher.hub.tick(60.0))
    assert pusher.done == [ControlPing(connection)]
    pusher.take(pusher.hub.tick(120.0))
    assert pusher.done == [Close(connection, 4201, "Pong reply not received in time")]


def test_terminating_a_person_ends_each_connection_once(stage: Any) -> None:
    """Every device of theirs, in whatever number of rooms, and nobody else's."""
    phone, other = stage.connect(), stage.connect()
    for room in ("presence-a", "presence-b"):
        stage.join(phone, room, person("1"))
    stage.join(other, "presence-a", person("2"))

    stage.take(stage.hub.terminate("1"))
    assert stage.done == [Close(phone, None)]
    assert list(stage.hub.connections.values()) == [other]


def test_a_server_ends_without_a_word(stage: Any) -> None:
    """Whoever is connected sees TCP end."""
    stage.join(stage.connect(), "public")

    assert stage.hub.farewell() == []


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
    ("pusher:subscribe", {"channel": 5}, {}, 4200, "Invalid message format"),
    (
        "pusher:subscribe",
        {"channel": "private-y", "auth": {}},
        {},
        None,
        "Auth value for subscription to private-y is invalid: should be of format 'key:signature'",
    ),
]


@pytest.mark.parametrize(("event", "data", "members", "code", "message"), PUSHER_REFUSALS)
def test_pusher_words_its_refusals(
    pusher: Any, event: str, data: Any, members: dict[str, Any], code: int | None, message: str
) -> None:
    """Each mistake is named, mostly with the code null, in an object."""
    connection = pusher.connect()
    pusher.join(connection, "private-x")

    assert pusher.say(connection, event, data, **members) == [error({"code": code, "message": message})]


def test_what_was_left_on_pusher_can_be_joined_again(pusher: Any) -> None:
    """Leaving is silent, and afterwards there is no existing subscription in the way."""
    connection = pusher.connect()
    pusher.join(connection, "private-x")

    assert pusher.say(connection, "pusher:unsubscribe", {"channel": "private-x"}) == []
    assert pusher.join(connection, "private-x") == [succeeded("private-x")]


OVER_QUOTA = {"code": 4004, "message": "Application is over connection quota"}
TOO_FAST = {"code": 4301, "message": "Rate limit exceeded"}


def test_reverb_keeps_whom_it_does_not_let_in(staged: Any) -> None:
    """A client over quota is told so instead of being greeted, and can still ping, subscribe and ask for its id."""
    full = staged(REVERB, max_connections=1)
    full.say(full.connect(), "pusher:subscribe", {"channel": "room"})

    kept = full.connect()

    assert full.greeting == [error(OVER_QUOTA)]
    assert full.done == []
    assert full.say(kept, "pusher:ping") == [{"event": "pusher:pong"}]
    assert full.say(kept, "pusher:subscribe", {"channel": "room"}) == [succeeded("room")]
    assert full.say(kept, "pusher:connection_established")[0]["data"]["socket_id"] == kept.socket_id


def test_whoever_is_not_let_in_elsewhere_is_closed(staged: Any) -> None:
    """Pusher closes with the code, and its quota counts those who listen to nothing too."""
    full = staged(PUSHER, max_connections=1)
    full.connect()

    refused = full.connect()

    assert full.done == [Close(refused, 4004, "Application is over connection quota")]
    assert len(full.hub.connections) == 1
    full.connect(protocol="nonsense")
    assert full.greeting == [error({"code": 4006, "message": "Invalid version string format"})]
    assert staged(PUSHER, enabled=False).connect().state == "closed"


def test_reverb_limits_frames_of_any_kind(staged: Any) -> None:
    """One too many is answered with the error and not looked at, until the time is over."""
    rated = staged(REVERB, rate_limit=RateLimit(2, 60))
    connection = rated.connect()

    answers = [rated.say(connection, "pusher:ping", now=now) for now in (1.0, 2.0, 3.0, 61.0)]
    assert answers == [[{"event": "pusher:pong"}], [{"event": "pusher:pong"}], [error(TOO_FAST)], answers[0]]
    assert rated.done == []


def test_a_frame_too_many_may_end_the_connection(staged: Any) -> None:
    """As the operator wants it: the error comes first."""
    rated = staged(REVERB, rate_limit=RateLimit(1, 60, terminate=True))
    connection = rated.connect()
    rated.say(connection, "pusher:ping")

    assert rated.say(connection, "pusher:ping") == [error(TOO_FAST)]
    assert rated.done == [Close(connection, None)]


def test_pusher_relays_ten_client_events_a_second(pusher: Any) -> None:
    """The eleventh is 4301 and nobody hears it; what was never relayed does not count."""
    one, two = pusher.connect(), pusher.connect()
    for connection in (one, two):
        pusher.join(connection, "private-x")
    pusher.say(one, "client-typing", channel="private-y")

    answers = [pusher.say(one, "client-typing", channel="private-x", now=0.5) for _ in range(11)]

    assert [frame["data"]["code"] for frame in answers.pop()] == [4301]
    assert answers == [[]] * 10
    assert len(pusher.pop(two)) == 10
    assert pusher.say(one, "client-typing", channel="private-x", now=1.5) == []


@pytest.mark.parametrize("dialect", [PUSHER, SOKETI])
def test_whoever_signed_in_is_reached_and_ended_as_a_user(staged: Any, dialect: Any) -> None:
    """Presence under the same id is another matter."""
    signing = staged(dialect, signin=True)
    one, other = signing.connect(), signing.connect()
    name = "#server-to-user-42"

    (answer,) = signing.sign_in(one, "42")
    assert (answer["event"], answer["data"]["user_data"]) == ("pusher:signin_success", '{"id": "42"}')
    signing.join(other, "presence-x", person("42"))
    if dialect is PUSHER:
        assert signing.take(signing.hub.publish("e", "1", [name]), one) == []
        assert signing.say(one, "pusher:subscribe", {"channel": name, "auth": ""}) == [succeeded(name)]
    assert signing.take(signing.hub.publish("e", "1", [name]), one) == [{"event": "e", "data": "1", "channel": name}]
    assert signing.take(signing.hub.publish("e", "1", [name], except_socket_id=one.socket_id), one) == []

    signing.take(signing.hub.terminate("42"))
    assert [each.connection for each in signing.done] == [one]
    assert signing.hub.people.connections("42") == ()


def test_watchers_hear_who_is_gone(staged: Any) -> None:
    """With their last connection, however it ended."""
    watching = staged(PUSHER, signin=True, watchlists=True)
    one, two = watching.connect(), watching.connect()
    watching.sign_in(one, "1", watchlist=["2"])
    watching.sign_in(two, "2")
    watching.pop(one)

    (news,) = watching.take(watching.hub.disconnect(two), one)

    assert news["data"] == {"events": [{"name": "offline", "user_ids": ["2"]}]}


def test_subscribers_hear_how_many_they_are(staged: Any, pusher: Any) -> None:
    """Where their app wants it, and not on presence channels; above a hundred, no more than once in five seconds."""
    counting = staged(PUSHER, subscription_counts=True)
    first = counting.connect()
    one = {"event": "pusher_internal:subscription_count", "data": {"subscription_count": 1}, "channel": "room"}
    assert counting.join(first, "room") == [succeeded("room"), one]
    assert counting.occurred[-1] == Occurred("subscription_count", "room", data=1)
    assert len(counting.join(first, "presence-x", person("1"))) == 1
    assert len(pusher.join(pusher.connect(), "room")) == 1

    for _ in range(102):
        counting.join(counting.connect(), "room", now=1.0)
    assert counting.pop(first)[-1]["data"] == {"subscription_count": 101}
    assert counting.take(counting.hub.tick(6.0, between=True), first)[-1]["data"] == {"subscription_count": 103}
    late = counting.connect(now=7.0)
    assert counting.join(late, "room", now=7.0) == [succeeded("room")]


def test_a_connection_without_any_right_is_ended_in_time(staged: Any) -> None:
    """A private channel is one on Pusher; on soketi only signing in is."""
    for dialect, is_enough in ((PUSHER, True), (SOKETI, False)):
        strict = staged(dialect, signin=True, connection_timeout=10.0)
        public, private, user = strict.connect(), strict.connect(), strict.connect()
        strict.join(public, "room")
        strict.join(private, "private-x")
        strict.sign_in(user, "42")

        strict.take(strict.hub.tick(10.0, between=True))
        ended = [(each.connection, each.code) for each in strict.done]
        assert ended == [(public, 4009), *([] if is_enough else [(private, 4009)])]


def test_soketi_says_farewell(staged: Any) -> None:
    """Whoever is connected is told to come back, and closed; who hears anything at all is not given up before."""
    soketi = staged(SOKETI)
    one, two = soketi.connect(), soketi.connect()
    soketi.say(one, "pusher:ping", now=100.0)

    soketi.take(soketi.hub.tick(120.0))
    assert soketi.done == [Close(two, 4201)]
    assert soketi.say(one, "pusher:ping", 5) == [{"event": "pusher:pong", "data": {}}]
    closing = error({"code": 4200, "message": "Server closed. Please reconnect shortly."})
    assert soketi.take(soketi.hub.farewell(), one)[-1] == closing
    assert soketi.done == [Close(one, 4200)]
    assert not soketi.hub.connections

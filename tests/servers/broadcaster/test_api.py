"""The HTTP API, pure: routes, signatures, answers and limits of both dialects (PROTOCOL.md 7, 13)."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from harness.protocol.app import App, RateLimit, Terms
from harness.protocol.connections import Close, Send, ServerConnection
from harness.protocol.dialects import PUSHER, REVERB, SOKETI, Dialect
from harness.protocol.server import Hub
from harness.protocol.signatures import channel_auth, sign_request
from harness.servers.broadcaster.answers import Answer, Request
from harness.servers.broadcaster.api import Api

KEY, SECRET = "demo-key", "demo-secret"
NOW = 1_760_000_000
EVENT = {"name": "e", "channel": "room", "data": "{}"}


class Office:
    """A hub with its API, at a time that stands still."""

    def __init__(self, dialect: Dialect, **app: Any) -> None:
        self.hub = Hub(App("1001", KEY, SECRET, **app), dialect, Terms(30, 60))
        self.now = 0.0
        self.api = Api(self.hub)

    def join(self, channel: str, user_id: str | None = None) -> ServerConnection:
        """Subscribe a new connection, as somebody or as nobody."""
        connection, _ = self.hub.connect(KEY, f"4711.{len(self.hub.connections)}", now=0)
        data = {} if user_id is None else {"channel_data": json.dumps({"user_id": user_id, "user_info": {}})}
        auth = channel_auth(KEY, SECRET, connection.socket_id, channel, data.get("channel_data"))
        frame = {"event": "pusher:subscribe", "data": {"channel": channel, "auth": auth, **data}}
        self.hub.receive_text(connection, json.dumps(frame), now=0)
        return connection

    def call(self, method: str, path: str, body: Any = None, params: Mapping[str, str] | None = None) -> Answer:
        """Make a rightly signed call; a body of bytes is sent as it is."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        full = f"/apps/1001{path}"
        signed = sign_request(KEY, SECRET, method, full, timestamp=NOW, body=content, params=params)
        return self.api.answer(Request(method, full, signed, content), unix_time=NOW, now=self.now)


@pytest.fixture
def soketi() -> Office:
    """Give an API that answers as soketi does."""
    return Office(SOKETI)


@pytest.fixture
def reverb() -> Office:
    """Give an API that answers as Reverb does."""
    return Office(REVERB)


@pytest.fixture
def pusher() -> Office:
    """Give an API that answers as hosted Pusher does."""
    return Office(PUSHER)


def answered(answer: Answer) -> tuple[int, Any]:
    """Give the status, and the body as a value when it is JSON."""
    return answer.status, json.loads(answer.body) if answer.content_type else answer.body


def recipients(answer: Answer) -> list[tuple[ServerConnection, ...]]:
    """Give who is sent something, Send by Send."""
    return [action.recipients for action in answer.actions if isinstance(action, Send)]


@pytest.mark.parametrize(
    ("method", "path", "status", "sentence"),
    [
        ("GET", "/", 404, "Not found."),
        ("GET", "/nowhere", 404, "Not found."),
        ("GET", "/app/", 404, "Not found."),
        ("GET", "/app/key/extra", 404, "Not found."),
        ("POST", "/app/key", 405, "Method not allowed."),
        ("GET", "/apps/1001/events", 405, "Method not allowed."),
        ("POST", "/apps/1001/users/1/events", 404, "Not found."),
        ("GET", "/app/key", 500, "Internal server error."),
        ("POST", "/apps/9/events", 404, "No matching application for ID [9]."),
        ("POST", "/apps/1001/events", 401, "Authentication signature invalid."),
    ],
)
def test_requests_without_a_place_are_refused(
    reverb: Office, method: str, path: str, status: int, sentence: str
) -> None:
    """Routes come first, then the app, then the signature; refusals are bare sentences."""
    assert reverb.api.answer(Request(method, path, {}), unix_time=NOW) == Answer(status, sentence)


def test_health_needs_no_signature(reverb: Office) -> None:
    """Anybody may ask whether the server is up."""
    assert answered(reverb.api.answer(Request("GET", "/up", {}), unix_time=NOW)) == (200, {"health": "OK"})


def test_a_bare_socket_is_the_callers_mistake_on_pusher(pusher: Office) -> None:
    """Asking for a WebSocket without an upgrade is no error of the server there."""
    assert answered(pusher.api.answer(Request("GET", "/app/key", {}), unix_time=NOW)) == (400, "Bad Request")


SIGNED_OTHERWISE = [
    # key, secret, seconds off; then the status of Reverb and of Pusher, and Pusher's sentence
    (KEY, SECRET, 0, 200, 200, ""),
    (KEY, "wrong", 0, 401, 401, "Authentication signature invalid."),
    ("otherkey", SECRET, 0, 200, 401, "auth_key should be a valid app key"),
    (
        KEY,
        SECRET,
        -601,
        200,
        401,
        f"Timestamp expired: Given timestamp ({NOW - 601}) not within 600s of server time ({NOW})",
    ),
    (KEY, SECRET, 601, 200, 401, "Timestamp expired"),
    (KEY, SECRET, -600, 200, 200, ""),
]


@pytest.mark.parametrize(("key", "secret", "off", "on_reverb", "on_pusher", "sentence"), SIGNED_OTHERWISE)
def test_pusher_checks_key_and_time_too(
    reverb: Office, pusher: Office, *, key: str, secret: str, off: int, on_reverb: int, on_pusher: int, sentence: str
) -> None:
    """Reverb looks at the signature alone."""
    path, body = "/apps/1001/events", json.dumps(EVENT).encode()
    params = sign_request(key, secret, "POST", path, timestamp=NOW + off, body=body)
    request = Request("POST", path, params, body)

    assert reverb.api.answer(request, unix_time=NOW).status == on_reverb
    answer = pusher.api.answer(request, unix_time=NOW)
    assert answer.status == on_pusher
    assert sentence in answer.body


def test_a_time_stamp_that_is_no_number_is_expired(pusher: Office) -> None:
    """So is a missing one."""
    for params in ({"auth_key": KEY}, {"auth_key": KEY, "auth_timestamp": "soon"}):
        request = Request("GET", "/apps/1001/channels", params)
        assert pusher.api.answer(request, unix_time=NOW).status == 401


def test_an_event_reaches_each_channel_but_not_the_excluded_socket(reverb: Office) -> None:
    """The answer is empty, and one Send stands for each occupied channel."""
    one, two = reverb.join("room"), reverb.join("room")
    three = reverb.join("hall")

    answer = reverb.call(
        "POST",
        "/events",
        {"name": "e", "channels": ["room", "hall", "nobody"], "data": "{}", "socket_id": one.socket_id},
    )

    assert answered(answer) == (200, {})
    assert recipients(answer) == [(two,), (three,)]


def test_an_event_may_ask_about_its_channels(reverb: Office) -> None:
    """What there is to tell of each is told, nothing of those that are empty."""
    reverb.join("presence-a", "1")
    reverb.join("room")
    body = {"name": "e", "channels": ["presence-a", "room", "none"], "data": "{}", "info": "user_count"}

    assert answered(reverb.call("POST", "/events", body)) == (
        200,
        {"channels": {"presence-a": {"user_count": 1}, "room": {}, "none": {}}},
    )


def test_a_batch_publishes_in_order(reverb: Office, pusher: Office) -> None:
    """Without information the answers differ in the empty batch; with it they are lists."""
    batch = {"batch": [EVENT, {**EVENT, "name": "f"}]}
    asking = {"batch": [EVENT, {**EVENT, "info": "subscription_count"}]}
    for office, empty in ((reverb, {"batch": {}}), (pusher, {})):
        listener = office.join("room")

        answer = office.call("POST", "/batch_events", batch)
        assert answered(answer) == (200, empty)
        assert recipients(answer) == [(listener,), (listener,)]
        told = {"batch": [{}, {"subscription_count": 1}]}
        assert answered(office.call("POST", "/batch_events", asking)) == (200, told)


@pytest.mark.parametrize("path", ["/events", "/batch_events"])
def test_a_body_that_is_no_object_is_refused(reverb: Office, pusher: Office, path: str) -> None:
    """Reverb stumbles, Pusher says what is wrong."""
    for body in (b"{nonsense", b"5", b"[]", b"\xff", b"[" * 5000):
        assert answered(reverb.call("POST", path, body)) == (500, "Internal server error.")
        assert answered(pusher.call("POST", path, body)) == (400, "The body is no JSON object")


def test_fields_are_checked(reverb: Office, pusher: Office) -> None:
    """Laravel's errors on Reverb, a sentence on Pusher."""
    wrong = {**EVENT, "data": {"n": 1}}
    sentence = "The data field must be a string."
    assert answered(reverb.call("POST", "/events", wrong)) == (422, {"data": [sentence]})
    assert answered(pusher.call("POST", "/events", wrong)) == (400, sentence)

    sentence = "The batch field is required."
    assert answered(reverb.call("POST", "/batch_events", {})) == (422, {"batch": [sentence]})
    assert answered(pusher.call("POST", "/batch_events", {})) == (400, sentence)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/events", {**EVENT, "channels": ["c"] * 101}, 400),
        ("/batch_events", {"batch": [EVENT] * 11}, 400),
        ("/events", {**EVENT, "data": "غ" * 5121}, 413),
        ("/events", {**EVENT, "channel": "with space"}, 400),
        ("/batch_events", {"batch": [{**EVENT, "channel": "with space"}]}, 400),
    ],
)
def test_only_pusher_has_limits_within_the_request(
    reverb: Office, pusher: Office, path: str, body: dict[str, Any], status: int
) -> None:
    """What Pusher refuses without publishing anything, Reverb publishes."""
    assert reverb.call("POST", path, body).status == 200
    answer = pusher.call("POST", path, body)
    assert answer.status == status
    assert answer.actions == ()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/events", {**EVENT, "channels": ["c"] * 100}),
        ("/batch_events", {"batch": [EVENT] * 10}),
        ("/events", {**EVENT, "data": "غ" * 5120}),
    ],
)
def test_a_limit_itself_is_allowed(pusher: Office, path: str, body: dict[str, Any]) -> None:
    """100 channels, 10 events, 10,240 bytes."""
    assert pusher.call("POST", path, body).status == 200


def test_channels_lists_what_is_occupied(reverb: Office, pusher: Office) -> None:
    """Filtered by prefix and with the counts that were asked for; Reverb's nothing is a list."""
    assert answered(reverb.call("GET", "/channels")) == (200, {"channels": []})
    assert answered(pusher.call("GET", "/channels")) == (200, {"channels": {}})
    for office in (reverb, pusher):
        office.join("room")
        office.join("presence-a", "1")
        assert answered(office.call("GET", "/channels")) == (200, {"channels": {"room": {}, "presence-a": {}}})
        params = {"filter_by_prefix": "presence-", "info": "user_count"}
        only = {"channels": {"presence-a": {"user_count": 1}}}
        assert answered(office.call("GET", "/channels", params=params)) == (200, only)

    assert reverb.call("GET", "/channels", params={"info": "user_count"}).status == 200
    assert pusher.call("GET", "/channels", params={"info": "user_count"}).status == 400
    assert pusher.call("GET", "/channels/room", params={"info": "user_count"}).status == 400
    assert pusher.call("GET", "/channels/presence-a", params={"info": "user_count"}).status == 200


def test_one_channel_tells_what_it_knows(reverb: Office) -> None:
    """Whether it is occupied always, the rest when asked and when there is such a thing."""
    everything = {"info": "user_count,subscription_count,cache"}
    assert answered(reverb.call("GET", "/channels/room")) == (200, {"occupied": False})

    for _ in range(2):
        reverb.join("room")
        reverb.join("presence-a", "1")
    reverb.join("cache-x")
    reverb.call("POST", "/events", {**EVENT, "channel": "cache-x"})

    expected = {
        "room": {"occupied": True, "subscription_count": 2},
        "presence-a": {"occupied": True, "user_count": 1},
        "cache-x": {
            "occupied": True,
            "subscription_count": 1,
            "cache": {"event": "e", "data": "{}", "channel": "cache-x"},
        },
    }
    for name, told in expected.items():
        assert answered(reverb.call("GET", f"/channels/{name}", params=everything)) == (200, told)


def test_a_channel_name_in_a_path_may_be_escaped(reverb: Office) -> None:
    """What is signed is the path as sent; what is meant is the name."""
    reverb.join("with space")

    assert answered(reverb.call("GET", "/channels/with%20space")) == (200, {"occupied": True})


def test_users_of_a_presence_channel(reverb: Office, pusher: Office) -> None:
    """Each person once; a public channel has none to tell, and a vacant one is unknown to Reverb only."""
    for office, vacant in ((reverb, (404, {})), (pusher, (200, {"users": []}))):
        for user_id in ("1", "2", "2"):
            office.join("presence-a", user_id)
        office.join("room")

        assert answered(office.call("GET", "/channels/presence-a/users")) == (
            200,
            {"users": [{"id": "1"}, {"id": "2"}]},
        )
        assert answered(office.call("GET", "/channels/room/users")) == (400, {})
        assert answered(office.call("GET", "/channels/presence-vacant/users")) == vacant


def test_connections_counts_those_that_are_subscribed(reverb: Office) -> None:
    """A connection without a channel does not count (PROTOCOL.md 7.1)."""
    reverb.join("room")
    reverb.join("private-x")
    reverb.hub.connect(KEY, "9.9", now=0)

    assert answered(reverb.call("GET", "/connections")) == (200, {"connections": 2})


def test_terminating_a_person_closes_their_connections(reverb: Office) -> None:
    """The answer is empty whether there were any or not."""
    theirs = reverb.join("presence-a", "1")
    reverb.join("presence-a", "2")

    answer = reverb.call("POST", "/users/1/terminate_connections", {})

    assert answered(answer) == (200, {})
    assert [action for action in answer.actions if isinstance(action, Close)] == [Close(theirs, None)]
    nobody = reverb.call("POST", "/users/nobody/terminate_connections", {})
    assert (answered(nobody), nobody.actions) == ((200, {}), ())


def test_a_cache_channel_tells_what_it_remembers_and_for_how_long(pusher: Office) -> None:
    """On Pusher with the seconds that are left, whoever listens; until then, and when it is forgotten, nothing."""
    asked = {"info": "cache"}
    assert answered(pusher.call("GET", "/channels/cache-x", params=asked)) == (200, {"occupied": False})

    pusher.call("POST", "/events", {**EVENT, "channel": "cache-x"})

    told = {"occupied": False, "cache": {"data": "{}", "ttl": 1800}}
    assert answered(pusher.call("GET", "/channels/cache-x", params=asked)) == (200, told)
    pusher.now = 1799.5
    assert answered(pusher.call("GET", "/channels/cache-x", params=asked))[1]["cache"]["ttl"] == 1
    pusher.now = 1800
    assert answered(pusher.call("GET", "/channels/cache-x", params=asked)) == (200, {"occupied": False})


def test_events_may_go_to_a_user(pusher: Office) -> None:
    """Although no other name may hold the character that theirs begins with."""
    assert pusher.call("POST", "/events", {**EVENT, "channel": "#server-to-user-7"}).status == 200
    for name in ("#server-to-user-", "#server-to-user-a b", "#other-7", "a#server-to-user-7"):
        assert pusher.call("POST", "/events", {**EVENT, "channel": name}).status == 400


def test_the_name_of_an_event_has_a_limit(pusher: Office, soketi: Office, reverb: Office) -> None:
    """Of 200 characters; Reverb has none."""
    for length, statuses in ((200, [200, 200, 200]), (201, [400, 200, 200])):
        answers = [
            office.call("POST", "/events", {**EVENT, "name": "n" * length}) for office in (pusher, soketi, reverb)
        ]
        assert [answer.status for answer in answers] == statuses
    text = "Event name is too long. Maximum allowed size is 200."
    assert answered(soketi.call("POST", "/events", {**EVENT, "name": "n" * 201}))[1] == {"error": text, "code": 400}


def test_only_reverb_counts_connections(pusher: Office, soketi: Office) -> None:
    """The route is unknown to others."""
    assert pusher.call("GET", "/connections") == Answer(404, "Not found.")
    assert soketi.call("GET", "/connections") == Answer(404, "")


WRONG = "The received data is incorrect"
REFUSED_BY_SOKETI = [
    ("/events", {"channel": "room", "data": "{}"}, 400, WRONG),
    ("/events", {"name": "e", "data": "{}"}, 400, WRONG),
    ("/events", {**EVENT, "data": ""}, 400, WRONG),
    ("/events", b"{nonsense", 401, "The secret authentication failed"),
    ("/events", {**EVENT, "channels": ["c"] * 101}, 400, "Cannot broadcast to more than 100 channels at once"),
    ("/batch_events", {"batch": [EVENT] * 11}, 400, "Cannot batch-send more than 10 messages at once"),
    ("/batch_events", {}, 400, WRONG),
    ("/events", {**EVENT, "data": "x" * 110_000}, 413, "The event data should be less than 100 KB."),
]


@pytest.mark.parametrize(("path", "body", "code", "error"), REFUSED_BY_SOKETI)
def test_soketi_refuses_with_an_object(soketi: Office, path: str, body: Any, code: int, error: str) -> None:
    """The status is always 200: it was sent before anybody knew."""
    assert answered(soketi.call("POST", path, body)) == (200, {"error": error, "code": code})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/events", EVENT),
        ("/events", {**EVENT, "channel": "with space", "socket_id": "nonsense", "info": "user_count"}),
        ("/events", {**EVENT, "data": {"n": 1}}),
        ("/events", {**EVENT, "data": "x" * 11_000}),
        ("/batch_events", {"batch": [EVENT, {**EVENT, "info": "subscription_count"}]}),
        ("/users/7/terminate_connections", {}),
    ],
)
def test_soketi_says_ok(soketi: Office, path: str, body: Any) -> None:
    """To whatever it does, and whatever it was asked beside it."""
    soketi.join("room")

    assert answered(soketi.call("POST", path, body)) == (200, {"ok": True})


def test_soketi_sends_data_as_they_are(soketi: Office) -> None:
    """Text as text, and an object as an object."""
    soketi.join("room")
    sent = []
    for data in ("{}", {"n": 1}, [1], 5):
        answer = soketi.call("POST", "/events", {**EVENT, "data": data})
        sent += [json.loads(action.text)["data"] for action in answer.actions if isinstance(action, Send)]

    assert sent == ["{}", {"n": 1}, [1], 5]


def test_soketi_counts_whatever_it_is_asked(soketi: Office) -> None:
    """Each channel with its listeners, one of them with its people too; others only list them (PROTOCOL.md 7.1)."""
    for user_id in ("1", "2", "2"):
        soketi.join("presence-a", user_id)
    soketi.join("room")
    room, people = ({"subscription_count": count, "occupied": True} for count in (1, 3))

    assert answered(soketi.call("GET", "/channels"))[1] == {"channels": {"presence-a": people, "room": room}}
    assert answered(soketi.call("GET", "/channels/room", params={"info": "cache"}))[1] == room
    assert answered(soketi.call("GET", "/channels/presence-a"))[1] == people | {"user_count": 2}
    assert answered(soketi.call("GET", "/channels/none"))[1] == {"subscription_count": 0, "occupied": False}
    none = {"subscription_count": 0, "occupied": False, "user_count": 0}
    assert answered(soketi.call("GET", "/channels/presence-none"))[1] == none


def test_soketi_lists_users_with_what_they_say(soketi: Office) -> None:
    """If it is asked to, and of presence channels only."""
    soketi.join("presence-a", "1")

    assert answered(soketi.call("GET", "/channels/presence-a/users"))[1] == {"users": [{"id": "1"}]}
    told = {"users": [{"id": "1", "user_info": {}}]}
    assert answered(soketi.call("GET", "/channels/presence-a/users", params={"with_user_info": "1"}))[1] == told
    assert answered(soketi.call("GET", "/channels/presence-b/users"))[1] == {"users": []}
    refused = {"error": "The channel must be a presence channel.", "code": 400}
    assert answered(soketi.call("GET", "/channels/room/users")) == (200, refused)


def test_soketi_is_up_in_two_places_and_elsewhere_says_nothing(soketi: Office) -> None:
    """A bare word, and a bare 404; an app that nobody has is told so in an object."""
    for path in ("/", "/ready"):
        assert soketi.api.answer(Request("GET", path, {}), unix_time=NOW) == Answer(200, "OK")
    for method, path in (("GET", "/up"), ("GET", "/nonsense"), ("GET", "/apps/1001/events")):
        assert soketi.api.answer(Request(method, path, {}), unix_time=NOW) == Answer(404, "")
    unknown = soketi.api.answer(Request("GET", "/apps/9/channels", {}), unix_time=NOW)
    assert answered(unknown) == (200, {"error": "The app 9 could not be found.", "code": 404})


def test_soketi_limits_calls() -> None:
    """Those that it answers say how many are left, and the one too many when to come back."""
    office = Office(SOKETI, rate_limit=RateLimit(1, 10))
    limit = ("X-RateLimit-Limit", "1")

    first, second = (office.call("POST", "/events", EVENT) for _ in range(2))

    assert (answered(first), first.headers) == (
        (200, {"ok": True}),
        (("Retry-After", "10"), limit, ("X-RateLimit-Remaining", "0")),
    )
    assert answered(second) == (200, {"error": "Too many requests.", "code": 429})
    assert second.headers[0] == ("Retry-After", "10")
    assert second.actions == ()

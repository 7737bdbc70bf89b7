"""Wording: the golden frames of PROTOCOL.md 13, byte for byte, and what hosted Pusher spells otherwise."""

from collections.abc import Callable

import pytest
from msgspec import UNSET

from harness.protocol.dialects import PUSHER, REVERB, SOKETI, Dialect
from harness.protocol.refusals import PeerError
from harness.protocol.wording import Wording, as_php_arrays

REVERB_SAYS, PUSHER_SAYS = Wording(REVERB), Wording(PUSHER)

ROSTER = {"count": 1, "ids": ["1"], "hash": {"1": {"name": "Asha"}}}

GOLDEN = [
    (
        "established",
        lambda w: w.established("752577119.803360575", 30.0),
        (
            r'{"event":"pusher:connection_established",'
            r'"data":"{\"socket_id\":\"752577119.803360575\",\"activity_timeout\":30}"}'
        ),
    ),
    (
        "error",
        lambda w: w.error(4009, "Connection is unauthorized"),
        r'{"event":"pusher:error","data":"{\"code\":4009,\"message\":\"Connection is unauthorized\"}"}',
    ),
    ("pong", lambda w: w.pong(), '{"event":"pusher:pong"}'),
    ("ping", lambda w: w.ping(), '{"event":"pusher:ping"}'),
    (
        "succeeded",
        lambda w: w.succeeded("room", None),
        '{"event":"pusher_internal:subscription_succeeded","data":"{}","channel":"room"}',
    ),
    (
        "succeeded without a name",
        lambda w: w.succeeded("", None),
        '{"event":"pusher_internal:subscription_succeeded","data":"{}"}',
    ),
    (
        "succeeded, escaped",
        lambda w: w.succeeded("a/غ", None),
        r'{"event":"pusher_internal:subscription_succeeded","data":"{}","channel":"a\/\u063a"}',
    ),
    (
        "presence",
        lambda w: w.succeeded("presence-room", ROSTER),
        (
            r'{"event":"pusher_internal:subscription_succeeded","data":"{\"presence\":{\"count\":1,\"ids\":[\"1\"],'
            r'\"hash\":{\"1\":{\"name\":\"Asha\"}}}}","channel":"presence-room"}'
        ),
    ),
    (
        "presence, empty",
        lambda w: w.succeeded("presence-room", {"count": 0, "ids": [], "hash": {}}),
        (
            r'{"event":"pusher_internal:subscription_succeeded",'
            r'"data":"{\"presence\":{\"count\":0,\"ids\":[],\"hash\":[]}}","channel":"presence-room"}'
        ),
    ),
    ("cache miss", lambda w: w.cache_miss("cache-x"), '{"event":"pusher:cache_miss","channel":"cache-x"}'),
    (
        "member added",
        lambda w: w.member_added("presence-room", {"user_id": "2", "user_info": {}}),
        (
            r'{"event":"pusher_internal:member_added","data":"{\"user_id\":\"2\",\"user_info\":[]}",'
            r'"channel":"presence-room"}'
        ),
    ),
    (
        "member removed",
        lambda w: w.member_removed("presence-room", "2"),
        r'{"event":"pusher_internal:member_removed","data":"{\"user_id\":\"2\"}","channel":"presence-room"}',
    ),
    (
        "event",
        lambda w: w.event("private-x", "MessageSent", '{"id":21}'),
        r'{"event":"MessageSent","data":"{\"id\":21}","channel":"private-x"}',
    ),
    (
        "client event",
        lambda w: w.client_event("presence-x", "client-typing", {}, "1"),
        '{"event":"client-typing","data":[],"channel":"presence-x","user_id":"1"}',
    ),
    (
        "client event without data",
        lambda w: w.client_event("private-x", "client-typing", None, None),
        '{"event":"client-typing","data":null,"channel":"private-x"}',
    ),
    (
        "verbatim",
        lambda w: w.verbatim({"event": "client-x", "extra": {}, "user_id": "99"}),
        '{"event":"client-x","extra":[],"user_id":"99"}',
    ),
]


@pytest.mark.parametrize(("say", "frame"), [row[1:] for row in GOLDEN], ids=[row[0] for row in GOLDEN])
def test_reverb_frames_are_spelled_as_they_were_seen(say: Callable[[Wording], str], frame: str) -> None:
    """Each frame has the keys, the escapes and the kind of data that Reverb 1.10.2 put on the wire."""
    assert say(REVERB_SAYS) == frame


PLAIN = [
    (
        "error",
        lambda w: w.error(None, "Existing subscription to channel room"),
        '{"event":"pusher:error","data":{"code":null,"message":"Existing subscription to channel room"}}',
    ),
    (
        "text is kept",
        lambda w: w.event("room", "greeting", '"مرحبا/"'),
        r'{"event":"greeting","data":"\"مرحبا/\"","channel":"room"}',
    ),
    (
        "empty objects stay",
        lambda w: w.client_event("private-x", "client-typing", {}, None),
        '{"event":"client-typing","data":{},"channel":"private-x"}',
    ),
    (
        "no data",
        lambda w: w.client_event("private-x", "client-typing", UNSET, None),
        '{"event":"client-typing","channel":"private-x"}',
    ),
    (
        "fractions of a second",
        lambda w: w.established("1.1", 0.5),
        r'{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\",\"activity_timeout\":0.5}"}',
    ),
]


@pytest.mark.parametrize(("say", "frame"), [row[1:] for row in PLAIN], ids=[row[0] for row in PLAIN])
def test_pusher_frames_are_plain_json(say: Callable[[Wording], str], frame: str) -> None:
    """Error data is an object, text keeps its letters, and an empty object stays one."""
    assert say(PUSHER_SAYS) == frame


NO = PeerError(SOKETI.refusals["no auth"], "why", channel="private-x")
BAD_NAME = PeerError(SOKETI.refusals["name characters"], "why", channel="with space")
OFF = PeerError(SOKETI.refusals["client events off"], "why", channel="private-x")
SIGNED = {"auth": "key:00", "user_data": '{"id":"1"}'}

OTHERS = [
    (
        "a refused subscription",
        SOKETI,
        lambda w: w.refusal(NO),
        """{"event":"pusher:subscription_error",\
"data":{"type":"AuthError","error":"The connection is unauthorized.","status":401},"channel":"private-x"}""",
    ),
    (
        "without a type",
        SOKETI,
        lambda w: w.refusal(BAD_NAME).partition(':"The')[0],
        """{"event":"pusher:subscription_error","data":{"error\"""",
    ),
    (
        "an error with a channel",
        SOKETI,
        lambda w: w.refusal(OFF),
        """{"event":"pusher:error",\
"data":{"code":4301,"message":"The app does not have client messaging enabled."},"channel":"private-x"}""",
    ),
    (
        "an error without",
        PUSHER,
        lambda w: w.refusal(OFF),
        """{"event":"pusher:error",\
"data":{"code":4301,"message":"The app does not have client messaging enabled."}}""",
    ),
    ("pong", SOKETI, lambda w: w.pong(), """{"event":"pusher:pong","data":{}}"""),
    (
        "succeeded",
        SOKETI,
        lambda w: w.succeeded("room", None),
        """{"event":"pusher_internal:subscription_succeeded",\
"channel":"room"}""",
    ),
    (
        "a member",
        PUSHER,
        lambda w: w.member_added("presence-x", {"user_id": "1", "extra": 2}),
        """\
{"event":"pusher_internal:member_added","data":"{\\"user_id\\":\\"1\\"}","channel":"presence-x"}""",
    ),
    (
        "signed in",
        PUSHER,
        lambda w: w.signed_in(SIGNED),
        """{"event":"pusher:signin_success",\
"data":{"user_data":"{\\"id\\":\\"1\\"}"}}""",
    ),
    (
        "signed in, echoed",
        SOKETI,
        lambda w: w.signed_in(SIGNED),
        """{"event":"pusher:signin_success",\
"data":{"auth":"key:00","user_data":"{\\"id\\":\\"1\\"}"}}""",
    ),
    (
        "watchlist",
        PUSHER,
        lambda w: w.watchlist({"online": ["1"], "offline": []}),
        """\
{"event":"pusher_internal:watchlist_events","data":"{\\"events\\":[{\\"name\\":\\"online\\",\\"user_ids\\":[\\"1\\"]}]}"}""",
    ),
    (
        "count",
        PUSHER,
        lambda w: w.subscription_count("room", 3),
        """{"event":"pusher_internal:subscription_count",\
"data":"{\\"subscription_count\\":3}","channel":"room"}""",
    ),
    ("any data", SOKETI, lambda w: w.event("room", "e", {"n": 1}), """{"event":"e","data":{"n":1},"channel":"room"}"""),
]


@pytest.mark.parametrize(("dialect", "say", "frame"), [row[1:] for row in OTHERS], ids=[row[0] for row in OTHERS])
def test_what_reverb_does_not_say(dialect: Dialect, say: Callable[[Wording], str], frame: str) -> None:
    """Frames of sign-in, counts and failed subscriptions, and what soketi spells in its own way."""
    assert say(Wording(dialect)) == frame


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, []),
        ({"0": "a", "1": {}}, ["a", []]),
        ({"1": "a"}, {"1": "a"}),
        ({"0": "a", "x": {}}, {"0": "a", "x": []}),
        ([{}, 1, None, "t"], [[], 1, None, "t"]),
        (5, 5),
    ],
)
def test_values_go_through_php_arrays(value: object, expected: object) -> None:
    """An object whose keys count from zero comes back from PHP as a list; everything else keeps its form."""
    assert as_php_arrays(value) == expected

"""What a client may ask the endpoint in, and that every answer is rightly signed."""

import json

import pytest

from harness.protocol.signatures import channel_auth, user_auth
from harness.rig import authorization
from harness.rig.exchange import Answer, Request

KEY, SECRET = "k", "a-secret"


def request(body: bytes, kind: str = "", *, method: str = "POST", **headers: str) -> Request:
    """Make a request."""
    return Request(method, "/broadcasting/auth", {}, {"content-type": kind, **headers}, body)


@pytest.mark.parametrize(
    ("body", "kind", "encoding"),
    [
        (b"socket_id=1.2&channel_name=private-a", "application/x-www-form-urlencoded", "form"),
        (b'{"socket_id":"1.2","channel_name":"private-a"}', "application/json", "JSON"),
        (b'{"socket_id":"1.2","channel_name":"private-a"}', "", "JSON"),
    ],
)
def test_a_form_and_json_are_understood(body: bytes, kind: str, encoding: str) -> None:
    """As pusher-js and Flutter send them."""
    asked = authorization.read(request(body, kind, authorization="Bearer 1|x", cookie="a=b"))

    assert (asked.socket_id, asked.channel, asked.encoding, asked.problem) == ("1.2", "private-a", encoding, "")
    assert asked.credential == "bearer and cookie"


@pytest.mark.parametrize(
    ("body", "method", "problem"),
    [
        (b"", "POST", "it has no socket_id; it has no channel_name"),
        (b"socket_id=undefined&channel_name=private-a", "POST", "its socket_id is 'undefined'"),
        (b"socket_id=1.2&channel_name=private-a", "GET", "it is a GET, not a POST"),
        (b'{"socket_id":[1],"channel_name":7}', "POST", "it has no socket_id; it has no channel_name"),
        (b'{"socket_id":', "POST", "it has no socket_id; it has no channel_name"),
        (b"\xff\xfe=1", "POST", "it has no socket_id; it has no channel_name"),
    ],
)
def test_what_is_wrong_is_said(body: bytes, method: str, problem: str) -> None:
    """In words, and nothing raises."""
    assert authorization.read(request(body, method=method)).problem == problem


def test_a_grant_is_signed_for_the_connection() -> None:
    """Presence channels with the member's data, byte for byte."""
    private = authorization.Asked(socket_id="1.2", channel="private-a")
    presence = authorization.Asked(socket_id="1.2", channel="presence-a")
    member = authorization.MEMBER

    assert json.loads(authorization.granted(private, KEY, SECRET).body) == {
        "auth": channel_auth(KEY, SECRET, "1.2", "private-a")
    }
    assert json.loads(authorization.granted(presence, KEY, SECRET).body) == {
        "auth": channel_auth(KEY, SECRET, "1.2", "presence-a", member),
        "channel_data": member,
    }
    assert json.loads(authorization.recognized(private, KEY, SECRET).body) == {
        "auth": user_auth(KEY, SECRET, "1.2", authorization.USER),
        "user_data": authorization.USER,
    }


def test_a_page_of_any_origin_may_read_the_answer() -> None:
    """Where there is an origin; an app sends none."""
    allowed = authorization.allow(request(b"", origin="http://localhost:3000"), Answer(403))

    assert dict(allowed.headers)["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert authorization.allow(request(b""), Answer(403)) == Answer(403)
    assert authorization.refused(401).status == 401

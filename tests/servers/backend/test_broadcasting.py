"""Tests of the channel authorization endpoint."""

import json
from typing import Any

import pytest

from harness.protocol.signatures import verify_channel_auth

pytestmark = pytest.mark.asyncio

SOCKET = "4711.9001"
CHANNEL = "private-chat.1.conversation.1"
APP = {"key": "demo-key", "secret": "demo-secret"}
AUTH = "/api/broadcasting/auth"


def encodings(fields: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """List the ways in which a client may send the same fields."""
    return [
        ("POST", {"data": fields}),
        ("POST", {"json": fields}),
        ("POST", {"params": fields}),
        ("GET", {"params": fields}),
        ("POST", {"files": {name: (None, value) for name, value in fields.items()}}),
    ]


async def test_a_participant_gets_a_signature_that_verifies(backend: Any) -> None:
    """Form, JSON and query are answered alike, with nothing but the signature, for this socket and channel alone."""
    for method, request in encodings({"socket_id": SOCKET, "channel_name": CHANNEL}):
        answer = await backend.ask("bob", method, AUTH, **request)

        assert answer.status_code == 200
        assert list(answer.json()) == ["auth"]
        auth = answer.json()["auth"]
        assert verify_channel_auth(auth, **APP, socket_id=SOCKET, channel=CHANNEL)
        assert not verify_channel_auth(auth, **APP, socket_id="1.1", channel=CHANNEL)
        assert "demo-secret" not in answer.text


@pytest.mark.parametrize(
    ("role", "channel", "socket_id", "status", "body"),
    [
        ("eve", CHANNEL, SOCKET, 403, '{"message":""}'),
        ("mallory", CHANNEL, SOCKET, 403, '{"message":""}'),
        ("alice", "private-chat.1.conversation.999", SOCKET, 403, '{"message":""}'),
        ("alice", "private-chat.2.conversation.1", SOCKET, 403, '{"message":""}'),
        ("alice", "private-chat.1.conversation.01", SOCKET, 403, '{"message":""}'),
        ("alice", "", SOCKET, 403, '{"message":""}'),
        ("eve", CHANNEL, "undefined", 403, '{"message":""}'),
        ("alice", CHANNEL, "undefined", 500, '{"message":"Server Error"}'),
        ("alice", CHANNEL, "", 500, '{"message":"Server Error"}'),
        ("alice", CHANNEL, "1.2\n", 500, '{"message":"Server Error"}'),
    ],
)
async def test_a_refusal_is_the_same_in_every_encoding(
    backend: Any, role: str, channel: str, socket_id: str, status: int, body: str
) -> None:
    """The rule is asked before the socket id is looked at, and no refusal carries a signature."""
    for method, request in encodings({"socket_id": socket_id, "channel_name": channel}):
        answer = await backend.ask(role, method, AUTH, **request)

        assert (answer.status_code, answer.text) == (status, body)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"socket_id=4711.9001",
        b"channel_name=private-chat.1.conversation.1&channel_name=private-chat.1.conversation.1&socket_id=1.2",
        b"channel_name[]=private-chat.1.conversation.1&socket_id=1.2",
        b"channel_name=private-chat.1.conversation.%ff&socket_id=1.2",
        b"%00=%00&channel_name=%00",
    ],
)
async def test_a_form_that_names_no_one_channel_is_denied(backend: Any, content: bytes) -> None:
    """Missing, doubled, bracketed and undecodable names are 403."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    answer = await backend.ask("alice", "POST", AUTH, content=content, headers=headers)

    assert (answer.status_code, answer.text) == (403, '{"message":""}')


@pytest.mark.parametrize("channel", [None, 1, 1.5, True, [], [CHANNEL], {"name": CHANNEL}])
async def test_json_of_another_type_is_denied(backend: Any, channel: object) -> None:
    """A channel name that is no text is 403; a socket id that is none is 500."""
    denied = await backend.ask("alice", "POST", AUTH, json={"socket_id": SOCKET, "channel_name": channel})
    failed = await backend.ask("alice", "POST", AUTH, json={"socket_id": channel, "channel_name": CHANNEL})

    assert (denied.status_code, failed.status_code) == (403, 500)


@pytest.mark.parametrize("authorization", [None, "Bearer", "Bearer 1|x", "Basic YTpi", "Bearer null"])
async def test_without_a_living_token_nothing_is_signed(backend: Any, authorization: str | None) -> None:
    """401 comes first, whatever is asked for."""
    headers = {} if authorization is None else {"Authorization": authorization}
    for channel in (CHANNEL, "", "room"):
        fields = {"socket_id": SOCKET, "channel_name": channel}

        answer = await backend.client.post(AUTH, data=fields, headers=headers)

        assert (answer.status_code, answer.text) == (401, '{"message":"Unauthenticated."}')


async def test_a_token_that_is_not_good_for_it_signs_nothing(backend: Any) -> None:
    """The ability `realtime` is what it takes."""
    fields = {"socket_id": SOCKET, "channel_name": CHANNEL}
    statuses = []
    for abilities in (["read"], ["realtime"]):
        headers = {"Authorization": f"Bearer {await backend.token('alice', abilities=abilities)}"}
        statuses.append((await backend.client.post(AUTH, data=fields, headers=headers)).status_code)

    assert statuses == [403, 200]


@pytest.mark.parametrize("channel", ["presence-company.1", "presence-chat.1.conversation.1"])
async def test_presence_says_who_joins(backend: Any, channel: str) -> None:
    """The member is signed byte for byte as it is handed out, the user id as a string."""
    bob = backend.person("bob")

    answer = (await backend.ask("bob", "POST", AUTH, data={"socket_id": SOCKET, "channel_name": channel})).json()

    data = answer["channel_data"]
    assert verify_channel_auth(answer["auth"], **APP, socket_id=SOCKET, channel=channel, channel_data=data)
    assert data.isascii()
    assert json.loads(data) == {"user_id": str(bob.id), "user_info": {"id": bob.id, "name": bob.display_name}}


async def test_the_own_channel_is_signed(backend: Any) -> None:
    """Notifications of oneself may be heard."""
    fields = {"socket_id": SOCKET, "channel_name": f"private-App.Models.User.{backend.person('alice').id}"}

    assert (await backend.ask("alice", "POST", AUTH, data=fields)).status_code == 200
    assert (await backend.ask("bob", "POST", AUTH, data=fields)).status_code == 403

"""Tests of publishing, against a real HTTP server."""

import socket
from collections.abc import AsyncIterator
from typing import Any, Protocol

import msgspec
import pytest
import pytest_asyncio

from harness.errors import EnvironmentFault, HarnessError
from harness.protocol.signatures import verify_request
from harness.servers.backend.publisher import Publisher, event_body
from harness.servers.backend.settings import Settings

CHANNEL = "private-chat.6.conversation.123"


class Api(Protocol):
    """What these tests need of the API that `conftest` runs."""

    url: str
    status: int
    answer: bytes
    publishes: list[Any]


@pytest_asyncio.fixture
async def publisher(settings: Settings) -> AsyncIterator[Publisher]:
    """Give a publisher to the API."""
    publisher = Publisher(settings.broadcaster)
    yield publisher
    await publisher.close()


def test_the_body_is_what_laravel_sends() -> None:
    """Data is JSON within JSON, escaped as PHP escapes it; exclusion is one field, and absent without a socket."""
    assert event_body("room", "MessageSent", {"id": 1, "body": "é/"}, socket_id=None) == (
        rb'{"name":"MessageSent","data":"{\"id\":1,\"body\":\"\\u00e9\\\/\"}","channels":["room"]}'
    )
    assert event_body("room", "Quiet", {}, socket_id="1.2") == (
        rb'{"name":"Quiet","data":"{}","channels":["room"],"socket_id":"1.2"}'
    )


@pytest.mark.asyncio
async def test_a_publish_is_signed(api: Api, publisher: Publisher) -> None:
    """The broadcaster can verify who published what, under both readings of `body_md5`."""
    await publisher.publish(CHANNEL, "MessageSent", {"body": "مرحبا 👋"}, socket_id="4711.9001")

    (publish,) = api.publishes
    assert (publish.method, publish.path) == ("POST", "/apps/1001/events")
    assert publish.params["auth_key"] == "demo-key"
    for trust_md5 in (True, False):
        assert verify_request("demo-secret", "POST", publish.path, publish.params, publish.body, trust_md5=trust_md5)
    body = msgspec.json.decode(publish.body)
    assert body["channels"] == [CHANNEL]
    assert body["socket_id"] == "4711.9001"
    assert msgspec.json.decode(body["data"]) == {"body": "مرحبا 👋"}


@pytest.mark.asyncio
async def test_one_connection_serves_many_publishes(api: Api, publisher: Publisher) -> None:
    """A connection is kept, and sends at once what it is given: the network does not wait for more."""
    for _ in range(3):
        await publisher.publish(CHANNEL, "MessageSent", {})

    assert len({publish.client for publish in api.publishes}) == 1
    stream = publisher._pool.connections[0]._connection._network_stream  # type: ignore[attr-defined]
    assert stream.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.asyncio
@pytest.mark.parametrize("socket_id", ["", "undefined", "1", "1.2\n", "1.2.3", " 1.2", "\uff11.\uff12"])
async def test_a_socket_id_that_cannot_be_one_is_not_published(api: Api, publisher: Publisher, socket_id: str) -> None:
    """Excluding nobody instead would send everybody their own messages."""
    with pytest.raises(HarnessError, match="Invalid socket ID"):
        await publisher.publish(CHANNEL, "MessageSent", {}, socket_id=socket_id)

    assert api.publishes == []


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [201, 302, 401, 413, 500])
async def test_any_other_answer_than_200_is_a_failure(api: Api, publisher: Publisher, status: int) -> None:
    """The refusal says the status and the beginning of the answer, on one line."""
    api.status, api.answer = status, b"Payload\r\n too large." + b"x" * 10_000

    with pytest.raises(EnvironmentFault, match=rf"Pusher error: {status} b'Payload") as failed:
        await publisher.publish(CHANNEL, "MessageSent", {})

    assert len(str(failed.value)) < 300
    assert "\n" not in str(failed.value)


@pytest.mark.asyncio
async def test_a_broadcaster_that_is_gone_is_a_failure(settings: Settings) -> None:
    """Nobody listening, and an answer that is no HTTP, are told with the address and without the secret."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
    gone = msgspec.structs.replace(settings.broadcaster, url=f"http://127.0.0.1:{port}")

    with pytest.raises(EnvironmentFault, match=f"127.0.0.1:{port} cannot be reached") as failed:
        await Publisher(gone).publish(CHANNEL, "MessageSent", {})

    assert "demo-secret" not in str(failed.value)

"""A receiver of webhooks that keeps what comes, and fails when it is told to."""

import asyncio
import json

import httpx
import pytest

from harness.conformance.webhooks import Delivery, Receiver, receiving


def sent(receiver: Receiver, channel: str, name: str = "channel_occupied") -> int:
    """Send a webhook, and give the status; 0 for an end without an answer."""
    body = json.dumps({"time_ms": 1, "events": [{"name": name, "channel": channel}]})
    with httpx.Client(trust_env=False) as client:
        try:
            return client.post(receiver.url, content=body, headers={"X-Pusher-Key": "key"}).status_code
        except httpx.RemoteProtocolError:
            return 0


def test_what_came_is_kept() -> None:
    """By the channel that it tells of."""
    with receiving() as receiver:
        assert sent(receiver, "a") == 200
        sent(receiver, "b", "channel_vacated")

        assert receiver.names("a") == ["channel_occupied"]
        assert receiver.names("b") == ["channel_vacated"]
        assert (receiver.about("a")[0].method, receiver.about("a")[0].headers["x-pusher-key"]) == ("POST", "key")


def test_it_fails_as_often_as_it_is_told() -> None:
    """What it did not take is not among what was told."""
    with receiving() as receiver:
        receiver.fails("a", 500, 0)

        assert [sent(receiver, "a") for _ in range(3)] == [500, 0, 200]
        assert len(receiver.about("a")) == 3
        assert receiver.names("a") == ["channel_occupied"]


@pytest.mark.asyncio
async def test_somebody_may_wait_for_what_comes() -> None:
    """No longer than they want to."""
    with receiving() as receiver:
        waiting = asyncio.create_task(receiver.until(lambda: bool(receiver.names("a")), within=10))
        await asyncio.to_thread(sent, receiver, "a")

        assert await waiting
        assert not await receiver.until(lambda: bool(receiver.names("b")), within=0.01)


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b'{"events":5}', b'{"events":[5]}', b"[" * 10_000])
def test_what_is_no_webhook_tells_of_nothing(body: bytes) -> None:
    """It is kept all the same."""
    assert Delivery("POST", {}, body, 200, 0.0).events("a") == []


def test_the_port_is_free_afterwards() -> None:
    """Nothing listens any more."""
    with receiving() as receiver:
        url = receiver.url
    with httpx.Client(trust_env=False) as client, pytest.raises(httpx.ConnectError):
        client.get(url)

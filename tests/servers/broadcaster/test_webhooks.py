"""Webhooks: what is told, together with what, how often, and to whom; the receiver is real."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from msgspec import UNSET

from harness.protocol.app import App
from harness.protocol.connections import Occurred
from harness.protocol.dialects.http import Hooks
from harness.protocol.signatures import webhook_signature
from harness.servers.broadcaster import webhooks as module
from harness.servers.broadcaster.settings import AppSettings, WebhookSettings
from harness.servers.broadcaster.webhooks import Receiver as Address
from harness.servers.broadcaster.webhooks import Timing, Webhooks, body_of, is_receiver
from tests.servers.broadcaster.receiving import Receiver

pytestmark = pytest.mark.asyncio

APP = App("1001", "demo-key", "demo-secret")
FILTERING = Hooks(delay=0, retry_for=0, filters=True)
ONCE = Timing(delay=0, retry_for=0, first_retry=0.01, timeout=5)
AGAIN = Timing(delay=0, retry_for=5, first_retry=0.01, timeout=5)
HOLDING = Timing(delay=0.05, retry_for=0, first_retry=0.01, timeout=5)
FOR_EVER = Timing(delay=3600, retry_for=0, first_retry=0.01, timeout=5)
OCCUPIED, VACATED = (Occurred(f"channel_{what}", "room") for what in ("occupied", "vacated"))
ADDED, REMOVED = (Occurred(f"member_{what}", "presence-x", user_id="7") for what in ("added", "removed"))
SENTINEL = Occurred("cache_miss", "cache-sentinel")
ANN = {"user_id": "ann", "user_info": {}}


@pytest_asyncio.fixture(name="receiver")
async def listening_receiver() -> AsyncIterator[Receiver]:
    """Give a receiver that listens."""
    async with Receiver() as receiver:
        yield receiver


def names(receiver: Receiver) -> list[str]:
    """Give the names of what was told."""
    return [event["name"] for event in receiver.events]


async def test_what_happens_together_is_told_together(receiver: Receiver) -> None:
    """In one request, in its order, signed, with the time; what happens later is told in another."""
    hooks = Webhooks(APP, [Address(receiver.url)], ONCE, FILTERING)
    before = int(time.time() * 1000)
    for occurred in (OCCUPIED, ADDED):
        hooks.note(occurred)
    await receiver.until(1)
    hooks.note(VACATED)
    (headers, body), (_, later) = await receiver.until(2)

    assert headers["content-type"] == "application/json"
    assert headers["target"] == "/hooks?from=us"
    assert (headers["x-pusher-key"], headers["x-pusher-signature"]) == (
        APP.key,
        webhook_signature(APP.secret, body),
    )
    told = json.loads(body)
    assert before <= told["time_ms"] <= int(time.time() * 1000)
    assert told["events"] == [
        {"name": "channel_occupied", "channel": "room"},
        {"name": "member_added", "channel": "presence-x", "user_id": "7"},
    ]
    assert json.loads(later)["events"] == [{"name": "channel_vacated", "channel": "room"}]


async def test_each_kind_of_event_has_its_members() -> None:
    """A client event all of them, the data as they were relayed or none; a count its number."""
    said = Occurred("client_event", "private-x", event="client-a", data={"n": 1}, socket_id="1.1")
    silent = Occurred("client_event", "presence-x", "7", event="client-a", data=UNSET, socket_id="1.1")

    assert json.loads(body_of([said, silent, Occurred("subscription_count", "room", data=3)], time_ms=5)) == {
        "time_ms": 5,
        "events": [
            {
                "name": "client_event",
                "channel": "private-x",
                "event": "client-a",
                "data": {"n": 1},
                "socket_id": "1.1",
            },
            {
                "name": "client_event",
                "channel": "presence-x",
                "event": "client-a",
                "socket_id": "1.1",
                "user_id": "7",
            },
            {"name": "subscription_count", "channel": "room", "subscription_count": 3},
        ],
    }


@pytest.mark.parametrize(("ends", "begins"), [(VACATED, OCCUPIED), (REMOVED, ADDED)])
async def test_who_comes_back_at_once_has_not_left(receiver: Receiver, ends: Occurred, begins: Occurred) -> None:
    """Neither end nor beginning is told; with another channel or person between, both are."""
    hooks = Webhooks(APP, [Address(receiver.url)], FOR_EVER, FILTERING)
    hooks.note(ends)
    hooks.note(begins)
    hooks.note(SENTINEL)

    assert [event["name"] for event in await receiver.until_told("cache_miss")] == ["cache_miss"]
    hooks.note(begins)
    assert names(receiver) == ["cache_miss"]
    await receiver.until(2)
    assert names(receiver) == ["cache_miss", begins.name]
    hooks.stop()


async def test_what_stays_ended_is_told_after_the_delay(receiver: Receiver) -> None:
    """Together with what ended in the same moment."""
    hooks = Webhooks(APP, [Address(receiver.url)], HOLDING, FILTERING)
    began = time.monotonic()
    for occurred in (REMOVED, VACATED):
        hooks.note(occurred)
    await receiver.until_told("member_removed", "channel_vacated")

    assert time.monotonic() - began >= HOLDING.delay
    assert names(receiver) == ["member_removed", "channel_vacated"]


async def test_a_request_that_fails_is_sent_again_unchanged(receiver: Receiver) -> None:
    """Until it is taken, and what comes later waits for its turn."""
    receiver.statuses.extend([500, 404, 302])
    hooks = Webhooks(APP, [Address(receiver.url)], AGAIN, FILTERING)
    hooks.note(OCCUPIED)
    await receiver.until(1)
    hooks.note(VACATED)
    requests = await receiver.until(5)

    assert len({body for _, body in requests[:4]}) == 1
    assert names(receiver) == ["channel_occupied"] * 4 + ["channel_vacated"]


async def test_a_request_is_given_up_in_the_end(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    """Where nothing is tried again, at once; what comes later is told all the same."""
    receiver.statuses.append(500)
    hooks = Webhooks(APP, [Address(receiver.url)], ONCE, FILTERING)
    hooks.note(OCCUPIED)
    await receiver.until(1)
    hooks.note(VACATED)
    await receiver.until(2)

    assert names(receiver) == ["channel_occupied", "channel_vacated"]
    assert f"webhooks: {receiver.url} answered with 500; its 1 events are given up" in caplog.messages


async def test_nobody_there_and_no_answer_in_time_are_failures(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    """Each is tried again like a bad answer, and one receiver's trouble is not another's."""
    caplog.set_level("INFO")
    nowhere = "http://127.0.0.1:1/"
    receiver.is_answering.clear()
    impatient = Timing(delay=0, retry_for=5, first_retry=0.01, timeout=0.05)
    hooks = Webhooks(APP, [Address(nowhere), Address(receiver.url)], impatient, FILTERING)
    hooks.note(OCCUPIED)
    await receiver.until(2)
    hooks.stop()

    assert any(
        message.startswith(f"webhooks: {nowhere} did not answer (ConnectionRefused") for message in caplog.messages
    )
    assert any(f"{receiver.url} did not answer (TimeoutError)" in message for message in caplog.messages)


async def test_a_receiver_is_told_what_it_asked_for(receiver: Receiver) -> None:
    """Where that is filtered; soketi sends whatever happened together with it, and nothing when there is nothing."""
    asked = Address(receiver.url, ("channel_occupied",))
    hooks = Webhooks(APP, [asked], ONCE, FILTERING)
    for occurred in (ADDED, OCCUPIED, VACATED):
        hooks.note(occurred)
    await receiver.until(1)
    assert names(receiver) == ["channel_occupied"]

    receiver.requests.clear()
    hooks = Webhooks(APP, [asked], ONCE, Hooks(delay=0, retry_for=0, filters=False))
    hooks.note(VACATED)
    await asyncio.sleep(0)
    for occurred in (ADDED, OCCUPIED):
        hooks.note(occurred)
    await receiver.until(1)
    assert names(receiver) == ["member_added", "channel_occupied"]


async def test_a_receiver_that_takes_nothing_costs_a_bounded_amount(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The oldest of what waits is dropped for what is new, and said to be."""
    monkeypatch.setattr(module, "MAX_WAITING", 2)
    receiver.is_answering.clear()
    hooks = Webhooks(APP, [Address(receiver.url)], ONCE, FILTERING)
    hooks.note(SENTINEL)
    await receiver.until(1)
    for number in range(3):
        hooks.note(Occurred("channel_occupied", f"room-{number}"))
    receiver.is_answering.set()
    await receiver.until(2)

    assert [event["channel"] for event in receiver.events] == ["cache-sentinel", "room-1", "room-2"]
    assert f"webhooks: {receiver.url} takes too little, the oldest events are dropped" in caplog.messages


async def test_nothing_is_told_after_the_end(receiver: Receiver) -> None:
    """Neither what waits, nor what is held back, nor what comes."""
    receiver.statuses.append(500)
    hooks = Webhooks(
        APP, [Address(receiver.url)], Timing(delay=0.01, retry_for=5, first_retry=0.01, timeout=5), FILTERING
    )
    hooks.note(OCCUPIED)
    hooks.note(REMOVED)
    await receiver.until(1)
    hooks.stop()
    hooks.note(ADDED)

    other = Webhooks(APP, [Address(receiver.url)], Timing(delay=0.05, retry_for=0, first_retry=1, timeout=5), FILTERING)
    other.note(VACATED)
    await receiver.until_told("channel_vacated")
    assert names(receiver) == ["channel_occupied", "channel_vacated"]


async def test_receivers_are_on_this_machine() -> None:
    """By HTTP, at a port."""
    taken = ("http://127.0.0.1:1/", "http://localhost:8000/hooks?a=b")
    refused = (
        "http://10.0.0.1:80/",
        "https://127.0.0.1:1/",
        "http://127.0.0.1/",
        "http://127.example.com:80/",
        "http://127.0.0.1:80/\u00fc",
        "http://127.0.0.1:no/",
        "nonsense",
        "",
    )

    assert all(map(is_receiver, taken))
    assert not any(map(is_receiver, refused))


@pytest.mark.parametrize("dialect", ["pusher"])
async def test_the_broadcaster_tells_what_happens(serve: Any, receiver: Receiver, dialect: str) -> None:
    """Of the app that has a receiver, and of no other; a connection that breaks is heard of too."""
    other = AppSettings(id="1002", key="second-key", secret="second-secret")
    hooks = (WebhookSettings(url=receiver.url),)
    served = await serve(dialect=dialect, webhooks=hooks, webhook_delay=0.01, apps=(other,))
    elsewhere = await served.client(app=other)
    await elsewhere.join("room")
    ann = await served.client()
    await ann.join("presence-x", ANN)
    await ann.send("client-typing", {"n": 1}, channel="presence-x")
    await ann.fence()
    ann.socket.transport.abort()
    events = await receiver.until_told("channel_vacated")

    assert [event["name"] for event in events] == [
        "channel_occupied",
        "member_added",
        "client_event",
        "member_removed",
        "channel_vacated",
    ]
    assert events[2] == {
        "name": "client_event",
        "channel": "presence-x",
        "event": "client-typing",
        "data": {"n": 1},
        "socket_id": ann.socket_id,
        "user_id": "ann",
    }


async def test_a_slow_receiver_never_slows_delivery(serve: Any, receiver: Receiver) -> None:
    """Events go out while a request waits for its answer."""
    receiver.is_answering.clear()
    served = await serve(dialect="pusher", webhooks=(WebhookSettings(url=receiver.url),))
    client = await served.client()
    await client.join("room")
    await receiver.until(1)

    await served.api("POST", "/events", {"name": "e", "channel": "room", "data": "1"})

    assert [frame["data"] for frame in await client.fence()] == ["1"]
    assert len(receiver.requests) == 1


async def test_a_server_that_ends_leaves_no_webhook_behind(serve: Any, receiver: Receiver) -> None:
    """What follows from its end is nobody's news."""
    served = await serve(dialect="pusher", webhooks=(WebhookSettings(url=receiver.url),), webhook_delay=0)
    client = await served.client()
    await client.join("room")
    await receiver.until(1)

    await served.stop()

    assert names(receiver) == ["channel_occupied"]
    assert [task for task in asyncio.all_tasks() if "_deliver" in repr(task)] == []


async def test_what_clients_say_costs_a_receiver_a_bounded_amount(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """However few its events are; and one line tells of all that is dropped together."""
    monkeypatch.setattr(module, "MAX_BYTES", 100)
    receiver.is_answering.clear()
    hooks = Webhooks(APP, [Address(receiver.url)], ONCE, FILTERING)
    hooks.note(SENTINEL)
    await receiver.until(1)
    for number in range(5):
        hooks.note(Occurred("client_event", f"room-{number}", event="client-x", data="x" * 40, socket_id="1.1"))
    hooks.note(Occurred("client_event", "room-5", event="client-x", data=UNSET, socket_id="1.1"))
    receiver.is_answering.set()
    await receiver.until(2)

    assert [event["channel"] for event in receiver.events] == ["cache-sentinel", "room-3", "room-4", "room-5"]
    assert caplog.text.count("takes too little") == 1


async def test_what_is_held_back_costs_a_bounded_amount(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has waited longest is told before its time."""
    monkeypatch.setattr(module, "MAX_WAITING", 2)
    hooks = Webhooks(APP, [Address(receiver.url)], FOR_EVER, FILTERING)
    for number in range(3):
        hooks.note(Occurred("channel_vacated", f"room-{number}"))
    await receiver.until(1)

    assert [event["channel"] for event in receiver.events] == ["room-0"]
    hooks.stop()

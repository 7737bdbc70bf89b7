"""The shell: one publish in one turn, so that a fence is a proof, and what it logs."""

import asyncio
import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from harness.protocol.connections import Action, Send
from harness.protocol.signatures import is_socket_id
from harness.servers.broadcaster.server import Broadcaster, new_socket_id
from harness.servers.broadcaster.tenant import Tenant

pytestmark = pytest.mark.asyncio

MEMBERS = 300
TRIALS = 20


class HastyTenant(Tenant):
    """An app that gives the loop a turn between two recipients, as one with an `await` there would."""

    def perform(self, actions: Iterable[Action]) -> None:
        """Spread each broadcast over as many turns as it has recipients."""
        for action in actions:
            if isinstance(action, Send) and len(action.recipients) > 1:
                self._spread(iter([Send((recipient,), action.text) for recipient in action.recipients]))
            else:
                super().perform([action])

    def _spread(self, sends: Iterator[Send]) -> None:
        for send in sends:
            super().perform([send])
            asyncio.get_running_loop().call_soon(self._spread, sends)
            return


class HastyBroadcaster(Broadcaster):
    """A broadcaster of such apps."""

    tenant_type = HastyTenant


async def missed_fences(served: Any) -> int:
    """
    Count how often the last of many members pings after the first one heard, and reads the pong before the event.

    This is the fence of DESIGN.md 6 in its worst case: who pings is written to last.
    """
    members = [await served.client() for _ in range(MEMBERS)]
    for member in members:
        await member.send("pusher:subscribe", {"channel": "room"})
    for member in members:
        await member.fence()
    first, last, missed = members[0], members[-1], 0
    for trial in range(TRIALS):
        publish = asyncio.create_task(
            served.api("POST", "/events", {"name": "e", "channel": "room", "data": str(trial)})
        )
        assert (await first.read())["data"] == str(trial)
        heard = await last.fence()
        missed += not heard
        await publish
        if not heard:
            await last.read()
    return missed


async def test_a_pong_is_never_before_a_broadcast_that_somebody_heard(serve: Any) -> None:
    """A fence is a proof here: the frame was in every recipient's queue before the first of them could react."""
    assert await missed_fences(await serve()) == 0


async def test_the_fence_test_can_fail(serve: Any) -> None:
    """The same measurement refutes a server that writes to its recipients one turn after another."""
    assert await missed_fences(await serve(HastyBroadcaster)) > 0


async def test_events_arrive_before_the_publishers_answer(serve: Any) -> None:
    """What is published is in the recipients' queues when the publish is answered."""
    served = await serve()
    client = await served.client()
    await client.join("room")

    assert (await served.api("POST", "/events", {"name": "e", "channel": "room", "data": "1"})).json() == {}

    assert await client.fence() == [{"event": "e", "data": "1", "channel": "room"}]


async def test_silence_is_pinged_and_pruned_by_the_clock(serve: Any) -> None:
    """With compressed timers a silent subscriber gets a ping, then the error, then the end of TCP."""
    served = await serve(ping_interval=0.01, prune_interval=0.02)
    client = await served.client()
    await client.send("pusher:subscribe", {"channel": "room"})

    events = [(await client.read())["event"] for _ in range(3)]

    assert events == ["pusher_internal:subscription_succeeded", "pusher:ping", "pusher:error"]
    assert await client.end() == (1006, "")


async def test_pusher_prunes_with_its_code(serve: Any) -> None:
    """The error frame is followed by a close frame with the same code, whatever the client subscribed to."""
    served = await serve(dialect="pusher", ping_interval=0.01, prune_interval=0.02)
    reader, writer = await served.raw()
    writer.write(
        b"GET /app/demo-key?protocol=7 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )

    async with asyncio.timeout(10):
        seen = await reader.readuntil(b"Pong reply not received in time")
        closed = await reader.readuntil(b"Pong reply not received in time")

    assert b"\x89\x00" in seen
    assert b'"code":4201' in seen
    assert closed.endswith((4201).to_bytes(2, "big") + b"Pong reply not received in time")


async def test_the_log_tells_the_story_without_secrets(serve: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Who came, what was refused and why, what was published to how many; no secret, no signature, no content."""
    caplog.set_level("INFO")
    served = await serve()
    client = await served.client()
    await client.send("pusher:subscribe", {"channel": "private-x", "auth": "demo-key:0badc0ffee"})
    await client.join("private-x")
    await served.api("POST", "/events", {"name": "e", "channel": "private-x", "data": '"what people write"'})
    await client.socket.close()

    ours = [record.getMessage() for record in caplog.records if record.name.startswith("harness")]
    why = "subscribing to 'private-x': the signature is not for this socket, channel, data and secret"
    assert ours == [
        f"{client.socket_id} opened",
        f"{client.socket_id} answered with error 4009: {why}",
        f"{client.socket_id} subscribed to 'private-x'",
        "published 'e' on 'private-x' to 1",
        "POST /apps/1001/events answered with 200",
        f"{client.socket_id} closed",
    ]
    for secret in ("demo-secret", "0badc0ffee", "auth_signature", "what people write"):
        assert secret not in "".join(ours)


async def test_a_long_name_does_not_make_a_long_line(serve: Any, caplog: pytest.LogCaptureFixture) -> None:
    """What a peer chose is cut before it is logged."""
    caplog.set_level("INFO")
    served = await serve()
    client = await served.client()

    await client.join("x" * 9000)

    assert max(len(message) for message in caplog.messages) <= 500


async def test_socket_ids_have_the_form_that_every_sdk_checks() -> None:
    """Two numbers and a dot, and no two alike."""
    drawn = {new_socket_id() for _ in range(100)}

    assert len(drawn) == 100
    assert all(is_socket_id(text) for text in drawn)


async def test_stopping_ends_every_connection(serve: Any) -> None:
    """Clients see the end of TCP without a close frame, and new ones are refused."""
    served = await serve()
    client = await served.client()
    reader, _ = await served.raw()

    await served.broadcaster.stop()

    assert await client.end() == (1006, "")
    with pytest.raises(OSError, match=r".*"):
        await asyncio.open_connection(served.host, served.port)
    del reader


async def test_a_hundred_frames_at_once_are_answered_in_order(serve: Any) -> None:
    """Answers keep the order of the questions, whatever mixture they are."""
    served = await serve()
    client = await served.client()

    for number in range(100):
        await client.socket.send(json.dumps({"event": "pusher:subscribe", "data": {"channel": f"r{number}"}}))
        await client.socket.send("not json" if number % 2 else '{"event":"pusher:ping"}')
    frames = [await client.read() for _ in range(200)]

    assert [frame.get("channel") for frame in frames[::2]] == [f"r{number}" for number in range(100)]
    assert [frame["event"] for frame in frames[1::2]] == ["pusher:pong", "pusher:error"] * 50

"""A WebSocket through the interceptor: everything passes, in order, to the last byte and the close code."""

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from harness.faults.interceptor.splitter import framed

pytestmark = pytest.mark.asyncio

ESTABLISHED = json.dumps({"event": "pusher:connection_established", "data": json.dumps({"socket_id": "1.2"})})
JOINED = json.dumps({"event": "pusher_internal:subscription_succeeded", "channel": "private-x", "data": "{}"})
CLOSE = 0x88
"""The first byte of a close frame."""
PONG = json.dumps({"event": "pusher:pong", "data": "{}"})


def message(number: int) -> str:
    """Write the event of a message."""
    data = json.dumps({"id": number, "body": f"number {number}"})
    return json.dumps({"event": "MessageSent", "channel": "private-x", "data": data})


class Broadcaster:
    """Says the same to everybody who connects, bytes behind the upgrade, and keeps what it is sent."""

    def __init__(self, *said: bytes, ends: bool = False) -> None:
        self.heard = bytearray()
        self.over = asyncio.Event()
        self._said = said
        self._ends = ends

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Upgrade, talk, and listen to the end."""
        handshake = ServerProtocol()
        handshake.receive_data(await reader.readuntil(b"\r\n\r\n"))
        (request,) = handshake.events_received()
        assert isinstance(request, Request)
        assert "Sec-WebSocket-Extensions" not in request.headers
        handshake.send_response(handshake.accept(request))
        writer.write(b"".join([*handshake.data_to_send(), *self._said]))
        if self._ends:
            writer.write_eof()
        while read := await reader.read(2**16):
            self.heard += read
            if read[0] == CLOSE and not self._ends:
                writer.write_eof()
        self.over.set()
        writer.close()


def plain(*texts: str) -> bytes:
    """Write frames as a broadcaster does."""
    return b"".join(framed(text, masked=False) for text in texts)


def opened(scene: Any) -> Any:
    """Connect through the interceptor."""
    return connect(f"ws://127.0.0.1:{scene.port}/app/key", proxy=None)


async def test_text_binary_and_hostile_frames_pass_both_ways(intercepted: Any) -> None:
    """Frames of the protocol and of none arrive as they were sent, those read with the upgrade as well."""
    broadcaster = Broadcaster(plain(ESTABLISHED, "no JSON"), Frame(Opcode.BINARY, b"\x00").serialize(mask=False))
    async with intercepted(broadcaster.serve) as scene:
        async with opened(scene) as client:
            assert [await client.recv() for _ in range(3)] == [ESTABLISHED, "no JSON", b"\x00"]
            await client.send("سلام")
            await client.send(["in ", "pieces"])
            client.transport.write(b"\xc3\x80abcd")  # a reserved bit, and an opcode that is none
            client.transport.abort()
        await broadcaster.over.wait()

    assert bytes(broadcaster.heard).endswith(b"\xc3\x80abcd")
    assert len(broadcaster.heard) == sum(map(len, (framed("سلام", masked=True), b"in pieces"))) + 3 * 6 + 6


@pytest.mark.parametrize("code", [1000, 4009, 4200])
async def test_a_close_of_the_broadcaster_keeps_its_code(intercepted: Any, code: int) -> None:
    """Code and reason are what a client decides by whether to come back."""
    frame = Frame(Opcode.CLOSE, code.to_bytes(2, "big") + b"enough").serialize(mask=False)
    async with intercepted(Broadcaster(frame, ends=True).serve) as scene, opened(scene) as client:
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()

    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (code, "enough")


async def test_an_end_without_a_close_frame_is_one(intercepted: Any) -> None:
    """Nothing is made up that the broadcaster did not say."""
    async with intercepted(Broadcaster(ends=True).serve) as scene, opened(scene) as client:
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()

    assert closed.value.rcvd is None


async def test_a_client_that_is_gone_is_gone_for_the_broadcaster(intercepted: Any) -> None:
    """It learns of it at once, and not when it writes."""
    broadcaster = Broadcaster()
    async with intercepted(broadcaster.serve) as scene:
        async with opened(scene) as client:
            client.transport.abort()
        async with asyncio.timeout(10):
            await broadcaster.over.wait()


async def test_what_is_held_goes_out_in_order_before_the_end(intercepted: Any) -> None:
    """A message that waits lets nothing overtake it, neither a pong nor the end of the connection."""
    broadcaster = Broadcaster(plain(ESTABLISHED, JOINED, message(1), PONG), ends=True)
    async with intercepted(broadcaster.serve) as scene:
        scene.switch("DE-08")
        async with opened(scene) as client:
            heard = [await client.recv() for _ in range(4)]
            with pytest.raises(ConnectionClosed):
                await client.recv()

    assert heard == [ESTABLISHED, JOINED, message(1), PONG]


async def test_a_message_that_nothing_overtakes_comes_after_a_while(intercepted: Any) -> None:
    """Of three messages the first two are swapped, and the third waits for one that never comes."""
    async with intercepted(Broadcaster(plain(*map(message, (1, 2, 3)))).serve) as scene:
        scene.switch("DE-07")
        async with opened(scene) as client:
            heard = [await client.recv() for _ in range(3)]

    assert heard == [message(2), message(1), message(3)]


async def test_several_defects_work_behind_one_another(intercepted: Any) -> None:
    """What one makes of a frame is what the next one gets."""
    async with intercepted(Broadcaster(plain(message(1), PONG)).serve) as scene:
        scene.switch("DE-15", "DE-05:always", "DE-04")
        async with opened(scene) as client:
            heard = [json.loads(await client.recv())["event"] for _ in range(2)]

    assert heard == ["App\\Events\\MessageSent", "pusher:pong"]

"""Bytes of frames and requests, right and wrong, and what is read of a server."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from harness.conformance.wire import Opcode, Upgraded, close_frame, connect, frame, upgrade
from harness.errors import EnvironmentFault


@pytest.mark.parametrize(
    ("made", "due"),
    [
        (frame("ab"), b"\x81\x82\0\0\0\0ab"),
        (frame(b"", Opcode.PING, masked=False), b"\x89\x00"),
        (frame(b"a", fin=False), b"\x01\x81\0\0\0\0a"),
        (frame(b"a", reserved=4), b"\xc1\x81\0\0\0\0a"),
        (frame(b"", claimed=200), b"\x81\xfe\x00\xc8\0\0\0\0"),
        (frame(b"", claimed=2**40, masked=False), b"\x81\x7f" + (2**40).to_bytes(8)),
        (close_frame(4200, "x"), b"\x88\x83\0\0\0\0\x10\x68x"),
        (close_frame(None), b"\x88\x80\0\0\0\0"),
    ],
)
def test_a_frame_is_what_it_is_told_to_be(made: bytes, due: bytes) -> None:
    """Kinds, lengths, masks, reserved bits, and a length that is a lie."""
    assert made == due


def test_a_request_leaves_out_what_is_told() -> None:
    """A header takes the place of the usual one, an empty value leaves it out."""
    text = upgrade("here:1", "/app/k", [("Sec-WebSocket-Version", "12"), ("Sec-WebSocket-Key", "")], method="POST")

    assert text.startswith(b"POST /app/k HTTP/1.1\r\nHost: here:1\r\n")
    assert b"Sec-WebSocket-Version: 12\r\n" in text
    assert b"Sec-WebSocket-Key" not in text
    assert text.endswith(b"\r\n\r\n")


@pytest.mark.asyncio
async def test_messages_are_read_whole(impostor: Callable[..., Any]) -> None:
    """Fragments make one message, control frames between them stand alone, and the end comes last."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame("a", fin=False, masked=False) + frame(b"p", Opcode.PING, masked=False))
        writer.write(frame("b" * 70_000, Opcode.CONTINUATION, masked=False) + b"\x88\x02\x03\xe8")

    async with impostor(answer) as server:
        wire = await connect(server.url, within=5)
        arrivals = [await wire.arrival() for _ in range(4)]
        wire.abort()

    ping, message, close, end = arrivals
    assert (ping.opcode, ping.payload) == (Opcode.PING, b"p")
    assert (message.opcode, message.text) == (Opcode.TEXT, "a" + "b" * 70_000)
    assert (close.opcode, close.code, end.ended, end.code) == (Opcode.CLOSE, 1000, True, None)


@pytest.mark.parametrize(
    ("said", "status"), [(b"", 0), (b"SSH-2.0-x\r\n\r\n", 0), (b"HTTP/1.1 404 No\r\nA: b\r\n\r\n", 404)]
)
@pytest.mark.asyncio
async def test_a_head_is_read_whatever_it_is(impostor: Callable[..., Any], said: bytes, status: int) -> None:
    """What is no HTTP has status 0."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)

    async with impostor(answer) as server:
        wire = await connect(server.url, within=5)
        head = await wire.head()
        assert await wire.body(head) == b""
        wire.abort()

    assert head.status == status
    assert head.headers == ({"a": "b"} if status else {})


@pytest.mark.asyncio
async def test_an_address_without_a_server_is_told(unused_tcp_port: int) -> None:
    """No connection is a fault of the environment."""
    with pytest.raises(EnvironmentFault, match="no connection to ws://127"):
        await connect(f"ws://127.0.0.1:{unused_tcp_port}", within=5)


@pytest.mark.parametrize(
    ("said", "body"),
    [
        (b"Content-Length: 2\r\n\r\nno, and more", b"no"),
        (b"Connection: close\r\n\r\nno", b"no"),
        (b"Connection: Upgrade\r\n\r\nsome", b"some"),
    ],
)
@pytest.mark.asyncio
async def test_a_body_ends_where_it_is_said_to(impostor: Callable[..., Any], said: bytes, body: bytes) -> None:
    """By its length, or with the connection; of any other, what comes at once."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 426 No\r\n" + said)

    async with impostor(answer) as server:
        wire = await connect(server.url, within=5)
        assert await wire.body(await wire.head()) == body
        wire.abort()


@pytest.mark.asyncio
async def test_frames_behind_a_refusal_are_read(impostor: Callable[..., Any]) -> None:
    """Reverb refuses a handshake and goes on."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 426 No\r\nConnection: Upgrade\r\n\r\n\x81\x02{}\x81\x01")
        await writer.drain()
        writer.write(b"5")

    async with impostor(answer) as server:
        wire = await connect(server.url, within=5)
        with pytest.raises(Upgraded):
            await wire.body(await wire.head())
        texts = [(await wire.arrival()).text for _ in range(2)]
        wire.abort()

    assert texts == ["{}", "5"]


@pytest.mark.parametrize("size", ["\xb2", "9" * 5000])
@pytest.mark.asyncio
async def test_a_number_that_is_none_is_not_read_as_one(impostor: Callable[..., Any], size: str) -> None:
    """Neither as a status nor as a length."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {size} x\r\n\r\nHTTP/1.1 400 x\r\nContent-Length: {size}\r\n\r\nbody".encode("latin-1"))

    async with impostor(answer) as server:
        wire = await connect(server.url, within=5)
        assert (await wire.head()).status == 0
        head = await wire.head()
        assert (head.status, await wire.body(head)) == (400, b"body")
        wire.abort()


@pytest.mark.parametrize(
    "sent", [b"\x81\x7f" + b"\x7f" * 8 + b"x", (b"\x01\x7f" + (2**20).to_bytes(8) + b"x" * 2**20), b"\x01\0" * 30_000]
)
@pytest.mark.asyncio
async def test_a_message_without_end_is_the_end(impostor: Callable[..., Any], sent: bytes) -> None:
    """In one frame that claims so, or in fragments."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while True:
                writer.write(sent)
                await writer.drain()

    async with impostor(answer) as server:
        wire = await connect(server.url, within=5)
        async with asyncio.timeout(10):
            assert (await wire.arrival()).ended
        wire.abort()


@pytest.mark.asyncio
async def test_a_body_without_end_is_cut(impostor: Callable[..., Any]) -> None:
    """Whoever reads it has memory with an end."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 No\r\nConnection: close\r\n\r\n")
        with contextlib.suppress(OSError):
            while True:
                writer.write(b"x" * 65_536)
                await writer.drain()

    async with impostor(answer) as server:
        wire = await connect(server.url, within=5)
        async with asyncio.timeout(10):
            assert 2**20 <= len(await wire.body(await wire.head())) < 2**21
        wire.abort()

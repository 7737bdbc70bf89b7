"""Endpoint: whatever opens a TCP connection and speaks, or does not speak, HTTP."""

import asyncio
import contextlib
import re
import socket
import struct
from typing import Any

import pytest

from harness.servers.broadcaster import endpoint

pytestmark = pytest.mark.asyncio

HEADERS = b"Host: x\r\n\r\n"


async def test_the_connection_ends_with_the_answer(serve: Any) -> None:
    """As Reverb does it: one request, one answer, the end."""
    served = await serve()

    answer = await served.exchange(b"GET /up HTTP/1.1\r\n" + HEADERS)

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b'{"health":"OK"}')


async def test_a_connection_is_kept_where_the_dialect_keeps_it(serve: Any) -> None:
    """Two requests in one go give two answers, in order, and the third may ask to close."""
    served = await serve(dialect="pusher")
    up, nowhere = (b"GET %s HTTP/1.1\r\n" % path for path in (b"/up", b"/nowhere"))

    answer = await served.exchange(up + HEADERS + nowhere + HEADERS + up + b"Connection: close\r\n" + HEADERS)

    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"404", b"200"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20, b"400"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET /app/demo-key HTTP/1.1\r\n" + HEADERS, b"500"),
        (b"POST /app/demo-key HTTP/1.1\r\nUpgrade: websocket\r\n" + HEADERS, b"405"),
        (b"GET /up HTTP/1.1\r\nUpgrade: websocket\r\n" + HEADERS, b"200"),
        (b"GET /up HTTP/1.1\r\nX-Pad: " + b"x" * 20_000 + b"\r\n" + HEADERS, b"413"),
        (b"POST /apps/1001/events HTTP/1.1\r\nContent-Length: 110000\r\n" + HEADERS + b"x" * 110_000, b"413"),
    ],
)
async def test_every_oddity_has_its_answer(serve: Any, sent: bytes, status: bytes) -> None:
    """And the answer is read, although the server did not want the rest of the request."""
    served = await serve()

    assert (await served.exchange(sent))[9:12] == status


async def test_half_a_request_and_the_end_leave_nothing_behind(serve: Any) -> None:
    """The next client is served, and stopping finds no connection that hangs."""
    served = await serve()
    _, writer = await served.raw()
    writer.write(b"POST /apps/1001/events HTTP/1.1\r\nContent-Le")
    writer.close()
    await writer.wait_closed()

    assert (await served.exchange(b"GET /up HTTP/1.1\r\n" + HEADERS)).startswith(b"HTTP/1.1 200")


async def test_a_reset_connection_is_noted(serve: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A client that breaks off in the middle costs a line in the log."""
    caplog.set_level("INFO")
    served = await serve()
    _, writer = await served.raw()
    writer.write(b"GET /up HTTP/1.1\r\n")
    never_linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, never_linger)
    writer.transport.abort()

    await served.exchange(b"GET /up HTTP/1.1\r\n" + HEADERS)

    assert "a connection broke: ConnectionResetError" in caplog.messages


@pytest.mark.parametrize(
    "sent", [b"", b"GET /up HT", b"POST /apps/1001/events HTTP/1.1\r\nContent-Length: 9\r\n" + HEADERS]
)
async def test_whoever_does_not_come_to_the_end_of_a_request_is_not_waited_for(
    serve: Any, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    """Half-open connections would be without number."""
    monkeypatch.setattr(endpoint, "PATIENCE", 0.05)
    served = await serve(dialect="pusher")
    reader, writer = await served.raw()
    writer.write(b"GET /up HTTP/1.1\r\n" + HEADERS + sent)

    async with asyncio.timeout(10):
        with contextlib.suppress(ConnectionResetError):
            assert (await reader.read()).count(b"HTTP/1.1 200") == 1


async def test_a_websocket_may_be_silent_for_longer(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time for a request ends with it."""
    monkeypatch.setattr(endpoint, "PATIENCE", 0.05)
    served = await serve()
    client = await served.client()
    late = await served.raw()
    with contextlib.suppress(ConnectionResetError):
        await late[0].read()

    assert await client.fence() == []


async def test_whoever_reads_no_answers_is_not_read_either(serve: Any) -> None:
    """What it would be answered would be without end."""
    served = await serve(dialect="pusher")
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(0)
    requests = (b"GET /up HTTP/1.1\r\n" + HEADERS) * 4000
    with sock:
        loop = asyncio.get_running_loop()
        await loop.sock_connect(sock, (served.host, served.port))
        flood = asyncio.create_task(_flood(sock, requests))
        async with asyncio.timeout(10):
            while all(one.is_reading() for one in served.broadcaster._transports):  # noqa: ASYNC110  nothing tells
                await asyncio.sleep(0)
        held = [one.get_write_buffer_size() for one in served.broadcaster._transports]
        assert max(held) < 4 * 2**20
        flood.cancel()
        assert (await served.exchange(b"GET /up HTTP/1.1\r\nConnection: close\r\n" + HEADERS)).endswith(b'"OK"}')


async def test_whoever_reads_on_is_read_on(serve: Any) -> None:
    """However much it asked for in one go."""
    served = await serve(dialect="pusher")
    up = b"GET /up HTTP/1.1\r\n"

    answer = await served.exchange((up + HEADERS) * 20_000 + up + b"Connection: close\r\n" + HEADERS)

    assert answer.count(b"HTTP/1.1 200") == 20_001


async def _flood(sock: socket.socket, requests: bytes) -> None:
    while True:
        await asyncio.get_running_loop().sock_sendall(sock, requests)

"""Endpoint: whatever opens a TCP connection and speaks, or does not speak, HTTP."""

import re
import socket
import struct
from typing import Any

import pytest

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

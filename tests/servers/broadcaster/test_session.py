"""Session: the WebSocket side of a connection, with a client of the `websockets` library and with bare bytes."""

import asyncio
import contextlib
import socket
import struct
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from harness.servers.broadcaster.session import MAX_BACKLOG

pytestmark = pytest.mark.asyncio

PATIENCE = 10.0
HALF = 2**19  # bytes; the client library takes a megabyte at most
HANDSHAKE = (
    b"GET /app/demo-key?protocol=7 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
)
PING = b'{"event":"pusher:ping"}'


def masked(payload: bytes, *, opcode: int = 1, fin: bool = True, length: int | None = None) -> bytes:
    """Give a client's frame; `length` is what its header claims."""
    claimed = len(payload) if length is None else length
    first = (0x80 if fin else 0) | opcode
    head = struct.pack("!BB", first, 0x80 | claimed) if claimed < 126 else struct.pack("!BBQ", first, 0xFF, claimed)
    return head + b"\0\0\0\0" + payload


async def opened(served: Any, *, early: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a WebSocket by hand, and read up to its first frame; `early` is sent together with the handshake."""
    reader, writer = await served.raw()
    writer.write(HANDSHAKE + b"\r\n" + early)
    async with asyncio.timeout(PATIENCE):
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(2)
        await reader.readuntil(b'30}"}')
    assert head.startswith(b"HTTP/1.1 101 ")
    return reader, writer


async def rest(reader: asyncio.StreamReader) -> bytes:
    """Give everything up to the server's end of the connection."""
    async with asyncio.timeout(PATIENCE):
        return await reader.read()


async def test_the_handshake_offers_nothing_that_was_not_asked_for(serve: Any) -> None:
    """The fingerprint of Reverb is there; extensions and subprotocols are not."""
    served = await serve()
    client = await served.client(subprotocols=["x"])

    headers = client.socket.response.headers
    assert headers["X-Powered-By"] == "Laravel Reverb"
    assert "Sec-WebSocket-Extensions" not in headers
    assert "Sec-WebSocket-Protocol" not in headers


async def test_pusher_does_not_name_itself(serve: Any) -> None:
    """A dialect without that header sends none."""
    client = await (await serve(dialect="pusher")).client()

    assert "X-Powered-By" not in client.socket.response.headers


BARE = b"GET /app/demo-key HTTP/1.1\r\nHost: x\r\n"
ASKS = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
A_KEY, A_VERSION = b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n", b"Sec-WebSocket-Version: 13\r\n"
ODD = [
    pytest.param(ASKS + A_VERSION, b"400 Invalid Sec-WebSocket-Key", id="no key"),
    pytest.param(ASKS + A_VERSION + b"Sec-WebSocket-Key: x\r\n", b"400 Invalid Sec-WebSocket-Key", id="a bad key"),
    pytest.param(ASKS + A_KEY, b"426 Upgrade Required", id="no version"),
    pytest.param(ASKS + A_KEY + b"Sec-WebSocket-Version: 12\r\n", b"426 Upgrade Required", id="version 12"),
    pytest.param(b"Upgrade: websocket\r\n" + A_KEY + A_VERSION, b"426 Upgrade Required", id="no connection header"),
]


@pytest.mark.parametrize(("headers", "status"), ODD)
async def test_reverb_refuses_an_odd_handshake_and_goes_on(serve: Any, headers: bytes, status: bytes) -> None:
    """What follows the refusal is the first frame, and pings are answered (PROTOCOL.md 13)."""
    reader, writer = await (await serve()).raw()
    writer.write(BARE + headers + b"\r\n" + masked(PING))

    async with asyncio.timeout(PATIENCE):
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readuntil(b"pusher:connection_established")
        await reader.readuntil(b"pusher:pong")
    assert head.startswith(b"HTTP/1.1 " + status)


@pytest.mark.parametrize("headers", [param.values[0] for param in ODD])
async def test_others_refuse_it_and_close(serve: Any, headers: Any) -> None:
    """Nothing follows."""
    answer = await (await serve(dialect="pusher")).exchange(BARE + headers + b"\r\n")

    assert answer[:10] == b"HTTP/1.1 4"
    assert b"pusher:" not in answer


async def test_a_handshake_with_a_body_gets_nothing(serve: Any) -> None:
    """What is no handshake for the framing ends without an answer, not with an error."""
    served = await serve()

    assert await served.exchange(HANDSHAKE + b"Content-Length: 2\r\n\r\n{}") == b""


async def test_frames_may_come_with_the_handshake_and_in_pieces(serve: Any) -> None:
    """An early ping is answered, as is one in fragments, one in single bytes, and one in a binary frame."""
    served = await serve()
    reader, writer = await opened(served, early=masked(PING))
    for byte in masked(PING):
        writer.write(bytes([byte]))
        await writer.drain()
    writer.write(masked(PING[:5], fin=False) + masked(PING[5:9], opcode=0, fin=False) + masked(PING[9:], opcode=0))
    writer.write(masked(PING, opcode=2) + masked(b"\x03\xe8bye", opcode=8))

    pong = b'\x81\x17{"event":"pusher:pong"}'
    assert await rest(reader) == pong * 4 + b"\x88\x05\x03\xe8bye"


async def test_control_frames_are_answered_and_remembered(serve: Any) -> None:
    """A WebSocket ping is ponged; from then on the server pings this client in the same way."""
    served = await serve(ping_interval=0.01, prune_interval=0.02)
    reader, writer = await opened(served)
    join = b'{"event":"pusher:subscribe","data":{"channel":"room"}}'
    writer.write(masked(b"x", opcode=9) + masked(b"", opcode=10) + masked(join))
    async with asyncio.timeout(PATIENCE):
        seen = await reader.readuntil(b"\x89\x00")

    assert b"\x8a\x01x" in seen
    assert b"pusher:ping" not in seen


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (masked(b"x" * 10_001), 1009),
        (masked(b"", length=50 * 2**20), 1009),
        (masked(b"x" * 6_000, fin=False) + masked(b"x" * 6_000, opcode=0), 1009),
        (masked(b"\xff\xfe"), 1007),
        (b"\x81\x01x", 1002),
        (masked(b"x", opcode=3), 1002),
        (masked(b"x" * 126, opcode=9), 1002),
    ],
    ids=["too large", "claims 50 MB", "too large in pieces", "no UTF-8", "not masked", "no opcode", "a long ping"],
)
async def test_broken_framing_is_closed_with_its_code(serve: Any, sent: bytes, code: int) -> None:
    """What was asked before is answered first, what comes after is not looked at."""
    served = await serve()
    reader, writer = await opened(served)
    writer.write(masked(PING) + sent + masked(PING))

    seen = await rest(reader)

    assert seen.startswith(b'\x81\x17{"event":"pusher:pong"}\x88')
    assert struct.unpack("!H", seen[27:29]) == (code,)
    assert (seen[29:] == b"Maximum message size exceeded") == (code == 1009)


async def test_an_unknown_key_ends_without_a_close_frame(serve: Any) -> None:
    """The error is read before the end, which the client sees as 1006."""
    served = await serve()
    client = await served.client("/app/nosuchkey", greeted=False)

    assert (await client.read())["event"] == "pusher:error"
    assert await client.end() == (1006, "")


async def test_pusher_closes_with_the_code_however_long_the_reason(serve: Any) -> None:
    """A reason that a close frame cannot hold is cut, not a crash."""
    served = await serve(dialect="pusher")
    client = await served.client("/app/" + "k" * 200, greeted=False)

    assert (await client.read())["data"]["code"] == 4001
    code, reason = await client.end()
    assert code == 4001
    assert reason.startswith("App key kkkk")


@pytest.mark.parametrize("parting", ["a close", "a message that is too large"])
async def test_who_is_left_behind_hears_before_the_close_is_answered(serve: Any, parting: str) -> None:
    """When the client knows that it is gone, the others' member_removed is on its way already."""
    served = await serve()
    leaving, staying = await served.client(), await served.client()
    for client, user_id in ((staying, "1"), (leaving, "2")):
        await client.join("presence-room", {"user_id": user_id, "user_info": {}})
    await staying.fence()

    if parting == "a close":
        await leaving.socket.close()
    else:
        await leaving.socket.send("x" * 10_001)
        assert await leaving.end() == (1009, "Maximum message size exceeded")

    assert [frame["event"] for frame in await staying.fence()] == ["pusher_internal:member_removed"]


async def test_a_client_that_does_not_read_is_cut_and_the_others_are_served(
    serve: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Memory is bounded: past the backlog the slow connection ends, the fast one hears everything."""
    served = await serve(max_request_size=2 * HALF)
    fast = await served.client()
    await fast.join("room")
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(0)
    with sock:
        await asyncio.get_running_loop().sock_connect(sock, (served.host, served.port))
        join = b'{"event":"pusher:subscribe","data":{"channel":"room"}}'
        await asyncio.get_running_loop().sock_sendall(sock, HANDSHAKE + b"\r\n" + masked(join))
        while (await served.api("GET", "/connections")).json()["connections"] < 2:
            pass
        for _ in range(2 * MAX_BACKLOG // HALF):
            await served.api("POST", "/events", {"name": "e", "channel": "room", "data": "x" * HALF})
            assert len((await fast.read())["data"]) == HALF

        assert (await served.api("GET", "/connections")).json() == {"connections": 1}
    assert "a connection is cut" in caplog.text


async def test_what_was_on_its_way_when_a_connection_ended_is_ignored(serve: Any) -> None:
    """Frames behind the end neither crash nor are answered."""
    served = await serve()
    client = await served.client()
    await client.join("presence-room", {"user_id": "1", "user_info": {}})

    terminated = asyncio.create_task(served.api("POST", "/users/1/terminate_connections", {}))
    with contextlib.suppress(ConnectionClosed):
        while True:
            await client.fence()

    assert (await terminated).status_code == 200
    assert (await client.end())[0] == 1006

"""
A server that plays a script instead of keeping to anything: what a client must survive.

It speaks WebSocket by hand, byte by byte, so that a script can break every rule of it; it is bound to loopback, ends
with its block, and serves one connection, which is what a script is about.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from websockets.utils import accept_key

from harness.conformance.wire import Opcode, frame

TEXT, BINARY, CLOSE, PING, PONG, CONTINUED = (
    Opcode.TEXT,
    Opcode.BINARY,
    Opcode.CLOSE,
    Opcode.PING,
    Opcode.PONG,
    Opcode.CONTINUATION,
)
_PATIENCE: Final = 5.0
"""Seconds that a client has to say something; it takes milliseconds."""
_TWO_BYTES = 126
SOCKET_ID: Final = "17.4711"


class Stage:
    """One connection of a client, as a script sees it; what it writes after the client has gone is lost."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.request = b""
        """What the client asked for, once it was read."""

    async def asked(self) -> bytes:
        """Read the request to upgrade."""
        async with asyncio.timeout(_PATIENCE):
            self.request = await self._reader.readuntil(b"\r\n\r\n")
        return self.request

    def agreement(self, **changed: str | None) -> bytes:
        """Give the answer that agrees to the upgrade, with members replaced (`_` for `-`) or, by `None`, left out."""
        lines = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Accept": accept_key(_member(self.request, b"sec-websocket-key")),
        } | {name.replace("_", "-"): value for name, value in changed.items()}
        told = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
        return f"HTTP/1.1 101 Switching Protocols\r\n{told}\r\n".encode()

    async def upgraded(self, *, establishes: bool = True) -> None:
        """Agree to the upgrade and, by default, send the first frame of the protocol."""
        await self.asked()
        await self.write(self.agreement() + (framed(TEXT, established()) if establishes else b""))

    async def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        with contextlib.suppress(OSError):
            self._writer.write(data)
            await self._writer.drain()

    async def text(self, *texts: str | bytes | dict[str, Any]) -> None:
        """Send text messages, all in one write; an object is sent as JSON."""
        await self.write(b"".join(framed(TEXT, json.dumps(one) if isinstance(one, dict) else one) for one in texts))

    async def end(self) -> None:
        """End the TCP connection in order, without a close frame."""
        with contextlib.suppress(OSError):
            self._writer.write_eof()

    def leave(self) -> None:
        """Let go of the connection."""
        self._writer.close()

    def reset(self) -> None:
        """End it at once, as a crash does."""
        self._writer.transport.abort()

    async def heard(self) -> tuple[int, bytes] | None:
        """Read the client's next frame, opcode and unmasked payload; None once it is gone."""
        try:
            async with asyncio.timeout(_PATIENCE):
                first, second = await self._reader.readexactly(2)
                size = second & 0x7F
                if size >= _TWO_BYTES:
                    width = 2 if size == _TWO_BYTES else 8
                    size = int.from_bytes(await self._reader.readexactly(width))
                mask = await self._reader.readexactly(4)
                payload = await self._reader.readexactly(size)
        except (asyncio.IncompleteReadError, OSError):
            return None
        return first & 0xF, bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))

    async def lives(self) -> bool:
        """Ask the client for a sign of life, and tell whether it gave one; its other frames are passed over."""
        await self.text({"event": "pusher:ping", "data": {}})
        while (frame := await self.heard()) is not None:
            opcode, payload = frame
            if opcode == CLOSE:
                return False
            if opcode == TEXT and json.loads(payload).get("event") == "pusher:pong":
                return True
        return False


Script = Callable[[Stage], Awaitable[object]]


def established(**data: Any) -> str:
    """Give the first frame of the protocol, members of its data replaced."""
    content = {"socket_id": SOCKET_ID, "activity_timeout": 30} | data
    return json.dumps({"event": "pusher:connection_established", "data": json.dumps(content)})


def framed(
    opcode: int, payload: str | bytes, *, is_last: bool = True, reserved: int = 0, masked: bool = False
) -> bytes:
    """Write one frame as a server does, with whatever is wrong about it."""
    return frame(payload, opcode, fin=is_last, reserved=reserved, masked=masked)


@asynccontextmanager
async def playing(script: Script) -> AsyncIterator[tuple[str, asyncio.Future[object]]]:
    """Serve a script on loopback: gives its WebSocket address, and what comes of it once somebody has connected."""
    loop = asyncio.get_running_loop()
    came: asyncio.Future[object] = loop.create_future()
    playing_now: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A coroutine here would be a task of asyncio's, whose end it reports when it is cancelled.
        playing_now.add(loop.create_task(_played(script, Stage(reader, writer), came)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=1 << 20)
    try:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/app/key", came
    finally:
        server.close()
        for task in playing_now:
            task.cancel()
        await asyncio.gather(*playing_now, return_exceptions=True)
        if came.done() and not came.cancelled():
            came.exception()  # retrieved, also where nobody waited for it


async def _played(script: Script, stage: Stage, came: asyncio.Future[object]) -> None:
    """Play a script, tell what came of it, and stay until the client closes."""
    try:
        result = await script(stage)
        if not came.done():
            came.set_result(result)
        while (frame := await stage.heard()) is not None and frame[0] != CLOSE:
            pass
    except Exception as error:  # noqa: BLE001 - whoever waits for what comes of it is told
        if not came.done():
            came.set_exception(error)
    finally:
        stage.leave()


def _member(request: bytes, name: bytes) -> str:
    for line in request.split(b"\r\n"):
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip().decode("latin-1")
    return ""

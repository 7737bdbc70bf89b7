"""
One WebSocket of the doctor's: opened without raising for what answers, pings answered, everything heard kept.

It measures no latency to the microsecond: that is what users' sockets are for (DESIGN.md, section 9).
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final, Self

import msgspec
from msgspec import UNSET
from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame as WireFrame
from websockets.frames import Opcode
from websockets.protocol import State
from websockets.typing import Origin
from websockets.uri import parse_uri

from harness.config import DIRECT, Transport
from harness.doctor.dialing import is_secure, opened
from harness.doctor.observations import SILENT, Answer, Frame, Opened
from harness.protocol.messages import decode, decode_data, encode
from harness.users.socket import add_headers
from harness.users.trust import tls

_ABNORMAL: Final = 1006
_LIMIT: Final = 2**20


class Line:
    """One connection; `frames` grow while it lives, `code` is set when it has ended, `opened` says how it began."""

    def __init__(self, url: str, *, origin: str = "", way: Transport = DIRECT) -> None:
        self._url = url
        self._way = way
        self._protocol = ClientProtocol(parse_uri(url), origin=Origin(origin) if origin else None, max_size=_LIMIT)
        self.frames: list[Frame] = []
        self.code: int | None = None
        self.opened = Opened(url=url, answer=Answer(asked=f"GET {url.partition('?')[0]}"))
        self.ended = 0.0
        """When it ended, on the loop's clock."""
        self.socket_id = ""
        self.answers_pings = True
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._status: Answer | None = None

    async def open(self, seconds: float) -> Self:
        """Connect, upgrade, wait for the first frame or the end; whatever happened stands in `opened`."""
        loop = asyncio.get_running_loop()
        began, error = loop.time(), ""
        try:
            async with asyncio.timeout(seconds):
                await self._connect()
                await self.wait(lambda: bool(self.frames) or self.code is not None, seconds)
        except TimeoutError:
            error = f"{SILENT} within {seconds:g} s"
        except (OSError, UnicodeError) as problem:
            error = str(problem) or type(problem).__name__
        except asyncio.CancelledError:
            await self.close()  # nobody else will: who opens it has it only when it is open
            raise
        asked = f"GET {self._url.partition('?')[0]} (upgrade)"
        answer = self._status or Answer(asked=asked, error=error or "the connection ended without an answer")
        first = self.frames[0] if self.frames else None
        answer = msgspec.structs.replace(answer, asked=asked, seconds=loop.time() - began)
        self.opened = Opened(url=self._url, answer=answer, first=first, code=self.code)
        if first is not None and isinstance(first.data, dict):
            self.socket_id = str(first.data.get("socket_id", ""))
        return self

    def send(self, event: str, data: Any = UNSET, channel: str | None = None) -> None:
        """Send one frame; nothing happens on a connection that has ended."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_text(encode(event, data=data, channel=channel).encode())
            self._flush()

    async def wait(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until a condition on what was heard holds; False when it does not in time, or the connection ends."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not condition() and self.code is None:
                    self._changed.clear()
                    await self._changed.wait()
        return condition()

    async def hear(self, wanted: Callable[[Frame], bool], seconds: float, *, since: int = 0) -> Frame | None:
        """Wait for a frame, those that came already from the `since`th on included."""
        await self.wait(lambda: any(wanted(one) for one in self.frames[since:]), seconds)
        return next((one for one in self.frames[since:] if wanted(one)), None)

    async def ping(self, seconds: float) -> bool:
        """Ask for a sign of life; what was queued before it has been heard when it comes."""
        since = len(self.frames)
        self.send("pusher:ping", {})
        return await self.hear(lambda frame: frame.event == "pusher:pong", seconds, since=since) is not None

    async def close(self) -> None:
        """End the connection and the reading of it."""
        if self._writer is not None and self._protocol.state is State.OPEN:
            with contextlib.suppress(OSError):
                self._protocol.send_close(1000)
                self._flush()
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})
        if self._writer is not None:
            self._writer.transport.abort()

    async def _connect(self) -> None:
        reader, self._writer = await opened(self._url, self._way, tls(self._way.tls) if is_secure(self._url) else None)
        request = self._protocol.connect()
        add_headers(request.headers, self._way)
        self._protocol.send_request(request)
        self._flush()
        self._reading = asyncio.ensure_future(self._read(reader))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while received := await reader.read(65_536):
                self._protocol.receive_data(received)
                self._take()
        with contextlib.suppress(EOFError):
            self._protocol.receive_eof()
        self._take()
        self.code = self._protocol.close_code or _ABNORMAL
        self.ended = asyncio.get_running_loop().time()
        self._changed.set()

    def _take(self) -> None:
        for event in self._protocol.events_received():
            if isinstance(event, WireFrame):
                if event.opcode is Opcode.TEXT:
                    self._heard(bytes(event.data))
            elif (status := getattr(event, "status_code", None)) is not None:
                self._status = _answer(status, event.headers, b"")
        refused = self._protocol.handshake_exc
        if isinstance(refused, InvalidStatus):
            response = refused.response
            self._status = _answer(response.status_code, response.headers, bytes(response.body or b""))
        elif refused is not None and self._status is None:
            self._status = Answer(asked="", error=str(refused))
        if refused is not None:
            self.code = _ABNORMAL
        self._flush()
        self._changed.set()

    def _heard(self, payload: bytes) -> None:
        now = asyncio.get_running_loop().time()
        try:
            frame = decode(payload)
        except ValueError as error:
            self.frames.append(Frame(at=now, event="", data=str(error)))
            return
        channel = frame.channel if isinstance(frame.channel, str) else ""
        self.frames.append(Frame(at=now, event=frame.event, channel=channel, data=decode_data(frame.data)))
        if frame.event == "pusher:ping" and self.answers_pings:
            self.send("pusher:pong", {})

    def _flush(self) -> None:
        assert self._writer is not None  # noqa: S101 - there is something to write only while connected
        for data in self._protocol.data_to_send():
            if data and not self._writer.is_closing():
                self._writer.write(data)


def _answer(status: int, headers: Headers, body: bytes) -> Answer:
    named = {name.lower(): value for name, value in headers.raw_items()}
    return Answer(asked="", status=status, headers=named, text=body[:2_000].decode("utf-8", "replace"))

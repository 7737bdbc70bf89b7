"""One WebSocket through the interceptor: what passes each way, in order, and what defects make of it."""

import asyncio
from collections import deque
from typing import Any, Final

from websockets.frames import Close, Frame, Opcode

from harness.faults.defects.behaviour import Passing
from harness.faults.interceptor.meddling import Meddling
from harness.faults.interceptor.splitter import Piece, Splitter, framed
from harness.protocol.messages import decode, decode_data

_READ: Final = 2**16
_END: Final = b""
"""What stands in the line for the end of what the broadcaster sends."""


class Link:
    """
    A WebSocket that both sides have agreed on; `run` passes on what comes until both have ended.

    It knows what every listener could know: its socket id, what it is subscribed to, and as whom.
    """

    def __init__(self, meddling: Meddling, client: asyncio.StreamWriter, target: asyncio.StreamWriter) -> None:
        self.socket_id = ""
        self.channels: set[str] = set()
        self.members: dict[str, str] = {}
        self._asked: dict[str, str] = {}
        self._meddling = meddling
        self._client = client
        self._target = target
        self._loop = asyncio.get_running_loop()
        self._line: deque[tuple[float, bytes]] = deque()
        """What waits for its time to go out to the client."""
        self._is_empty = asyncio.Event()
        self._is_empty.set()
        self._free_at = 0.0
        self._is_cut = self._is_over = False

    async def run(self, client: tuple[asyncio.StreamReader, bytes], target: tuple[asyncio.StreamReader, bytes]) -> None:
        """Pass on what comes from each side, and what had been read from it already, until both have ended."""
        pumps = (
            asyncio.ensure_future(self._pump(*client, Splitter(masked=True), self._from_client, self._target)),
            asyncio.ensure_future(self._pump(*target, Splitter(masked=False), self._to_client, self._client)),
        )
        with self._meddling.knowing(self):
            try:
                await asyncio.gather(*pumps)
                await self._is_empty.wait()
            except OSError:
                for writer in (self._client, self._target):
                    writer.transport.abort()
            finally:
                self._is_over = True
                for pump in pumps:
                    pump.cancel()

    # What a behaviour may do.

    def say(self, text: str) -> None:
        """Send the client a frame, behind what is under way."""
        self._write(framed(text, masked=False))

    def hold(self, seconds: float) -> None:
        """Let nothing more out to the client for so long."""
        self._free_at = max(self._free_at, self._loop.time() + seconds)

    def later(self, seconds: float, act: Any) -> None:
        """Do something then, unless this has ended."""
        self._loop.call_later(seconds, lambda: None if self._is_over else act())

    def cut(self, code: int, reason: str) -> None:
        """End it towards the client, as the broadcaster would."""
        if not self._is_cut:
            self._write(Frame(Opcode.CLOSE, Close(code, reason).serialize()).serialize(mask=False))
            self._write(_END)
            self._is_cut = True

    async def _pump(
        self, reader: asyncio.StreamReader, early: bytes, splitter: Splitter, take: Any, out: asyncio.StreamWriter
    ) -> None:
        data = early or await reader.read(_READ)
        while data:
            for piece in splitter.feed(data):
                take(piece)
            await out.drain()
            data = await reader.read(_READ)
        for piece in splitter.rest():
            take(piece)
        self._write(_END) if out is self._client else _end(out)

    def _from_client(self, piece: Piece) -> None:
        passing = self._passing(piece)
        if passing is None:
            self._target.write(piece.raw)
            return
        for text in self._meddling.from_client(passing):
            self._target.write(piece.raw if text is piece.text else framed(text, masked=True))
        self._learn_from_client(passing)

    def _to_client(self, piece: Piece) -> None:
        passing = self._passing(piece)
        if passing is None:
            self._write(piece.raw)
            return
        self._learn_to_client(passing)
        for text in self._meddling.to_client(passing):
            self._write(piece.raw if text is piece.text else framed(text, masked=False))

    def _passing(self, piece: Piece) -> Passing | None:
        if piece.text is None:
            return None
        try:
            return Passing(piece.text, decode(piece.text), self)
        except ValueError:
            return None

    def _learn_from_client(self, passing: Passing) -> None:
        data: Any = decode_data(passing.frame.data)
        channel = data.get("channel") if isinstance(data, dict) else None
        if not isinstance(channel, str):
            return
        if passing.frame.event == "pusher:subscribe":
            self._asked[channel] = str(data.get("channel_data") or "")
        elif passing.frame.event == "pusher:unsubscribe":
            self.channels.discard(channel)
            self.members.pop(channel, None)

    def _learn_to_client(self, passing: Passing) -> None:
        if passing.frame.event == "pusher:connection_established" and isinstance(passing.data, dict):
            self.socket_id = str(passing.data.get("socket_id", ""))
        elif passing.frame.event == "pusher_internal:subscription_succeeded":
            self.channels.add(passing.channel)
            if joined_as := self._asked.get(passing.channel):
                self.members[passing.channel] = joined_as

    def _write(self, raw: bytes) -> None:
        if self._is_cut:
            return
        if self._line or self._loop.time() < self._free_at:
            self._line.append((self._free_at, raw))
            self._is_empty.clear()
            if len(self._line) == 1:
                self._loop.call_at(self._free_at, self._release)
        else:
            self._put(raw)

    def _release(self) -> None:
        while self._line and self._line[0][0] <= self._loop.time():
            self._put(self._line.popleft()[1])
        if self._line:
            self._loop.call_at(self._line[0][0], self._release)
        else:
            self._is_empty.set()

    def _put(self, raw: bytes) -> None:
        if raw is _END:
            _end(self._client)
        else:
            self._client.write(raw)


def _end(writer: asyncio.StreamWriter) -> None:
    """Close one direction, and leave the other open, as the peer did."""
    if writer.can_write_eof() and not writer.is_closing():
        writer.write_eof()

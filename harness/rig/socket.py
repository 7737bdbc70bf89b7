"""One WebSocket of a client: bytes to messages for the server, frames to bytes, and every bad ending there is."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Final

from websockets.exceptions import InvalidHandshake
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request as Handshake
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from harness.rig.exchange import Request

LINGER: Final = 2.0
"""Seconds that a client has to close its half after we closed ours."""

NO_CLOSE_FRAME: Final = 1006
_READ: Final = 65_536
_MAX_MESSAGE: Final = 10 * 2**20
_MAX_REASON: Final = 120  # bytes; a control frame holds 125, two of which are the code
_CONTROL: Final = (Opcode.PING, Opcode.PONG)


class Socket:
    """
    A connection named `name` (`socket 3`) whose client asked for it with `request`.

    `take` is given every message, `control` every ping or pong of WebSocket itself, and `ended` the code with which the
    client ended it (1006 when there was no close frame), once, and only when it was not us.
    """

    def __init__(
        self,
        name: str,
        request: Request,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.name = name
        self.request = request
        self.socket_id = ""
        self.asked: set[str] = set()
        """Channels that the client asked for, granted or not."""
        self.subscribed: dict[str, str] = {}
        """Channels that were acknowledged, each with the `channel_data` it was joined with."""
        self.messages = 0
        """How many the client has sent."""
        self.is_over = False
        """Neither side says anything more."""
        self.take: Callable[[str | bytes], object] = lambda _message: None
        self.control: Callable[[str], object] = lambda _name: None
        self.ended: Callable[[int], object] = lambda _code: None
        self._reader = reader
        self._writer = writer
        self._framing = _Framing(max_size=_MAX_MESSAGE, logger=logging.getLogger("websockets.server"))
        self._message = bytearray()
        self._is_text = True

    def mute(self, *, is_mute: bool) -> None:
        """Leave WebSocket's own pings unanswered from now on, or answer them."""
        self._framing.is_mute = is_mute

    def shake_hands(self) -> bool:
        """Answer the request to upgrade; tell whether it was one that could be granted."""
        self._framing.receive_data(self.request.head)
        for event in self._framing.events_received():
            if isinstance(event, Handshake):
                self._framing.send_response(self._framing.accept(event))
        self._flush()
        return self._framing.state is OPEN and not isinstance(self._framing.handshake_exc, InvalidHandshake)

    def send(self, text: str, *, pieces: int = 1) -> None:
        """Send a text message, in as many frames as are asked for."""
        data = text.encode()
        size = -(-len(data) // pieces) or 1
        parts = [data[start : start + size] for start in range(0, len(data), size)] or [b""]
        for number, part in enumerate(parts):
            opcode = Opcode.CONT if number else Opcode.TEXT
            self.send_frame(Frame(opcode, part, fin=number == len(parts) - 1))

    def send_frame(self, frame: Frame) -> None:
        """Send one frame as it is; nothing once the connection is ending."""
        if not self.is_over:
            self._writer.write(frame.serialize(mask=False))

    def close(self, code: int, reason: str) -> None:
        """End it with a close frame."""
        if not self.is_over:
            self._framing.send_close(code, reason.encode()[:_MAX_REASON].decode(errors="ignore"))
            self._flush()
            self._leave()

    def cut(self) -> None:
        """End TCP without a word, behind whatever was sent."""
        if not self.is_over:
            self._half_close()
            self._leave()

    async def run(self) -> None:
        """Read until the end of TCP, whoever ends it."""
        self._receive(self.request.early)
        try:
            while data := await self._reader.read(_READ):
                self._receive(data)
                await self._writer.drain()
        except ConnectionError:
            pass
        self._end(NO_CLOSE_FRAME)

    def _receive(self, data: bytes) -> None:
        if not data:
            return
        self._framing.receive_data(data)
        if self.is_over:  # nothing counts any more but the client's close frame, behind which TCP may end
            if self._framing.close_rcvd is not None:
                self._half_close()
            return
        try:
            for frame in self._framing.events_received():
                if isinstance(frame, Frame):
                    self._take(frame)
        except UnicodeDecodeError:
            self._framing.fail(CloseCode.INVALID_DATA, "a text message is not UTF-8")
        self._flush()
        if (code := self._framing.code_of_peer) is not None:
            self._end(code)

    def _take(self, frame: Frame) -> None:
        if frame.opcode in _CONTROL:
            self.control("ping" if frame.opcode is Opcode.PING else "pong")
        elif frame.opcode is not Opcode.CLOSE:
            if frame.opcode is not Opcode.CONT:
                self._is_text = frame.opcode is Opcode.TEXT
            self._message += frame.data  # no list of fragments: empty ones have no end
            if frame.fin:
                message = bytes(self._message)
                self._message.clear()
                self.take(message.decode() if self._is_text else message)

    def _end(self, code: int) -> None:
        """Note that the client ended it, unless it was over before."""
        if not self.is_over:
            self._leave()
            self.ended(code)

    def _leave(self) -> None:
        self.is_over = True
        asyncio.get_running_loop().call_later(LINGER, self._writer.transport.abort)

    def _flush(self) -> None:
        for data in self._framing.data_to_send():
            if data and not self.is_over:
                self._writer.write(data)
            elif not data:
                self._half_close()

    def _half_close(self) -> None:
        # Not close(): unread bytes of the peer would then reset the connection, and the last frame could be lost.
        if self._writer.can_write_eof() and not self._writer.transport.is_closing():
            with contextlib.suppress(OSError):  # the peer may have reset it
                self._writer.write_eof()


class _Framing(ServerProtocol):
    """WebSocket framing that can leave pings unanswered."""

    is_mute = False

    @property
    def code_of_peer(self) -> int | None:
        """Give the code with which the peer closes, `None` while it does not; 1006 when it broke the framing."""
        if self.close_rcvd is not None:
            return int(self.close_rcvd.code)
        return NO_CLOSE_FRAME if self.parser_exc is not None else None

    def send_frame(self, frame: Frame) -> None:
        if not (self.is_mute and frame.opcode is Opcode.PONG):
            super().send_frame(frame)

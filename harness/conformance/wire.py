"""
A raw WebSocket client: it sends whatever it is told to, right or wrong, and reads what comes back frame by frame.

No library would send half a frame, text that is no UTF-8, or a control frame of a kilobyte.
"""

import asyncio
import base64
import os
import secrets
import ssl
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final
from urllib.parse import urlsplit

from harness.errors import EnvironmentFault

_MASK: Final = b"\0\0\0\0"
"""A mask that masks nothing: any four bytes will do, and fifty megabytes stay as they are."""
_SHORT, _MEDIUM = 125, 2**16
_MAX_HEAD: Final = 2**16
_WHOLE_TEXT: Final = b"\x81"
"""How a text message in one frame begins."""
_GOES_ON_WITHIN: Final = 0.5
"""Seconds for what stands behind an answer that neither has a length nor closes."""
_MAX_BODY: Final = 2**20
"""Bytes of an HTTP answer that are read."""
_MAX_MESSAGE: Final = 64 * 2**20
"""Bytes of one message that are read; a server that claims, or sends, more has ended the connection for us."""
_MOST_FRAGMENTS: Final = 2**16
"""Frames without a message."""
_MOST_DIGITS: Final = 18
_TLS: Final = frozenset({"wss", "https"})


class Upgraded(Exception):
    """A server refused to upgrade, and went on as if it had not (PROTOCOL.md 13)."""


class Opcode(IntEnum):
    """Kinds of frames (RFC 6455, 5.2)."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


@dataclass(frozen=True)
class Arrival:
    """One whole message or control frame of a server; with `ended`, TCP is over."""

    opcode: int = Opcode.CLOSE
    payload: bytes = b""
    ended: bool = False

    @property
    def text(self) -> str:
        """The payload as text; what is no UTF-8 is shown."""
        return self.payload.decode(errors="backslashreplace")

    @property
    def code(self) -> int | None:
        """The code of a close frame, None for one without."""
        return struct.unpack("!H", self.payload[:2])[0] if len(self.payload) > 1 else None


@dataclass(frozen=True)
class Head:
    """The head of an HTTP answer, names of headers in lower case; status 0 for what is no HTTP, or nothing."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""


def frame(
    payload: bytes | str,
    opcode: int = Opcode.TEXT,
    *,
    fin: bool = True,
    reserved: int = 0,
    masked: bool = True,
    claimed: int | None = None,
) -> bytes:
    """Give the bytes of a frame; `reserved` is three bits, `claimed` a length that is not the payload's."""
    body = payload.encode("utf-8", "surrogatepass") if isinstance(payload, str) else payload
    size = len(body) if claimed is None else claimed
    mask_bit = 0x80 if masked else 0
    first = (0x80 if fin else 0) | reserved << 4 | opcode
    if size <= _SHORT:
        head = struct.pack("!BB", first, mask_bit | size)
    elif size < _MEDIUM:
        head = struct.pack("!BBH", first, mask_bit | 126, size)
    else:
        head = struct.pack("!BBQ", first, mask_bit | 127, size)
    return head + (_MASK if masked else b"") + body


def close_frame(code: int | None = 1000, reason: str = "") -> bytes:
    """Give the bytes of a close frame."""
    return frame(b"" if code is None else struct.pack("!H", code) + reason.encode(), Opcode.CLOSE)


def upgrade(
    host: str,
    target: str,
    headers: Iterable[tuple[str, str]] = (),
    *,
    method: str = "GET",
    version: str = "HTTP/1.1",
) -> bytes:
    """
    Give the bytes of a request for a WebSocket.

    A header that is given takes the place of the one that a client sends; with an empty value, it is left out.
    """
    usual = {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(secrets.token_bytes(16)).decode(),
        "Sec-WebSocket-Version": "13",
    }
    given = tuple(headers)
    named = {name.lower() for name, _ in given}
    lines = [(name, value) for name, value in usual.items() if name.lower() not in named]
    lines += [(name, value) for name, value in given if value]
    text = "".join(f"{name}: {value}\r\n" for name, value in lines)
    return f"{method} {target} {version}\r\n{text}\r\n".encode("utf-8", "surrogateescape")


class Wire:
    """One TCP connection to a server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._is_half_closed = False
        self._early = b""
        self._message = bytearray()
        self._fragments = 0
        self._opcode = int(Opcode.TEXT)

    def send(self, data: bytes) -> None:
        """Send bytes; to a connection that is over, they are lost."""
        if not (self._is_half_closed or self._writer.is_closing()):
            self._writer.write(data)

    async def drain(self) -> None:
        """Wait until what was sent is on its way; a connection that ends meanwhile is for the reader to notice."""
        try:
            await self._writer.drain()
        except OSError:
            return

    async def head(self) -> Head:
        """Read the head of an HTTP answer; of what is none, the first line."""
        raw = b""
        try:
            while not raw.endswith(b"\r\n\r\n") and (not raw or raw.startswith(b"HTTP/")):
                raw += await self._reader.readuntil(b"\n")
                if len(raw) > _MAX_HEAD:
                    return Head(0)
        except asyncio.IncompleteReadError as error:
            return Head(0, raw=raw + error.partial)
        except (OSError, asyncio.LimitOverrunError):
            return Head(0)
        first, *lines = raw.decode("latin-1").split("\r\n")
        parts = first.split(" ", 2)
        if not parts[0].startswith("HTTP/") or len(parts) < len(("HTTP", "status")) or not _is_number(parts[1]):
            return Head(0, raw=raw)
        pairs = (line.partition(":") for line in lines if line)
        return Head(int(parts[1]), {name.strip().lower(): value.strip() for name, _, value in pairs}, raw)

    async def body(self, head: Head) -> bytes:
        """
        Read what stands behind the head of an answer that is no 101, as far as it comes.

        Without a length, only an answer that closes the connection has an end. Raises `Upgraded` where frames follow.
        """
        if not head.status:
            return b""
        length = head.headers.get("content-length", "")
        try:
            if _is_number(length):
                return await self._reader.readexactly(min(int(length), _MAX_BODY))
            if "close" in head.headers.get("connection", "").lower():
                return await self._all()
            async with asyncio.timeout(_GOES_ON_WITHIN):
                body = await self._reader.read(_MAX_HEAD)
        except (asyncio.IncompleteReadError, OSError):  # a timeout is one too
            return b""
        if body[:1] != _WHOLE_TEXT:
            return body
        self._early = body
        raise Upgraded

    async def _all(self) -> bytes:
        body = bytearray()
        while len(body) < _MAX_BODY and (read := await self._reader.read(_MAX_HEAD)):
            body += read
        return bytes(body)

    async def read(self, size: int) -> bytes:
        """Read what there is, up to so many bytes; nothing at the end."""
        return await self._reader.read(size)

    async def arrival(self) -> Arrival:
        """Read the next message or control frame; the end of TCP, however it came, is one too."""
        try:
            while True:
                first, second = await self._exactly(2)
                size = second & 0x7F
                if size > _SHORT:
                    raw = await self._exactly(2 if size == _SHORT + 1 else 8)
                    size = int.from_bytes(raw)
                self._fragments += not first & 0x08
                if len(self._message) + size > _MAX_MESSAGE or self._fragments > _MOST_FRAGMENTS:
                    return Arrival(ended=True)
                payload = await self._exactly(size)
                if first & 0x08:
                    return Arrival(first & 0x0F, payload)
                self._opcode = first & 0x0F or self._opcode
                self._message += payload
                if first & 0x80:
                    whole = bytes(self._message)
                    self._message.clear()
                    self._fragments = 0
                    return Arrival(self._opcode, whole)
        except (asyncio.IncompleteReadError, OSError):
            return Arrival(ended=True)

    async def _exactly(self, size: int) -> bytes:
        taken, self._early = self._early[:size], self._early[size:]
        return taken + await self._reader.readexactly(size - len(taken))

    def half_close(self) -> None:
        """End our half: the server reads the end of the stream."""
        if self._writer.can_write_eof() and not self._writer.is_closing():
            self._writer.write_eof()
            self._is_half_closed = True

    def abort(self) -> None:
        """Cut the connection without a word."""
        self._writer.transport.abort()


async def connect(url: str, *, within: float) -> Wire:
    """Open a TCP connection, with TLS where the address asks for it; raises `EnvironmentFault` when there is none."""
    parts = urlsplit(url)
    is_secure = parts.scheme in _TLS
    context = ssl.create_default_context() if is_secure else None
    try:
        async with asyncio.timeout(within):
            reader, writer = await asyncio.open_connection(
                parts.hostname, parts.port or (443 if is_secure else 80), ssl=context, limit=_MAX_HEAD
            )
    except OSError as error:  # a timeout is one too
        raise EnvironmentFault(f"no connection to {url}: {_why(error, within, is_secure=is_secure)}") from error
    return Wire(reader, writer)


def _why(error: OSError, within: float, *, is_secure: bool) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"what listens there does not speak TLS with us ({error.reason or error})"
    if isinstance(error, TimeoutError) and error.errno is None:
        return f"nothing answered {'the beginning of TLS ' if is_secure else ''}within {within:g} s"
    return os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)


def _is_number(text: str) -> bool:
    """Tell whether digits are a number; some that Unicode has are none, and Python reads no thousands of them."""
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS

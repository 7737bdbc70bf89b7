"""
A WebSocket whose frames carry the kernel's receive stamp (DESIGN.md, section 9; SPIKES.md, section 3).

::

    kernel ─ SO_TIMESTAMPNS ─→ StampedSocket.recv_into ─→ Wire.buffer_updated ─→ websockets' ClientProtocol ─→ Listener

The shell moves bytes and tells times; what a frame means is for the listener. A stamp is exact when its frame is the
last event of a read that ended at a frame boundary and drained the kernel's queue; a frame that was read together with
later ones arrived somewhere between the stamp of the read before and its own.
"""

import asyncio
import functools
import logging
import socket
import struct
import sys
import time
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, Protocol

from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from harness.config import DIRECT, Transport
from harness.errors import EnvironmentFault, Refused
from harness.users.detours import Address, address_of
from harness.users.trust import tls
from harness.users.tunnels import address_of_proxy, open_tunnel
from harness.users.unreached import why_no_upgrade, why_unreached

MAX_SIZE = 2**20
"""Largest message that a user reads, in bytes; a larger one ends the connection with 1009 and becomes a finding."""

_SO_TIMESTAMPNS = 35
"""Linux' name for the option is not in the socket module (asm-generic/socket.h)."""
_CAN_STAMP = sys.platform == "linux"
_ANCILLARY = socket.CMSG_SPACE(16) if _CAN_STAMP else 0
_BUFFER = memoryview(bytearray(64 * 1024))
"""One for all users: asyncio fills it and calls `buffer_updated` without a break. Its TLS layer reads into slices."""
_CLOSE_SECONDS = 1.0
_FIRST_CONTROL = 0x8
"""Opcodes from here on are control frames, which are no messages (RFC 6455, 5.5)."""
_SILENT = logging.getLogger(__name__)
_SILENT.setLevel(logging.WARNING)  # websockets writes whole frames, signatures included, to a logger that is at DEBUG


class Arrival(NamedTuple):
    """
    When a frame came: seen by our code, stamped by the kernel, and not before `earliest`; history nanoseconds.

    Where `stamp` is `seen` (TLS, no Linux) all three are the moment of seeing, and the loop's lag is the error.
    """

    seen: int
    arrived: int
    earliest: int
    exact: bool
    stamp: Literal["kernel", "seen"]


class Listener(Protocol):
    """Hears what happens on a wire; it must not block and must not raise."""

    def text_received(self, payload: bytes, arrival: Arrival) -> None:
        """Take one complete text message, not yet known to be UTF-8."""

    def binary_received(self, payload: bytes, arrival: Arrival) -> None:
        """Take one complete binary message, which the protocol has no use for."""

    def wire_closed(self, code: int, reason: str, by: Literal["us", "them"]) -> None:
        """Take the end of the connection; 1006 stands for one without a close frame."""


class StampedSocket(socket.socket):
    """A stock socket that remembers the kernel's stamp of what it read last, in CLOCK_REALTIME nanoseconds."""

    stamp: int | None = None

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """Read as `socket.recv_into` does, and keep the stamp that came along."""
        room = memoryview(buffer)[:nbytes] if nbytes else buffer
        count, ancillary, _, _ = self.recvmsg_into((room,), _ANCILLARY, flags)
        self.stamp = None
        for _, kind, data in ancillary:
            if kind == _SO_TIMESTAMPNS:
                seconds, nanoseconds = struct.unpack("qq", data)
                self.stamp = seconds * 1_000_000_000 + nanoseconds
        return count


class Wire(asyncio.BufferedProtocol):
    """
    One WebSocket connection of a user, to be opened once; `now` is the history's clock.

    `at` is dialled instead of the URL's host and port, where there is one; what is asked there stays the same.
    `transport` says what goes along, and through which proxy. The listener hears every message and, if the upgrade had
    succeeded, the end, once.
    """

    def __init__(
        self,
        url: str,
        listener: Listener,
        now: Callable[[], int],
        *,
        at: tuple[str, int] | None = None,
        transport: Transport = DIRECT,
    ) -> None:
        self._url = url
        self._way = transport
        self._at = at
        self._protocol = ClientProtocol(parse_uri(url), max_size=MAX_SIZE, logger=_SILENT)
        self._listener = listener
        self._now = now
        self._stamped: StampedSocket | None = None
        self._transport: asyncio.Transport | None = None
        loop = asyncio.get_running_loop()
        self._upgraded: asyncio.Future[None] = loop.create_future()
        self._gone: asyncio.Future[None] = loop.create_future()
        self._head = bytearray()
        self._unframed = 0
        """Bytes read since the last frame boundary; none of them may be left for a stamp to be exact."""
        self._previous = now()
        """The stamp of the last read that drained the queue: nothing that is read now arrived earlier."""
        self._fragments: list[bytes] = []
        self._is_binary = False
        self._closing = False

    # What users call.

    async def open(self, *, timeout: float) -> None:  # noqa: ASYNC109  ours names what failed
        """
        Connect and upgrade.

        Raises `EnvironmentFault` when nothing usable answers within `timeout` seconds, `Refused` when something answers
        with another status than 101; nothing is left open then.
        """
        act = f"connecting to {self._url.partition('?')[0]}"
        try:
            async with asyncio.timeout(timeout):
                await self._dial()
                await asyncio.shield(self._upgraded)
        except InvalidStatus as error:
            body = bytes(error.response.body or b"")[:200].decode("utf-8", "replace")
            expected = why_no_upgrade(error.response, self._way)
            raise Refused(act, error.response.status_code, body, expected=expected) from None
        except TimeoutError:
            raise EnvironmentFault(f"{act} got no answer within {timeout:g} s; is the broadcaster running?") from None
        except (OSError, UnicodeError, WebSocketException) as error:
            why = why_unreached(error, self._url, self._way, server="broadcaster")
            raise EnvironmentFault(f"{act} failed: {why}") from None
        finally:
            if not self.is_upgraded:
                self.abort()

    @property
    def is_upgraded(self) -> bool:
        """Tell whether the peer agreed to the upgrade, even if the connection has ended since."""
        return self._upgraded.done() and not self._upgraded.cancelled() and self._upgraded.exception() is None

    @property
    def is_open(self) -> bool:
        """Tell whether frames can be sent: upgraded, and neither side began to close."""
        return self._transport is not None and not self._transport.is_closing() and self._protocol.state is State.OPEN

    @property
    def is_gone(self) -> bool:
        """Tell whether the connection has ended, and the listener knows."""
        return self._gone.done()

    def send_text(self, text: str) -> bool:
        """Write a frame now; False when the connection is no longer open."""
        if not self.is_open:
            return False
        self._protocol.send_text(text.encode())
        self._flush()
        return True

    async def close(self) -> None:
        """Close with 1000 and wait until the connection is gone; a peer that does not answer is cut off."""
        if self._transport is None:
            return
        self._closing = True
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(1000)
            self._flush()
        await asyncio.wait({self._gone}, timeout=_CLOSE_SECONDS)
        self.abort()
        await asyncio.shield(self._gone)

    def abort(self) -> None:
        """Cut the connection without a word."""
        self._closing = True
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self._transport = transport  # type: ignore[assignment]  # asyncio says BaseTransport where it means Transport
        request = self._protocol.connect()
        add_headers(request.headers, self._way)
        self._protocol.send_request(request)
        self._flush()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  asyncio's signature
        """Lend the buffer that all wires share."""
        return _BUFFER

    def buffer_updated(self, nbytes: int) -> None:
        """Take what was read, and hand on every message in it with the time it arrived."""
        # The wall clock first: whatever comes between the two readings tells an arrival late, never early.
        wall, seen = time.time_ns(), self._now()
        stamp = self._stamped.stamp if self._stamped is not None else None
        arrived = seen if stamp is None else min(seen, max(self._previous, seen - (wall - stamp)))
        drained = nbytes < len(_BUFFER)
        data = bytes(_BUFFER[:nbytes])
        self._protocol.receive_data(data)
        self._unframed += nbytes
        self._dispatch(data, Arrival(seen, arrived, arrived, exact=stamp is not None and drained, stamp=_kind(stamp)))
        if drained:
            self._previous = arrived
        self._flush()

    def eof_received(self) -> None:
        """Tell the protocol; asyncio closes the transport after that."""
        self._protocol.receive_eof()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the listener, once, how the connection ended."""
        if not self._upgraded.done():
            self._fail_upgrade(self._protocol.handshake_exc or exc or ConnectionResetError("closed without an answer"))
        try:
            if self.is_upgraded:
                self._listener.wire_closed(*self._end())
        finally:
            self._gone.set_result(None)

    # What is left.

    async def _dial(self) -> None:
        host, port = address_of(self._url)
        at = self._at or (host, port)
        loop = asyncio.get_running_loop()
        is_secure = self._url.startswith("wss:")
        security: dict[str, Any] = {"ssl": tls(self._way.tls), "server_hostname": host} if is_secure else {}
        if is_secure and not self._way.proxy:
            await loop.create_connection(lambda: self, *at, **security)
            return
        raw = await connected(at, self._way.proxy)
        self._stamped = raw if isinstance(raw, StampedSocket) and not is_secure else None
        await loop.create_connection(lambda: self, sock=raw, **security)

    def _dispatch(self, data: bytes, whole: Arrival) -> None:
        """Hand on the messages of one read; `whole` is the arrival of its last byte."""
        events = self._protocol.events_received()
        last = len(events) - 1
        for index, event in enumerate(events):
            if isinstance(event, Frame):
                self._unframed -= _wire_size(event)
                if event.opcode < _FIRST_CONTROL:
                    is_exact = whole.exact and index == last and self._unframed == 0
                    self._take(event, whole if is_exact or whole.stamp == "seen" else self._bounded(whole))
            elif self._protocol.handshake_exc is None:
                self._begin_framing(data)
        if not self._upgraded.done():
            self._head += data
            if self._protocol.handshake_exc is not None:
                self._fail_upgrade(self._protocol.handshake_exc)

    def _bounded(self, whole: Arrival) -> Arrival:
        return whole._replace(earliest=self._previous, exact=False)

    def _begin_framing(self, data: bytes) -> None:
        """Count bytes from the end of the upgrade's header on: frames may come in the same read."""
        self._head += data
        self._unframed = len(self._head) - (self._head.find(b"\r\n\r\n") + 4)
        self._head.clear()
        self._upgraded.set_result(None)

    def _fail_upgrade(self, error: Exception) -> None:
        self._upgraded.set_exception(error)
        self._upgraded.exception()  # retrieved: nobody waits any more after a timeout

    def _take(self, frame: Frame, arrival: Arrival) -> None:
        """Hand on a message that this frame completes."""
        if frame.opcode is not Opcode.CONT:
            self._is_binary = frame.opcode is Opcode.BINARY
        payload = bytes(frame.data)
        if not frame.fin or self._fragments:
            self._fragments.append(payload)
            if not frame.fin:
                return
            payload = b"".join(self._fragments)
            self._fragments.clear()
        receive = self._listener.binary_received if self._is_binary else self._listener.text_received
        receive(payload, arrival)

    def _flush(self) -> None:
        protocol, transport = self._protocol, self._transport
        if transport is None:
            return
        for data in protocol.data_to_send():
            if data:  # b"" asks for a half-close; the transport is closed as a whole
                transport.write(data)
        gave_up = protocol.parser_exc is not None or protocol.handshake_exc is not None
        agreed = protocol.close_sent is not None and protocol.close_rcvd is not None
        if gave_up or agreed or protocol.state is State.CLOSED:
            transport.close()

    def _end(self) -> tuple[int, str, Literal["us", "them"]]:
        """Say with which code and reason the connection ended, and who began it."""
        protocol = self._protocol
        sent, received = protocol.close_sent, protocol.close_rcvd
        if sent is not None and (received is None or protocol.parser_exc is not None):
            return sent.code, sent.reason, "us"
        if received is not None:
            return received.code, received.reason, "them" if protocol.close_rcvd_then_sent else "us"
        return 1006, "", "us" if self._closing else "them"


def _wire_size(frame: Frame) -> int:
    """Count a server's frame as it came: no mask, no extensions are ever offered (RFC 6455, 5.2)."""
    size = len(frame.data)
    return size + (2 if size < 126 else 4 if size < 65_536 else 10)  # noqa: PLR2004  the RFC's own thresholds


def _kind(stamp: int | None) -> Literal["kernel", "seen"]:
    return "seen" if stamp is None else "kernel"


def add_headers(headers: Headers, way: Transport) -> None:
    """Put in what the target declares, in the place of anything of that name."""
    for name, value in way.headers:
        headers.pop(name, None)
        headers[name] = value


async def connected(address: Address, proxy: str = "") -> socket.socket:
    """Connect, through a proxy where there is one, with stamps where the platform has them."""
    raw = await _connected(*(address_of_proxy(proxy) if proxy else address))
    try:
        if proxy:
            await open_tunnel(raw, proxy, address)
    except BaseException:
        raw.close()
        raise
    return raw


async def _connected(host: str, port: int) -> socket.socket:
    """Connect to the first address of a host that answers."""
    if _CAN_STAMP:
        keep_stamping()
    loop = asyncio.get_running_loop()
    failure = OSError(f"{host} has no address")
    for family, kind, _, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        # IPPROTO_TCP by name: asyncio sets TCP_NODELAY on no other socket.
        raw = (StampedSocket if _CAN_STAMP else socket.socket)(family, kind, socket.IPPROTO_TCP)
        try:
            raw.setblocking(False)  # noqa: FBT003  the standard library's signature
            if _CAN_STAMP:
                raw.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            await loop.sock_connect(raw, address)
        except OSError as error:
            raw.close()
            failure = error
        except BaseException:
            raw.close()
            raise
        else:
            return raw
    raise failure


@functools.cache
def keep_stamping() -> None:
    """
    Ask for stamps once and for as long as this process lives.

    The kernel begins to stamp some time after the first socket asked and ends with the last one, so the first frames
    of each test would come without.
    """
    keeper = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    keeper.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    keeper.detach()

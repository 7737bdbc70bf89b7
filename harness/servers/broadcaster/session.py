"""One WebSocket connection: bytes to messages for the hub, frames of the hub to bytes."""

import asyncio
import logging
from http import HTTPStatus
from typing import Final, Protocol

from websockets.datastructures import Headers
from websockets.exceptions import InvalidHeader
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from harness.protocol.connections import ServerConnection

_log = logging.getLogger(__name__)

LINGER: Final = 2.0
"""Seconds that a peer has to close its half after we closed ours."""

MAX_BACKLOG: Final = 8 * 2**20
"""Bytes that may wait for a slow reader before its connection is cut."""

_CONTROL: Final = (Opcode.PING, Opcode.PONG)
_MAX_REASON: Final = 120  # bytes; a control frame holds 125, two of which are the code


class Owner(Protocol):
    """What a session needs of the app that it belongs to."""

    def opened(self, session: "Session") -> ServerConnection:
        """Take a session whose handshake is done; answer with what the hub made of it."""

    def received(self, connection: ServerConnection, message: str | bytes) -> None:
        """Take one whole message."""

    def control_received(self, connection: ServerConnection) -> None:
        """Take a sign of life in a control frame."""

    def closed(self, connection: ServerConnection) -> None:
        """Take the end of a connection, however it came about; told once or twice."""

    def released(self, transport: asyncio.Transport) -> None:
        """Take a transport whose socket is closed."""


class Session(asyncio.Protocol):
    """
    The protocol of a TCP connection from its handshake on.

    Everything for the peer goes through `write` and so through one queue, in order: events, answers and pongs of the
    protocol alike. Only control frames of WebSocket itself may come out of turn.
    """

    def __init__(
        self,
        owner: Owner,
        app_key: str,
        protocol: str | None,
        *,
        max_size: int,
        powered_by: str | None,
        max_backlog: int = MAX_BACKLOG,
        serves_refused: bool = False,
    ) -> None:
        self.app_key = app_key
        self.protocol = protocol
        """The version of the query; `None` when it has none."""
        self.origin: str | None = None
        """What the header of that name says, once the session is started."""
        self._max_backlog = max_backlog
        self._owner = owner
        self._powered_by = powered_by
        self._serves_refused = serves_refused
        self._framing = _Framing(max_size=max_size, logger=logging.getLogger("websockets.server"))
        self._transport: asyncio.Transport
        self._connection: ServerConnection | None = None
        self._is_ended = False
        self._message = bytearray()
        self._is_text = True

    def start(self, transport: asyncio.Transport, head: bytes, early: bytes) -> None:
        """
        Take over a transport, the request to upgrade that was read from it, and what was read behind that.

        A request that is no valid handshake is refused and the connection closed; where `serves_refused`, it goes on
        as if it had not been.
        """
        self._transport = transport
        transport.set_protocol(self)
        transport.set_write_buffer_limits(high=self._max_backlog)
        self._framing.receive_data(head)
        for request in self._framing.events_received():
            assert isinstance(request, Request)  # noqa: S101 - the head holds nothing else
            self.origin = next(iter(request.headers.get_all("Origin")), None)
            response = self._framing.accept(request)
            is_served = self._serves_refused and response.status_code != HTTPStatus.SWITCHING_PROTOCOLS
            if is_served:
                response = _refusal(self._framing.handshake_exc)
            if self._powered_by:
                response.headers["X-Powered-By"] = self._powered_by
            (self._framing.serve_refused if is_served else self._framing.send_response)(response)
        self._flush()
        if self._framing.state is OPEN:
            self._connection = self._owner.opened(self)
            self.data_received(early)

    def write(self, frame: bytes) -> None:
        """Append one whole frame to what the peer is sent; nothing once the connection is ending."""
        if not self._is_ended:
            self._transport.write(frame)

    @property
    def backlog(self) -> int:
        """How many bytes wait for the peer to read on, beyond what the system holds for it."""
        return 0 if self._transport.is_closing() else self._transport.get_write_buffer_size()

    def ping(self) -> None:
        """Send a WebSocket ping."""
        if not self._is_ended:
            self._framing.send_ping(b"")
            self._flush()

    def end(self, code: int | None, reason: str) -> None:
        """End the connection behind what was written: with a close frame, or of TCP alone when there is no code."""
        if self._is_ended:
            return
        if code is None:
            self._half_close()
        else:
            self._framing.send_close(code, reason.encode()[:_MAX_REASON].decode(errors="ignore"))
            self._flush()
            self._is_ended = True
            asyncio.get_running_loop().call_later(LINGER, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        """Take bytes from the network; the framing drops what comes behind the end of the connection."""
        if self._connection is None:
            return
        self._framing.receive_data(data)
        try:
            for frame in self._framing.events_received():
                assert isinstance(frame, Frame)  # noqa: S101 - the handshake is over
                self._take(frame, self._connection)
        except UnicodeDecodeError:
            self._framing.fail(CloseCode.INVALID_DATA, "a text message is not UTF-8")
        if self._framing.eof_sent:  # those who are left behind hear of it before the client's close is answered
            self._owner.closed(self._connection)
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the owner that this is over."""
        self._is_ended = True
        if exc is not None:
            _log.info("a connection broke: %s", type(exc).__name__)
        if self._connection is not None:
            self._owner.closed(self._connection)
        self._owner.released(self._transport)

    def pause_writing(self) -> None:
        """Cut a peer that does not read what it is sent: memory is for those who do."""
        _log.warning("a connection is cut: more than %d bytes wait for it", self._max_backlog)
        self._transport.abort()

    def _take(self, frame: Frame, connection: ServerConnection) -> None:
        if frame.opcode in _CONTROL:
            self._owner.control_received(connection)
        elif frame.opcode is not Opcode.CLOSE:
            if frame.opcode is not Opcode.CONT:
                self._is_text = frame.opcode is Opcode.TEXT
            self._message += frame.data  # no list of fragments: empty ones have no end
            if frame.fin:
                message = bytes(self._message)
                self._message.clear()
                self._owner.received(connection, message.decode() if self._is_text else message)

    def _flush(self) -> None:
        for data in self._framing.data_to_send():
            if data and not self._is_ended:
                self._transport.write(data)
            elif not data:
                self._half_close()

    def _half_close(self) -> None:
        # Not close(): unread bytes of the peer would then reset the connection, and the last frame could be lost.
        self._is_ended = True
        self._transport.write_eof()
        asyncio.get_running_loop().call_later(LINGER, self._transport.abort)


def _refusal(error: Exception | None) -> Response:
    """Give the answer to a handshake that Reverb refuses, as it words it (PROTOCOL.md 13)."""
    if isinstance(error, InvalidHeader) and error.name == "Sec-WebSocket-Key":
        return Response(HTTPStatus.BAD_REQUEST, "Invalid Sec-WebSocket-Key", Headers())
    status = HTTPStatus.UPGRADE_REQUIRED
    offer = Headers(Connection="Upgrade", Upgrade="websocket", **{"Sec-WebSocket-Version": "13"})
    return Response(status, status.phrase, offer)


class _Framing(ServerProtocol):
    """WebSocket framing that words one refusal as Reverb does (PROTOCOL.md 13, "size")."""

    def serve_refused(self, response: Response) -> None:
        """Refuse a handshake, and go on as after a good one."""
        self.writes.append(response.serialize())
        self.state = OPEN

    def fail(self, code: CloseCode | int, reason: str = "") -> None:
        super().fail(code, "Maximum message size exceeded" if code == CloseCode.MESSAGE_TOO_BIG else reason)

"""One TCP connection from its first byte: requests of the HTTP API, until one of them asks to become a WebSocket."""

import asyncio
import logging
import re
from typing import Final, Protocol
from urllib.parse import unquote

from harness.servers.broadcaster.answers import Answer, Request
from harness.servers.broadcaster.exchange import Exchange
from harness.servers.broadcaster.session import LINGER, Session

_log = logging.getLogger(__name__)

PATIENCE: Final = 60.0
"""Seconds that a peer has for its first request, and for each further one, and to read the last answer."""

_APP_PATH: Final = re.compile(r"/app/([^/]+)")


class Owner(Protocol):
    """What an endpoint needs of the server that it belongs to."""

    def accepted(self, transport: asyncio.Transport) -> None:
        """Take a transport whose socket was just opened."""

    def answer(self, request: Request) -> Answer:
        """Give the answer to a request, what it causes done already."""

    def new_session(self, app_key: str, protocol: str | None) -> Session:
        """Give a session for a client that asks for the app with this key, in this version of the protocol."""

    def released(self, transport: asyncio.Transport) -> None:
        """Take a transport whose socket is closed."""


class Endpoint(asyncio.Protocol):
    """The protocol that a connection starts with."""

    def __init__(self, owner: Owner, exchange: Exchange) -> None:
        self._owner = owner
        self._exchange = exchange
        self._transport: asyncio.Transport
        self._limit: asyncio.TimerHandle
        self._is_done = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport of a new connection."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a TCP server has no others
        self._transport = transport
        self._wait()
        self._owner.accepted(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the owner that this is over, unless a session took over and will."""
        if exc is not None:
            _log.info("a connection broke: %s", type(exc).__name__)
        self._limit.cancel()
        self._owner.released(self._transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes from the network; what comes behind the last answer is read and dropped."""
        if self._is_done:
            return
        self._exchange.feed(data)
        while (arrival := self._exchange.next_arrival()) is not None:
            self._is_done = self._refuse(arrival) if isinstance(arrival, Answer) else self._serve(arrival)
            if self._is_done:
                break

    def pause_writing(self) -> None:
        """Read no more of a peer that does not read what it is answered."""
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Read on."""
        self._transport.resume_reading()

    def _wait(self) -> None:
        """Give the peer its time anew."""
        self._limit = asyncio.get_running_loop().call_later(PATIENCE, self._transport.abort)

    def _serve(self, request: Request) -> bool:
        """Answer a request, or hand the connection over; tell whether it is done with HTTP."""
        app_path = _APP_PATH.fullmatch(request.path)
        self._limit.cancel()
        if request.head is not None and app_path and request.method == "GET":
            self._transport.resume_reading()
            session = self._owner.new_session(unquote(app_path[1]), request.params.get("protocol"))
            session.start(self._transport, request.head, request.early)
            return True
        text, is_last = self._exchange.render(self._owner.answer(request))
        self._wait()
        self._transport.write(text)
        if is_last:
            self._transport.close()
        return is_last

    def _refuse(self, answer: Answer) -> bool:
        text, _ = self._exchange.render(answer)
        self._transport.write(text)
        # Not close(): the rest of the request, unread, would reset the connection before the answer is read.
        self._transport.write_eof()
        asyncio.get_running_loop().call_later(LINGER, self._transport.abort)
        return True

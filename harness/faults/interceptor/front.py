"""A port in front of a server: every connection to it is passed on over a connection of its own."""

import asyncio
import contextlib
import logging
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import h11

from harness.faults.defects.behaviour import Answer, Headers, Request
from harness.faults.interceptor.conversation import SWITCHING, Conversation
from harness.faults.interceptor.link import Link
from harness.faults.interceptor.meddling import Meddling

_log = logging.getLogger(__name__)

_BAD_REQUEST: Final = Answer(HTTPStatus.BAD_REQUEST, "Bad Request", Headers([(b"Content-Length", b"0")]))
_LIMIT: Final = 2**20  # bytes that are read ahead of a slow reader, who is the sender's to cut off


class Front:
    """
    Answers at a port for the server at `origin`; WebSockets are for the one at `socket_origin`.

    Nothing listens until a socket is given to `serve`.
    """

    def __init__(self, meddling: Meddling, origin: str, socket_origin: str) -> None:
        self._meddling = meddling
        self._origin = origin
        self._socket_origin = socket_origin

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection on, until either side ends it."""
        try:
            with contextlib.closing(writer):
                await self._converse(Conversation(h11.SERVER, reader, writer))
        except OSError as error:
            _log.info("a connection broke: %s", type(error).__name__)
            writer.transport.abort()

    async def _converse(self, client: Conversation) -> None:
        targets = Targets()
        with contextlib.closing(targets):
            while not client.is_over:
                try:
                    request = await client.take_request(self._origin)
                except h11.RemoteProtocolError:
                    await client.give_answer(_BAD_REQUEST)
                    return
                if request is None:
                    return
                if request.headers.get("Upgrade").lower() == "websocket":
                    await self._upgrade(client, request, targets)
                    return
                asked = self._meddling.request(request)
                answer = await self._meddling.answer(request, await _asked(asked, targets, client), once)
                await client.give_answer(answer)

    async def _upgrade(self, client: Conversation, request: Request, targets: "Targets") -> None:
        """Let both sides agree on a WebSocket, and pass it on; compressed frames nobody here could read."""
        plain = Request(
            request.method,
            self._socket_origin,
            request.target,
            request.headers.having("Sec-WebSocket-Extensions", None),
            request.body,
        )
        answer = await targets.ask(plain)
        await client.give_answer(answer)
        if answer.status == SWITCHING:
            target = targets.current
            link = Link(self._meddling, client.writer, target.writer)
            await link.run((client.reader, client.early), (target.reader, target.early))


class Targets:
    """The connection to a server over which the requests of one client go: opened when needed, opened anew if over."""

    current: Conversation

    def __init__(self) -> None:
        self._is_open = False

    async def to(self, origin: str) -> Conversation:
        """Give the connection to a server; raises `OSError` where none comes about."""
        if not self._is_open or self.current.is_over:
            self.close()
            self.current, self._is_open = await connected(origin), True
        return self.current

    async def ask(self, request: Request) -> Answer:
        """Send a request and wait for its answer; raises `OSError` when the server does not answer."""
        target = await self.to(request.origin)
        try:
            return await target.ask(request.having("Host", urlsplit(request.origin).netloc))
        except h11.RemoteProtocolError as error:
            raise ConnectionAbortedError(str(error)) from error

    def close(self) -> None:
        """End the connection."""
        if self._is_open:
            self.current.writer.close()
            self._is_open = False


async def _asked(request: Request, targets: Targets, client: Conversation) -> Answer:
    """Ask in the name of a client; when it ends meanwhile, the target learns of it, and decides what to do."""
    target = await targets.to(request.origin)
    asking = asyncio.ensure_future(targets.ask(request))  # it writes before anybody looks at the client
    leaving = asyncio.ensure_future(client.left())
    try:
        await asyncio.wait({leaving, asking}, return_when=asyncio.FIRST_COMPLETED)
        if leaving.done():
            leaving.result()
            target.end()
        return await asking
    finally:
        leaving.cancel()
        asking.cancel()
        await asyncio.wait({leaving, asking})


async def once(request: Request) -> Answer:
    """Ask over a connection that is for this request alone."""
    targets = Targets()
    with contextlib.closing(targets):
        return await targets.ask(request)


async def connected(origin: str) -> Conversation:
    """Connect to a server by its scheme, host and port; certificates are checked."""
    parts = urlsplit(origin)
    is_secure = parts.scheme == "https"
    port = parts.port or (443 if is_secure else 80)
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=is_secure or None, limit=_LIMIT)
    return Conversation(h11.CLIENT, reader, writer)

"""
The rig's one port: WebSockets of the client, the authorization endpoints, and the page that says what goes on.

TCP ─▶ Exchange ─┬─ request ─▶ authorization, or the status page
                 └─ Socket ─ message ─▶ Desk ─▶ answers
"""

import asyncio
import contextlib
import os
import random
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

from harness.errors import EnvironmentFault
from harness.rig import authorization
from harness.rig.authorization import Asked
from harness.rig.desk import Desk
from harness.rig.exchange import Answer, Exchange, Request
from harness.rig.log import Log
from harness.rig.manners import Manners
from harness.rig.socket import Socket
from harness.rig.terms import Terms

_APP_PATH: Final = re.compile(r"(?:/[^/]+)*/app/([^/]+)/?")
_TLS: Final = 0x16
"""The first byte of a client that begins with TLS."""
_READ: Final = 65_536
_FLOOD: Final = 5_000
"""Messages of one connection; whoever sends more is cut off, since nobody reads them."""


class Server:
    """Serves one client under test; `page` answers whatever is no WebSocket and no request for authorization."""

    def __init__(self, terms: Terms, log: Log, page: Callable[[Request], Answer]) -> None:
        self.manners = Manners()
        self.desk = Desk(terms)
        self.sockets: list[Socket] = []
        """Every connection that was asked for, the latest last."""
        self._terms = terms
        self._log = log
        self._page = page
        self._dice = random.Random(terms.seed)  # noqa: S311 - no secret
        self._requests = 0
        self._released = asyncio.Event()
        self._serving: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server

    @property
    def open(self) -> list[Socket]:
        """List the connections that are established and not over."""
        return [one for one in self.sockets if one.socket_id and not one.is_over]

    async def start(self, host: str, port: int) -> int:
        """Listen, and give the port; raises `EnvironmentFault` when that is not possible."""
        try:
            self._server = await asyncio.start_server(self._accept, host, port)
        except OSError as error:
            why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or error
            raise EnvironmentFault(
                f"the rig cannot listen on {host}:{port} ({why}); choose another --port or --host"
            ) from None
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close the port and every connection."""
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def behave(self, manners: Manners, *, keeps_held: bool = False) -> None:
        """Have these manners from now on, also on open connections; releases what was held, unless it is kept."""
        if not keeps_held:
            self.release()
            self._released = asyncio.Event()
        self.manners = manners
        for socket in self.open:
            socket.mute(is_mute=not manners.answers_pings)

    def release(self) -> None:
        """Give the answers of the authorization endpoint that were held."""
        self._released.set()

    def establish(self, socket: Socket) -> None:
        """Tell a connection its socket id."""
        socket.socket_id = f"{self._dice.randint(1, 10**9)}.{self._dice.randint(1, 10**9)}"
        timeout = self.manners.activity_timeout
        text = self.desk.established(socket.socket_id, timeout)
        self._log.add(socket.name, "established", text, socket_id=socket.socket_id)
        socket.send(text)

    def send(self, socket: Socket, text: str, *, pieces: int = 1) -> None:
        """Send a frame, and note it."""
        self._log.add(socket.name, "out", text)
        socket.send(text, pieces=pieces)

    def close(self, socket: Socket, code: int, reason: str = "") -> None:
        """End a connection with a close code."""
        self._log.add(socket.name, "closed", reason, code=code, by="rig")
        socket.close(code, reason)

    def cut(self, socket: Socket) -> None:
        """End a connection without a close frame."""
        self._log.add(socket.name, "closed", code=1006, by="rig")
        socket.cut()

    def answer_subscribes(self, socket: Socket) -> None:
        """Acknowledge what was not acknowledged while the manners kept it back."""
        for channel, data in socket.subscribed.items():
            self.send(socket, self.desk.succeeded(channel, data))

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in one
        self._serving.add(task)
        try:
            await self._serve(reader, writer)
        except ConnectionError:
            pass
        except asyncio.CancelledError:
            writer.transport.abort()  # whoever does not read would hold up the end
        finally:
            self._serving.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        exchange = Exchange()
        is_last = False
        while not is_last and (data := await reader.read(_READ)):
            if data[0] == _TLS:
                self._log.add("rig", "tls", "a client began TLS, which the rig does not speak")
                return
            exchange.feed(data)
            try:
                while not is_last and (request := exchange.next_request()) is not None:
                    if request.is_upgrade:
                        await self._upgrade(request, reader, writer)
                        return
                    text, is_last = exchange.render(await self._answer(request, reader))
                    writer.write(text)
                    await writer.drain()
            except ValueError:
                return
        await writer.drain()

    async def _upgrade(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._log.is_full:
            return
        name = f"socket {len(self.sockets) + 1}"
        socket = Socket(name, request, reader, writer)
        found = _APP_PATH.fullmatch(request.path)
        query = "&".join(f"{key}={value}" for key, value in request.query.items())
        self._log.add(name, "upgrade", f"GET {request.path}?{query}", problem=self._objection(request))
        self.sockets.append(socket)
        if not self.manners.admits or found is None:
            self._log.add(name, "refused", "TCP ends without an answer")
            socket.is_over = True
            return
        self._wire(socket)
        if not socket.shake_hands():
            self._log.add(name, "refused", "the handshake is none")
            socket.is_over = True
            return
        self._begin(socket, unquote(found[1]))
        await socket.run()

    def _objection(self, request: Request) -> str:
        """Say what is wrong with the address that a WebSocket was asked for at (PROTOCOL.md 1.1)."""
        problems = []
        if _APP_PATH.fullmatch(request.path) is None:
            problems.append(f"its path is {request.path}, not /app/KEY")
        if request.query.get("protocol") != "7":
            said = request.query.get("protocol")
            problems.append(f"it asks for protocol {said}, not 7" if said else "it names no protocol")
        return "; ".join(problems)

    def _wire(self, socket: Socket) -> None:
        socket.take = lambda message: self._received(socket, message)
        socket.control = lambda kind: self._log.add(socket.name, "in", event=f"WebSocket {kind}")
        socket.ended = lambda code: self._log.add(socket.name, "closed", code=code, by="client")
        socket.mute(is_mute=not self.manners.answers_pings)

    def _begin(self, socket: Socket, key: str) -> None:
        """Say what comes first on a connection."""
        wording, dialect = self.desk.wording, self._terms.dialect
        code, message = self.manners.refuses, "refused by the rig"
        if self._terms.key and key != self._terms.key:
            refused = dialect.refuse("unknown key", "another key", key=key)
            code, message = refused.code, refused.message
        self.desk.key = self._terms.key or key
        if code is None:
            if self.manners.establishes:
                self.establish(socket)
            return
        self.send(socket, wording.error(code, message))
        if dialect.close_codes:
            self.close(socket, code, message)
        else:
            self.cut(socket)

    def _received(self, socket: Socket, message: str | bytes) -> None:
        if socket.is_over:
            return
        socket.messages += 1
        if socket.messages > _FLOOD or self._log.is_full:
            self.cut(socket)
            return
        reading = self.desk.read(message, socket.socket_id, self.manners)
        text = message if isinstance(message, str) else message.decode(errors="replace")
        self._log.add(socket.name, "in", text, socket_id=socket.socket_id, **reading.facts)
        if reading.facts.get("event") == "pusher:subscribe":
            socket.asked.add(reading.facts["channel"])
        if reading.joined is not None:
            channel, data = reading.joined
            socket.subscribed[channel] = data
        socket.subscribed.pop(reading.left, None)
        for answer in reading.answers:
            self.send(socket, answer)

    async def _answer(self, request: Request, reader: asyncio.StreamReader) -> Answer:
        is_user = request.path in self._terms.user_auth_paths
        if not is_user and request.path not in self._terms.auth_paths:
            return self._page(request)
        if request.method == "OPTIONS":
            return authorization.allow(request, Answer(204))
        self._requests += 1
        name, asked = f"request {self._requests}", authorization.read(request, for_user=is_user)
        said = f"{request.method} {request.path} {asked.encoding} {asked.channel} for {asked.socket_id}"
        facts = {"channel": asked.channel, "socket_id": asked.socket_id, "problem": asked.problem}
        self._log.add(name, "asked", f"{said}, with {asked.credential}", **facts)
        answer = await self._authorize(asked, is_user=is_user)
        gone = "; the client had given up" if reader.at_eof() else ""
        self._log.add(name, "answered", answer.body + gone, code=answer.status, channel=asked.channel)
        return authorization.allow(request, answer)

    async def _authorize(self, asked: Asked, *, is_user: bool) -> Answer:
        manners, released, key = self.manners, self._released, self.desk.key or self._terms.key
        if manners.authorizing == "hold":
            await released.wait()
        elif manners.authorizing == "slow":
            await asyncio.sleep(manners.slowness)
        elif manners.authorizing == "html":
            return authorization.PAGE
        elif manners.authorizing != "sign":
            return authorization.refused(manners.authorizing)
        if asked.problem:
            return authorization.refused(403)
        sign = authorization.recognized if is_user else authorization.granted
        return sign(asked, key, self._terms.secret)

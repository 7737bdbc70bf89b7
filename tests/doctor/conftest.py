"""What a target is broken with: warm servers with switches, a front that misbehaves, a broadcaster of a few lines."""

import asyncio
import contextlib
import json
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from harness.config import TargetDeclaration, own_target
from harness.config.durations import Seconds
from harness.doctor.report import Report
from harness.doctor.stated import Client, Stated
from harness.doctor.walk import diagnose
from harness.doctor.walker import Extent
from harness.topology.embedded import EmbeddedStack, Trial, start
from harness.topology.process import ServerProcess

CERTIFICATE = Path(__file__).parents[1] / "users" / "loopback.pem"
TLS_HELLO = b"\x16"
QUICK = Extent(seconds=2.0, linger=0.08, comb=0)
"""A walk that waits for nothing that a test does not ask for."""


@dataclass
class Asked:
    """A request at a front."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    raw: bytes


@dataclass
class Reply:
    """What a front says itself, instead of passing a request on."""

    status: int
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Write it as HTTP."""
        kind = "text/html" if self.body.startswith("<") else "application/json"
        headers = {"Content-Type": kind, "Content-Length": str(len(self.body.encode())), **self.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {self.status} Said\r\n{lines}Connection: close\r\n\r\n{self.body}".encode()


Rule = Callable[[Asked], Reply | None]
Change = Callable[[Asked, bytes], bytes]


class Front:
    """
    An HTTP front before a server: `rule` answers itself, `change` alters what the server answered.

    It keeps Upgrade from the server unless `upgrades`, ends a WebSocket that was silent for `cut_after` seconds, and
    has room for `most` of them; `asked` are the requests that it saw.
    """

    def __init__(self, upstream: str, *, rule: Rule | None = None, change: Change | None = None, **ways: Any) -> None:
        self._host, self._port = urlsplit(upstream).hostname, urlsplit(upstream).port
        self._rule = rule or (lambda _: None)
        self._change = change or (lambda _, answer: answer)
        self._upgrades: bool = ways.get("upgrades", True)
        self._cut_after: float = ways.get("cut_after", 60.0)
        self._most: int = ways.get("most", 10_000)
        self._tls: bool = ways.get("tls", False)
        self._at: str = ways.get("at", "127.0.0.1")
        self._sockets = 0
        self._serving: set[asyncio.Task[Any]] = set()
        self.asked: list[Asked] = []
        self.address = ""

    async def begin(self) -> None:
        """Listen."""
        context = None
        if self._tls:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(CERTIFICATE)
        self._server = await asyncio.start_server(self._serve, self._at, 0, ssl=context)
        self.address = f"{self._at}:{self._server.sockets[0].getsockname()[1]}"

    async def end(self) -> None:
        """Listen no more, and serve nobody: whoever was cut off may have left a request behind."""
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        ended = (OSError, asyncio.IncompleteReadError, asyncio.CancelledError)
        with contextlib.suppress(*ended), contextlib.closing(writer):
            asked = await _read(reader)
            self.asked.append(asked)
            if (reply := self._rule(asked)) is not None:
                writer.write(reply.encoded())
                await writer.drain()
            elif asked.headers.get("upgrade", "").lower() == "websocket" and self._upgrades:
                await self._splice(asked, reader, writer)
            else:
                await self._pass(asked, writer)

    async def _pass(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        upstream, up = await asyncio.open_connection(self._host, self._port)
        with contextlib.closing(up):
            head, _, body = asked.raw.partition(b"\r\n\r\n")
            lines = [
                one for one in head.split(b"\r\n") if one.split(b":")[0].lower() not in (b"connection", b"upgrade")
            ]
            up.write(b"\r\n".join([*lines, b"Connection: close", b"", body]))
            answer = await upstream.read(-1)
        writer.write(self._change(asked, answer))
        await writer.drain()

    async def _splice(self, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._sockets += 1
        if self._sockets > self._most:
            return
        upstream, up = await asyncio.open_connection(self._host, self._port)
        with contextlib.closing(up):
            up.write(asked.raw)
            heard = asyncio.Event()
            ways = {
                asyncio.ensure_future(_pump(one, other, heard)) for one, other in ((upstream, writer), (reader, up))
            }
            while not any(way.done() for way in ways):
                heard.clear()
                waiting = asyncio.ensure_future(heard.wait())
                await asyncio.wait({waiting, *ways}, timeout=self._cut_after, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                if not heard.is_set():
                    break
            for way in ways:
                way.cancel()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: asyncio.Event) -> None:
    while data := await reader.read(65_536):
        heard.set()
        writer.write(data)
        await writer.drain()


async def _relay(
    source: Connection, sink: Connection, copies: Callable[[str], int], change: Callable[[str], str | list[str]]
) -> None:
    with contextlib.suppress(ConnectionClosed):
        async for text in source:
            for _ in range(copies(str(text))):
                changed = change(str(text))
                for one in [changed] if isinstance(changed, str) else changed:
                    await sink.send(one)
    await sink.close()


async def _read(reader: asyncio.StreamReader) -> Asked:
    first = await reader.readexactly(1)
    if first == TLS_HELLO:
        raise ConnectionResetError
    head = first + await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    method, path, _ = first.split(" ")
    return Asked(method, path, headers, body, head + body)


def changed_json(answer: bytes, change: Callable[[dict[str, Any]], dict[str, Any]]) -> bytes:
    """Alter the JSON of an answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    altered = json.dumps(change(json.loads(body))).encode()
    kept = [line for line in head.split(b"\r\n") if not line.lower().startswith((b"content-length", b"transfer"))]
    return b"\r\n".join([*kept, b"Content-Length: " + str(len(altered)).encode(), b"", altered])


class Stage:
    """
    A warm stack, and what can be put around it; what a case opens is closed behind it.

    `reply`, `client` and `changed` are the shapes that cases are made of.
    """

    reply = Reply
    client = Client
    changed = staticmethod(changed_json)

    def __init__(self, stack: EmbeddedStack, folder: Path) -> None:
        self._stack = stack
        self._folder = folder
        self._other: ServerProcess | None = None
        self._other_url = ""
        self.open = contextlib.AsyncExitStack()
        budgets = msgspec.structs.replace(stack.target.budgets, arrival=Seconds(1))
        self.target: TargetDeclaration = msgspec.structs.replace(stack.target, budgets=budgets)

    def become(self, *backend: str, broadcaster: tuple[str, ...] = ()) -> TargetDeclaration:
        """Give the backend and its broadcaster these defects, until the case is over."""
        self._stack.become({"backend": backend, "broadcaster": broadcaster})
        self.open.callback(self._stack.become, {})
        return self.target

    def cut_off(self) -> TargetDeclaration:
        """Keep the backend from its broadcaster, until the case is over."""
        self._stack.control.do("tell", "backend", faults={"broadcaster_unreachable": True})
        self.open.callback(lambda: self._stack.control.do("tell", "backend", faults={}))
        return self.target

    async def front(self, what: str, rule: Rule | None = None, change: Change | None = None, **ways: Any) -> Front:
        """Put a front before the `backend` or the `broadcaster`."""
        backend, broadcaster = self.target.backend.url, self.target.broadcaster.api_url
        front = Front(backend if what == "backend" else broadcaster, rule=rule, change=change, **ways)
        await front.begin()
        self.open.push_async_callback(front.end)
        return front

    async def behind(self, what: str, rule: Rule | None = None, change: Change | None = None, **ways: Any) -> Any:
        """Give the target with a front before one of its servers."""
        front = await self.front(what, rule, change, **ways)
        if what == "backend":
            return self.at(backend=f"http://{front.address}")
        return self.at(url=f"ws://{front.address}", api_url=f"http://{front.address}")

    def at(self, backend: str = "", **broadcaster: Any) -> TargetDeclaration:
        """Give the target with another address of its backend, or other members of its broadcaster."""
        target = self.target
        if backend:
            moved = msgspec.structs.replace(target.backend, url=backend)
            target = msgspec.structs.replace(target, backend=moved)
        return msgspec.structs.replace(target, broadcaster=msgspec.structs.replace(target.broadcaster, **broadcaster))

    def without(self, *capabilities: str, target: TargetDeclaration | None = None) -> TargetDeclaration:
        """Give a target that may not do something."""
        chosen = target or self.target
        return msgspec.structs.replace(
            chosen, may=msgspec.structs.replace(chosen.may, **dict.fromkeys(capabilities, False))
        )

    def route(self, name: str, **members: Any) -> TargetDeclaration:
        """Give the target with another route."""
        contract = self.target.backend.contract
        route = msgspec.structs.replace(getattr(contract, name), **members)
        backend = msgspec.structs.replace(
            self.target.backend, contract=msgspec.structs.replace(contract, **{name: route})
        )
        return msgspec.structs.replace(self.target, backend=backend)

    def other_broadcaster(self) -> str:
        """Start a second broadcaster, once: of the same app, knowing nothing of the first, taking no client events."""
        if self._other is None:
            ours = self.target.broadcaster
            app = {"app_id": ours.app_id, "key": ours.key, "secret": ours.secret, "dialect": ours.dialect}
            self._other = ServerProcess("second", "harness.servers.broadcaster", self._folder)
            self._other.configure({"host": "127.0.0.1", "port": 0, "accept_client_events_from": "none", **app})
            self._other_url = str(self._other.announced(time.monotonic() + 10)["url"])
        return self._other_url

    async def speaking(self, handler: Callable[[ServerConnection], Any], **limits: int) -> str:
        """Serve a WebSocket of a few lines, and give its address."""
        server = await self.open.enter_async_context(serve(handler, "127.0.0.1", 0, compression=None, **limits))
        return f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"

    async def relayed(
        self, copies: Callable[[str], int], change: Callable[[str], str | list[str]] = lambda text: text, **limits: int
    ) -> str:
        """Stand before the broadcaster's WebSocket, and pass on so many copies of what it says, changed."""
        upstream = self.target.broadcaster.url

        async def relay(connection: ServerConnection) -> None:
            assert connection.request is not None
            async with connect(f"{upstream}{connection.request.path}", proxy=None) as server:
                there = asyncio.ensure_future(_relay(connection, server, lambda _: 1, str))
                await _relay(server, connection, copies, change)
                there.cancel()

        return await self.speaking(relay, **limits)

    async def asked(self, who: str, method: str, path: str, **body: Any) -> Any:
        """Ask the backend as one of the cast: the token, and then the answer to a request of theirs."""
        person = next(one for one in self.target.cast if one.name == who)
        async with httpx.AsyncClient(base_url=self.target.backend.url, trust_env=False) as client:
            login = await client.post("/api/login", json={"email": person.email, "password": person.password})
            token = login.json()["token"]
            answer = await client.request(method, path, headers={"Authorization": f"Bearer {token}"}, **body)
            return token, answer.json() if answer.content else None

    async def diagnosed(self, case: Callable[["Stage"], Any], told: list[Stated] | None = None) -> Report:
        """Break the target as a case does, walk it, and mend it again; what was stated is added to `told`."""
        async with contextlib.AsyncExitStack() as self.open:
            made = await case(self)
            target, stated, extent = made if isinstance(made, tuple) else (made, Stated(), QUICK)
            if told is not None:
                told.append(stated)
            return await diagnose(target, stated=stated, extent=extent)

    def stop(self) -> None:
        """End the servers."""
        if self._other is not None:
            self._other.release()
            self._other.reap()
        self._stack.stop()


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Start the servers once."""
    folder = tmp_path_factory.mktemp("doctor")
    trial = Trial(is_switchable=True)
    stack = start(own_target("embedded", "embedded"), seed=1, folder=folder, cache=folder / "worlds", trial=trial)
    stage = Stage(stack, folder)
    yield stage
    stage.stop()


@pytest_asyncio.fixture
async def stage(warm: Stage) -> AsyncIterator[Stage]:
    """Give the warm stage to one test."""
    async with warm.open:
        yield warm
    warm.open = contextlib.AsyncExitStack()

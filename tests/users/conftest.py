"""Servers on the test's own loop that say what a test tells them, right or wrong; and worlds that talk to them."""

import asyncio
import base64
import contextlib
import hashlib
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from harness.config import Broadcaster, Budgets, Person, TargetDeclaration, own_target
from harness.config.durations import Seconds
from harness.history.recorder import Recorder
from harness.topology import open_deployment
from harness.topology.target import Target
from harness.users.context import Context
from harness.users.socket import _SO_TIMESTAMPNS, StampedSocket, keep_stamping
from harness.users.trust import tls
from harness.users.world import World

PATIENCE = 10.0
"""Seconds after which a script that waits for what never comes fails; none takes them."""
LOOPBACK_PEM = Path(__file__).with_name("loopback.pem")
SECRET = "the-secret-of-the-app"

Answer = tuple[int, Any] | tuple[int, Any, dict[str, str]]
"""Status, body (bytes as they are, anything else as JSON), headers."""


def wire_frame(payload: bytes | str, opcode: int = 1, *, fin: bool = True, rsv: int = 0, masked: bool = False) -> bytes:
    """Write a WebSocket frame, allowed or not (RFC 6455, 5.2)."""
    data = payload.encode() if isinstance(payload, str) else payload
    size, mask = len(data), 0x80 if masked else 0
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    if size < 126:
        head += bytes([mask | size])
    else:
        head += (
            bytes([mask | 126]) + struct.pack("!H", size)
            if size < 65_536
            else bytes([mask | 127]) + struct.pack("!Q", size)
        )
    return head + (b"\0\0\0\0" if masked else b"") + data


def pusher_frame(event: str, data: Any = None, **members: Any) -> str:
    """Write a frame of the protocol, its data as a JSON string."""
    return json.dumps({"event": event, "data": json.dumps({} if data is None else data), **members})


class Peer:
    """The server's end of one WebSocket connection."""

    wire_frame = staticmethod(wire_frame)
    pusher_frame = staticmethod(pusher_frame)

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.heard: list[dict[str, Any]] = []

    async def request(self) -> str:
        """Read the head of the upgrade request."""
        return (await self.reader.readuntil(b"\r\n\r\n")).decode()

    async def upgrade(self, *behind: bytes) -> None:
        """Answer 101, with these frames in the same write."""
        self.writer.write(self.upgrade_answer(await self.request()) + b"".join(behind))

    def upgrade_answer(self, request: str) -> bytes:
        """Give the 101 for a request."""
        key = next(line.split(": ")[1] for line in request.split("\r\n") if line.startswith("Sec-WebSocket-Key"))
        accept = base64.b64encode(hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest())  # noqa: S324  the RFC's own
        lines = [b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade"]
        return b"\r\n".join([*lines, b"Sec-WebSocket-Accept: " + accept, b"", b""])

    async def establish(self, socket_id: str = "1.1", *, activity_timeout: float = 30) -> None:
        """Upgrade and greet, as a broadcaster does."""
        greeting = {"socket_id": socket_id, "activity_timeout": activity_timeout}
        await self.upgrade(wire_frame(pusher_frame("pusher:connection_established", greeting)))

    def say(self, event: str, data: Any = None, **members: Any) -> None:
        """Send a frame of the protocol."""
        self.writer.write(wire_frame(pusher_frame(event, data, **members)))

    def acknowledge(self, channel: str, members: tuple[str, ...] = ()) -> None:
        """Say that a subscription succeeded, with these members on a presence channel."""
        roster = {"ids": members, "hash": {member: {} for member in members}, "count": len(members)}
        data = {"presence": roster} if channel.startswith("presence-") else {}
        self.say("pusher_internal:subscription_succeeded", data, channel=channel)

    async def frame(self) -> tuple[int, bytes]:
        """Read a frame of the client: opcode and payload."""
        async with asyncio.timeout(PATIENCE):
            opcode, size = await self.reader.readexactly(2)
            size &= 0x7F
            if size == 126:
                (size,) = struct.unpack("!H", await self.reader.readexactly(2))
            mask = await self.reader.readexactly(4)
            masked = await self.reader.readexactly(size)
        return opcode & 0x0F, bytes(byte ^ mask[index % 4] for index, byte in enumerate(masked))

    async def hear(self, event: str = "") -> dict[str, Any]:
        """Read until a frame of the protocol with this event (any, if none is named), and give it."""
        while True:
            opcode, payload = await self.frame()
            if opcode == 8:
                self.writer.write(wire_frame(payload, 8))
                raise ConnectionResetError
            if opcode == 1:
                self.heard.append(json.loads(payload))
                if event in ("", self.heard[-1]["event"]):
                    return self.heard[-1]

    async def pong(self, times: int = 1) -> None:
        """Answer this many pings, in order."""
        for _ in range(times):
            await self.hear("pusher:ping")
            self.say("pusher:pong")

    async def serve(self, *, answering: bool = True) -> None:
        """Acknowledge subscriptions and answer pings until the client leaves; not `answering` means silence."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                frame = await self.hear()
                if answering and frame["event"] == "pusher:subscribe":
                    self.acknowledge(frame["data"]["channel"])
                elif answering and frame["event"] == "pusher:ping":
                    self.say("pusher:pong")

    async def hold(self) -> None:
        """Upgrade, and leave the connection to the test."""
        await self.upgrade()
        await asyncio.Event().wait()

    async def caught_up(self) -> None:
        """Come back when the client has read everything so far: it answers a control ping behind it."""
        self.writer.write(wire_frame(b"", 9))
        while (await self.frame())[0] != 10:
            pass

    async def farewell(self) -> None:
        """Wait until the client leaves, and answer its close frame."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            opcode, payload = await self.frame()
            while opcode != 8:
                opcode, payload = await self.frame()
            self.writer.write(wire_frame(payload, 8))
            await self.writer.drain()

    def cut(self) -> None:
        """Reset the connection."""
        self.writer.transport.abort()


class Scripted:
    """A server on loopback that runs `script` for each connection; what a script raises fails the test."""

    def __init__(self, scheme: str) -> None:
        self.script: Callable[[Peer], Awaitable[None]] = Peer.establish
        self.peers: list[Peer] = []
        self.names: list[str | None] = []
        """The names that TLS asked for, None for an address."""
        self.url = ""
        self._scheme = scheme
        self._failures: list[BaseException] = []
        self._running: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    def leave_to_the_test(self) -> None:
        """Only upgrade; the test writes to `peers[-1]` itself."""
        self.script = Peer.hold

    @staticmethod
    async def only_upgrade(peer: Peer) -> None:
        """Upgrade and say nothing."""
        await peer.upgrade()

    async def start(self, context: ssl.SSLContext | None = None) -> None:
        """Listen on a port that the system chooses."""
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.bind(("127.0.0.1", 0))
        self._server = await asyncio.start_server(self._accept, sock=listening, ssl=context)
        self.url = f"{self._scheme}://127.0.0.1:{listening.getsockname()[1]}"

    async def stop(self) -> None:
        """End what still runs and tell what went wrong in a script."""
        assert self._server is not None
        self._server.close()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        if self._failures:
            raise self._failures[0]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        self.peers.append(Peer(reader, writer))
        try:
            await self.run(self.peers[-1])
        except (asyncio.CancelledError, ConnectionError, asyncio.IncompleteReadError):
            pass
        except BaseException as error:  # noqa: BLE001  it is raised when the test is over
            self._failures.append(error)
        finally:
            self._running.discard(task)
            writer.transport.abort()

    async def run(self, peer: Peer) -> None:
        """Talk to one client."""
        await self.script(peer)
        await peer.farewell()


class ScriptedBackend(Scripted):
    """An HTTP server that gives prepared answers; the last one prepared for a route stays."""

    def __init__(self, scheme: str = "http") -> None:
        super().__init__(scheme)
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        """Request line without version, headers in lower case, body."""
        self._answers: dict[str, list[Answer]] = {}
        self.script = self.converse

    def answers(self, request: str, *answers: Answer) -> None:
        """Prepare the answers to a request such as "POST /api/login", in order."""
        self._answers[request] = list(answers)

    async def converse(self, peer: Peer) -> None:
        """Answer one request after the other."""
        while True:
            line, *lines = (await peer.request()).strip().split("\r\n")
            headers = {name.lower(): value for name, value in (one.split(": ", 1) for one in lines)}
            body = await peer.reader.readexactly(int(headers.get("content-length", "0")))
            request = line.rpartition(" ")[0]
            self.asked.append((request, headers, body))
            prepared = self._answers.get(request.partition("?")[0], [(404, {"message": "Not found."})])
            answer = prepared.pop(0) if len(prepared) > 1 else prepared[0]
            status, content, more = answer if len(answer) == 3 else (*answer, {})
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            head = {"Content-Type": "application/json", "Content-Length": str(len(data)), **more}
            peer.writer.write(f"HTTP/1.1 {status} So\r\n".encode())
            peer.writer.write("".join(f"{name}: {value}\r\n" for name, value in head.items()).encode() + b"\r\n" + data)


@pytest.fixture(scope="session", autouse=True)
def _stamping() -> None:
    """Wait until the kernel stamps what is received, which it begins to do some time after it was first asked."""
    keep_stamping()
    with StampedSocket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        receiver.bind(("127.0.0.1", 0))
        for _ in range(100_000):
            receiver.sendto(b"!", receiver.getsockname())
            receiver.recv_into(bytearray(1))
            if receiver.stamp is not None:
                return


@pytest_asyncio.fixture
async def broadcaster() -> AsyncIterator[Scripted]:
    """Give a broadcaster that establishes connections and then says nothing, unless it is told otherwise."""
    server = Scripted("ws")
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture
async def secure_broadcaster(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scripted]:
    """Give one behind TLS, whose certificate this process trusts for the test."""
    monkeypatch.setenv("SSL_CERT_FILE", str(LOOPBACK_PEM))
    tls.cache_clear()
    server = Scripted("wss")
    await server.start(loopback_tls(server))
    yield server
    await server.stop()
    tls.cache_clear()


@pytest_asyncio.fixture
async def secure_backend(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator["ScriptedBackend"]:
    """Give a backend behind TLS, whose certificate this process trusts for the test."""
    monkeypatch.setenv("SSL_CERT_FILE", str(LOOPBACK_PEM))
    tls.cache_clear()
    server = ScriptedBackend("https")
    await server.start(loopback_tls(server))
    yield server
    await server.stop()
    tls.cache_clear()


def loopback_tls(server: Scripted) -> ssl.SSLContext:
    """Give the server's side of TLS, which tells what was asked for."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(LOOPBACK_PEM)
    context.sni_callback = lambda _, name, __: server.names.append(name)
    return context


@pytest_asyncio.fixture
async def backend() -> AsyncIterator[ScriptedBackend]:
    """Give a backend where alice and everybody else can log in, make a conversation, join it and send to it."""
    server = ScriptedBackend()
    await server.start()
    server.answers("POST /api/login", (200, {"token": "1|a-token-of-theirs", "user": {"id": 7}}))
    server.answers("POST /api/conversations", (201, {"data": {"id": 42}}))
    server.answers("POST /api/conversations/42/messages", *((201, {"data": {"id": f"m{n}"}}) for n in range(1, 9)))
    server.answers("POST /api/broadcasting/auth", (200, {"auth": f"key:{'0' * 64}"}))
    yield server
    await server.stop()


@pytest.fixture
def declaration(broadcaster: Scripted, backend: ScriptedBackend) -> TargetDeclaration:
    """Declare the two servers as a target."""
    own = own_target("scripted", "embedded")
    names = {"alice": 1, "bob": 2, "carol": 3, "eve": 4}
    return msgspec.structs.replace(
        own,
        backend=msgspec.structs.replace(own.backend, url=backend.url),
        broadcaster=Broadcaster(url=broadcaster.url, app_id="1", key="key", secret=SECRET),
        cast=tuple(
            Person(name=name, email=f"{name}@example.com", password=f"password-of-{name}", company=6, id=id_)
            for name, id_ in names.items()
        ),
        budgets=Budgets(arrival=Seconds(2)),
    )


@pytest.fixture
def context(declaration: TargetDeclaration) -> Context:
    """Make what the users of a worker share; a test that awaits silence lowers its `patience` where that begins."""
    return Context(declaration, Recorder())


@pytest.fixture
def world(context: Context) -> World:
    """Make the world of a test, not opened yet."""
    return World(context, "a test")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Run one embedded stack for the tests of a file."""
    folder = tmp_path_factory.mktemp("stack")
    deployment = open_deployment(own_target("embedded", "embedded"), seed=1, folder=folder, cache=folder)
    with Target(deployment, Recorder()) as target:
        yield target


@pytest.fixture
def opened() -> Callable[[Context], Awaitable[World]]:
    """Give a coroutine function that opens a world with a conversation of alice, bob and carol."""

    async def opened(context: Context) -> World:
        world = World(context, "a test")
        assert not world.conversation.participants
        await world.open()
        return world

    return opened

"""The embedded stack declared as somebody else's, and what stands in front of such systems: a gateway, a proxy."""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from harness.commands.target_file import declaration_text
from harness.config import TargetDeclaration, own_target
from harness.config.document import read_document
from harness.config.targets import declared_target
from harness.history.recorder import Recorder
from harness.topology import Deployment, open_deployment
from harness.topology.remote import RemoteDeployment
from harness.topology.target import Target

LOOPBACK_PEM = Path(__file__).parents[1] / "users" / "loopback.pem"
GATE = "the-password-of-the-gate"

Address = tuple[str, int]


class Front:
    """
    A server in a thread of its own that passes connections on: as a gateway, or as an HTTP proxy.

    As a gateway it speaks TLS, lets nobody in who does not show the `gate`, and knows each upstream by a path prefix,
    which it takes off. As a proxy it opens tunnels and forwards what is asked with a whole address.
    """

    def __init__(self, *, upstreams: dict[str, Address] | None = None, gate: str = "", is_secure: bool = False) -> None:
        self.asked: list[str] = []
        """Every request line, in order."""
        self._upstreams, self._gate = upstreams, gate
        self._context = None
        if is_secure:
            self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._context.load_cert_chain(LOOPBACK_PEM)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        starting = asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._context)
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result(10)
        self.port: int = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """End it, and every connection through it."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
            await self._pass(reader, writer)
        writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
        self.asked.append(line)
        method, path, version = line.split(" ")
        if self._gate and f"x-gate: {self._gate}".lower() not in head.lower():
            writer.write(b'HTTP/1.1 403 Forbidden\r\nContent-Length: 20\r\n\r\n{"message":"no gate"}'[:-1])
            await writer.drain()
            return
        if method == "CONNECT":
            host, _, port = path.rpartition(":")
            await self._tunnel(reader, writer, (host, int(port)), b"")
            return
        address, path = self._upstream(path)
        if "upgrade: websocket" not in head.lower():
            lines = [one for one in lines if not one.lower().startswith("connection:")] + ["Connection: close"]
        request = "\r\n".join([f"{method} {path} {version}", *lines, "", ""])
        await self._tunnel(reader, writer, address, request.encode("latin-1"))

    def _upstream(self, path: str) -> tuple[Address, str]:
        if self._upstreams is None:
            parts = urlsplit(path)
            return (parts.hostname or "", parts.port or 80), path.removeprefix(f"{parts.scheme}://{parts.netloc}")
        prefix = next(one for one in self._upstreams if path.startswith(f"{one}/"))
        return self._upstreams[prefix], path.removeprefix(prefix)

    async def _tunnel(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, to: Address, request: bytes
    ) -> None:
        upstream, downstream = await asyncio.open_connection(*to)
        if request:
            downstream.write(request)
        else:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        pumps = [
            asyncio.ensure_future(_pump(reader, downstream)),
            asyncio.ensure_future(_pump(upstream, writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            downstream.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Run one embedded stack for all tests of this folder."""
    folder = tmp_path_factory.mktemp("stack")
    deployment = open_deployment(own_target("embedded", "embedded"), seed=1, folder=folder, cache=folder)
    yield deployment
    deployment.stop()


@pytest.fixture
def declared(running: Deployment, tmp_path: Path) -> Callable[..., TargetDeclaration]:
    """
    Give what declares the stack as a remote target, from the file that `realtime up` writes.

    Each pair replaces a text of that file by another; `variables` are those of the environment.
    """

    def declared(*changes: tuple[str, str], **variables: str) -> TargetDeclaration:
        text = declaration_text(running.target)
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        file = tmp_path / "realtime.toml"
        file.write_text(text, encoding="utf-8")
        return declared_target("up", read_document(file), variables)

    return declared


@pytest.fixture
def attached() -> Callable[[TargetDeclaration], Target]:
    """Give what makes a target of a remote declaration."""
    return lambda declaration: Target(RemoteDeployment(declaration), Recorder())


@pytest.fixture
def front() -> Iterator[Callable[..., Front]]:
    """Give what starts a front for this test."""
    started: list[Front] = []

    def start(**settings: object) -> Front:
        started.append(Front(**settings))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def gateway(running: Deployment, front: Callable[..., Front]) -> Front:
    """Stand before both servers with TLS, below prefixes, and let nobody in without the gate's password."""
    target = running.target
    addresses = {
        "/chat": urlsplit(target.backend.url),
        "/sockets": urlsplit(target.broadcaster.url),
    }
    upstreams = {prefix: (url.hostname, url.port) for prefix, url in addresses.items()}
    return front(upstreams=upstreams, gate=GATE, is_secure=True)


@pytest.fixture
def loopback() -> str:
    """Name the certificate of all servers of these tests, which is in one file with its key."""
    return str(LOOPBACK_PEM)

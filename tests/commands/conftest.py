"""A running stack that targets of a test are declared on, directly or behind a detour that delays or spoils."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest

from harness.commands.target_file import declaration_text
from harness.config import TargetDeclaration, own_target
from harness.topology.embedded import EmbeddedStack, start

Change = Callable[[bytes], bytes]
Detours = Callable[..., TargetDeclaration]


class Detour:
    """A TCP proxy on a loop and a thread of its own; what a server sends comes `delay` seconds later, and changed."""

    def __init__(self, port: int, delay: float, change: Change) -> None:
        self._upstream, self._delay, self._change = port, delay, change
        self._is_up = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),), daemon=True)
        self._thread.start()
        self._is_up.wait()

    def stop(self) -> None:
        """Close it and what goes through it."""
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._pass, "127.0.0.1", 0)
        self.port: int = server.sockets[0].getsockname()[1]
        self._is_up.set()
        await self._end.wait()
        server.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, up = await asyncio.open_connection("127.0.0.1", self._upstream)
        up_pump = asyncio.create_task(self._pump(reader, up.write))
        try:
            await self._pump(upstream, lambda chunk: self._later(writer.write, self._change(chunk)))
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            up_pump.cancel()
            up.close()
            self._later(writer.close)

    def _later(self, act: Callable[..., object], *arguments: bytes) -> None:
        self._loop.call_later(self._delay, act, *arguments)

    async def _pump(self, reader: asyncio.StreamReader, write: Callable[[bytes], object]) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(65536):
                write(chunk)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep the seeded world for the commands that start a stack."""
    return tmp_path_factory.mktemp("worlds")


@pytest.fixture(scope="module")
def stack(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    """Run one stack for the tests of a file."""
    running = start(own_target("embedded", "embedded"), seed=1, folder=tmp_path_factory.mktemp("logs"), cache=cache)
    yield running
    running.stop()


@pytest.fixture
def detoured(stack: EmbeddedStack) -> Iterator[Detours]:
    """Declare the stack behind a detour: `detoured(delay=0.005)`."""
    detours: list[Detour] = []

    def detoured(*, delay: float = 0.0, change: Change = lambda chunk: chunk) -> TargetDeclaration:
        broadcaster = stack.target.broadcaster
        detours.append(Detour(urlsplit(broadcaster.url).port or 0, delay, change))
        broadcaster = msgspec.structs.replace(broadcaster, url=f"ws://127.0.0.1:{detours[-1].port}")
        return msgspec.structs.replace(stack.target, broadcaster=broadcaster)

    yield detoured
    for detour in detours:
        detour.stop()


@pytest.fixture
def declare(tmp_path: Path) -> Callable[..., None]:
    """Write a `realtime.toml` of remote targets, by name: `declare(a=stack.target, b=other)`."""

    def declare(**targets: TargetDeclaration) -> None:
        tables = [
            declaration_text(target).split("\n", 2)[2].replace("[targets.up", f"[targets.{name}")
            for name, target in targets.items()
        ]
        (tmp_path / "realtime.toml").write_text("\n".join(tables))

    return declare

"""A target of a few lines that answers as it is told, and an interceptor in front of it, on the test's own loop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from harness.faults.interceptor.front import Front
from harness.faults.interceptor.meddling import Meddling
from harness.faults.interceptor.settings import Switch, read_settings

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PATIENCE = 10
"""Seconds after which a connection is stuck."""


@dataclass
class Scene:
    """What runs: the port of the interceptor, and the defects."""

    port: int
    meddling: Meddling

    def switch(self, *defects: str) -> None:
        """Let this be wrong from now on."""
        self.meddling.switch(self.meddling.made(Switch(defects=defects)))

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection to the interceptor."""
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def say(self, raw: bytes) -> bytes:
        """Send bytes over a connection of their own, and give all that comes back."""
        reader, writer = await self.connect()
        writer.write(raw)
        answer = await reader.read()
        writer.close()
        return answer


class Served:
    """The connections that handlers serve; left once all of them are over and closed."""

    def __init__(self) -> None:
        self._ends: list[tuple[asyncio.Task[None], asyncio.StreamWriter]] = []

    def by(self, handler: Handler) -> Handler:
        """Let a handler serve a connection, and remember it."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.ensure_future(handler(reader, writer))
            self._ends.append((task, writer))
            await task

        return serve

    async def __aenter__(self) -> None:
        """Begin with none."""

    async def __aexit__(self, *_: object) -> None:
        """Wait for the end of all."""
        async with asyncio.timeout(PATIENCE):
            for task, writer in self._ends:
                await task
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()


@contextlib.asynccontextmanager
async def behind(handler: Handler) -> AsyncIterator[Scene]:
    """Let a handler be the target, with an interceptor in front of it."""
    served = Served()
    async with served, await asyncio.start_server(served.by(handler), "127.0.0.1", 0) as target:
        address = f"http://127.0.0.1:{target.sockets[0].getsockname()[1]}"
        broadcaster = {"urls": [address], "api_url": address, "key": "key", "secret": "secret"}
        meddling = Meddling(read_settings({"backend": address, "broadcaster": broadcaster}))
        front = Front(meddling, address, address)
        async with await asyncio.start_server(served.by(front.serve), "127.0.0.1", 0) as server:
            yield Scene(server.sockets[0].getsockname()[1], meddling)


@pytest.fixture
def intercepted() -> Callable[[Handler], contextlib.AbstractAsyncContextManager[Scene]]:
    """Give the context manager that puts an interceptor before a target."""
    return behind

"""The reference broadcaster to examine, and servers that are none."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest

from harness.config import own_target
from harness.conformance.bench import Bench
from harness.conformance.reference import examined
from harness.conformance.server import MAIN, Account, Server

Greet = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(scope="session", params=["reverb"])
def reference(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start our broadcaster, once for all tests here."""
    folder = tmp_path_factory.mktemp("reference")
    with examined(own_target("embedded", "embedded"), folder=folder, dialect=request.param, patience=4) as server:
        yield server


@pytest.fixture
def bench(reference: Server) -> Bench:
    """Give a bench of our own: the one of the plugin would start a whole stack."""
    return Bench(reference, patience=4)


@pytest.fixture
def impostor() -> Callable[[Greet], object]:
    """Give servers that answer every connection in a way of their own, as context managers."""

    @asynccontextmanager
    async def serving(answer: Greet) -> AsyncIterator[Server]:
        async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await answer(reader, writer)
                await writer.drain()
            finally:
                writer.close()

        served = await asyncio.start_server(taken, "127.0.0.1", 0)
        host, port = served.sockets[0].getsockname()
        address = f"{host}:{port}"
        yield Server("impostor", f"ws://{address}", f"http://{address}", "pusher", {MAIN: Account("1", "key", "no")})
        served.close()

    return serving

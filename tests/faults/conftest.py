"""The proxy's process, and plain sockets on both sides of it."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from harness.topology.process import ServerProcess

PATIENCE = 10.0
"""Seconds after which a test that waits for what never comes fails; none takes them."""


class Wired:
    """A route through the proxy to a listening socket of ours, and one connection on it, seen from both sides."""

    def __init__(self, process: ServerProcess) -> None:
        self.process = process
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(PATIENCE)
        self._sockets = [self.listener]
        opened = self.tell(open=self.listener.getsockname())
        self.route, self.port = opened["route"], opened["port"]
        self.client, self.server = self.connect()

    def tell(self, **message: Any) -> dict[str, Any]:
        """Say something to the process, and give the answer."""
        return self.process.tell(message, time.monotonic() + PATIENCE)

    def dial(self) -> socket.socket:
        """Connect to the route; it may not have come through to us."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        self._sockets.append(client)
        return client

    def accept(self) -> socket.socket:
        """Take the next connection that came through."""
        server, _ = self.listener.accept()
        server.settimeout(PATIENCE)
        self._sockets.append(server)
        return server

    def connect(self) -> tuple[socket.socket, socket.socket]:
        """Connect, and give both sides."""
        return self.dial(), self.accept()

    def begin(self, fault: str, toxic: str, **settings: float) -> None:
        """Put a fault on the route."""
        self.tell(begin=fault, routes=[self.route], toxic=toxic, settings=settings)

    def end(self, fault: str) -> None:
        """Take it off."""
        self.tell(end=fault)

    def until(self, **seen: int) -> None:
        """Look at the route until it shows at least this much of everything; `held=0` means exactly nothing."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            looked = self.tell(look=[self.route])
            if all(looked[name] >= number if number else not looked[name] for name, number in seen.items()):
                return
        raise AssertionError(f"never saw {seen} but {looked}")

    @staticmethod
    def read(sock: socket.socket, size: int) -> bytes:
        """Read so many bytes; the end of the stream comes short of them."""
        got = b""
        while len(got) < size and (more := sock.recv(size - len(got))):
            got += more
        return got

    def close(self) -> None:
        """Close both sides and the route."""
        self.tell(close=[self.route])
        for one in self._sockets:
            one.close()


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Run the proxy."""
    started = ServerProcess("proxy", "harness.faults.proxy", tmp_path_factory.mktemp("proxy"))
    started.configure({"port": 0})
    started.announced(time.monotonic() + PATIENCE)
    yield started
    assert not started.last_lines()
    started.release()
    started.reap()


@pytest.fixture
def wired(process: ServerProcess) -> Iterator[Wired]:
    """Give a route with one connection on it."""
    made = Wired(process)
    yield made
    made.close()

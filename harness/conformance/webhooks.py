"""
A receiver of webhooks on loopback, for cases about them: it keeps what came, and fails when it is told to.

It has a thread of its own, so that it can be started before the server that sends to it, and outlives loops.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import msgspec

_MOST_BYTES: Final = 1_000_000


@dataclass(frozen=True)
class Delivery:
    """One request that came; names of headers in lower case, `status` is what it was answered with."""

    method: str
    headers: dict[str, str]
    body: bytes
    status: int
    came: float
    """Unix time in seconds."""

    def json(self) -> dict[str, Any]:
        """Give the body; empty for what is no JSON object."""
        try:
            return msgspec.json.decode(self.body, type=dict[str, Any])
        except (ValueError, RecursionError):
            return {}

    def events(self, channel: str) -> list[dict[str, Any]]:
        """Give the events of one channel that it tells of."""
        told = self.json().get("events")
        events = told if isinstance(told, list) else []
        return [one for one in events if isinstance(one, dict) and one.get("channel") == channel]


class Receiver:
    """Takes webhooks for as long as `receiving` lasts."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._lock = threading.Lock()
        self._deliveries: list[Delivery] = []
        self._failures: dict[str, list[int]] = {}
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def fails(self, channel: str, *statuses: int) -> None:
        """Answer the next requests that tell of a channel so; 0 ends the connection without an answer."""
        with self._lock:
            self._failures[channel] = list(statuses)

    def about(self, channel: str) -> list[Delivery]:
        """Give what came about a channel so far."""
        with self._lock:
            return [one for one in self._deliveries if one.events(channel)]

    def names(self, channel: str) -> list[str]:
        """Give the names of the events of a channel in the order in which they were taken."""
        taken = (one for one in self.about(channel) if 0 < one.status < 300)  # noqa: PLR2004 - a success
        return [str(event.get("name")) for one in taken for event in one.events(channel)]

    async def until(self, done: Callable[[], bool], *, within: float) -> bool:
        """Wait until something has come; tells whether it did in time."""
        news = asyncio.Event()
        waiting = (asyncio.get_running_loop(), news)
        with self._lock:
            self._waiting.add(waiting)
        try:
            async with asyncio.timeout(within):
                while not done():
                    news.clear()
                    if not done():
                        await news.wait()
        except TimeoutError:
            return False
        finally:
            with self._lock:
                self._waiting.discard(waiting)
        return True

    def take(self, method: str, headers: dict[str, str], body: bytes) -> int:
        """Keep a request, and say how it is answered."""
        unanswered = Delivery(method, headers, body, 200, time.time())
        with self._lock:
            failing = next((left for name, left in self._failures.items() if left and unanswered.events(name)), None)
            status = failing.pop(0) if failing else 200
            self._deliveries.append(Delivery(method, headers, body, status, unanswered.came))
            waiting = list(self._waiting)
        for loop, news in waiting:
            loop.call_soon_threadsafe(news.set)
        return status


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listen on loopback, on a port that is free."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    receiver = server.receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}/webhooks")  # type: ignore[attr-defined]  # a place for it
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5

    def do_POST(self) -> None:
        """Take a webhook."""
        self._take()

    def do_GET(self) -> None:
        """Take what is none, so that a case sees it."""
        self._take()

    def log_message(self, *_: Any) -> None:
        """Say nothing on stderr."""

    def _take(self) -> None:
        length = self.headers.get("Content-Length", "0")
        body = self.rfile.read(min(int(length), _MOST_BYTES) if length.isdigit() else 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        status = self.server.receiver.take(self.command, headers, body)  # type: ignore[attr-defined]  # see `receiving`
        if not status:
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

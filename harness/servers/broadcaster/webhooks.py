"""
Webhooks: what happens in an app, told to receivers over HTTP (PROTOCOL.md 4.5).

    hub ─▶ Occurred ─▶ Webhooks.note ─┬─────────────────────────┬▶ one queue a receiver ─▶ POST, again while it fails
                                      └ what ended: waits first ┘

What happens in one turn of the loop goes out in one request. Whoever leaves and comes back before the wait is over has
not left, and nothing is told. Each receiver hears in order, and one that is slow, or fails, holds up nobody else: the
hub never waits, and what a receiver does not take is dropped in the end.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Iterable
from ipaddress import IPv4Address
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET

from harness.protocol.app import App
from harness.protocol.connections import Occurred
from harness.protocol.dialects.http import Hooks
from harness.protocol.signatures import webhook_signature
from harness.servers.broadcaster.posting import post

_log = logging.getLogger(__name__)

MAX_WAITING: Final = 10_000
"""Events that may wait for one receiver; the oldest are dropped for newer ones."""

MAX_BYTES: Final = 16 * 2**20
"""Bytes of what clients said that may wait for one receiver; likewise."""

_MAX_BATCH: Final = 100  # events of one request
_LONGEST_DELAY: Final = 60.0  # seconds between two attempts
_OPPOSITES: Final = {"channel_vacated": "channel_occupied", "member_removed": "member_added"}
_BEGINNINGS: Final = frozenset(_OPPOSITES.values())
_TAKEN: Final = range(200, 300)


class Timing(msgspec.Struct, frozen=True):
    """How webhooks keep time, in seconds."""

    delay: float
    """How long what ended is held back, in case that it begins again."""
    retry_for: float
    """How long a request is tried again; 0 tries it once."""
    first_retry: float
    """The wait before the second attempt; each further one is twice as long."""
    timeout: float
    """How long a receiver may take for its answer."""


class Receiver(msgspec.Struct, frozen=True):
    """An address, and the names of what it is told of; none stands for all."""

    url: str
    events: tuple[str, ...] = ()

    def wants(self, name: str) -> bool:
        """Tell whether this is told."""
        return not self.events or name in self.events


class Webhooks:
    """The webhooks of one app, sent as its dialect does it, on the running loop, until `stop`."""

    def __init__(self, app: App, receivers: Iterable[Receiver], timing: Timing, hooks: Hooks | None) -> None:
        self._delay = timing.delay
        filters = hooks is None or hooks.filters
        self._couriers = [_Courier(app, receiver, timing, filters=filters) for receiver in receivers]
        self._held: dict[tuple[str, str, str | None], tuple[asyncio.TimerHandle, Occurred]] = {}
        self._is_stopped = False

    def note(self, occurred: Occurred) -> None:
        """Take what happened; returns at once."""
        if self._is_stopped or not self._couriers:
            return
        if occurred.name in _BEGINNINGS:
            waiting = self._held.pop((occurred.name, occurred.channel, occurred.user_id), None)
            if waiting is not None:
                waiting[0].cancel()
                return
        if occurred.name not in _OPPOSITES or not self._delay:
            self._tell(occurred)
            return
        begins = (_OPPOSITES[occurred.name], occurred.channel, occurred.user_id)
        if len(self._held) >= MAX_WAITING:
            self._release(next(iter(self._held)))
        self._held[begins] = asyncio.get_running_loop().call_later(self._delay, self._release, begins), occurred

    def stop(self) -> None:
        """Tell nobody of anything any more."""
        self._is_stopped = True
        for waiting, _ in self._held.values():
            waiting.cancel()
        self._held.clear()
        for courier in self._couriers:
            courier.stop()

    def _release(self, begins: tuple[str, str, str | None]) -> None:
        waiting, occurred = self._held.pop(begins)
        waiting.cancel()
        self._tell(occurred)

    def _tell(self, occurred: Occurred) -> None:
        for courier in self._couriers:
            courier.take(occurred)


class _Courier:
    """Brings one receiver what it is told, request by request."""

    def __init__(self, app: App, receiver: Receiver, timing: Timing, *, filters: bool) -> None:
        self._app = app
        self._receiver = receiver
        self._timing = timing
        self._filters = filters
        self._waiting: deque[tuple[Occurred, int]] = deque()
        self._bytes = 0
        self._is_behind = False
        self._task: asyncio.Task[None] | None = None

    def take(self, occurred: Occurred) -> None:
        """Put an event behind those that wait."""
        if self._filters and not self._receiver.wants(occurred.name):
            return
        size = 0 if occurred.data is UNSET else len(msgspec.json.encode(occurred.data))
        self._waiting.append((occurred, size))
        self._bytes += size
        while len(self._waiting) > MAX_WAITING or self._bytes > MAX_BYTES:
            self._next()
            if not self._is_behind:  # one line, however many follow
                _log.warning("webhooks: %s takes too little, the oldest events are dropped", self._receiver.url)
            self._is_behind = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._deliver())

    def stop(self) -> None:
        """Break off, whatever is on its way."""
        self._waiting.clear()
        self._bytes = 0
        if self._task is not None:
            self._task.cancel()

    def _next(self) -> Occurred:
        occurred, size = self._waiting.popleft()
        self._bytes -= size
        return occurred

    async def _deliver(self) -> None:
        """Empty the queue; begins after the turn of the loop in which the first event came, and all with it."""
        while self._waiting:
            batch = [self._next() for _ in range(min(len(self._waiting), _MAX_BATCH))]
            self._is_behind = False
            if any(self._receiver.wants(one.name) for one in batch):
                await self._send(body_of(batch, time_ms=int(time.time() * 1000)), len(batch))

    async def _send(self, body: bytes, events: int) -> None:
        headers = {
            "Content-Type": "application/json",
            "X-Pusher-Key": self._app.key,
            "X-Pusher-Signature": webhook_signature(self._app.secret, body),
        }
        url, wait = self._receiver.url, self._timing.first_retry
        give_up = time.monotonic() + self._timing.retry_for
        while (said := await self._attempt(headers, body)) != "":
            if time.monotonic() + wait > give_up:
                _log.warning("webhooks: %s %s; its %d events are given up", url, said, events)
                return
            _log.info("webhooks: %s %s; tried again in %.3g s", url, said, wait)
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_DELAY)

    async def _attempt(self, headers: dict[str, str], body: bytes) -> str:
        """Send a request once; give what was wrong with the answer, nothing when it was taken."""
        try:
            async with asyncio.timeout(self._timing.timeout):
                status = await post(self._receiver.url, headers, body)
        except OSError as error:  # TimeoutError is one
            return f"did not answer ({type(error).__name__})"
        return "" if status in _TAKEN else f"answered with {status}"


def is_receiver(url: str) -> bool:
    """Tell whether a receiver of webhooks may be there: on this machine, and without encryption."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        is_here = host == "localhost" or (host.startswith("127.") and IPv4Address(host).is_loopback)
    except ValueError:  # a port that is none, or a name that only begins like an address
        return False
    return parts.scheme == "http" and port is not None and is_here and url.isascii()


def body_of(events: Iterable[Occurred], *, time_ms: int) -> bytes:
    """Write what a receiver is sent: Unix time in milliseconds, and the events in their order."""
    return msgspec.json.encode({"time_ms": time_ms, "events": [_told(one) for one in events]})


def _told(occurred: Occurred) -> dict[str, Any]:
    told: dict[str, Any] = {"name": occurred.name, "channel": occurred.channel}
    if occurred.name == "subscription_count":
        return told | {"subscription_count": occurred.data}
    if occurred.name == "client_event":
        told |= {"event": occurred.event, "socket_id": occurred.socket_id}
        if occurred.data is not UNSET:
            told["data"] = occurred.data
    if occurred.user_id is not None:
        told["user_id"] = occurred.user_id
    return told

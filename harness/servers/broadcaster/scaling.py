"""
Nodes that share a Redis: one publish/subscribe channel is the log that all of them read in one order.

    NodeHub ─▶ Link.tell ─▶ PUBLISH ─▶ Redis ─▶ every node's SUBSCRIBE ─▶ Scaling ─▶ NodeHub ─▶ perform

As with Reverb a publication comes back to the node that published it, and is delivered there when it does: the HTTP API
answers before that. A fence proves what was read from Redis before it; who needs to know that *this* publication was,
publishes a sentinel behind it and waits for that (DESIGN.md 6). What one node knows of the others is one way through
Redis old, in the HTTP API too.

Redis keeps nothing. While it is away each node serves its own connections alone, and takes those of others for gone
after a lease; what is published meanwhile reaches nobody elsewhere, afterwards either. What was on its way when Redis
went is delivered here, and perhaps elsewhere.
"""

import asyncio
import logging
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from harness.errors import EnvironmentFault, UsageError
from harness.protocol.connections import Action
from harness.servers.broadcaster.cluster import BEATS_A_LEASE, NodeHub
from harness.servers.broadcaster.facts import Alive, Asked, Envelope, Fact, Gone
from harness.servers.broadcaster.settings import Settings

_log = logging.getLogger(__name__)

FIRST_DELAY: Final = 0.05
"""Seconds before the first attempt to reach a Redis that went away; each further one waits twice as long …"""

LONGEST_DELAY: Final = 2.0
"""… but no longer than this."""

_FAREWELL: Final = 1.0  # seconds that a node which stops waits for its last word to be read
_LOST: Final = (RedisError, OSError)


class Scaling:
    """Attaches a hub to the other nodes; `perform` carries out what follows from what they tell."""

    def __init__(self, settings: Settings, hub: NodeHub, perform: Callable[[Iterable[Action]], None]) -> None:
        self.node = settings.node or secrets.token_hex(4)
        self.is_attached = asyncio.Event()
        """Set while facts go through Redis, clear while this node is alone."""
        self._settings = settings
        self._hub = hub
        self._perform = perform
        self._link: Link
        self._heard = asyncio.Event()
        self._sessions: set[int] = set()
        self._is_namesake_known = False
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """
        Attach, and wait until every other node said who is there, but no longer than a lease.

        Raises `UsageError` for an address that is none, `EnvironmentFault` when no Redis answers there.
        """
        try:
            link = await open_link(self._settings, self.node)
        except ValueError:  # which may quote a password that was taken for a port
            raise UsageError("scaling is no address of a Redis; write redis://HOST:PORT/DATABASE") from None
        except _LOST as error:
            raise EnvironmentFault(
                f"scaling: no Redis can be used at {shown(self._settings.scaling)} ({type(error).__name__}: {error}); "
                "start one there, or leave scaling empty for a single node"
            ) from None
        self._attach(link)
        self._tasks = [asyncio.create_task(self._keep(link)), asyncio.create_task(self._beat())]
        for task in self._tasks:
            task.add_done_callback(_log_crash)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.lease):
                while self._hub.count_nodes() < link.others:
                    self._heard.clear()
                    await self._heard.wait()

    async def stop(self) -> None:
        """Say farewell, so that the others need not wait for the lease, and let go of Redis."""
        if self.is_attached.is_set():
            self._link.tell(Gone())
            with suppress(TimeoutError):
                async with asyncio.timeout(_FAREWELL):
                    await self._link.is_over.wait()
        self._hub.tell = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _attach(self, link: "Link") -> None:
        self._link = link
        self._sessions.add(link.session)
        self._hub.renew()
        self._hub.tell = link.tell
        link.tell(self._hub.present())
        link.tell(Asked())
        self.is_attached.set()
        _log.info("attached to Redis at %s as node %r", shown(self._settings.scaling), self.node)

    async def _keep(self, link: "Link") -> None:
        while True:
            try:
                await link.run(self._receive)
            except* _LOST as lost:
                why = lost.exceptions[0]
                where = shown(self._settings.scaling)
                _log.warning("Redis at %s is lost (%s): this node is alone", where, type(why).__name__)
            finally:
                self._detach(link)
                await link.close()
            link = await self._reopen()
            self._attach(link)

    def _detach(self, link: "Link") -> None:
        """Be alone, and do what was told but not read again: it never will be, for the session is over."""
        self.is_attached.clear()
        self._hub.tell = None
        while link.pending:
            self._perform(self._hub.apply(link.pending.popleft()))

    async def _reopen(self) -> "Link":
        delay = FIRST_DELAY
        while True:
            await asyncio.sleep(delay)
            try:
                return await open_link(self._settings, self.node)
            except _LOST:
                delay = min(2 * delay, LONGEST_DELAY)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._settings.lease / BEATS_A_LEASE)
            self._perform(self._hub.beat())

    def _receive(self, link: "Link", message: bytes) -> None:
        """Do what one message means, in one turn of the loop."""
        try:
            envelope = msgspec.json.decode(message, type=Envelope)
            if envelope.node != self.node:
                self._perform(self._hub.absorb(envelope))
            elif envelope.session == link.session:
                self._perform(self._hub.apply(link.take_back()))
            elif envelope.session not in self._sessions:
                self._warn_of_namesake()
        except (ValueError, RecursionError) as error:
            _log.warning("a message of Redis is not understood (%s)", type(error).__name__)
        self._heard.set()

    def _warn_of_namesake(self) -> None:
        if not self._is_namesake_known:
            self._is_namesake_known = True
            _log.error("another node is called %r too and is not heard; give each node a name of its own", self.node)


class Link:
    """One attachment to Redis, from its confirmed subscription to its loss; it is not used again after that."""

    def __init__(self, client: Redis, inbox: Any, channel: str, node: str) -> None:
        self.session = time.time_ns()
        self.others = 0
        """Other nodes that were there when this one came."""
        self.pending: deque[Fact] = deque()
        """What was told and has not come back yet, the oldest first."""
        self.is_over = asyncio.Event()
        """Set when this node's farewell has come back, or never will."""
        self._client = client
        self._inbox = inbox
        self._channel = channel
        self._node = node
        self._outbox: deque[bytes] = deque()
        self._is_filled = asyncio.Event()
        self._is_silent = asyncio.Event()
        self._beats = 0

    def tell(self, fact: Fact) -> None:
        """Put a fact on its way to every node; each of them reads facts of this one in the order of these calls."""
        self._outbox.append(msgspec.json.encode(Envelope(self._node, self.session, fact)))
        self.pending.append(fact)
        self._is_filled.set()
        if isinstance(fact, Alive):
            self._beats += 1
            if self._beats > BEATS_A_LEASE:
                self._is_silent.set()

    def take_back(self) -> Fact:
        """Give the oldest fact that was told, since a message of this session came back; Redis keeps their order."""
        fact = self.pending.popleft()
        if isinstance(fact, Alive):
            self._beats = 0
        elif isinstance(fact, Gone):
            self.is_over.set()
        return fact

    async def run(self, receive: Callable[["Link", bytes], None]) -> None:
        """Carry messages both ways; returns never, raises a group of errors when Redis is lost."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._read(receive))
            tasks.create_task(self._write())
            tasks.create_task(self._watch())

    async def close(self) -> None:
        """Let go of both connections."""
        self.is_over.set()
        with suppress(*_LOST):
            await self._inbox.aclose()
        with suppress(*_LOST):
            await self._client.aclose()

    async def join(self) -> None:
        """Subscribe, and count who else has; raises what the client does when Redis cannot be used."""
        await self._inbox.subscribe(self._channel)
        await self._inbox.get_message(timeout=None)
        ((_, subscribers),) = await self._client.pubsub_numsub(self._channel)
        self.others = int(subscribers) - 1

    async def _read(self, receive: Callable[["Link", bytes], None]) -> None:
        async for message in self._inbox.listen():
            if message["type"] == "message":
                receive(self, message["data"])

    async def _write(self) -> None:
        while True:
            await self._is_filled.wait()
            self._is_filled.clear()
            batch = self._client.pipeline(transaction=False)
            while self._outbox:
                batch.publish(self._channel, self._outbox.popleft())
            await batch.execute()

    async def _watch(self) -> None:
        await self._is_silent.wait()
        raise TimeoutError("nothing comes back from Redis")


async def open_link(settings: Settings, node: str) -> Link:
    """Connect and subscribe within a lease; raises `ValueError` for no address, `RedisError` or `OSError` else."""
    # Without retries: the client would subscribe anew by itself, and nobody would know that something was missed.
    client = Redis.from_url(settings.scaling, retry=Retry(NoBackoff(), 0), protocol=2)
    database = client.connection_pool.connection_kwargs.get("db", 0)
    # Publish/subscribe does not tell databases apart, but who gives two clusters two of them means that.
    link = Link(client, client.pubsub(), f"realtime-harness:{settings.app_id}:{database}", node)
    try:
        async with asyncio.timeout(settings.lease):
            await link.join()
    except BaseException:
        await link.close()
        raise
    return link


def _log_crash(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("scaling broke: this node stays alone", exc_info=error)


def shown(url: str) -> str:
    """Give an address without what may be secret in it: user, password and options."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

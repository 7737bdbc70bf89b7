"""
The asyncio shell of the broadcaster: it carries out what the hub decides, and decides nothing itself.

TCP ─▶ Endpoint ─┬─ HTTP request ─▶ Tenant ─▶ Api ─┐
                 └─ Session ─ message ─▶ Tenant ─▶ Hub ─▶ actions ─▶ Tenant.perform ─▶ Session.write
"""

import asyncio
import logging
import re
import secrets
import signal
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import unquote

from harness.errors import UsageError
from harness.protocol.dialects.http import HTTP
from harness.protocol.server import Hub
from harness.servers.broadcaster.answers import Answer, Request
from harness.servers.broadcaster.cluster import NodeHub
from harness.servers.broadcaster.defects import check_defects, hub, webhooks
from harness.servers.broadcaster.endpoint import Endpoint
from harness.servers.broadcaster.exchange import Exchange
from harness.servers.broadcaster.session import Session
from harness.servers.broadcaster.settings import Settings
from harness.servers.broadcaster.tenant import MAX_NOTE, Tenant
from harness.servers.switch import Switch

if TYPE_CHECKING:
    from harness.servers.broadcaster.scaling import Scaling

T = TypeVar("T")
_log = logging.getLogger(__name__)

_OF_AN_APP: Final = re.compile(r"/apps/([^/]+)/")


def new_socket_id() -> str:
    """Draw a socket id: two numbers from 1 to 10⁹ (PROTOCOL.md 1.2)."""
    return f"{secrets.randbelow(10**9) + 1}.{secrets.randbelow(10**9) + 1}"


class Broadcaster:
    """One broadcaster on one event loop: its apps, and every connection to any of them."""

    tenant_type: type[Tenant] = Tenant

    def __init__(self, settings: Settings, *, draw_socket_id: Callable[[], str] = new_socket_id) -> None:
        self._settings = settings
        self._dialect = settings.speaks
        self._draw_socket_id = draw_socket_id
        self._tenants = self._new_tenants(settings.defects)
        self._scaling: Scaling | None = None
        if settings.scaling:
            self._scaling = _scaling(settings, self._tenants[0])
        self._transports: set[asyncio.Transport] = set()
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        self._server: asyncio.Server
        self._next_tick: asyncio.TimerHandle
        self._next_look: asyncio.TimerHandle | None = None

    async def start(self, listener: socket.socket) -> None:
        """
        Serve on a listening socket, from now until `stop`.

        With other nodes, attach to them first; raises `EnvironmentFault` when their Redis cannot be reached.
        """
        if self._scaling is not None:
            await self._scaling.start()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._new_endpoint, sock=listener)
        self._next_tick = loop.call_later(self._settings.prune_interval, self._tick)
        if any(app.subscription_counts for app in self._settings.served):
            self._look()

    async def stop(self) -> None:
        """
        Close the listening socket and every connection.

        Clients just see TCP end, without a close frame, as they do with Reverb (PROTOCOL.md 13).
        """
        self._next_tick.cancel()
        if self._next_look is not None:
            self._next_look.cancel()
        self._server.close()
        if self._scaling is not None:
            await self._scaling.stop()
        for tenant in self._tenants:
            tenant.leave()
        for transport in self._transports:
            transport.abort()
        await self._is_idle.wait()

    def become(self, defects: tuple[str, ...]) -> None:
        """
        Have these defects from now on, and no others; whoever is connected is cut off.

        Raises `UsageError` for one that nobody knows. Not for a node among others.
        """
        check_defects(defects)
        for transport in self._transports:
            transport.abort()
        for tenant in self._tenants:
            tenant.abandon()
        self._tenants = self._new_tenants(defects)

    def accepted(self, transport: asyncio.Transport) -> None:
        """Remember an open connection."""
        self._transports.add(transport)
        self._is_idle.clear()

    def released(self, transport: asyncio.Transport) -> None:
        """Forget a connection."""
        self._transports.discard(transport)
        if not self._transports:
            self._is_idle.set()

    def answer(self, request: Request) -> Answer:
        """
        Answer a request of the HTTP API; what it publishes is in every recipient's queue when this returns.

        With other nodes it is on its way to all of them, this one too, and is delivered when it comes back (`scaling`).
        """
        found = _OF_AN_APP.match(request.path)
        answer = self._tenant(unquote(found[1]) if found else "").answer(request, unix_time=time.time())
        _log.info("%s %s answered with %d", request.method, request.path[:MAX_NOTE], answer.status)
        return answer

    def new_session(self, app_key: str, protocol: str | None) -> Session:
        """Make the session that a connection turns into when it becomes a WebSocket."""
        with_key = [tenant for tenant in self._tenants if tenant.hub.app.key == app_key]
        # Whoever asks for an app that nobody has is told so by the first of them.
        owner = (with_key or self._tenants)[0]
        return Session(
            owner,
            app_key,
            protocol,
            max_size=self._dialect.max_message_size,
            powered_by=self._dialect.powered_by,
            max_backlog=owner.max_backlog,
            serves_refused=HTTP[self._dialect.name].serves_refused_handshakes,
        )

    def _tenant(self, app_id: str) -> Tenant:
        """Give the app with this id; the first one answers for ids that nobody has, and where there is none."""
        return next((tenant for tenant in self._tenants if tenant.hub.app.id == app_id), self._tenants[0])

    def _new_tenants(self, defects: tuple[str, ...]) -> list[Tenant]:
        """Make every app anew, each with the same defects."""
        settings = self._settings
        kind = NodeHub if settings.scaling else Hub
        hubs = [hub(app, self._dialect, settings.terms, defects, kind=kind) for app in settings.served]
        sent = HTTP[self._dialect.name].hooks
        hooks = (
            webhooks(defects)(app, receivers, settings.timing, sent)
            for app, receivers in zip(settings.served, settings.hooks, strict=True)
        )
        return [
            self.tenant_type(one, its_hooks, defects, self._draw_socket_id, self.released)
            for one, its_hooks in zip(hubs, hooks, strict=True)
        ]

    def _new_endpoint(self) -> Endpoint:
        dialect = self._dialect
        exchange = Exchange(
            max_request_size=dialect.max_request_size,
            keep_alive=dialect.keep_alive,
            powered_by=dialect.powered_by,
        )
        return Endpoint(self, exchange)

    def _look(self) -> None:
        """Look for counts that are owed, between two ticks."""
        self._next_look = asyncio.get_running_loop().call_later(self._settings.count_interval, self._look)
        for tenant in self._tenants:
            tenant.look()

    def _tick(self) -> None:
        self._next_tick = asyncio.get_running_loop().call_later(self._settings.prune_interval, self._tick)
        for tenant in self._tenants:
            tenant.tick()


async def serve(settings: Settings, listener: socket.socket, ready: Callable[[], None], switch: Switch) -> None:
    """
    Serve until SIGTERM or SIGINT; `ready` is called once clients are taken, `switch` is the parent's.

    Raises what `start` does.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    broadcaster = Broadcaster(settings)
    if settings.is_switchable:
        switch.connect(lambda defects: _in(loop, broadcaster.become, defects))
    await broadcaster.start(listener)
    ready()
    await stopping.wait()
    await broadcaster.stop()


def _in(loop: asyncio.AbstractEventLoop, act: Callable[[T], None], subject: T) -> None:
    """Do something on the loop, from another thread, and wait until it is done; raises what it raises."""

    async def acted() -> None:
        act(subject)

    asyncio.run_coroutine_threadsafe(acted(), loop).result()


def _scaling(settings: Settings, tenant: Tenant) -> "Scaling":
    try:
        from harness.servers.broadcaster.scaling import Scaling  # noqa: PLC0415 - its Redis client is of an extra
    except ImportError:
        raise UsageError(
            "scaling needs the package redis, which is not installed; pip install 'realtime-harness[scaling]'"
        ) from None
    assert isinstance(tenant.hub, NodeHub)  # noqa: S101 - made so, since there is scaling
    return Scaling(settings, tenant.hub, tenant.perform)

"""
The asyncio shell of the broadcaster: it carries out what the hub decides, and decides nothing itself.

TCP ─▶ Endpoint ─┬─ HTTP request ─▶ Api ─┐
                 └─ Session ─ message ─▶ Hub ─▶ actions ─▶ Broadcaster.perform ─▶ Session.write
"""

import asyncio
import logging
import secrets
import signal
import socket
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from websockets.frames import Frame, Opcode

from harness.errors import UsageError
from harness.protocol.connections import Action, Close, ControlPing, Note, Send, ServerConnection
from harness.protocol.server import Hub
from harness.servers.broadcaster.api import Answer, Request
from harness.servers.broadcaster.cluster import NodeHub
from harness.servers.broadcaster.defects import api, check_defects, hub
from harness.servers.broadcaster.endpoint import Endpoint
from harness.servers.broadcaster.exchange import Exchange
from harness.servers.broadcaster.session import Session
from harness.servers.broadcaster.settings import Settings
from harness.servers.switch import Switch

if TYPE_CHECKING:
    from harness.servers.broadcaster.scaling import Scaling

T = TypeVar("T")
_log = logging.getLogger(__name__)

_MAX_NOTE = 500  # characters of one log line: names come from peers


def new_socket_id() -> str:
    """Draw a socket id: two numbers from 1 to 10⁹ (PROTOCOL.md 1.2)."""
    return f"{secrets.randbelow(10**9) + 1}.{secrets.randbelow(10**9) + 1}"


class Broadcaster:
    """One broadcaster on one event loop; the owner of every session."""

    def __init__(self, settings: Settings, *, draw_socket_id: Callable[[], str] = new_socket_id) -> None:
        self._settings = settings
        self._dialect = settings.speaks
        self._draw_socket_id = draw_socket_id
        kind = NodeHub if settings.scaling else Hub
        self._hub = hub(settings.app, self._dialect, settings.terms, settings.defects, kind=kind)
        self._api = api(self._hub, settings.defects)
        self._scaling: Scaling | None = None
        if isinstance(self._hub, NodeHub):
            self._api = api(self._hub, settings.defects, self._hub.count_elsewhere)
            self._scaling = _scaling(settings, self._hub, self.perform)
        self._sessions: dict[ServerConnection, Session] = {}
        self._transports: set[asyncio.Transport] = set()
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        self._server: asyncio.Server
        self._next_tick: asyncio.TimerHandle

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

    async def stop(self) -> None:
        """
        Close the listening socket and every connection.

        Clients just see TCP end, without a close frame, as they do with Reverb (PROTOCOL.md 13).
        """
        self._next_tick.cancel()
        self._server.close()
        if self._scaling is not None:
            await self._scaling.stop()
        self.perform(self._hub.farewell())
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
        self._sessions.clear()
        self._hub = hub(self._settings.app, self._dialect, self._settings.terms, defects)
        self._api = api(self._hub, defects)

    def accepted(self, transport: asyncio.Transport) -> None:
        """Remember an open connection."""
        self._transports.add(transport)
        self._is_idle.clear()

    def released(self, transport: asyncio.Transport) -> None:
        """Forget a connection."""
        self._transports.discard(transport)
        if not self._transports:
            self._is_idle.set()

    def opened(self, session: Session) -> ServerConnection:
        """Introduce a new session to the hub."""
        connection, actions = self._hub.connect(session.app_key, self._draw_socket_id(), now=time.monotonic())
        self._sessions[connection] = session
        self.perform(actions)
        return connection

    def received(self, connection: ServerConnection, message: str | bytes) -> None:
        """Give the hub a message, and do what follows from it at once."""
        self.perform(self._hub.receive_text(connection, message, now=time.monotonic()))

    def control_received(self, connection: ServerConnection) -> None:
        """Give the hub a sign of life."""
        self._hub.receive_control(connection, now=time.monotonic())

    def closed(self, connection: ServerConnection) -> None:
        """Forget a session, and do what follows from its end."""
        if self._sessions.pop(connection, None) is not None:
            self.perform(self._hub.disconnect(connection))

    def perform(self, actions: Iterable[Action]) -> None:
        """
        Carry actions out in their order, in this one turn of the loop.

        There is no `await` here, and no other way to a client than this: whoever pings after a broadcast finds its
        frame in every recipient's queue, before the pong (DESIGN.md 6).
        """
        for action in actions:
            if isinstance(action, Send):
                frame = Frame(Opcode.TEXT, action.text.encode()).serialize(mask=False)
                for recipient in action.recipients:
                    self._sessions[recipient].write(frame)
            elif isinstance(action, Note):
                _log.info("%s", action.text[:_MAX_NOTE])
            elif isinstance(action, Close):
                self._sessions[action.connection].end(action.code, action.reason)
            elif isinstance(action, ControlPing):
                self._sessions[action.connection].ping()

    def answer(self, request: Request) -> Answer:
        """
        Answer a request of the HTTP API; what it publishes is in every recipient's queue when this returns.

        With other nodes it is on its way to all of them, this one too, and is delivered when it comes back (`scaling`).
        """
        self._hub.read_clock(time.monotonic())
        answer = self._api.answer(request, unix_time=time.time())
        self.perform(answer.actions)
        _log.info("%s %s answered with %d", request.method, request.path[:_MAX_NOTE], answer.status)
        return answer

    def new_session(self, app_key: str) -> Session:
        """Make the session that a connection turns into when it becomes a WebSocket."""
        return Session(self, app_key, max_size=self._dialect.max_message_size, powered_by=self._dialect.powered_by)

    def _new_endpoint(self) -> Endpoint:
        dialect = self._dialect
        exchange = Exchange(
            max_request_size=dialect.max_request_size,
            keep_alive=dialect.keep_alive,
            powered_by=dialect.powered_by,
        )
        return Endpoint(self, exchange)

    def _tick(self) -> None:
        self._next_tick = asyncio.get_running_loop().call_later(self._settings.prune_interval, self._tick)
        self.perform(self._hub.tick(time.monotonic()))


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


def _scaling(settings: Settings, node: NodeHub, perform: Callable[[Iterable[Action]], None]) -> "Scaling":
    try:
        from harness.servers.broadcaster.scaling import Scaling  # noqa: PLC0415 - its Redis client is of an extra
    except ImportError:
        raise UsageError(
            "scaling needs the package redis, which is not installed; pip install 'realtime-harness[scaling]'"
        ) from None
    return Scaling(settings, node, perform)

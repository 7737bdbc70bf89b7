"""One app of a broadcaster: its hub, its HTTP API and the sessions of its clients, which no other app can reach."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from typing import Final

from websockets.frames import Frame, Opcode

from harness.protocol.connections import Action, Close, Note, Occurred, Send, ServerConnection
from harness.protocol.server import Hub
from harness.protocol.timers import time_to_prove
from harness.servers.broadcaster.answers import Answer, Request
from harness.servers.broadcaster.cluster import NodeHub
from harness.servers.broadcaster.defects import api, outlet
from harness.servers.broadcaster.session import Session
from harness.servers.broadcaster.webhooks import Webhooks

_log = logging.getLogger(__name__)

MAX_NOTE: Final = 500
"""Characters of one log line: names come from peers."""


class Tenant:
    """The owner of every session of one app; `released` takes a transport whose socket is closed."""

    def __init__(
        self,
        hub: Hub,
        hooks: Webhooks,
        defects: tuple[str, ...],
        draw_socket_id: Callable[[], str],
        released: Callable[[asyncio.Transport], None],
    ) -> None:
        self.hub = hub
        self._hooks = hooks
        self._released = released
        elsewhere = hub.count_elsewhere if isinstance(hub, NodeHub) else lambda: 0
        self._api = api(hub, defects, elsewhere)
        self._outlet = outlet(defects)
        self._draw_socket_id = draw_socket_id
        self._sessions: dict[ServerConnection, Session] = {}
        self._time_to_prove = time_to_prove(hub.dialect, hub.app)

    @property
    def max_backlog(self) -> int:
        """Say how many bytes may wait for one of its clients."""
        return self._outlet.max_backlog

    def opened(self, session: Session) -> ServerConnection:
        """Introduce a new session to the hub."""
        connection, actions = self.hub.connect(
            session.app_key,
            self._draw_socket_id(),
            now=time.monotonic(),
            protocol=session.protocol,
            origin=session.origin,
        )
        self._sessions[connection] = session
        self.perform(actions)
        if self._time_to_prove is not None:
            asyncio.get_running_loop().call_later(self._time_to_prove, self.look)
        return connection

    def received(self, connection: ServerConnection, message: str | bytes) -> None:
        """Give the hub a message, and do what follows from it at once."""
        self.perform(self.hub.receive_text(connection, message, now=time.monotonic()))

    def control_received(self, connection: ServerConnection) -> None:
        """Give the hub a sign of life."""
        self.hub.receive_control(connection, now=time.monotonic())

    def closed(self, connection: ServerConnection) -> None:
        """Forget a session, and do what follows from its end."""
        if self._sessions.pop(connection, None) is not None:
            self.perform(self.hub.disconnect(connection))

    def released(self, transport: asyncio.Transport) -> None:
        """Hand on that a socket is closed."""
        self._released(transport)

    def abandon(self) -> None:
        """Forget every session without a word: somebody else answers for this app from now on."""
        self._sessions.clear()
        self._hooks.stop()

    def leave(self) -> None:
        """Say the last words of a server that ends; nothing is told of it afterwards."""
        self.perform(self.hub.farewell())
        self._hooks.stop()

    def look(self) -> None:
        """End whoever proved no right in time, and tell counts that are owed; may be called at any time."""
        if self._sessions:
            self.perform(self.hub.tick(time.monotonic(), between=True))

    def tick(self) -> None:
        """Look after those who are silent."""
        self.perform(self.hub.tick(time.monotonic()))

    def answer(self, request: Request, *, unix_time: float) -> Answer:
        """Answer a call of the HTTP API; what it causes is done already when this returns."""
        answer = self._api.answer(request, unix_time=unix_time, now=time.monotonic())
        self.perform(answer.actions)
        return answer

    def perform(self, actions: Iterable[Action]) -> None:
        """
        Carry actions out in their order, in this one turn of the loop.

        There is no `await` here, and no other way to a client than this: whoever pings after a broadcast finds its
        frame in every recipient's queue, before the pong (DESIGN.md 6).
        """
        for action in actions:
            if isinstance(action, Send):
                frame = Frame(Opcode.TEXT, action.text.encode()).serialize(mask=False)
                self._outlet.put([self._sessions[recipient] for recipient in action.recipients], frame)
            elif isinstance(action, Note):
                _log.info("%s", action.text[:MAX_NOTE])
            elif isinstance(action, Close):
                self._sessions[action.connection].end(action.code, action.reason)
            elif isinstance(action, Occurred):
                self._hooks.note(action)
            else:
                self._sessions[action.connection].ping()

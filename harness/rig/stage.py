"""What scripts act with: the client's connection as it is now, a new one, an outage, and the right to wait."""

import time
from collections.abc import Callable
from typing import Final

from harness.rig.exercise import Unexercised, Unready, of
from harness.rig.guest import Guest
from harness.rig.log import Log
from harness.rig.manners import Manners
from harness.rig.server import Server
from harness.rig.socket import Socket
from harness.rig.terms import Terms

_CALM: Final = 0.3
"""Seconds of the protocol's without a word, after which a client is taken to have said what it had to."""
_LEAST_CALM: Final = 0.08
_MOST_CALMS: Final = 12
_TRIES: Final = 3
_FIRST_CALM: Final = 1.0
_LEAST_FIRST_CALM: Final = 0.4
_LAST_WORDS: Final = 1.0
"""Seconds that a process takes at most from the end of its connection to its own."""
_LOOKS_EVERY: Final = 0.25
NOTHING: Final = ("", "")
RESTART: Final = ("restart", "Close your app and open it again.")
START: Final = ("start", "Start your app, and open a screen that subscribes.")


class Nobody(Exception):
    """No client came within the patience."""


class Stage:
    """
    One client and one server.

    `on_ask` is told what somebody has to do in the app, a word and a sentence, and again when that is over.
    """

    def __init__(
        self, terms: Terms, log: Log, server: Server, guest: Guest | None, on_ask: Callable[[str, str], None]
    ) -> None:
        self.terms = terms
        self.log = log
        self.server = server
        self.channels: set[str] = {terms.channel} - {""}
        """What the client subscribes to, as far as it is known."""
        self.outages = 0
        self.answers_pings: bool | None = None
        """Whether it answers `pusher:ping`, once it was asked."""
        self.host, self.port = "", 0
        self._guest = guest
        self.is_retired = True
        """Nobody expects it before somebody starts it."""
        self._has_come = False
        self._missed = 0
        self._is_spoiled = False
        self._on_ask = on_ask

    # What scripts say.

    def step(self, name: str, socket: Socket | None = None) -> None:
        """Note that the script got so far."""
        self.log.add(socket.name if socket else "rig", "step", name)

    def say(self, socket: Socket, *frames: str) -> None:
        """Send frames of the script's own."""
        for frame in frames:
            self.server.send(socket, frame)

    # What scripts wait for.

    async def until(self, done: Callable[[], bool], within: float) -> bool:
        """Wait for something; tell whether it came about."""
        return await self.log.until(done, within)

    async def quiet(self, seconds: float) -> None:
        """Watch what the client does for so long."""
        await self.log.until(lambda: False, seconds)

    async def calm(self) -> None:
        """Wait until the client says nothing for a moment."""
        for _ in range(_MOST_CALMS):
            seen = len(self.log)
            if not await self.log.until(lambda seen=seen: len(self.log) > seen, self._calm):  # type: ignore[misc]
                return

    @property
    def _calm(self) -> float:
        return self.terms.seconds(_CALM, least=_LEAST_CALM)

    async def client(self) -> Socket:
        """Give the connection that the client has, or gets; raises `Unready` when it gets none, `Nobody` at first."""
        if not self.is_retired and (present := self.server.open):
            # An app may have several, on some of which it does nothing.
            return next((one for one in reversed(present) if one.asked), present[-1])
        return await self._arrival(len(self.server.sockets), established=True)

    async def fresh(self, manners: Manners | None = None) -> Socket:
        """Have the client connect anew under other manners; what it has ends with 4200, and it comes back at once."""
        self.server.behave(manners or Manners())
        self._is_spoiled = manners is not None and manners != Manners()
        seen = len(self.server.sockets)
        for socket in self.server.open:
            self.server.close(socket, 4200, "reconnect, please")
        is_told = self.server.manners.establishes and self.server.manners.refuses is None
        return await self._arrival(seen, established=is_told)

    async def settled(self, manners: Manners | None = None) -> Socket:
        """
        Give a connection on which the client has subscribed to whatever it does.

        It is a fresh one when manners are given, and when those of an earlier exercise left their mark on the present.
        """
        for _ in range(_TRIES):
            is_good = manners is None and not self._is_spoiled
            socket = await (self.client() if is_good else self.fresh(manners))
            await self.settle(socket)
            if not socket.is_over:
                return socket
        raise Unready("the client does not stay connected: it ends each connection by itself")

    async def settle(self, socket: Socket) -> None:
        """Wait until the client has subscribed on a connection, and a moment more."""
        if not await self.until(lambda: socket.is_over or self._is_subscribed(socket), self._subscribes_within):
            self._missed += 1
        if not self._has_come:  # nobody knows yet what it subscribes to, and a private channel takes it longer
            self._has_come = True
            await self._all_channels(socket)
        await self.calm()
        self.channels |= socket.asked

    async def _all_channels(self, socket: Socket) -> None:
        """Wait until a client that was not seen before asks for no further channel."""
        deadline = time.monotonic() + self.terms.patience
        while time.monotonic() < deadline:
            seen = len(self.log)
            window = self.terms.seconds(_FIRST_CALM, least=_LEAST_FIRST_CALM)
            if not await self.log.until(lambda seen=seen: self._has_asked(seen, socket), window):  # type: ignore[misc]
                return

    def _has_asked(self, seen: int, socket: Socket) -> bool:
        return any(
            one.what == "asked" or (one.who == socket.name and one.event == "pusher:subscribe")
            for one in self.log.entries[seen:]
        )

    async def last_words(self) -> int | None:
        """Give the status of the client's process if it ended by itself, which its connection may have done before."""
        deadline = time.monotonic() + _LAST_WORDS
        while self._guest is not None and self._guest.ended is None and (left := deadline - time.monotonic()) > 0:
            await self.quiet(min(left, _LOOKS_EVERY / 10))
        return self.guest_ended

    async def back(self, seen: int) -> Socket | None:
        """Wait for another connection than the first `seen`, established; `None` when none comes."""
        return await self._another(seen, established=True, within=self._comes_within)

    async def fence(self, socket: Socket) -> None:
        """Ping the client and wait for its pong: what was sent before has been read then."""
        self.step("ping", socket)
        if self.answers_pings is False:
            return
        seen = len(self.log)
        self.say(socket, self.server.desk.wording.ping())
        await self.until(lambda: socket.is_over or self._has_ponged(seen, socket), self.terms.answer)
        if not socket.is_over:
            self.answers_pings = self._has_ponged(seen, socket)

    async def ask(self, act: str, sentence: str, done: Callable[[], bool]) -> None:
        """Ask whoever holds the app to do something; raises `Unexercised` when there is nobody, or nothing comes."""
        if not self.terms.has_operator:
            raise Unexercised(f"nobody was there to do it (--operator): {sentence}")
        self._on_ask(act, sentence)
        try:
            if not await self.until(done, self.terms.patience):
                raise Unexercised(f"nobody did it within {self.terms.patience:g} s: {sentence}")
        finally:
            self._on_ask(*NOTHING)

    # What scripts do.

    def cut(self, socket: Socket) -> int:
        """End a connection as an outage does; gives how many connections there were."""
        self.outages += 1
        seen = len(self.server.sockets)
        self.step("outage", socket)
        self.server.cut(socket)
        return seen

    def retire(self) -> None:
        """Take note that the client is not expected back before it is started anew."""
        self.is_retired = True
        self.outages = 0

    async def stop(self) -> None:
        """End the process of the client, if there is one."""
        if self._guest is not None:
            await self._guest.stop()

    async def _arrival(self, seen: int, *, established: bool) -> Socket:
        """Wait for another connection than the first `seen`; the client is started where that is needed, and ours."""
        is_first = not self.server.sockets
        if self.is_retired:
            await self._start(START if is_first else RESTART)
        for is_last in (False, True):
            socket = await self._another(seen, established=established, within=self._comes_within)
            if socket is not None:
                self.is_retired = False
                self._on_ask(*NOTHING)
                return socket
            if is_first or is_last or self._guest is None:
                break
            await self._start(RESTART)
        self._on_ask(*NOTHING)
        if is_first:
            raise Nobody
        raise Unready(f"the client had no connection, and none came within {self._comes_within:g} s")

    async def _start(self, asked: tuple[str, str]) -> None:
        if self._guest is None:
            self._on_ask(*asked)
        else:
            await self._guest.start(self.host, self.port)

    async def _another(self, seen: int, *, established: bool, within: float) -> Socket | None:
        def arrived() -> Socket | None:
            theirs = self.server.sockets[seen:]
            return next((one for one in theirs if one.socket_id or not established), None)

        deadline = time.monotonic() + within
        # A process that ends says nothing: it is looked at now and then.
        while arrived() is None and not self._is_dead() and (left := deadline - time.monotonic()) > 0:
            await self.until(lambda: arrived() is not None, min(left, _LOOKS_EVERY))
        return arrived()

    def _is_dead(self) -> bool:
        return self._guest is not None and self._guest.ended is not None and not self.server.open

    @property
    def guest_ended(self) -> int | None:
        """Give the status of the client's process if it ended by itself."""
        return self._guest.ended if self._guest is not None else None

    @property
    def _comes_within(self) -> float:
        return self.terms.patience

    @property
    def _subscribes_within(self) -> float:
        """A client that did not subscribe once is not waited for again and again."""
        if self._missed:
            return self._calm
        return self.terms.answer if self._has_come else self.terms.patience

    def _is_subscribed(self, socket: Socket) -> bool:
        return socket.asked >= self.channels if self.channels else bool(socket.asked)

    def _has_ponged(self, seen: int, socket: Socket) -> bool:
        return bool(of(self.log.entries[seen:], "in", who=socket.name, event="pusher:pong"))

"""
Faults of the processes: a server that stands still, is gone, comes back, or has lost what is behind it.

    async with servers.paused("broadcaster"): …
    async with servers.down("backend", how="kill"): …
    await servers.restart("broadcaster")

Each is recorded from before it begins until it is over, so that whoever judges knows what was done on purpose.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any, Final, Literal

from harness.errors import EnvironmentFault, HarnessError, NotExercised, UsageError
from harness.history.events import FaultBegan, FaultEnded, ProcessMeasured, ProcessStarted
from harness.topology.deployment import Figures, Verb
from harness.topology.target import Target

How = Literal["stop", "kill"]
"""How a server ends: asked to (SIGTERM), or at once (SIGKILL)."""

_HOWS: Final[dict[str, How]] = {"stop": "stop", "kill": "kill"}
_LOOKS_AGAIN: Final = 0.02
_BACKEND: Final = "backend"

Act = Callable[[], None]


class Servers:
    """
    The servers of a target, to be disturbed by one test; whatever lasts at its end is ended by `restore`.

    Every verb raises `UsageError` for a name that is none of `names`, `NotExercised` with the reason where the target,
    or its owner, does not let it happen, and `EnvironmentFault` when it fails. None holds up the event loop.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._control = target.control
        self._last = 0
        self._lasting: dict[str, Act] = {}
        self._behind: dict[str, Any] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """What the servers are called."""
        return self._control.servers

    def paused(self, server: str) -> AbstractAsyncContextManager[None]:
        """Let a server stand still: its connections stay open, and nothing comes until it goes on."""
        self._need("faults")
        return self._lasts("pause", server, self._act("pause", server), self._act("resume", server))

    @asynccontextmanager
    async def down(self, server: str, *, how: How = "kill") -> AsyncIterator[None]:
        """
        End a server, and start it again when the block ends, which is left when it is ready.

        It comes back at the same address with the data that it had stored; what it only remembered is gone.
        """
        verb = self._may_end(how)
        async with self._lasts(verb, server, self._act(verb, server), self._start(server)):
            yield
        self._target.history.record(ProcessStarted, process=server, detail="started again")

    async def restart(self, server: str, *, how: How = "stop") -> None:
        """End a server and start it again at once, as `down` does; returns when it is ready."""
        verb, began = self._may_end(how), time.monotonic()
        settings = {"killed": float(verb == "kill")}
        async with self._lasts("restart", server, self._act(verb, server), self._start(server), settings):
            pass
        detail = f"started again, {time.monotonic() - began:.2f} s after its {verb}"
        self._target.history.record(ProcessStarted, process=server, detail=detail)

    async def measure(self, server: str, *, within: Figures | None = None) -> Figures:
        """
        Look at what a server's process costs, and record it.

        With `within`, wait as long as an answer may take until it has no more files open than then.
        """
        deadline = time.monotonic() + self._target.context.answer_seconds
        figures = self._control.figures(server)
        while within and figures.descriptors > within.descriptors and time.monotonic() < deadline:
            await asyncio.sleep(_LOOKS_AGAIN)
            figures = self._control.figures(server)
        self._target.history.record(
            ProcessMeasured, process=server, descriptors=figures.descriptors, memory=figures.memory
        )
        return figures

    def slow_database(self, *, seconds: float) -> AbstractAsyncContextManager[None]:
        """Let each question of the backend to its database take so many seconds longer; nobody else is held up."""
        self._need("faults")
        begin, end = self._tell("database_delay", seconds), self._tell("database_delay", None)
        return self._lasts("slow-database", _BACKEND, begin, end, {"seconds": seconds})

    def unreachable_broadcaster(self) -> AbstractAsyncContextManager[None]:
        """Let the backend not reach the broadcaster; people can."""
        self._need("faults")
        begin, end = self._tell("broadcaster_unreachable", True), self._tell("broadcaster_unreachable", None)  # noqa: FBT003 - a value
        return self._lasts("unreachable", _BACKEND, begin, end)

    def disconnected(self, server: str) -> AbstractAsyncContextManager[None]:
        """
        Take a container from the network of its stack: nobody reaches it, it reaches nobody.

        What went through its published port breaks at once.
        """
        self._need("faults")
        return self._lasts("disconnect", server, self._act("disconnect", server), self._act("connect", server))

    def blackholed(self, server: str) -> AbstractAsyncContextManager[None]:
        """Let every packet from and to a container be lost: connections stay open, and go on afterwards."""
        return self._losing("blackhole", server, 1.0)

    def lossy(self, server: str, *, share: float) -> AbstractAsyncContextManager[None]:
        """Let this share of the packets from and to a container be lost."""
        return self._losing("loss", server, share)

    def _losing(self, what: str, server: str, share: float) -> AbstractAsyncContextManager[None]:
        self._need("faults")
        begin = partial(self._control.do, "lose", server, share=share)
        return self._lasts(what, server, begin, self._act("heal", server), {"share": share})

    def restore(self) -> None:
        """
        End what lasts, the last first: servers go on, or are started again.

        Raises `EnvironmentFault` for what cannot be brought back.
        """
        failures = []
        while self._lasting:
            fault, end = self._lasting.popitem()
            try:
                end()
            except HarnessError as error:
                failures.append(str(error))
            else:
                self._target.history.record(FaultEnded, fault=fault)
        if failures:
            raise EnvironmentFault(f"what this test did to a server could not be undone: {'; '.join(failures)}")

    @asynccontextmanager
    async def _lasts(
        self, what: str, server: str, begin: Act, end: Act, settings: dict[str, float] | None = None
    ) -> AsyncIterator[None]:
        """Record a fault around what begins and ends it; what was refused did not happen, and is not ended."""
        if server not in self.names:
            raise UsageError(f"there is no server {server!r}; there are {', '.join(self.names)}")
        self._last += 1
        fault = f"{what}#{self._last}"
        self._target.history.record(FaultBegan, fault=fault, what=what, server=server, settings=settings or {})
        self._lasting[fault] = end
        try:
            try:
                await asyncio.to_thread(begin)
            except HarnessError:
                self._lasting[fault] = end = _nothing
                raise
            yield
        finally:
            await self._ended(fault, end)

    async def _ended(self, fault: str, end: Act) -> None:
        """End a fault; who is interrupted meanwhile leaves it to `restore`, since nothing is done twice."""
        try:
            await asyncio.to_thread(end)
        except HarnessError:
            self._lasting.pop(fault, None)
            raise
        if self._lasting.pop(fault, None):
            self._target.history.record(FaultEnded, fault=fault)

    def _act(self, verb: Verb, server: str) -> Act:
        return lambda: self._control.do(verb, server)

    def _start(self, server: str) -> Act:
        """Start a server that is down; what was wrong behind it still is."""

        def start() -> None:
            self._control.do("start", server)
            if server == _BACKEND and self._behind:
                self._control.do("tell", server, faults=self._behind)

        return start

    def _tell(self, fault: str, value: float | None) -> Act:
        """Set one fault behind the backend, or end it, and leave the others as they are."""

        def tell() -> None:
            self._behind.pop(fault, None)
            if value is not None:
                self._behind[fault] = value
            self._control.do("tell", _BACKEND, faults=self._behind)

        return tell

    def _may_end(self, how: str) -> How:
        self._need("restart")
        if how not in _HOWS:
            raise UsageError(f"how is {how!r}; a server ends by {' or '.join(_HOWS)}")
        return _HOWS[how]

    def _need(self, capability: str) -> None:
        if reason := self._target.why_not(capability):
            raise NotExercised(reason)


def _nothing() -> None:
    """End what never began."""

"""
Look around while a test runs, ten times a second: whether the servers live, and how late our own event loop is.

A server that dies under a test is an environment fault, told at once: nobody waits for what cannot come any more. How
late the loop woke up is published and never a finding (DESIGN.md, section 9).
"""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.history.recorder import Recorder
    from harness.topology.target import Target

_LOOKS_EVERY_SECONDS = 0.1
_DIES_WITHIN_SECONDS = 1.0
"""A process whose connections broke is not always gone in the same moment."""


class Lag:
    """How late the event loop woke up, in nanoseconds, each time."""

    def __init__(self) -> None:
        self.wakes: list[int] = []

    def publish(self, history: "Recorder") -> None:
        """Record the worst of it; a test that was over before anybody looked has none."""
        if not self.wakes:
            return
        from harness.history.events import LoopLag
        from harness.statistics.percentiles import percentile

        history.record(LoopLag, worst=max(self.wakes), p99=int(percentile(self.wakes, 0.99)), wakes=len(self.wakes))


@asynccontextmanager
async def watched(target: "Target") -> AsyncIterator[Lag]:
    """
    Interrupt the task as soon as a server has died; raises `EnvironmentFault` in its place.

    Gives how late the loop was meanwhile.
    """
    import asyncio

    from harness.errors import EnvironmentFault

    task = asyncio.current_task()
    faults: list[EnvironmentFault] = []
    lag = Lag()

    async def look() -> None:
        while task is not None and not faults:
            due = time.monotonic_ns() + round(_LOOKS_EVERY_SECONDS * 1e9)
            await asyncio.sleep(_LOOKS_EVERY_SECONDS)
            lag.wakes.append(max(time.monotonic_ns() - due, 0))
            try:
                target.check()
            except EnvironmentFault as fault:
                faults.append(fault)
                task.cancel()

    looking = asyncio.create_task(look())
    try:
        yield lag
    except asyncio.CancelledError:
        if task is None or not faults:
            raise
        task.uncancel()
        raise faults[0] from None
    finally:
        looking.cancel()


@contextmanager
def blamed_on_death(target: "Target", test: str) -> Iterator[None]:
    """Let the death of a server outrank the failure that it led to; raises `EnvironmentFault`."""
    from harness.errors import EnvironmentFault

    try:
        yield
    except EnvironmentFault:
        raise
    except Exception:
        deadline = time.monotonic() + _DIES_WITHIN_SECONDS
        while _broke_off(target, test) and time.monotonic() < deadline:
            target.check()
            time.sleep(_LOOKS_EVERY_SECONDS / 10)
        raise


def _broke_off(target: "Target", test: str) -> bool:
    """Tell whether a server let go of a connection during this test."""
    from harness.history.events import HttpAnswered, SocketClosed

    return any(
        (isinstance(event, HttpAnswered) and event.status is None)
        or (isinstance(event, SocketClosed) and event.by == "them")
        for event in target.history.events
        if event.test == test
    )

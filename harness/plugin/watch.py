"""A server that dies under a test is an environment fault, told at once: nobody waits for what cannot come any more."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.topology.target import Target

_LOOKS_EVERY_SECONDS = 0.1
_DIES_WITHIN_SECONDS = 1.0
"""A process whose connections broke is not always gone in the same moment."""


@asynccontextmanager
async def interrupted_by_death(target: "Target") -> AsyncIterator[None]:
    """Interrupt the task as soon as a server has died; raises `EnvironmentFault` in its place."""
    import asyncio

    from harness.errors import EnvironmentFault

    task = asyncio.current_task()
    faults: list[EnvironmentFault] = []

    async def look() -> None:
        while task is not None and not faults:
            await asyncio.sleep(_LOOKS_EVERY_SECONDS)
            try:
                target.check()
            except EnvironmentFault as fault:
                faults.append(fault)
                task.cancel()

    looking = asyncio.create_task(look())
    try:
        yield
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

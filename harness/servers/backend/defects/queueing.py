"""
Defects of a queue between the application and the broadcaster: nobody works on it, it is slow, or it does things twice.

Publishing is answered for at once; what becomes of it happens later, on the loop of the backend.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, Final

from harness.servers.backend.defects.defect import Defect, published_by
from harness.servers.backend.publisher import Publisher
from harness.servers.backend.settings import Broadcaster

RETRY: Final = 0.05
"""Seconds until a job that was thought lost is done again; real queues take 90, which no test waits for."""
POLL: Final = 0.6
"""Seconds that a worker sleeps between two looks at its queue; Laravel's takes three."""
SLOW_JOB, SLOW_EVERY = 0.3, 50
"""Seconds of another job, and of how many broadcasts one stands behind it."""


class Queue(Publisher):
    """What is published waits here."""

    def __init__(self, broadcaster: Broadcaster) -> None:
        super().__init__(broadcaster)
        self._jobs: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()

    def _later(self, job: Awaitable[None], seconds: float = 0.0) -> None:
        """Let a job be done after so many seconds, each in its turn."""
        task = asyncio.ensure_future(self._do(job, asyncio.get_running_loop().time() + seconds))
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    async def _do(self, job: Awaitable[None], due: float) -> None:
        async with self._turn:
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            await job

    async def close(self) -> None:
        """Forget what waits."""
        for job in self._jobs:
            job.cancel()
        await super().close()


class Abandoned(Publisher):
    """OP-10: no worker runs."""

    def __init__(self, broadcaster: Broadcaster) -> None:
        super().__init__(broadcaster)
        self._waiting: list[tuple[str, str, dict[str, Any], str | None]] = []

    async def publish(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> None:
        """Put it where nobody looks."""
        self._waiting.append((channel, event, data, socket_id))


class Retried(Queue):
    """DE-06: a worker took too long to say that it was done, and another one does it again."""

    async def publish(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> None:
        """Publish, and once more later."""
        await super().publish(channel, event, data, socket_id=socket_id)
        self._later(super().publish(channel, event, data, socket_id=socket_id), RETRY)


class Polled(Queue):
    """DE-08: a worker sleeps between two looks at its queue."""

    async def publish(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> None:
        """Wait for its next look."""
        now = asyncio.get_running_loop().time()
        self._later(super().publish(channel, event, data, socket_id=socket_id), POLL - now % POLL)


class Starved(Queue):
    """DE-09: other, slow jobs stand before some broadcasts, and all that come behind those."""

    _published = 0

    async def publish(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> None:
        """Stand behind one of them now and then."""
        if self._published % SLOW_EVERY == 0:
            self._later(asyncio.sleep(SLOW_JOB))
        self._published += 1
        self._later(super().publish(channel, event, data, socket_id=socket_id))


QUEUEING = (
    Defect("DE-06", "a broadcast is retried after it was done", published_by(Retried)),
    Defect("DE-08", "a worker sleeps between two looks at its queue", published_by(Polled)),
    Defect("DE-09", "slow jobs stand before a broadcast", published_by(Starved)),
    Defect("OP-10", "no worker looks at the queue", published_by(Abandoned)),
)

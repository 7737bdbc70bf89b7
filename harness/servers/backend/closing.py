"""
Closing: whoever loses a right loses the connections by which they used it.

The protocol has no unsubscribe from the server's side. What a backend can do is to end a person's connections, which
Reverb finds by their presence subscriptions (PROTOCOL.md 7.2); whoever may still listen comes back by themselves.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

from harness.errors import EnvironmentFault
from harness.servers.backend.publisher import Publisher

_log = logging.getLogger(__name__)


class Closer:
    """Ends people's connections, at once or when a token will have expired; does nothing unless `is_wanted`."""

    def __init__(self, publisher: Publisher, *, is_wanted: bool) -> None:
        self._publisher = publisher
        self._is_wanted = is_wanted
        self._timers: set[asyncio.TimerHandle] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self, user_ids: Iterable[int]) -> None:
        """
        End every connection of these people that the broadcaster can tell is theirs.

        A broadcaster that does not answer makes the loss of a right no less true: that is logged, and not raised.
        """
        if not self._is_wanted:
            return
        for user_id in user_ids:
            try:
                await self._publisher.terminate(user_id)
            except EnvironmentFault as fault:
                _log.warning("the connections of person %s stay open: %s", user_id, fault)

    def close_after(self, seconds: float, user_id: int, *, still_due: Callable[[], Awaitable[bool]]) -> None:
        """Do so when a token has expired that was given for so many seconds, if that is `still_due` by then."""
        if not self._is_wanted:
            return
        loop = asyncio.get_running_loop()

        def expire() -> None:
            self._timers.discard(timer)
            task = loop.create_task(self._expire(user_id, still_due))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        timer = loop.call_later(seconds, expire)
        self._timers.add(timer)

    async def _expire(self, user_id: int, still_due: Callable[[], Awaitable[bool]]) -> None:
        # Of a token that was revoked before, whoever had it has lost all already, and may have come in anew.
        if await still_due():
            await self.close((user_id,))

    def stop(self) -> None:
        """Forget what was to expire."""
        for timer in self._timers:
            timer.cancel()
        for task in self._tasks:
            task.cancel()
        self._timers.clear()

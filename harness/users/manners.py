"""
Manners on a system that others use too.

So many requests in a second and no more, waiting when asked to, and in production nothing but reads and one message.
"""

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from harness.errors import NotExercised

LONGEST_WAIT: Final = 30.0
"""Seconds for which a Retry-After is honoured; who asks for more gets an answer that was refused."""
ATTEMPTS: Final = 3
"""How often a request is made that is answered 429 each time."""

_TOO_MANY: Final = 429
_READS: Final = frozenset({"get a CSRF cookie", "log in", "ask who this is", "authorize", "read", "get"})
"""What requests are made for that change nothing which others would see."""


class Manners:
    """
    What is asked of whoever talks to one target; one for all users of a worker.

    `per_second` is how many requests may begin in any second, 0 for any number. `waits` tells whether a 429 that says
    when to come back is honoured, `production` that the target is one.
    """

    def __init__(self, per_second: float = 0.0, *, waits: bool = False, production: bool = False) -> None:
        self.waits = waits
        self._is_production = production
        self._sent = ""
        self._slots: deque[float] = deque(maxlen=max(1, int(per_second)))
        """When the last requests could begin, as many as one window has room for."""
        self._window = self._slots.maxlen / per_second if per_second and self._slots.maxlen else 0.0

    def allow(self, purpose: str) -> None:
        """Raise `NotExercised` for what a production target is spared; the first message is none of it."""
        if not self._is_production or purpose in _READS:
            return
        if purpose == "send" and not self._sent:
            self._sent = purpose
            return
        what = "a second message" if purpose == "send" else f"a request to {purpose}"
        raise NotExercised(f"the target is production, where one message is sent and nothing else changed: no {what}")

    async def turn(self) -> None:
        """Wait until one more request may begin."""
        if not self._window:
            return
        now = time.monotonic()
        is_full = len(self._slots) == self._slots.maxlen
        slot = max(now, self._slots[0] + self._window) if is_full else now
        self._slots.append(slot)
        if slot > now:
            await asyncio.sleep(slot - now)

    def wait_after(self, status: int, headers: Mapping[str, str]) -> float | None:
        """Say how many seconds to wait before a request that got this answer is made again, None for never."""
        if not self.waits or status != _TOO_MANY:
            return None
        seconds = _seconds(headers.get("retry-after", ""))
        return seconds if seconds is not None and seconds <= LONGEST_WAIT else None


EASY: Final = Manners()
"""Those among ourselves: anything, as fast as it goes."""


def _seconds(retry_after: str) -> float | None:
    """Read what a server said: seconds, or a date (RFC 9110, 10.2.3)."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None

"""
How many wrong passwords are too many: so many for one address from one place, and then none is looked at for a while.

As with Laravel's limiter a right password forgets the wrong ones before it, and the time runs from the first of them.
"""

import time
from collections.abc import Callable
from typing import Final

from starlette.exceptions import HTTPException

WRONG_PASSWORDS: Final = 5
"""Wrong passwords that are answered as such; the next login is refused with 429, whatever its password."""
WINDOW: Final = 60.0
"""Seconds after which they are forgotten."""

_MANY: Final = 10_000
"""Addresses after which those that are forgotten anyway are thrown away: whoever guesses invents them."""

Key = tuple[str, str]


class Throttle:
    """Counts wrong passwords by address, which may be nobody's, and place."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: dict[Key, tuple[int, float]] = {}

    def check(self, key: Key) -> None:
        """Refuse with 429 whoever guessed too often, and say after how many seconds to come back."""
        count, until = self._wrong.get(key, (0, 0.0))
        if (left := until - self._clock()) <= 0:
            self._wrong.pop(key, None)
        elif count >= WRONG_PASSWORDS:
            raise HTTPException(429, "Too Many Attempts.", {"Retry-After": str(int(left) + 1)})

    def missed(self, key: Key) -> None:
        """Count a wrong password."""
        now = self._clock()
        if len(self._wrong) >= _MANY:
            self._wrong = {one: said for one, said in self._wrong.items() if said[1] > now}
        count, until = self._wrong.get(key, (0, now + WINDOW))
        self._wrong[key] = (count + 1, until)

    def passed(self, key: Key) -> None:
        """Forget the wrong ones before a right one."""
        self._wrong.pop(key, None)

"""How often something may happen, counted from its first time on (PROTOCOL.md 5)."""

from harness.protocol.app import RateLimit


class Window:
    """Counts for one connection; when the time since the first one counted is over, counting begins anew."""

    def __init__(self, limit: RateLimit) -> None:
        self._limit = limit
        self._began = 0.0
        self._spent = 0

    def spend(self, now: float) -> bool:
        """Count once more, unless that would be too much; tell whether it was not."""
        if not self._spent or now - self._began >= self._limit.decay_seconds:
            self._began, self._spent = now, 0
        if self._spent >= self._limit.max_attempts:
            return False
        self._spent += 1
        return True

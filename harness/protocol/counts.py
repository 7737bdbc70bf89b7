"""When the subscribers of a channel are told how many they are (PROTOCOL.md 2.5)."""

from typing import Final

LARGE: Final = 100
"""Subscribers beyond which not every change is told."""


class Counts:
    """Remembers for each large channel when its count was told; `interval` is the least time between, in seconds."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._told: dict[str, float] = {}
        self._owed: set[str] = set()

    def is_told(self, channel: str, count: int, now: float) -> bool:
        """Take note of a change; tell whether subscribers shall hear of it now."""
        if count <= LARGE:
            self.forget(channel)
            return True
        if channel in self._told and now - self._told[channel] < self._interval:
            self._owed.add(channel)
            return False
        self._told[channel] = now
        return True

    def due(self, now: float) -> list[str]:
        """Give the channels whose subscribers have waited long enough to hear of a change."""
        due = sorted(channel for channel in self._owed if now - self._told[channel] >= self._interval)
        self._owed.difference_update(due)
        self._told |= dict.fromkeys(due, now)
        return due

    def forget(self, channel: str) -> None:
        """Owe nothing to a channel that is small, or gone."""
        self._told.pop(channel, None)
        self._owed.discard(channel)

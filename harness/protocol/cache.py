"""What cache channels remember: the last event of each, for whoever subscribes later (PROTOCOL.md 2.3)."""

import msgspec


class Remembered(msgspec.Struct, frozen=True):
    """A frame, whole, as it was sent, and when it is forgotten: a reading of the caller's clock, `None` for never."""

    text: str
    until: float | None


class Cache:
    """The memory of all cache channels of one app; `ttl` in seconds, `None` for no end."""

    def __init__(self, ttl: float | None) -> None:
        self._ttl = ttl
        self._held: dict[str, Remembered] = {}

    def remember(self, channel: str, text: str, now: float) -> None:
        """Put a frame in the place of whatever the channel remembered."""
        self._held[channel] = Remembered(text, None if self._ttl is None else now + self._ttl)

    def recall(self, channel: str, now: float) -> Remembered | None:
        """Give what a channel remembers; `None` when it never knew anything, or has forgotten it."""
        held = self._held.get(channel)
        return held if held is not None and _is_held(held, now) else None

    def forget(self, channel: str) -> None:
        """Let a channel remember nothing."""
        self._held.pop(channel, None)

    def prune(self, now: float) -> None:
        """Free what is forgotten."""
        self._held = {channel: held for channel, held in self._held.items() if _is_held(held, now)}

    def texts(self, now: float) -> dict[str, str]:
        """Give every frame that is remembered, by channel."""
        self.prune(now)
        return {channel: held.text for channel, held in self._held.items()}


def _is_held(held: Remembered, now: float) -> bool:
    return held.until is None or now < held.until

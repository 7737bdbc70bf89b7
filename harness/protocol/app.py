"""What one application of a server is, and what its operator has set for it; everybody in it is served by one `Hub`."""

from typing import Literal

import msgspec

Senders = Literal["members", "all", "none"]
"""Who may send client events: subscribers of the channel, everybody connected, nobody."""


class RateLimit(msgspec.Struct, frozen=True):
    """How many frames one connection may send in how many seconds, whatever they are (PROTOCOL.md 5 and 9)."""

    max_attempts: int
    decay_seconds: float
    terminate: bool = False
    """End the connection of whoever sends more; else its frame is answered with the error and not looked at."""


class App(msgspec.Struct, frozen=True):
    """
    One application; its text form shows neither key nor secret.

    What a dialect has no notion of is not looked at under it: Reverb knows no sign-in, soketi no watchlists.
    """

    id: str
    key: str
    secret: str
    enabled: bool = True
    """Whether anybody is let in; else 4003 (1.6)."""
    max_connections: int | None = None
    """Connections at once; whose count, and what happens to the next one, the dialect says (1.6)."""
    allowed_origins: tuple[str, ...] = ("*",)
    """Patterns, with `*` for anything, of the hosts that `Origin` may name (1.6, at the end)."""
    client_events_from: Senders = "members"
    rate_limit: RateLimit | None = None
    """Of all frames; client events have a limit of their own in some dialects (5)."""
    signin: bool = False
    """Whether `pusher:signin` is taken (2.6)."""
    watchlists: bool = False
    """Whether those who sign in hear of the people on their watchlist (2.6)."""
    subscription_counts: bool = False
    """Whether subscribers hear how many they are (2.5)."""
    connection_timeout: float | None = None
    """Seconds within which a connection must prove somebody's right to something, or is ended (1.6, at the end)."""
    max_members: int | None = None
    """People on one presence channel, `None` for as many as the dialect allows (6)."""

    def __repr__(self) -> str:
        return f"App(id={self.id!r})"


class Terms(msgspec.Struct, frozen=True):
    """How a whole server keeps time, in seconds."""

    activity_timeout: float
    """Silence after which clients are told to ping."""
    ping_interval: float
    """Silence after which the server pings."""
    cache_ttl: float | None = None
    """How long a cache channel remembers, `None` for the dialect's own time (2.3)."""
    inactivity_timeout: float = 86_400
    """Silence after which a client that knows no ping is given up with 4202 (1.4)."""
    count_interval: float = 5
    """Time between two counts that the subscribers of a large channel are told (2.5)."""

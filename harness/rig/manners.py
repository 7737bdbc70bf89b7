"""How the rig behaves for the time being: an exercise sets it, and the next one begins with good manners again."""

from typing import Literal

import msgspec

Authorizing = Literal["sign", "hold", "slow", "html", 401, 403, 500]
"""What the authorization endpoint does: sign, hold its answer until it is released, answer late, or say no."""


class Manners(msgspec.Struct, kw_only=True):
    """Good ones, unless something else is said."""

    admits: bool = True
    """Lets clients in; else TCP ends at once, as with a server that is not there."""
    establishes: bool = True
    """Says `pusher:connection_established` at once; else not before `Server.establish`."""
    refuses: int | None = None
    """An error code that is said instead of `pusher:connection_established`, before the connection ends."""
    activity_timeout: float | None = None
    """Seconds; `None` says what the dialect says."""
    answers_pings: bool = True
    """Answers `pusher:ping`, and pings of WebSocket."""
    answers_subscribes: bool = True
    authorizing: Authorizing = "sign"
    slowness: float = 0.0
    """Seconds that a slow authorization takes."""

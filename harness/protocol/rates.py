"""How often one connection may send: anything, or client events (PROTOCOL.md 5)."""

from harness.protocol.app import App
from harness.protocol.connections import ServerConnection
from harness.protocol.dialects import Dialect
from harness.protocol.limits import Window


class Rates:
    """Counts for every connection of one app under one dialect."""

    def __init__(self, app: App, dialect: Dialect) -> None:
        self._dialect = dialect
        self._of_frames = app.rate_limit if dialect.limits_every_frame else None
        self._of_client_events = dialect.client_event_rate if dialect.limits_every_frame else app.rate_limit
        self._of_client_events = self._of_client_events or dialect.client_event_rate
        self.terminates = self._of_frames is not None and self._of_frames.terminate
        """Whether a frame too many ends its connection."""

    def count_frame(self, connection: ServerConnection, now: float) -> None:
        """Count a frame of any kind; raises `PeerError` when it is one too many."""
        if self._of_frames is None:
            return
        connection.frames = connection.frames or Window(self._of_frames)
        if not connection.frames.spend(now):
            raise self._dialect.refuse("frame rate", "frames come too fast")

    def count_client_event(self, connection: ServerConnection, channel: str | None, now: float) -> None:
        """Count a client event that would be relayed; raises `PeerError` when it is one too many."""
        limit = self._of_client_events
        if limit is None:
            return
        connection.client_events = connection.client_events or Window(limit)
        if not connection.client_events.spend(now):
            values = {"limit": limit.max_attempts, "seconds": limit.decay_seconds}
            raise self._dialect.refuse("event rate", "client events come too fast", channel=channel, **values)

"""What is due to a connection when the server looks at it: nothing, a ping, or an end (PROTOCOL.md 1.4, 1.6)."""

from typing import Final, Literal

from harness.protocol.app import App, Terms
from harness.protocol.connections import ServerConnection
from harness.protocol.dialects import Dialect

PINGING: Final = 5
"""The first version of the protocol whose clients answer a ping."""

Due = Literal["ping", "late", "no pong", "inactive"]


def due(connection: ServerConnection, dialect: Dialect, app: App, terms: Terms, now: float) -> Due | None:
    """Tell what has to be done now; the ends are called as in `refusals.Why`."""
    if _is_late(connection, dialect, app, now):
        return "late"
    hears_nothing = dialect.visits == "whoever hears nothing"
    if hears_nothing and now - connection.last_told >= 2 * terms.ping_interval:
        return "no pong"
    silence = now - connection.last_seen
    if silence < terms.ping_interval or (dialect.visits == "subscribed" and not connection.subscriptions):
        return None
    if "inactive" in dialect.refusals and connection.protocol < PINGING:
        return "inactive" if silence >= terms.inactivity_timeout else None
    if connection.is_pinged:
        return None if hears_nothing else "no pong"
    return "ping"


def time_to_prove(dialect: Dialect, app: App) -> float | None:
    """Give the seconds that a connection has to prove a right to something, `None` for any time."""
    if "late" not in dialect.refusals:
        return None
    return dialect.signin_timeout if app.connection_timeout is None and app.signin else app.connection_timeout


def _is_late(connection: ServerConnection, dialect: Dialect, app: App, now: float) -> bool:
    limit = time_to_prove(dialect, app)
    return limit is not None and not connection.is_authorized and now - connection.since >= limit

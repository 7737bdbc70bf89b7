"""What is due to a connection, by how long it has been silent, alone or unauthorized."""

from typing import Any

import pytest

from harness.protocol.app import App, Terms
from harness.protocol.connections import ServerConnection
from harness.protocol.dialects import PUSHER, REVERB, SOKETI, Dialect
from harness.protocol.timers import due

TERMS = Terms(activity_timeout=30, ping_interval=60, inactivity_timeout=1_000)


def told(dialect: Dialect, now: float, app: dict[str, Any] | None = None, *, joined: bool = True, **state: Any) -> Any:
    """Give what is due at this time to a connection that came at 0 and is in this state."""
    connection = ServerConnection("4711.9001", now=0.0)
    if joined:
        connection.move_subscription("room", "subscribe")
    for name, value in state.items():
        setattr(connection, name, value)
    return due(connection, dialect, App("1001", "demo-key", "demo-secret", **(app or {})), TERMS, now)


@pytest.mark.parametrize("dialect", [PUSHER, REVERB])
def test_whoever_is_silent_is_pinged_and_then_given_up(dialect: Dialect) -> None:
    """From the ping interval on, and behind a ping without an answer."""
    assert told(dialect, 59.9) is None
    assert told(dialect, 60.0) == "ping"
    assert told(dialect, 60.0, is_pinged=True) == "no pong"


def test_reverb_leaves_those_alone_who_listen_to_nothing() -> None:
    """They are neither pinged nor pruned (PROTOCOL.md 13)."""
    assert told(REVERB, 1e6, joined=False) is None
    assert told(PUSHER, 60.0, joined=False) == "ping"


def test_soketi_gives_up_whoever_hears_nothing() -> None:
    """Its pings are its library's: what the client says does not count, only what it is told (PROTOCOL.md 1.4)."""
    assert told(SOKETI, 59.9) is None
    assert told(SOKETI, 60.0) == "ping"
    assert told(SOKETI, 119.9, is_pinged=True) is None
    assert told(SOKETI, 120.0, last_seen=119.0) == "no pong"
    assert told(SOKETI, 120.0, last_told=1.0, last_seen=119.0) is None


def test_a_client_that_knows_no_ping_is_given_up_late() -> None:
    """Up to version 4 there is no ping to answer, so a day passes first (PROTOCOL.md 1.4)."""
    assert told(PUSHER, 999.9, protocol=4) is None
    assert told(PUSHER, 1_000.0, protocol=4) == "inactive"
    assert told(PUSHER, 1_000.0, protocol=5) == "ping"


@pytest.mark.parametrize("dialect", [PUSHER, SOKETI])
def test_a_connection_has_to_prove_a_right_in_time(dialect: Dialect) -> None:
    """Where its app wants that; once proven, it stays (PROTOCOL.md 1.6, at the end)."""
    app = {"connection_timeout": 10.0}

    assert told(dialect, 9.9, app) is None
    assert told(dialect, 10.0, app) == "late"
    assert told(dialect, 10.0, app, is_authorized=True) is None
    assert told(dialect, 10.0) is None


def test_soketi_gives_half_a_minute_to_sign_in() -> None:
    """Whenever its app has sign-in; on Pusher that is an option of its own, and Reverb has none."""
    assert told(SOKETI, 30.0, {"signin": True}) == "late"
    assert told(SOKETI, 30.0, {"signin": True, "connection_timeout": 40.0}) is None
    assert told(PUSHER, 30.0, {"signin": True}) is None
    assert told(REVERB, 30.0, {"connection_timeout": 10.0}) is None

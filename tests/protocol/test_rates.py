"""Rates: what is counted in which dialect, and what is one too many."""

from collections.abc import Callable

import pytest

from harness.protocol.app import App, RateLimit
from harness.protocol.connections import ServerConnection
from harness.protocol.dialects import PUSHER, REVERB, SOKETI, Dialect
from harness.protocol.rates import Rates
from harness.protocol.refusals import PeerError


def rates(dialect: Dialect, limit: RateLimit | None) -> Rates:
    """Give what counts for an app with this limit."""
    return Rates(App("1001", "demo-key", "demo-secret", rate_limit=limit), dialect)


def passed(count: Callable[[float], None], at: float = 0.0) -> int | None:
    """Count how many in a row, at one time, are let through; `None` for more than anybody sends."""
    for number in range(50):
        try:
            count(at)
        except PeerError as error:
            return number if error.code == 4301 else -1
    return None


@pytest.mark.parametrize(
    ("dialect", "limit", "frames", "client_events"),
    [
        (REVERB, None, None, None),
        (REVERB, RateLimit(3, 60), 3, None),
        (PUSHER, None, None, 10),
        (PUSHER, RateLimit(3, 60), None, 3),
        (SOKETI, None, None, None),
        (SOKETI, RateLimit(3, 60), None, 3),
    ],
)
def test_reverb_counts_frames_and_others_client_events(
    dialect: Dialect, limit: RateLimit | None, frames: int | None, client_events: int | None
) -> None:
    """An operator's limit is for the one or the other, and Pusher has one of its own, of ten a second."""
    each, connection = rates(dialect, limit), ServerConnection("1.1", now=0.0)

    assert passed(lambda now: each.count_frame(connection, now)) == frames
    assert passed(lambda now: each.count_client_event(connection, "private-x", now)) == client_events
    assert passed(lambda now: each.count_client_event(connection, "private-x", now), at=100.0) == client_events


def test_connections_are_counted_apart() -> None:
    """What one has spent, another has still."""
    each = rates(PUSHER, None)

    for connection in (ServerConnection("1.1", now=0.0), ServerConnection("1.2", now=0.0)):
        assert passed(lambda now, one=connection: each.count_client_event(one, None, now)) == 10  # type: ignore[misc]


def test_only_frames_end_a_connection() -> None:
    """And only where the operator wants it so."""
    assert rates(REVERB, RateLimit(3, 60, terminate=True)).terminates
    assert not rates(REVERB, RateLimit(3, 60)).terminates
    assert not rates(PUSHER, RateLimit(3, 60, terminate=True)).terminates

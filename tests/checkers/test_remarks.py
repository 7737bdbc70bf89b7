"""What we left on somebody else's system, and how often it asked us to wait."""

from harness.checkers.remarks import remarks
from harness.history.events import LeftBehind, Note, Throttled


def test_a_run_that_left_nothing_has_no_remarks() -> None:
    """Other events are none of it."""
    assert remarks([Note(n=1, at=0, words="hello")]) == ()


def test_what_was_left_is_told_reason_by_reason() -> None:
    """In one line each, with everything that was left for that reason."""
    left = [("conversation 1", "no route"), ("person bob", "500"), ("conversation 2", "no route")]
    events = [LeftBehind(n=n, at=0, what=what, why=why) for n, (what, why) in enumerate(left)]
    assert remarks(events) == (
        "left behind on the target: conversation 1, conversation 2: no route",
        "left behind on the target: person bob: 500",
    )


def test_waits_are_counted_by_what_was_asked() -> None:
    """One line for all of them."""
    purposes = ["send", "log in", "send"]
    events = [Throttled(n=n, at=0, act="a", purpose=purpose, seconds=1) for n, purpose in enumerate(purposes)]
    (told,) = remarks(events)
    assert told.endswith("(429, Retry-After): to log in (1), to send (2)")

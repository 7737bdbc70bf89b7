"""Calls of the signed HTTP API."""

from typing import Any

import pytest

from harness.checkers import calls
from harness.history.events import TestFinished
from harness.history.ledger import read


def check(events: list[Any]) -> list[Any]:
    """Judge what was called."""
    return calls.check(events, read(events), TestFinished(n=1, at=0))[0]


def test_a_forged_call_that_is_taken_is_found(history: Any) -> None:
    """One of two: the other was refused; both are counted."""
    events = history("api.forgery-accepted")
    found, counts = calls.check(events, read(events), TestFinished(n=1, at=0))

    (one,) = found
    assert (one.id, one.kind, one.who) == ("api.forgery-accepted", "security", "alice")
    assert one.summary == "the broadcaster took an event without a signature"
    assert one.expected == "401, and nothing is done or told"
    assert one.evidence == ("+0.005 s  an event without a signature → 200 “”",)
    assert counts == {"API calls": 2}


def test_what_a_dialect_is_known_for_is_advice_once(history: Any) -> None:
    """Two old calls are taken, and told of together."""
    (one,) = check(history("subscription.known-weakness--a-call"))

    assert (one.id, one.kind) == ("subscription.known-weakness", "advice")
    assert "HT-04" in one.summary


def test_a_right_call_that_is_refused_is_found(history: Any) -> None:
    """With what the broadcaster said."""
    (one,) = check(history("api.refused"))

    assert one.summary == "the broadcaster refused an event whose parameters come in another order with 401"
    assert one.expected == "200: it is signed and there is nothing wrong with it"
    assert "“invalid”" in one.evidence[0]


def test_a_failure_is_found_whatever_was_due(history: Any) -> None:
    """A 500 for what is right, silence for what is large, a 500 for a mistake; what is refused with 413 may be."""
    found = check(history("api.error"))

    assert [(one.id, one.summary, one.expected) for one in found] == [
        ("api.error", "the broadcaster failed with 500 at an event", "200: there is nothing wrong with it"),
        (
            "api.error",
            "the broadcaster gave no answer at a large event",
            "200, or a 4xx that says what is wrong",
        ),
        (
            "api.error",
            "the broadcaster failed with 500 at an event with a mistake in it",
            "a 4xx that says what is wrong",
        ),
    ]
    assert "→ no answer" in found[1].evidence[0]


def test_what_is_too_much_and_taken_is_advice(history: Any) -> None:
    """It was documented otherwise."""
    (one,) = check(history("api.limit-ignored"))

    assert (one.kind, one.summary) == ("advice", "the broadcaster took an event for 101 channels")


def test_what_is_taken_is_heard_by_whoever_listens(history: Any) -> None:
    """Bob, who listened and stayed, did not hear it; nobody has to hear what was refused."""
    (one,) = check(history("api.published-unheard"))

    assert (one.kind, one.who) == ("delivery", "bob")
    assert one.summary == "the broadcaster took an event and bob#1 did not hear it"


@pytest.mark.parametrize("name", ["accepted--calls", "accepted--calls-in-a-fault", "accepted--everybody-hears-it"])
def test_nothing_is_found_where_nothing_is_wrong(name: str, history: Any) -> None:
    """Nor in a fault, nor where nobody called."""
    assert check(history(name)) == []


def test_what_is_heard_on_another_channel_is_found_once(history: Any) -> None:
    """Of the call that was for both of them nothing is said."""
    (found,) = check(history("api.heard-elsewhere"))

    assert (found.kind, found.who, found.where) == ("security", "bob", "weather")
    assert found.summary == "bob#1 heard an event on “weather”, where it was not published"
    assert found.expected == "only on “news”"

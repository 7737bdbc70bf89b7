"""Clients that go silent."""

from typing import Any

import pytest

from harness.checkers import silence
from harness.history.events import TestFinished
from harness.history.ledger import read


def check(events: list[Any]) -> Any:
    """Judge what was kept silent."""
    return silence.check(events, read(events), TestFinished(n=1, at=0))


def test_a_silence_that_nobody_notices_is_found(history: Any) -> None:
    """One of two: the other was noticed in time."""
    (one,), counts = check(history("protocol.silence-unnoticed"))

    assert (one.id, one.kind, one.who) == ("protocol.silence-unnoticed", "protocol", "mallory")
    assert one.summary == (
        "a connection of mallory that answered nothing any more was not given up within 12 s,"
        " having been told to ping after 2 s"
    )
    assert one.expected == "it is left alone for 2 s, pinged, and given up when it does not answer"
    assert one.evidence == ("+0.005 s  activity_timeout 2 s, waited for 12 s",)
    assert counts == {"silences": 2}


def test_giving_up_too_early_is_found(history: Any) -> None:
    """A client that does as it was told would have been cut off."""
    (one,), _ = check(history("protocol.given-up-early"))

    assert one.id == "protocol.given-up-early"
    assert "was given up after 3.5 s, having been told to ping after 4 s" in one.summary


def test_whoever_subscribed_to_nothing_and_is_forgotten_is_told_of(history: Any) -> None:
    """As advice; of a server that is known for it as a weakness, once."""
    (one,), counts = check(history("protocol.unsubscribed-unnoticed"))
    assert (one.kind, one.who, counts) == ("advice", "mallory", {"silences": 3})
    assert "was not given up within 5.5 s, when another one was that had subscribed" in one.summary
    assert one.evidence == ("+0.011 s  activity_timeout 2 s, waited for 5.5 s",)

    (known,), _ = check(history("subscription.known-weakness--a-silence"))
    assert known.summary.startswith("the broadcaster has CO-03")


@pytest.mark.parametrize("name", ["accepted--silence-in-a-fault", "accepted--everybody-hears-it"])
def test_nothing_is_found_in_a_fault_or_without_a_silence(name: str, history: Any) -> None:
    """Nor counted."""
    assert check(history(name)) == ([], {})

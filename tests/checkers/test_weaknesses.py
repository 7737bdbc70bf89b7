"""Known weaknesses are told once and held against nobody."""

from typing import Any

from harness.checkers.weaknesses import weaknesses
from harness.history.events import TestStarted


def test_a_known_weakness_is_told_once() -> None:
    """The first time it is advice with its words, afterwards nothing."""
    known = weaknesses([TestStarted(n=1, at=1, weaknesses=("AZ-26",))])

    (told,) = known.tell("AZ-26", ["seen"], [])

    assert (told.id, told.kind) == ("subscription.known-weakness", "advice")
    assert "AZ-26" in told.summary
    assert known.tell("AZ-26", [], []) == []


def test_what_is_not_known_is_not_excused(history: Any) -> None:
    """Neither another defect, nor anything in a world that never began."""
    known = weaknesses(history("subscription.known-weakness"))

    assert known.excuse("AZ-26")
    assert not known.excuse("AZ-25")
    assert not weaknesses([]).excuse("AZ-26")

"""Known weaknesses are told once and held against nobody."""

from typing import Any

from harness.checkers.suspects import SUSPECTS
from harness.checkers.weaknesses import weaknesses
from harness.history.events import TestStarted


def test_a_known_weakness_is_told_once() -> None:
    """The first time it is advice with its words, as far as there are any, afterwards nothing."""
    started = TestStarted(n=1, at=1, weaknesses=("AZ-26", "AZ-99"))
    known = weaknesses([started])

    for weakness, words in (("AZ-26", SUSPECTS["AZ-26"]), ("AZ-99", "a weakness of its dialect")):
        (told,) = known.tell(weakness, ["seen"], [started])

        assert (told.id, told.kind) == ("subscription.known-weakness", "advice")
        assert told.summary == f"the broadcaster has {weakness}: {words}"
        assert (told.evidence, told.events) == (("seen",), (1,))
        assert known.tell(weakness, [], []) == []


def test_what_is_not_known_is_not_excused(history: Any) -> None:
    """Neither another defect, nor anything in a world that never began."""
    known = weaknesses(history("subscription.known-weakness"))

    assert known.excuse("AZ-26")
    assert not known.excuse("AZ-25")
    assert not weaknesses([]).excuse("AZ-26")

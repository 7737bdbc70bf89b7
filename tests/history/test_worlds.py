"""A merged history is cut into worlds, each judged alone."""

from typing import Any

from harness.history.events import Note, TestFinished, TestStarted
from harness.history.worlds import terms, worlds


def event(kind: Any, n: int, worker: str = "", **fields: Any) -> Any:
    """Make an event."""
    return kind(n=n, at=n, worker=worker, **fields)


def test_workers_are_told_apart_and_what_lies_between_tests_is_left_out() -> None:
    """Each world is of one worker, from its beginning to its judgement, in the order of beginnings."""
    first = [event(TestStarted, 2, "a"), event(Note, 4, "a", words="x"), event(TestFinished, 6, "a")]
    second = [event(TestStarted, 3, "b"), event(Note, 5, "b", words="y")]
    outside = [event(Note, 1, "a", words="starting"), event(Note, 7, "a", words="closing")]
    third = [event(TestStarted, 8, "a"), event(TestFinished, 9, "a")]

    merged = sorted([*first, *second, *third, *outside], key=lambda one: one.n)
    assert worlds(merged) == [first, second, third]
    assert worlds([]) == []


def test_the_terms_are_the_first_and_the_last_word() -> None:
    """A world that was cut short has no terms of its judgement."""
    started, finished = event(TestStarted, 1, tolerated=(("a", "b"),)), event(TestFinished, 3, arrival=5)

    assert terms([started, event(Note, 2, words=""), finished]) == (started, finished)
    assert terms([started]) == (started, None)
    assert terms([]) == (None, None)

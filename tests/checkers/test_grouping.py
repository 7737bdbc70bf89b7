"""Grouping: what shows the same flaw comes together, in the order of the first of each."""

import pytest

from harness.checkers.grouping import grouped, times


def test_what_has_the_same_key_comes_together() -> None:
    """Groups stand in the order of their first members, members in their own."""
    assert grouped(["bob", "alice", "ann", "bea"], lambda name: name[0]) == [["bob", "bea"], ["alice", "ann"]]
    assert grouped([], str) == []


@pytest.mark.parametrize(("count", "words"), [(1, "once"), (2, "2 times"), (0, "0 times")])
def test_how_often_is_said_in_words(count: int, words: str) -> None:
    """Once is not 1 times."""
    assert times(count) == words

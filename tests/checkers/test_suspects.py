"""Suspects are explained where they are named."""

import pytest

from harness.checkers.observations import OBSERVATIONS
from harness.checkers.suspects import SUSPECTS


def test_every_suspect_of_an_observation_is_explained() -> None:
    """And none is explained that nobody suspects."""
    assert {id_ for one in OBSERVATIONS.values() for id_ in one.suspects} == set(SUSPECTS)


@pytest.mark.parametrize("words", SUSPECTS.values())
def test_an_explanation_is_one_short_line(words: str) -> None:
    """It stands behind an id in a terminal."""
    assert 10 < len(words) < 90
    assert words.isprintable()
    assert not words.endswith(".")

"""The list of capabilities is closed, and `may`, topologies and words agree on it."""

import pytest

from harness.config.capabilities import CAPABILITIES, EVERYTHING, SERVED, WRITE_ONLY, May, checked_words
from harness.errors import UsageError


def test_every_capability_is_a_member_of_may() -> None:
    """Whatever can be needed can be granted under the same word."""
    assert set(May.__struct_fields__) == {*CAPABILITIES, "requests_per_second"}


def test_every_served_word_is_a_capability() -> None:
    """No topology serves what nobody can ask for."""
    assert set().union(*SERVED.values()) <= set(CAPABILITIES)


def test_ours_allow_everything_and_a_silent_remote_only_writing() -> None:
    """A remote target that grants nothing is written to; its secret and our stamps are no acts on it."""
    granted = {word for word in CAPABILITIES if getattr(WRITE_ONLY, word)}
    assert all(getattr(EVERYTHING, word) for word in CAPABILITIES)
    assert granted == {"write", "secret", "stamps"}
    assert (WRITE_ONLY.requests_per_second, EVERYTHING.requests_per_second) == (5, 0)


def test_known_words_come_back_in_order() -> None:
    """Checking does not reorder or merge."""
    assert checked_words(["write", "secret", "write"], "needs") == ("write", "secret", "write")


def test_an_unknown_word_is_refused_with_the_known_ones() -> None:
    """The complaint names who asked, the word and the list."""
    with pytest.raises(UsageError, match=r"needs: 'wirte' is no capability; known are secret, registration, write"):
        checked_words(["wirte"], "needs")

"""Digests of texts: those of their UTF-8, also when a text was stored."""

import hashlib

from harness.history.digest import digest


def test_a_digest_is_that_of_the_utf8() -> None:
    """As anybody can compute it."""
    assert digest("سلام") == hashlib.sha256("سلام".encode()).hexdigest()


def test_half_a_character_has_the_digest_of_its_escape() -> None:
    """A stored history holds the escape, since no JSON can hold the half."""
    assert digest("a\ud83d") == digest("a\\ud83d")

"""Message texts: whatever is drawn can be sent as it is, and everything on which software stumbles is there."""

import json

import pytest
from hypothesis import find, given, settings

from harness.strategies import message_texts

QUIETLY = settings(database=None, derandomize=True, deadline=None, max_examples=5_000)


@settings(database=None, derandomize=True)
@given(message_texts(max_size=30))
def test_a_text_survives_what_carries_it(text: str) -> None:
    """It is UTF-8 and JSON, not blank, not trimmed by anybody, and no longer than was asked for."""
    assert json.loads(json.dumps(text).encode()) == text
    assert text == text.strip()
    assert 0 < len(text) <= 30
    assert "\0" not in text


@pytest.mark.parametrize(
    "wanted", ["\u0645", "\u200f", "\u200d", "\\", '"', "\n", "\N{WAVING HAND SIGN}", "\ufe0f", "<"], ids=ascii
)
def test_what_software_stumbles_on_is_there(wanted: str) -> None:
    """Arabic, marks that nobody sees, syntax, emoji."""
    assert wanted in find(message_texts(), lambda text: wanted in text, settings=QUIETLY)


def test_a_text_shrinks_to_something_short() -> None:
    """When no text arrives, what is shown is a word or less."""
    assert len(find(message_texts(), lambda _: True, settings=QUIETLY)) == 1

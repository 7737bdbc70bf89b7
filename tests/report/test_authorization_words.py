"""A row reads as a sentence goes on."""

from typing import Any, get_args

import pytest

from harness.history.events import Credential, Persona
from harness.report.authorization_map import Row
from harness.report.authorization_words import CREDENTIALS, PERSONAS, decided, told


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"persona": "colleague"}, "a colleague who is no participant join x.{own}"),
        ({"persona": "self", "act": "publish"}, "the person whose it is publish on x.{own}"),
        ({"credential": "dead"}, "somebody, with a token that had ended, join x.{own}"),
        ({"encoding": "json"}, "somebody join x.{own}, asked as json"),
        ({"pattern": "no rule"}, "somebody join a channel that follows no declared rule"),
        ({"pattern": "public", "persona": "visitor"}, "a visitor who never logged in join a public channel"),
    ],
)
def test_a_row_follows_on_lets(fields: dict[str, Any], words: str) -> None:
    """Who, with what unless it is a living token, what, and how unless it makes no difference."""
    assert told(Row(**{"pattern": "x.{own}", "act": "join", "decision": "denied", **fields})) == words


def test_every_word_of_a_history_has_words_here() -> None:
    """What somebody is, and what their token was worth."""
    assert set(PERSONAS) == set(get_args(Persona))
    assert set(CREDENTIALS) == set(get_args(Credential))


def test_what_is_mixed_says_of_what() -> None:
    """Anything else is one word."""
    mixed = Row(pattern="x", act="join", decision="mixed", saw=("denied", "granted"))

    assert decided(mixed) == "mixed: denied and granted"
    assert decided(Row(pattern="x", act="join", decision="error")) == "error"

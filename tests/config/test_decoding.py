"""Complaints about a table name the key as the file spells it, and what is allowed there."""

from pathlib import Path
from typing import Any

import pytest

from harness.config.declarations import Budgets, ChannelRule
from harness.config.decoding import decoded
from harness.config.document import Place
from harness.config.tables import RemoteTable
from harness.errors import UsageError

PLACE = Place(Path("realtime.toml"), "targets.staging")
BACKEND = {"url": "https://x"}
BROADCASTER = {"url": "wss://x", "key": "k"}


def table(**changes: Any) -> dict[str, Any]:
    """Make the table of a remote target, complete but for the changes; a member that is `None` is left out."""
    whole = {"topology": "remote", "backend": BACKEND, "broadcaster": BROADCASTER, **changes}
    return {key: value for key, value in whole.items() if value is not None}


def test_a_complete_table_is_decoded() -> None:
    """What is left out has its default."""
    read = decoded(table(), RemoteTable, PLACE)
    assert (read.backend.url, read.production, read.cast) == ("https://x", False, ())


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"backend": None}, "targets.staging.backend is missing"),
        ({"backend": {}}, "targets.staging.backend.url is missing"),
        ({"cast": [{"name": "a", "email": "b"}]}, "targets.staging.cast[0].password is missing"),
        ({"casts": []}, "targets.staging.casts is no key that is known here; allowed are topology, backend, broad"),
        (
            {"backend": {**BACKEND, "send": {"req": 1}}},
            "targets.staging.backend.send.req is no key that is known here; allowed are request, fields, encoding,",
        ),
        (
            {"broadcaster": {**BROADCASTER, "dialect": "poxa"}},
            "targets.staging.broadcaster.dialect is 'poxa'; allowed are pusher, pusher-fake, reverb, sockudo, soketi",
        ),
        (
            {"channels": [{"name": "x", "pattern": "x", "join": "me"}]},
            "targets.staging.channels[0].join is 'me'; allowed are anyone, company, nobody, participants, self, sig",
        ),
        (
            {"channels": [{"name": "x", "pattern": "x", "join": 1}]},
            "join is a whole number, not a text; allowed are an",
        ),
        ({"backend": {"url": 5}}, "targets.staging.backend.url is a whole number, not a text"),
        ({"cast": {}}, "targets.staging.cast is a table, not a list"),
        ({"production": "yes"}, "targets.staging.production is a text, not true or false"),
        ({"backend": {**BACKEND, "send": "x"}}, "targets.staging.backend.send is a text, not true or false or a table"),
        ({"backend": {**BACKEND, "send": {"fields": {"text": 1}}}}, "send.fields.text is a whole number, not a text"),
        ({"world": {"conversation": 1.5}}, "targets.staging.world.conversation is a number, not a whole number or a"),
    ],
)
def test_a_wrong_table_is_one_sentence(changes: dict[str, Any], complaint: str) -> None:
    """File, key, what was found, what is allowed."""
    with pytest.raises(UsageError) as refused:
        decoded(table(**changes), RemoteTable, PLACE)
    assert str(refused.value).startswith("realtime.toml: targets.staging.")
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_bad_duration_is_named_with_its_spellings() -> None:
    """The reason of a type of ours reaches the reader."""
    with pytest.raises(
        UsageError, match=r"targets.staging.arrival is not accepted: 'soon' is no duration; write it as"
    ):
        decoded({"arrival": "soon"}, Budgets, PLACE)


def test_a_rule_that_refuses_itself_is_named_with_its_reason() -> None:
    """A struct that checks itself is quoted at its own place."""
    rule = {"name": "x", "pattern": "private-x", "join": "company"}
    with pytest.raises(UsageError, match=r"targets.staging is not accepted: the pattern 'private-x' lacks \{company\}"):
        decoded(rule, ChannelRule, PLACE)

"""Dialects: the ones that are served, told apart by what PROTOCOL.md 11.3 lists, and a clear word for the others."""

import pytest

from harness.errors import UsageError
from harness.protocol.dialects import DIALECTS, PUSHER, REVERB, Dialect, dialect, weaknesses


@pytest.mark.parametrize("known", [REVERB, PUSHER], ids=lambda one: one.name)
def test_a_dialect_is_found_by_its_name(known: Dialect) -> None:
    """The name in a configuration gives the dialect that bears it."""
    assert dialect(known.name) is known
    assert DIALECTS[known.name] is known


@pytest.mark.parametrize("name", ["soketi", "sockudo", "pusher-fake"])
def test_a_reserved_name_says_that_it_is_not_served_yet(name: str) -> None:
    """Somebody who asks for a product that we only plan to speak learns exactly that, and what there is."""
    with pytest.raises(UsageError, match=rf"'{name}' is reserved but not served yet; use one of: pusher, reverb"):
        dialect(name)


def test_an_unknown_name_lists_the_known_ones() -> None:
    """A misspelt dialect is answered with the ones that exist."""
    with pytest.raises(UsageError, match="there is no dialect 'rverb'; use one of: pusher, reverb"):
        dialect("rverb")


FLAGS = [
    # flag of PROTOCOL.md 11.3, field, hosted Pusher, Reverb
    ("ws_close_codes", "close_codes", True, False),
    ("error_data_object", "error_data_is_text", False, True),
    ("dup_subscribe_is_error", "repeats_are_errors", True, False),
    ("validates_channel_name", "portable_names_only", True, False),
    ("client_events_public", "public_client_events", False, True),
    ("http_timestamp", "timestamp_window", 600, None),
]


@pytest.mark.parametrize(("flag", "field", "pusher", "reverb"), FLAGS, ids=[row[0] for row in FLAGS])
def test_the_capability_flags_are_as_observed(flag: str, field: str, pusher: object, reverb: object) -> None:
    """Where the two products differ in PROTOCOL.md 11.3, the dialects differ in the same way."""
    assert getattr(PUSHER, field) == pusher
    assert getattr(REVERB, field) == reverb


def test_what_a_server_is_known_for_is_told_by_its_name() -> None:
    """Reverb does not look at the key of a signature; of a server that nobody knows nothing is known."""
    assert "AZ-26" in weaknesses("reverb")
    assert weaknesses("pusher") == weaknesses("no such server") == frozenset()

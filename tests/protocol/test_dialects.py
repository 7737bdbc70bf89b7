"""Dialects: the ones that are served, told apart by what PROTOCOL.md 11.3 lists, and a clear word for the others."""

import pytest

from harness.errors import UsageError
from harness.protocol.dialects import DIALECTS, PUSHER, REVERB, SOKETI, Dialect, dialect, weaknesses
from harness.protocol.dialects.http import HTTP


@pytest.mark.parametrize("known", [REVERB, PUSHER, SOKETI], ids=lambda one: one.name)
def test_a_dialect_is_found_by_its_name(known: Dialect) -> None:
    """The name in a configuration gives the dialect that bears it."""
    assert dialect(known.name) is known
    assert DIALECTS[known.name] is known


@pytest.mark.parametrize("name", ["sockudo", "pusher-fake"])
def test_a_reserved_name_says_that_it_is_not_served_yet(name: str) -> None:
    """Somebody who asks for a product that we only plan to speak learns exactly that, and what there is."""
    with pytest.raises(
        UsageError, match=rf"'{name}' is reserved but not served yet; use one of: pusher, reverb, soketi"
    ):
        dialect(name)


def test_an_unknown_name_lists_the_known_ones() -> None:
    """A misspelt dialect is answered with the ones that exist."""
    with pytest.raises(UsageError, match="there is no dialect 'rverb'; use one of: pusher, reverb, soketi"):
        dialect("rverb")


def test_every_dialect_is_one_over_http_too() -> None:
    """What it does there stands in a table of its own."""
    assert set(HTTP) == set(DIALECTS)


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


@pytest.mark.parametrize(
    ("name", "pusher", "reverb", "soketi"),
    [
        ("private-x", "private", "private", "private"),
        ("private-encrypted-x", "private", "private", "private"),
        ("privatex", "public", "private", "public"),
        ("my-presence-x", "public", "public", "private"),
        ("presence-x", "presence", "presence", "presence"),
    ],
)
def test_prefixes_are_read_in_three_ways(name: str, pusher: str, reverb: str, soketi: str) -> None:
    """In front and whole, in front and without the dash, or anywhere (PROTOCOL.md 3)."""
    assert [one.kind_of(name) for one in (PUSHER, REVERB, SOKETI)] == [pusher, reverb, soketi]


@pytest.mark.parametrize(
    ("name", "remembers"),
    [
        ("cache-x", [True, True, True]),
        ("cachex", [False, True, False]),
        ("private-encrypted-cache-x", [True, False, True]),
        ("my-cache-x", [False, False, True]),
        ("room", [False, False, False]),
    ],
)
def test_cache_channels_are_told_by_their_names(name: str, remembers: list[bool]) -> None:
    """Pusher by its four prefixes, Reverb by three of its own, soketi by the word (PROTOCOL.md 2.3)."""
    assert [one.is_cached(name) for one in (PUSHER, REVERB, SOKETI)] == remembers


def test_client_events_are_told_by_their_names() -> None:
    """In front, or anywhere on soketi."""
    assert [one.is_client_event("client-x") for one in (PUSHER, REVERB, SOKETI)] == [True] * 3
    assert [one.is_client_event("x-client-y") for one in (PUSHER, REVERB, SOKETI)] == [False, False, True]


def test_channels_of_users_are_theirs_or_anybodys() -> None:
    """On Reverb the name means nothing; on soketi what is published there needs no subscription."""
    name = "#server-to-user-42"

    assert [one.user_of(name) for one in (PUSHER, REVERB, SOKETI)] == ["42", None, "42"]
    assert [one.user_to_reach(name) for one in (PUSHER, REVERB, SOKETI)] == [None, None, "42"]
    assert PUSHER.user_of("room") is None


@pytest.mark.parametrize(
    ("name", "pusher", "soketi"),
    [("a,b", True, True), ("#a", False, True), ("##a", False, False), ("", False, False), ("a\n", False, False)],
)
def test_names_have_an_alphabet(name: str, pusher: object, soketi: object) -> None:
    """Soketi takes one hash in front; how long a name is, is asked elsewhere."""
    assert (PUSHER.has_good_name(name), SOKETI.has_good_name(name)) == (pusher, soketi)
    assert PUSHER.has_good_name("x" * 10_000)


def test_a_refusal_is_worded_by_the_dialect() -> None:
    """The same reason, in each product's own words."""
    codes = [one.refuse("over quota", "why").code for one in (PUSHER, REVERB, SOKETI)]

    assert codes == [4004, 4004, 4100]
    assert PUSHER.refuse("repeated", "why", channel="room").message == "Existing subscription to channel room"


def test_webhooks_are_not_everybodys() -> None:
    """Reverb alone has none, and soketi neither holds them back nor sends them again (PROTOCOL.md 4.5)."""
    hooks = {name: http.hooks and (http.hooks.delay, http.hooks.retry_for) for name, http in HTTP.items()}
    assert hooks == {"reverb": None, "pusher": (3, 300), "soketi": (0, 0)}

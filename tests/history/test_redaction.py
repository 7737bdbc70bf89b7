"""Secrets are taken out by place and by value, whatever surrounds them and wherever the text is cut."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.history.redaction import LIMIT, Redactor, Secret
from harness.protocol.messages import encode, php_json

SIGNATURE = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"token":"1|short"}', '{"token":"…"}'),
        ('{"token" : "a b"}', '{"token" : "…"}'),
        ('{"Password":"pw","name":"bob"}', '{"Password":"…","name":"bob"}'),
        ('{"access_token":"x","plainTextToken":"y"}', '{"access_token":"…","plainTextToken":"…"}'),
        ('{"shared_secret":"x","remember_token":"y","secret":"z"}', None),
        (r'{"password":"a\"b\\","id":1}', '{"password":"…","id":1}'),
        (r'{"data":"{\"token\":\"a\\\"b\\\\\",\"id\":1}"}', r'{"data":"{\"token\":\"…\",\"id\":1}"}'),
        (r'{"data":"{\"token\":\"a\/b\u0041\",\"id\":1}"}', r'{"data":"{\"token\":\"…\",\"id\":1}"}'),
        (r'"{\"d\":\"{\\\"token\\\":\\\"abc\\\"}\"}"', r'"{\"d\":\"{\\\"token\\\":\\\"…"}\"}"'),
        ('{"password":"cut off', '{"password":"…'),
        ('{"token":""}', '{"token":""}'),
        (r"{'token': '1|sh\'ort', 'id': 1}", "{'token': '…', 'id': 1}"),
        ("Authorization: Bearer 1|abc", "Authorization: Bearer …"),
        ('["bearer eyJh.x-y_z"]', '["bearer …"]'),
        ("Set-Cookie: laravel_session=eyJpdiI6; path=/", "Set-Cookie: laravel_session=…"),
        ("Cookie: XSRF-TOKEN=abc; session=d", "Cookie: XSRF-TOKEN=…"),
        ("email=a%40b&password=pw&x=1", "email=a%40b&password=…&x=1"),
        ("/reset?token=abc&x=1", "/reset?token=…&x=1"),
        (f'{{"auth":"key:{SIGNATURE}"}}', '{"auth":"key:…cdef"}'),
        (f"\\n{SIGNATURE}\\n", "\\n…cdef\\n"),
        (f"auth_signature={SIGNATURE}&x", "auth_signature=…cdef&x"),
        (f"_{SIGNATURE}{SIGNATURE.upper()}_", "_…CDEF_"),
        (SIGNATURE[:63], SIGNATURE[:63]),
        ('{"tokens":"2","passwords":"no"}', '{"tokens":"2","passwords":"no"}'),
        ("the app key 51f6016d512b8ae0d7ad is public", "the app key 51f6016d512b8ae0d7ad is public"),
    ],
)
def test_secrets_are_known_by_their_place(text: str, shown: str | None) -> None:
    """Members, headers, fields and signatures are hidden though nobody said what they are; their neighbours stay."""
    expected = '{"shared_secret":"…","remember_token":"…","secret":"…"}' if shown is None else shown
    assert Redactor().hide(text) == expected


@pytest.mark.parametrize(
    "spell",
    [
        str,
        json.dumps,
        php_json,
        lambda secret: quote(secret, safe=""),
        lambda secret: encode("x", data=json.dumps({"seen": secret})),
        lambda secret: encode("x", data=php_json({"seen": secret})),
    ],
    ids=["plain", "JSON", "PHP", "URL", "JSON in JSON", "PHP in JSON"],
)
def test_a_known_secret_is_hidden_in_every_spelling(spell: Any) -> None:
    """However an answer or a frame writes it down, nothing but the mark is left."""
    secret = 'p/w"with\\all é 👋 in it'
    shown = Redactor([secret]).hide(spell(secret))

    assert "…" in shown
    assert not [part for part in ("with", "all", "in it", "in%20it") if part in shown]


def test_short_values_are_hidden_by_place_only() -> None:
    """Eleven characters may be an ordinary word; twelve are a secret."""
    assert Redactor(["elevenchars"]).hide("elevenchars") == "elevenchars"
    assert Redactor(["twelve chars"]).hide("twelve chars") == "…"


def test_the_longer_of_two_secrets_is_hidden_whole() -> None:
    """One that begins like another leaves no rest, and what overlaps is hidden as one."""
    redactor = Redactor(["abcdefghijkl", "abcdefghijklmnop"])
    redactor.add("ghijklmnopqrst")

    assert redactor.hide("<abcdefghijklmnop> <abcdefghijkl> <abcdefghijklmnopqrst>") == "<…> <…> <…>"


def test_a_secret_inside_another_leaves_no_rest() -> None:
    """A known value at a place that is hidden anyway does not end what is hidden there."""
    assert Redactor(["twelve chars"]).hide('{"password":"x twelve chars y"}') == '{"password":"…"}'


def test_a_secret_may_be_told_twice() -> None:
    """Adding it again changes nothing."""
    redactor = Redactor(["twelve chars"])
    redactor.add("twelve chars")

    assert redactor.hide("a twelve chars b") == "a … b"


def test_text_is_cut_at_the_limit() -> None:
    """Shorter text is whole; the rest is gone."""
    assert Redactor().hide("x" * 10, limit=10) == "x" * 10
    assert Redactor().hide("x" * 11, limit=10) == "x" * 10
    assert len(Redactor().hide("x" * (LIMIT + 1))) == LIMIT


def test_a_secret_that_straddles_the_limit_is_hidden() -> None:
    """It is known by its whole, of which only a part would be kept."""
    redactor = Redactor(["a very secret value"])

    assert redactor.hide("12345678 a very secret value", limit=12) == "12345678 …"
    assert redactor.hide("12345678 a very secret value", limit=9) == "12345678 "


def test_what_is_hidden_brings_nothing_from_beyond_the_limit() -> None:
    """Text that became shorter is not filled up from behind, where a cut secret could stand."""
    redactor = Redactor(["a very secret value"])
    text = "a very secret value" * 2_000

    shown = redactor.hide(text, limit=100)
    assert set(shown) == {"…"}
    assert len(shown) <= 100


@given(
    secrets=st.lists(st.text(min_size=12, max_size=20), min_size=1, max_size=3),
    around=st.lists(st.text(max_size=8), min_size=2, max_size=5),
    limit=st.integers(0, 60),
)
def test_no_known_secret_is_ever_shown(secrets: list[str], around: list[str], limit: int) -> None:
    """Whatever surrounds them, and wherever the cut falls, no secret stands in what is kept."""
    assume(not any("…" in secret for secret in secrets))
    text = "".join(part + secrets[index % len(secrets)] for index, part in enumerate(around))
    shown = Redactor(secrets).hide(text, limit=limit)

    assert not any(secret in shown for secret in secrets)
    assert len(shown) <= limit


@given(password=st.text(min_size=1), wrap=st.sampled_from(["{}", '{{"event":"x","data":{}}}']))
def test_a_password_is_hidden_at_its_place_however_it_is_spelled(password: str, wrap: str) -> None:
    """In an object, and in one inside a JSON string, in ours and in PHP's spelling, only the mark is left."""
    for spell in (json.dumps, php_json):
        inner = spell({"password": password, "id": 1})
        text = wrap.format(inner if wrap == "{}" else spell(inner))
        expected = spell({"password": "MARK", "id": 1})
        expected = wrap.format(expected if wrap == "{}" else spell(expected)).replace("MARK", "…")

        assert Redactor().hide(text) == expected


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("nothing", set()),
        ("secret-of-alice-1 and secret-of-alice-1", {Secret("a password", "alice", is_known=True)}),
        ('{"password":"x","shared_secret":"y"}', {Secret("a password"), Secret("a secret")}),
        ('{"remember_token":"x"} Bearer y', {Secret("a bearer token")}),
        ("Cookie: session=x", {Secret("a session cookie")}),
        ('{"token":"of any kind"}', set()),
        (SIGNATURE, set()),
        ("x" * LIMIT + " secret-of-alice-1", {Secret("a password", "alice", is_known=True)}),
    ],
)
def test_what_was_taken_out_is_told_and_never_its_value(text: str, secrets: set[Secret]) -> None:
    """A known value says whose it is, whatever is said of it later; a signature may stand anywhere."""
    redactor = Redactor()
    redactor.add("secret-of-alice-1", "a password", "alice")
    redactor.add("secret-of-alice-1", "a bearer token", "bob")
    shown = redactor.look(text)
    assert (shown.text, shown.secrets) == (redactor.hide(text), secrets)

"""The entrance: who is let in, and with which code everybody else is sent away."""

from typing import Any

import pytest

from harness.protocol.app import App
from harness.protocol.connections import ServerConnection
from harness.protocol.dialects import PUSHER, REVERB, SOKETI, Dialect
from harness.protocol.entrance import Entrance
from harness.protocol.refusals import PeerError

KEY = "demo-key"


def answer(
    dialect: Dialect, *, key: str = KEY, protocol: Any = "7", origin: Any = None, inside: int = 0, **app: Any
) -> Any:
    """Give the code and whether it closes, `None` for whoever is let in."""
    try:
        there = [ServerConnection(f"1.{number}", now=0.0) for number in range(inside)]
        for one in there:
            one.move_subscription("room", "subscribe")
        Entrance(App("1001", KEY, "demo-secret", **app), dialect).check(key, protocol, origin, there)
    except PeerError as error:
        return error.code, error.refusal.closes
    return None


REFUSED = [
    # what comes, Pusher, Reverb, soketi
    ({}, None, None, None),
    ({"key": "other"}, (4001, True), (4001, True), (4001, True)),
    ({"enabled": False}, (4003, True), None, (4003, True)),
    ({"protocol": None}, (4008, True), None, None),
    ({"protocol": ""}, (4006, True), None, None),
    ({"protocol": "7.1"}, (4006, True), None, None),
    ({"protocol": "9" * 5000}, (4006, True), None, None),
    ({"protocol": "99"}, (4007, True), None, None),
    ({"protocol": "5"}, None, None, None),
    ({"max_connections": 2, "inside": 1}, None, None, None),
    ({"max_connections": 2, "inside": 2}, (4004, True), (4004, False), (4100, True)),
    ({"allowed_origins": ("example.com",)}, (4009, True), (4009, False), None),
    ({"allowed_origins": ("example.com",), "origin": "https://evil.example"}, (4009, True), (4009, False), None),
    ({"allowed_origins": ("example.com",), "origin": "https://EXAMPLE.com:8080"}, None, None, None),
]


@pytest.mark.parametrize(("case", "pusher", "reverb", "soketi"), REFUSED)
def test_each_product_sends_away_its_own(case: dict[str, Any], pusher: Any, reverb: Any, soketi: Any) -> None:
    """The code, and whether the connection ends, are those of PROTOCOL.md 1.6."""
    assert [answer(one, **case) for one in (PUSHER, REVERB, SOKETI)] == [pusher, reverb, soketi]


@pytest.mark.parametrize(
    ("origin", "patterns", "is_welcome"),
    [
        ("https://a.example.com", ("*.example.com",), True),
        ("https://example.com", ("*.example.com",), False),
        ("https://example.com.evil.example", ("example.com",), False),
        ("https://evil.example", ("example.com", "*"), True),
        ("null", ("example.com",), False),
        ("http://[", ("example.com",), False),
        ("https://a.example", ("[a-z].example", "?.example"), False),
        (None, ("*",), True),
        ("", ("example.*",), False),
        (None, (), False),
    ],
)
def test_an_origin_is_held_against_patterns_of_hosts(origin: str | None, patterns: Any, is_welcome: Any) -> None:
    """Only the star means anything but itself, the whole host has to fit, and no origin is nobody's host."""
    app = App("1001", KEY, "demo-secret", allowed_origins=patterns)

    assert Entrance(app, REVERB).is_welcome(origin) is is_welcome


def test_reverb_counts_subscribed_connections_only() -> None:
    """Idle ones fill the quota of the others (PROTOCOL.md 13)."""
    app, idle = App("1001", KEY, "demo-secret", max_connections=1), [ServerConnection("1.1", now=0.0)]

    assert Entrance(app, REVERB).check(KEY, "7", None, idle) == 7
    with pytest.raises(PeerError, match="1 connections are all that there may be"):
        Entrance(app, PUSHER).check(KEY, "7", None, idle)


def test_the_version_is_given_where_it_is_read() -> None:
    """Whoever does not look at it takes everybody for a client of today."""
    app = App("1001", KEY, "demo-secret")

    assert Entrance(app, PUSHER).check(KEY, "4", None, []) == 4
    assert Entrance(app, SOKETI).check(KEY, "4", None, []) == 7

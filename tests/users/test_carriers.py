"""What a request shows of a token, and where a login's answer holds it."""

from typing import Any

import pytest

from harness.config import LARAVEL, Csrf, Route
from harness.users.carriers import BY_TOKEN, Carrier, cookies_set
from harness.users.session import Answer

SPA = Carrier(csrf=Csrf())
LOGIN: Any = LARAVEL.login
HELD = "laravel_session=12%7Cabc; XSRF-TOKEN=a%3D"


@pytest.mark.parametrize(
    ("carrier", "token", "scheme", "headers"),
    [
        (BY_TOKEN, "1|x", "Bearer", {"Authorization": "Bearer 1|x"}),
        (BY_TOKEN, "1|x", "", {"Authorization": "1|x"}),
        (BY_TOKEN, None, "Bearer", {"Authorization": None}),
        (SPA, HELD, "bearer", {"Cookie": HELD, "X-XSRF-TOKEN": "a="}),
        (SPA, "made-up", "Bearer", {"Cookie": "made-up", "X-XSRF-TOKEN": None}),
        (SPA, None, "Bearer", {"Cookie": None, "X-XSRF-TOKEN": None}),
        (SPA, HELD, "Basic", {"Authorization": f"Basic {HELD}", "Cookie": None, "X-XSRF-TOKEN": None}),
    ],
)
def test_a_token_is_shown_as_it_travels(
    carrier: Carrier, token: str | None, scheme: str, headers: dict[str, str | None]
) -> None:
    """In one header or in two; what must not go along is named as such."""
    assert carrier.headers(token, scheme) == headers


def answered(data: Any = None, **cookies: str) -> Answer:
    """Make an answer to a login."""
    return Answer(act="a1", status=200, outcome="ok", data=data, cookies=cookies)


def test_a_token_stands_where_the_route_says() -> None:
    """And is none when it cannot be sent."""
    assert BY_TOKEN.token_of(answered({"token": "1|x"}), LOGIN, {}) == "1|x"
    assert BY_TOKEN.token_of(answered({"token": "a\nb"}), LOGIN, {}) == ""
    assert BY_TOKEN.token_of(answered({}, laravel_session="s"), LOGIN, {}) == ""


def test_a_session_is_all_cookies_of_a_login() -> None:
    """Those that were shown and not changed included; an answer that sets none gave none."""
    shown = SPA.headers("route=a; laravel_session=guest; XSRF-TOKEN=g")
    token = SPA.token_of(answered({"token": "no"}, laravel_session="s", **{"XSRF-TOKEN": "t"}), LOGIN, shown)
    assert token == "route=a; laravel_session=s; XSRF-TOKEN=t"
    assert SPA.token_of(answered({"token": "1|x"}), LOGIN, shown) == ""


def test_cookies_are_read_as_they_are_written() -> None:
    """Values stay encoded, what is taken back or has no name is left out."""
    lines = ["a=1%3D; Path=/; HttpOnly", "b=; path=/", "c=x; Max-Age=0", "nothing", "=y", 'd="q"']
    assert cookies_set(lines) == {"a": "1%3D", "d": '"q"'}


def test_words_for_what_is_missing() -> None:
    """A reader is told what should have come, and where."""
    assert (BY_TOKEN.what, BY_TOKEN.where(LOGIN), BY_TOKEN.where(None)) == ("a token", "token", "")
    assert (SPA.what, SPA.where(Route(method="POST", path="/login"))) == ("a session cookie", "Set-Cookie")

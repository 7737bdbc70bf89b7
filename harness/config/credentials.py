"""What a login gives, and what a request shows to be known again: a bearer token, or the cookies of a session."""

from typing import Final, Literal

import msgspec

from harness.config.document import Place

Authentication = Literal["bearer", "cookie"]

_METHODS: Final = ("GET", "POST", "HEAD")


class Csrf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    How a page proves that a request is its own: Laravel Sanctum's way, unless a table says otherwise.

    `request` is asked before a login ("" for none); the value of the `cookie` that it gives goes along in the `header`
    of every request, decoded.
    """

    request: str = "GET /sanctum/csrf-cookie"
    """Asked before a login, `""` for none."""
    cookie: str = "XSRF-TOKEN"
    """The cookie that it gives."""
    header: str = "X-XSRF-TOKEN"
    """The header in which the cookie's value goes back."""


SANCTUM: Final = Csrf()


def check_csrf(csrf: Csrf, place: Place) -> None:
    """Raise `UsageError` for a request that is none, and for a name that cannot stand in a header."""
    method, _, path = csrf.request.partition(" ")
    if csrf.request and (method not in _METHODS or not path.startswith("/") or " " in path):
        raise place.below("request").error(
            f'is {csrf.request!r}; write a method and a path, for example "{SANCTUM.request}", or "" for none'
        )
    for key in ("cookie", "header"):
        name = getattr(csrf, key)
        if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
            raise place.below(key).error(f"is {name!r}, which is no name; Laravel's is {getattr(SANCTUM, key)!r}")

"""
How a credential travels: as a bearer token, or as the cookies of a session beside a CSRF value.

Whatever it is, a person holds it as one text, the *token*. In cookie mode that is the whole Cookie header, so that
everything that counts, lends and ends tokens knows nothing of cookies.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import msgspec

from harness.config import Contract, Csrf, Route
from harness.users.reading import sendable

if TYPE_CHECKING:
    from harness.users.session import Answer, Session

BEARER: Final = "Bearer"
COOKIE: Final = "a session cookie"
_ASKING: Final = "get a CSRF cookie"


class Carrier(msgspec.Struct, frozen=True, kw_only=True):
    """Puts tokens into requests and takes them out of answers; without `csrf` they are bearer tokens."""

    csrf: Csrf | None = None

    def headers(self, token: str | None, scheme: str = BEARER) -> dict[str, str | None]:
        """
        Give the headers that show a token, and None for those that must not stand there; no token shows nothing.

        Under another `scheme` than Bearer it is shown in the Authorization header, whatever it is.
        """
        shown = {"Authorization": None if token is None else f"{scheme} {token}".strip()}
        if self.csrf is None:
            return shown
        if token is not None and scheme.lower() != BEARER.lower():
            return {**shown, "Cookie": None, self.csrf.header: None}
        value = _cookies(token or "").get(self.csrf.cookie)
        return {"Cookie": token, self.csrf.header: None if value is None else unquote(value)}

    @property
    def what(self) -> str:
        """What a login should give, in words."""
        return "a token" if self.csrf is None else "a session cookie"

    def where(self, route: Route | None) -> str:
        """Say where in the answer to a login it stands."""
        return "Set-Cookie" if self.csrf is not None else route.token if route else ""

    async def introduced(self, session: "Session") -> dict[str, str | None]:
        """Give the headers by which somebody who has no token yet may log in, asking for them where that is due."""
        if self.csrf is None or not self.csrf.request:
            return {}
        method, _, path = self.csrf.request.partition(" ")
        answer = await session.ask(_ASKING, method, path, headers=self.headers(None))
        return self.headers(written(answer.cookies))

    def token_of(self, answer: "Answer", route: Route, shown: Mapping[str, str | None]) -> str:
        """Take the token out of the answer to a login that `shown` went along with; "" when it holds none."""
        if self.csrf is None:
            return sendable(answer.at(route.token))
        return sendable(written(_cookies(shown.get("Cookie") or "") | answer.cookies)) if answer.cookies else ""


BY_TOKEN: Final = Carrier()
"""What carries bearer tokens."""


def carrier_of(contract: Contract) -> Carrier:
    """Give what carries the credentials of a contract."""
    return Carrier(csrf=contract.csrf if contract.authentication == "cookie" else None)


def cookies_set(lines: list[str]) -> dict[str, str]:
    """Read Set-Cookie lines: the values by name, as they were written; one that is taken back is not there."""
    found = {}
    for line in lines:
        pair, *attributes = (part.strip() for part in line.split(";"))
        name, equals, value = pair.partition("=")
        is_over = any(one.lower().replace(" ", "") == "max-age=0" for one in attributes)
        if equals and name and value and not is_over:
            found[name] = value
    return found


def _cookies(header: str) -> dict[str, str]:
    pairs = (one.strip().partition("=") for one in header.split(";"))
    return {name: value for name, equals, value in pairs if equals}


def written(cookies: Mapping[str, str]) -> str:
    """Write cookies as a Cookie header has them."""
    return "; ".join(f"{name}={value}" for name, value in cookies.items())

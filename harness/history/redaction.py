"""
Take secrets out of everything that is kept: by place first, by value for values of 12 characters or more.

Secret are tokens, passwords, app secrets, session cookies and signatures; the app key is not (DESIGN.md, section 4).
A signature keeps its last four characters, so that two of them can be told apart.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote

LIMIT = 20_000
"""Characters of a frame or an answer that are kept."""

_SHORTEST = 12
_HIDDEN = "…"
_NAMES = "token|access_token|plainTextToken|password|password_confirmation|secret|shared_secret|remember_token"
_PLACES = (
    # A member of a JSON object, up to its closing quote or the end of a text that was cut.
    re.compile(rf'"(?P<name>{_NAMES})"\s*:\s*"(?P<value>(?:[^"\\]|\\.)+)', re.IGNORECASE | re.DOTALL),
    # The same inside a JSON string, as the data of a frame is.
    re.compile(
        rf'\\"(?P<name>{_NAMES})\\"\s*:\s*\\"(?P<value>(?:[^"\\]|\\[^"\\]|\\\\(?:\\.|[^"\\]))+)',
        re.IGNORECASE | re.DOTALL,
    ),
    # Deeper still: up to the next quote.
    re.compile(rf'(?<!\\)\\{{3,}}"(?P<name>{_NAMES})\\{{3,}}"\s*:\s*\\{{3,}}"(?P<value>[^"]+)', re.IGNORECASE),
    # A member of a dictionary, as a failed assertion of Python's shows it.
    re.compile(rf"'(?P<name>{_NAMES})'\s*:\s*'(?P<value>(?:[^'\\]|\\.)+)", re.IGNORECASE | re.DOTALL),
    # A field of a form or of a query.
    re.compile(rf"(?:^|[?&;\s])(?P<name>{_NAMES})=(?P<value>[^&;\s\"']+)", re.IGNORECASE),
    re.compile(r"(?P<name>Bearer) (?P<value>[^\s\"'\\]+)", re.IGNORECASE),
    re.compile(r"(?P<name>Cookie): ?[^=;\s]+=(?P<value>[^\r\n\"]+)", re.IGNORECASE),
)
_WORDS = ("token", "password", "secret", "bearer", "cookie")
"""Without one of these no place can be in a text: most frames are spared the search."""
_SIGNATURE = re.compile(r"(?P<value>[0-9a-fA-F]{60,})[0-9a-fA-F]{4}")
_KINDS = {
    "token": "",
    "password": "a password",
    "password_confirmation": "a password",
    "secret": "a secret",
    "shared_secret": "a secret",
    "cookie": "a session cookie",
}
"""What stands at a place, by its name in lower case; a bearer token at all others, and a `token` may be of any kind."""


class Secret(NamedTuple):
    """
    What was taken out of a text, never the value: `what` it is, and `whose` as far as somebody said.

    `is_known` tells that somebody named this very value; any other looks like a secret by its place only.
    """

    what: str
    whose: str = ""
    is_known: bool = False


class Shown(NamedTuple):
    """A text without its secrets, and what they were, signatures left aside; each is listed once, in no order."""

    text: str
    secrets: frozenset[Secret]


_NONE: frozenset[Secret] = frozenset()
_A_SIGNATURE = Secret("")


class Redactor:
    """Knows the secrets of one run; `hide` is safe to call with text of any origin and size."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._values: dict[str, Secret] = {}
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str, what: str = "a secret", whose: str = "") -> None:
        """
        Hide this value from now on, wherever it stands; shorter ones are hidden by their place only.

        `what` and `whose` are told of it when it is found (`look`); of a value that is known, what was said first.
        """
        if len(secret) >= _SHORTEST and secret not in self._values:
            kind = Secret(what, whose, is_known=True)
            self._values |= dict.fromkeys(_spellings(secret), kind)

    def hide(self, text: str, *, limit: int = LIMIT) -> str:
        """Give the text without secrets, cut at `limit` characters."""
        return self.look(text, limit=limit).text

    def look(self, text: str, *, limit: int = LIMIT) -> Shown:
        """Give the text without secrets, cut at `limit` characters, and say what was taken out."""
        # What lies beyond the limit is looked at too: a secret that straddles it would be known by its whole only.
        looked_at = text[: limit + LIMIT]
        pieces: list[str] = []
        position, secrets = 0, _NONE
        for start, end, kind in sorted(self._spans(looked_at)):
            secrets = secrets | {kind} if kind.what else secrets
            if start >= limit:
                continue
            if start >= position:
                pieces += [looked_at[position:start], _HIDDEN]
            position = max(position, end)
        return Shown("".join([*pieces, looked_at[position:limit]]), secrets)

    def _spans(self, text: str) -> Iterator[tuple[int, int, Secret]]:
        """Find every secret in the text; spans may overlap, then all of it is hidden."""
        # One by one: cheaper than an alternation of hundreds, which would have to be compiled anew for each.
        for value, kind in self._values.items():
            start = text.find(value)
            while start >= 0:
                yield start, start + len(value), kind
                start = text.find(value, start + 1)
        lowered = text.lower()
        for place in _PLACES if any(word in lowered for word in _WORDS) else ():
            for match in place.finditer(text):
                yield *match.span("value"), Secret(_KINDS.get(match["name"].lower(), "a bearer token"))
        for match in _SIGNATURE.finditer(text):
            yield *match.span("value"), _A_SIGNATURE


def _spellings(secret: str) -> set[str]:
    """Give a value as it may stand in a text: as it is, in a URL, in JSON, in PHP's, in either inside a JSON string."""
    written = {secret, json.dumps(secret, ensure_ascii=False)[1:-1], json.dumps(secret)[1:-1]}
    written |= {spelling.replace("/", "\\/") for spelling in written}
    in_url = quote(secret, safe="", errors="replace")
    return written | {json.dumps(spelling, ensure_ascii=False)[1:-1] for spelling in written} | {in_url}

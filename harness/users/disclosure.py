"""
What stands in a frame or an answer that must not: credentials, hashes, addresses of other people, stack traces.

Looked for before secrets are taken out, since nobody can tell afterwards; only what it was is kept, never the value.
What people typed is nobody's disclosure: the text of a message is left out, and so is what a client event says.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from harness.config import EventShape, Person
from harness.history.redaction import LIMIT, Redactor, Secret
from harness.protocol.messages import Frame, decode_data

ADDRESS: Final = "an e-mail address of somebody else"
TOKEN: Final = "a bearer token"  # noqa: S105  the word for one
HASH: Final = "a password hash"
TRACE: Final = "a stack trace"

_GIVING: Final = frozenset({"log in", "register"})
"""What is asked for to get a token."""
_OF_ONESELF: Final = _GIVING | {"ask who this is"}
"""What tells of whoever asks, whose address is theirs."""
_FREE: Final = frozenset({"get", "post"})
"""Requests of a test's own: whether addresses belong there only its author can know."""
_FIRST_ERROR: Final = 400
_LOOKED_AT: Final = 2 * LIMIT
"""Characters of a frame or an answer that are looked at."""

_HASH = re.compile(r"\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}|\$argon2(?:id|i|d)\$v=\d+\$|\bpbkdf2_sha\d{1,3}\$\d+\$")
_TOKEN = re.compile(r"(?<![\w|])\d{1,19}\|[A-Za-z0-9]{40,}")
"""A token as Laravel Sanctum writes it: its id, a bar, and its secret."""
_ADDRESS = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")
_TRACE = re.compile(
    r'"trace"\s*:\s*\[\s*\{'  # Laravel's JSON with APP_DEBUG
    r"|#0 [^\s(]{1,300}\(\d+\)"  # PHP
    r"|Stack trace:|Whoops, looks like something went wrong|<title>[^<]{0,300}Ignition|window\.ignite"
    r"| in <b>[^<]{1,300}\.php</b> on line "
    r"|Traceback \(most recent call last\)|You're seeing this error because you have|class=\"debugger\""
    r"|(?:\n|\\n)[ \t]{1,40}at [^\n(]{1,200}\([^\n)]{1,300}:\d+:\d+\)"  # JavaScript
)


class Exposure(msgspec.Struct, frozen=True):
    """What should not stand where it stood, and whose it is as far as known."""

    what: str
    whose: str = ""


class Watch:
    """
    Looks at the frames and the answers of one worker; `people` are those whose addresses are known, by name.

    Of a long text the first 40,000 characters are looked at.
    """

    def __init__(self, shape: EventShape, redactor: Redactor, people: Mapping[str, Person] | None = None) -> None:
        self._messages = shape.names
        self._typed = shape.text.rpartition(".")[2]
        self._redactor = redactor
        self._people: Mapping[str, Person] = {} if people is None else people

    def in_frame(self, text: str, secrets: frozenset[Secret], frame: Frame | None) -> tuple[Exposure, ...]:
        """
        List what stands in the text of a frame, of which the redactor took out these `secrets`.

        The addresses of all people of ours are listed: who receives the frame knows which of them is their own.
        """
        if not _may_hold_any(text, secrets):
            return ()  # nearly every frame
        if frame is not None and frame.event.startswith("client-"):
            return ()
        if frame is not None:
            text, secrets = self._untyped(frame.data, text)
        addresses = _addresses(text)
        found = [*_of_secrets(secrets), *_of_patterns(text)]
        found += [Exposure(ADDRESS, whose) for whose in self._named(addresses)]
        if frame is not None and frame.event in self._messages:
            ours = {person.email.lower() for person in self._people.values()}
            found += [Exposure(ADDRESS)] if addresses - ours else []
        return _distinct(found)

    def in_answer(
        self, text: str, secrets: frozenset[Secret], *, who: str, purpose: str, status: int
    ) -> tuple[Exposure, ...]:
        """List what stands in an answer to `who`, of which the redactor took out these `secrets`."""
        text = text[:_LOOKED_AT]
        found = [Exposure(TRACE)] if status >= _FIRST_ERROR and _TRACE.search(text) else []
        if not _may_hold_any(text, secrets):
            return tuple(found)
        data = _decoded(text)
        if data is not None:
            text, secrets = self._untyped(data, text)
        # By its place alone, anything in an answer may be what its reader asked for.
        found += [*_of_secrets(secret for secret in secrets if secret.is_known), *_of_patterns(text)]
        if purpose in _GIVING:
            found = [one for one in found if one.what != TOKEN]
        if purpose not in _OF_ONESELF and (purpose not in _FREE or status >= _FIRST_ERROR):
            found += [Exposure(ADDRESS, whose) for whose in self._named(_addresses(text)) if whose != who]
        return _distinct(found)

    def _untyped(self, data: Any, whole: str) -> tuple[str, frozenset[Secret]]:
        """Write data without what people typed, or the whole where it is nested too deep; say which secrets it has."""
        try:
            rest = json.dumps(_without(data, self._typed), ensure_ascii=False)
        except RecursionError:
            rest = whole
        return rest[:_LOOKED_AT], self._redactor.look(rest[:_LOOKED_AT]).secrets

    def _named(self, addresses: set[str]) -> list[str]:
        """Name the people of ours who have one of these addresses."""
        return [name for name, person in self._people.items() if person.email.lower() in addresses]


def _may_hold_any(text: str, secrets: frozenset[Secret]) -> bool:
    return bool(secrets) or "@" in text or "$" in text or "|" in text


def _of_secrets(secrets: Iterable[Secret]) -> list[Exposure]:
    return [Exposure(secret.what, secret.whose) for secret in secrets]


def _of_patterns(text: str) -> list[Exposure]:
    patterns = ((HASH, _HASH), (TOKEN, _TOKEN))
    return [Exposure(what) for what, pattern in patterns if pattern.search(text)]


def _addresses(text: str) -> set[str]:
    return {found[0].lower() for found in _ADDRESS.finditer(text)}


def _distinct(found: list[Exposure]) -> tuple[Exposure, ...]:
    """List each once, and a thing of nobody's only where it is not somebody's by the same word."""
    named = {one.what for one in found if one.whose}
    kept = {one for one in found if one.whose or one.what == ADDRESS or one.what not in named}
    return tuple(sorted(kept, key=lambda one: (one.what, one.whose)))


def _without(data: Any, name: str) -> Any:
    """Copy decoded JSON without the texts of members with this name; text that is JSON itself is looked into."""
    if isinstance(data, str):
        inner = decode_data(data) if data.startswith(("{", "[")) else data
        return data if isinstance(inner, str) else _without(inner, name)
    if isinstance(data, list):
        return [_without(item, name) for item in data]
    if isinstance(data, dict):
        return {key: _without(value, name) for key, value in data.items() if key != name or not isinstance(value, str)}
    return data


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None

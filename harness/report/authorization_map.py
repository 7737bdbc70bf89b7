"""
The authorization map: who was let in and who may publish, as a run observed it, in a form that two runs share.

Nothing in it changes from run to run while the target decides alike: channels are told by the pattern of their rule and
by whose they are to whoever asks, people by what they are to the channel. There are no ids, times or counts. It holds
observed decisions only, never what the rules would have, so that the maps of two builds can be laid side by side.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import msgspec

from harness.errors import UsageError
from harness.history.events import Credential, Event, HttpAnswered, MessageAnswered, MessageAsked, Persona
from harness.report.document import Report
from harness.report.stored import as_json, read_run

SCHEMA: Final = "realtime-authz-map/1"

FILE_NAME: Final = "authz-map.json"

Act = Literal["join", "publish"]

Decision = Literal["granted", "denied", "mixed", "error"]
"""
`granted`: a signature was given, or a message taken. `denied`: a 4xx without one. `error`: neither, a 5xx or a 200 that
holds no signature that verifies. `mixed`: of these more than one within a run.
"""

_SERVER_ERROR: Final = 500
_UNSAID: Final = {408, 429}
"""Statuses that say something about the moment and nothing about a right."""
_OF_A_SENDER: Final = {401, 403, 404}
"""Statuses that refuse whoever sends a message; the others refuse what is in it."""
_UNRECOGNISED: Final = 401


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    What was decided of one kind of person and one kind of channel.

    `pattern` is the shape of `HttpAnswered`; an empty `persona` is whoever it cannot be said of. `credential` is left
    out for a living token, `encoding` where every encoding that was tried came to the same. `saw` holds what is mixed.
    """

    pattern: str
    act: Act
    persona: Persona = ""
    credential: Credential = "live"
    encoding: str = ""
    decision: Decision
    saw: tuple[Decision, ...] = ()

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What a row is about, in the order of the file."""
        return self.pattern, self.act, self.persona, self.credential, self.encoding


class AuthorizationMap(msgspec.Struct, frozen=True, kw_only=True):
    """Every decision of a run: one row each, sorted."""

    schema: str = SCHEMA
    rows: tuple[Row, ...] = ()


class _About(NamedTuple):
    pattern: str
    act: Act
    persona: Persona
    credential: Credential


def map_of(events: Iterable[Event]) -> AuthorizationMap:
    """Draw the map of a run from its merged history; answers without a shape, as old histories hold, are left out."""
    found: dict[_About, dict[str, set[Decision]]] = defaultdict(lambda: defaultdict(set))
    for about, encoding, decision in _observed(events):
        found[about][encoding].add(decision)
    rows = [row for about, by_encoding in found.items() for row in _rows(about, by_encoding)]
    return AuthorizationMap(rows=tuple(sorted(rows, key=lambda row: row.key)))


def render(report: Report) -> bytes:
    """Write `authz-map.json`, a row a line, so that a line of a diff is a decision."""
    rows = b",\n    ".join(map(as_json, map_of(report.events).rows))
    listed = b"[\n    " + rows + b"\n  ]" if rows else b"[]"
    return b'{\n  "schema": ' + as_json(SCHEMA) + b',\n  "rows": ' + listed + b"\n}\n"


def read_map(path: Path) -> AuthorizationMap:
    """
    Read a map: its file, or the folder of a run; of a run without one it is drawn from the history.

    Raises `UsageError` that names what is missing, or what is no map that this version reads.
    """
    if os.path.isdir(path):  # noqa: PTH112 — says no to a name that is too long, where `Path.is_dir` raises
        file = path / FILE_NAME
        return _decoded(file) if file.exists() else map_of(read_run(path).events)
    return _decoded(path)


def _decoded(file: Path) -> AuthorizationMap:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}; name an {FILE_NAME}, or a run's folder") from None
    try:
        schema = msgspec.json.decode(content, type=dict[str, Any]).get("schema")
        if schema == SCHEMA:
            return msgspec.json.decode(content, type=AuthorizationMap)
    except ValueError as error:
        raise UsageError(f"{file} is no authorization map of {SCHEMA}: {error}") from None
    raise UsageError(f"{file} is of schema {schema!r}; this version reads {SCHEMA}")


def _observed(events: Iterable[Event]) -> Iterator[tuple[_About, str, Decision]]:
    asked: dict[tuple[str, str], MessageAsked] = {}
    for event in events:
        if isinstance(event, HttpAnswered):
            if decision := _joining(event):
                yield _About(event.shape, "join", event.persona, event.credential), event.encoding, decision
        elif isinstance(event, MessageAsked):
            asked[event.worker, event.act] = event
        elif isinstance(event, MessageAnswered):
            sent = asked.pop((event.worker, event.act), None)
            if sent and sent.shape and (decision := _publishing(event)):
                # Whoever the backend did not recognise says nothing of those whom it does.
                credential: Credential = "unknown" if event.status == _UNRECOGNISED else "live"
                yield _About(sent.shape, "publish", sent.persona, credential), "", decision


def _joining(answer: HttpAnswered) -> Decision | None:
    """Say what was decided; nothing for a socket id that is none, and where nobody answered."""
    if answer.purpose != "authorize" or not answer.shape or not answer.names_a_socket or answer.status is None:
        return None
    if answer.signature in ("valid", "unverifiable"):  # whatever the status says, it opens the channel
        return "granted"
    if answer.outcome == "refused":
        return None if answer.status in _UNSAID else "denied"
    return "error"


def _publishing(answer: MessageAnswered) -> Decision | None:
    if answer.outcome == "ok":
        return "granted"
    if answer.outcome == "refused":
        return "denied" if answer.status in _OF_A_SENDER else None
    return "error" if answer.status is not None and answer.status >= _SERVER_ERROR else None


def _rows(about: _About, by_encoding: dict[str, set[Decision]]) -> Iterator[Row]:
    """Give one row where all encodings agree, else one each."""
    if about.act == "publish":
        # A text may break a server for whoever wrote it: an error says who may only where nothing else does.
        by_encoding = {name: (saw - {"error"}) or saw for name, saw in by_encoding.items()}
    ways = list(by_encoding.values())
    agree = all(saw == ways[0] for saw in ways)
    for encoding, saw in ({"": ways[0]} if agree else by_encoding).items():
        several = tuple(sorted(saw)) if len(saw) > 1 else ()
        yield Row(
            pattern=about.pattern,
            act=about.act,
            persona=about.persona,
            credential=about.credential,
            encoding=encoding,
            decision="mixed" if several else next(iter(saw)),
            saw=several,
        )

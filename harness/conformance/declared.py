"""
Which servers are examined: ours in a dialect, a target of `realtime.toml`, or a server that is declared for this only.

`[conformance]` of `realtime.toml` names the project's list of known failures, and `[conformance.servers.NAME]` servers
without a backend, which the scenarios could not be run against.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec

from harness.config import Settings, TargetDeclaration, own_target, target_declaration
from harness.config.decoding import decoded
from harness.config.document import Document, expanded, read_document
from harness.config.environment import variables
from harness.config.targets import target_names
from harness.conformance.reference import examined
from harness.conformance.server import MAIN, NEEDS, Account, Server
from harness.errors import UsageError
from harness.protocol.dialects import DIALECTS

OURS: Final = "embedded"


class AppTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[conformance.servers.….apps.ROLE]`: another app of the server, which plays a role in the cases."""

    id: str
    """The id of the app."""
    key: str
    """Its public key."""
    secret: str = ""
    """Its secret, as `${NAME}`."""

    def __repr__(self) -> str:
        return f"AppTable({self.id!r})"


class ServerTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    `[conformance.servers.NAME]`: a server that runs already.

    `serves` lists what it is able to beyond its app's secret and API, such as `client_events`; `known` is its list of
    known failures, `without` names cases that are not tried, since they would end it.
    """

    url: str
    """Its address, `ws://…` or `wss://…`."""
    key: str
    """The public key of its main app."""
    app_id: str = ""
    """The id of that app, for the HTTP API."""
    secret: str = ""
    """The secret of that app, as `${NAME}`; without it, what must be signed is not exercised."""
    api_url: str = ""
    """The address of its HTTP API, where that is not `url` with http."""
    dialect: str = ""
    """The dialect by which it is measured; none asks for the specification alone."""
    serves: tuple[str, ...] = ()
    """What it is able to beyond its app's secret and API."""
    known: str = ""
    """Its list of known failures: a shipped one, a file or a folder."""
    without: tuple[str, ...] = ()
    """Cases that are not tried, as they would end it."""
    apps: dict[str, AppTable] = {}
    """Further apps by the role that they play; see that table."""

    def __repr__(self) -> str:
        return f"ServerTable({self.url!r})"


class ConformanceTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[conformance]`."""

    known: str = ""
    """The list of known failures of servers that name none."""
    servers: dict[str, Any] = {}
    """Servers by name; see that table."""


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """What a project declares for this command; `folder` is where its paths begin."""

    known: str = ""
    servers: dict[str, ServerTable] = {}
    folder: Path = Path()


def declared(settings: Settings) -> Declared:
    """Read `[conformance]`; raises `UsageError` for what is wrong with it. Variables are those of servers asked for."""
    document = read_document(settings.file) if settings.file else None
    if document is None or "conformance" not in document.table:
        return Declared(folder=settings.file.parent if settings.file else Path.cwd())
    place = document.place.below("conformance")
    table = decoded(document.table["conformance"], ConformanceTable, place)
    servers = {name: _server_table(document, name, one) for name, one in table.servers.items()}
    return Declared(known=table.known, servers=servers, folder=document.place.file.parent)


def _server_table(document: Document, name: str, table: Any) -> ServerTable:
    place = document.place.below(f"conformance.servers.{name}")
    found = decoded(table, ServerTable, place)
    for need in found.serves:
        if need not in NEEDS:
            raise place.below("serves").error(f"has {need!r}; allowed are {', '.join(NEEDS)}")
    if not found.url.startswith(("ws://", "wss://")) or "@" in found.url:
        raise place.below("url").error("is no address such as ws://localhost:6001")
    return found


@contextlib.contextmanager
def opened(asked: str, settings: Settings, project: Declared, *, dialect: str | None, folder: Path) -> Iterator[Server]:
    """
    Give the server that was asked for, which runs for as long as the block does where it is ours.

    `dialect` is what it is measured by instead of what is declared. Raises `UsageError` for what nobody declared.
    """
    name, colon, spoken = asked.partition(":")
    if colon and (name != OURS or spoken not in DIALECTS):
        dialects = ", ".join(f"{OURS}:{one}" for one in sorted(DIALECTS))
        raise UsageError(f"--target {asked!r} is no server; write the name of a target, or one of {dialects}")
    if name in project.servers:
        yield _of_table(name, project.servers[name], settings, dialect)
        return
    declaration = own_target(OURS, OURS) if colon else _of_target(name, settings, project)
    _check_usable(declaration)
    with examined(declaration, folder=folder, patience=settings.patience, dialect=spoken or dialect) as server:
        # Measured by another dialect than it speaks, it is like anybody else's.
        yield replace(server, dialect=dialect, is_ours=False) if spoken and dialect else server


def _check_usable(declaration: TargetDeclaration) -> None:
    """Raise `UsageError` for a target that may not be treated so, and for one that does not run yet."""
    name = declaration.name
    if declaration.production:
        raise UsageError(f"target {name!r} is production, where nobody may send what these cases do; examine a copy")
    if declaration.topology == "containers":
        raise UsageError(
            f"target {name!r} runs in containers, which are not started for this; let pytest start them: "
            f"realtime run --realtime-target={name} -k conformance"
        )


def _of_target(name: str, settings: Settings, project: Declared) -> TargetDeclaration:
    document = read_document(settings.file) if settings.file else None
    if name not in (known := target_names(document)):
        where = f" ({settings.file})" if settings.file else ""
        names = ", ".join(dict.fromkeys((*known, *project.servers, *(f"{OURS}:{one}" for one in sorted(DIALECTS)))))
        raise UsageError(f"{name!r} is no target and no server; known are {names}{where}")
    return target_declaration(msgspec.structs.replace(settings, target=name))


def _of_table(name: str, table: ServerTable, settings: Settings, dialect: str | None) -> Server:
    document = read_document(settings.file) if settings.file else None
    assert document is not None  # noqa: S101 - the table is from it
    place = document.place.below(f"conformance.servers.{name}")
    filled = decoded(expanded(msgspec.to_builtins(table), variables(), place), ServerTable, place)
    serves = set(filled.serves) | ({"secret", "api"} if filled.secret else set())
    apps = {MAIN: Account(filled.app_id, filled.key, filled.secret)}
    apps |= {role: Account(one.id, one.key, one.secret) for role, one in filled.apps.items()}
    url = filled.url.rstrip("/")
    api_url = filled.api_url.rstrip("/") or f"http{url.removeprefix('ws')}"
    return Server(name, url, api_url, dialect or filled.dialect, apps, frozenset(serves))

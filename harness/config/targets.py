"""From a target's table to its declaration; `embedded` and `containers` exist without a table."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

import msgspec

from harness.config.budgets import Budgets
from harness.config.capabilities import EVERYTHING, WRITE_ONLY, May
from harness.config.contract import FIELD_WORDS, LARAVEL, Contract, overridden
from harness.config.credentials import check_csrf
from harness.config.declarations import Backend, Broadcaster, Secrets, TargetDeclaration, Topology
from harness.config.decoding import decoded
from harness.config.document import Document, Place, expanded, referenced
from harness.config.lines import line_in
from harness.config.patterns import check_patterns, stand_ins
from harness.config.reference import own_target
from harness.config.services import Service, complaint, stages
from harness.config.tables import BackendTable, BroadcasterTable, ComposedTable, ContractTable, OwnTable, RemoteTable
from harness.config.transport import transport
from harness.errors import UsageError

BUILT_IN: Final[tuple[Topology, ...]] = ("embedded", "containers")
_TOPOLOGIES: Final = (*BUILT_IN, "remote")

S = TypeVar("S", May, Budgets)


def target_names(document: Document | None) -> tuple[str, ...]:
    """List the targets that exist: the built-in ones first, then those of the file in its order."""
    declared = _target_tables(document)
    return (*BUILT_IN, *(name for name in declared if name not in BUILT_IN))


def declared_target(name: str, document: Document | None, variables: Mapping[str, str]) -> TargetDeclaration:
    """
    Declare the target `name`, its `${VARIABLES}` filled in; the tables of other targets are not looked into.

    Raise `UsageError` when there is no such target or its table is wrong, with file, key and the allowed values.
    """
    known = target_names(document)
    if name not in known:
        where = f" ({document.place.file})" if document else ""
        raise UsageError(f"{name!r} is no target; known are {', '.join(known)}{where}")
    # Only this target's variables must be set: a run against `embedded` needs none of staging's.
    table = _target_tables(document).get(name)
    if document is None or table is None:
        return own_target(name, cast("Topology", name))
    place = document.place.below(f"targets.{name}")
    if not isinstance(table, dict):
        raise place.error("is no table")
    filled = expanded(table, variables, place)
    topology = _topology(name, filled, place)
    if topology == "remote":
        return _with_transport(_remote(name, filled, place), table, filled, variables, place)
    if "services" not in filled:
        return _own(name, filled, place)
    secrets = Secrets(tuple(sorted(referenced(table, variables))))
    return msgspec.structs.replace(_composed(name, filled, place), secrets=secrets)


def _target_tables(document: Document | None) -> dict[str, Any]:
    if document is None:
        return {}
    tables = document.table.get("targets", {})
    if not isinstance(tables, dict):
        raise document.place.below("targets").error("is no table; write [targets.NAME]")
    return tables


def _topology(name: str, table: dict[str, Any], place: Place) -> str:
    topology = table.setdefault("topology", name) if name in BUILT_IN else table.get("topology")
    allowed = (name,) if name in BUILT_IN else _TOPOLOGIES
    if topology is None:
        raise place.below("topology").error(f"is missing; allowed are {', '.join(allowed)}")
    if topology not in allowed:
        raise place.below("topology").error(f"is {topology!r}; allowed are {', '.join(allowed)}")
    return str(topology)


def _own(name: str, table: dict[str, Any], place: Place) -> TargetDeclaration:
    read = decoded(table, OwnTable, place)
    if read.backend.database != "sqlite" and read.topology != "containers":
        raise place.below("backend.database").error(
            f"is {read.backend.database!r}; the topology {read.topology} has sqlite, and containers any"
        )
    if read.broadcaster.nodes > 1 and read.topology != "containers":
        raise place.below("broadcaster.nodes").error(
            f"is {read.broadcaster.nodes}; the topology {read.topology} has one, and containers several"
        )
    if read.broadcaster.activity_timeout is not None and read.topology != "embedded":
        raise place.below("broadcaster.activity_timeout").error("is for the topology embedded")
    plain = own_target(name, read.topology)
    return msgspec.structs.replace(
        plain,
        backend=msgspec.structs.replace(
            plain.backend,
            revokes=read.backend.revokes,
            database=read.backend.database,
            contract=msgspec.structs.replace(plain.backend.contract, authentication=read.backend.authentication),
        ),
        broadcaster=Broadcaster(
            dialect=read.broadcaster.dialect,
            nodes=read.broadcaster.nodes,
            activity_timeout=read.broadcaster.activity_timeout or 0.0,
        ),
        may=_laid_over(plain.may, read.may, place.below("may")),
        budgets=_laid_over(plain.budgets, read.budgets, place.below("budgets")),
    )


def _remote(name: str, table: dict[str, Any], place: Place) -> TargetDeclaration:
    read = decoded(table, RemoteTable, place)
    backend = _backend(read.backend, place.below("backend"))
    broadcaster = _broadcaster(read.broadcaster, place.below("broadcaster"))
    declared = _declared(name, table, read, place, backend)
    if read.seed and read.cast:
        raise place.below("seed").error("stands beside [[cast]]; a cast is declared, or made by a command")
    return msgspec.structs.replace(
        declared, broadcaster=broadcaster, production=read.production, seed=read.seed, folder=str(place.file.parent)
    )


def _with_transport(
    declared: TargetDeclaration,
    table: dict[str, Any],
    filled: dict[str, Any],
    variables: Mapping[str, str],
    place: Place,
) -> TargetDeclaration:
    """Say how the servers of a remote target are reached; `table` is as the file has it, with its variables."""
    read = decoded(filled, RemoteTable, place)
    backend, broadcaster = place.below("backend"), place.below("broadcaster")
    ways = (
        transport(read.backend, table["backend"], variables, backend, url=declared.backend.url),
        transport(read.broadcaster, table["broadcaster"], variables, broadcaster, url=declared.broadcaster.url),
    )
    return msgspec.structs.replace(
        declared,
        backend=msgspec.structs.replace(declared.backend, transport=ways[0]),
        broadcaster=msgspec.structs.replace(declared.broadcaster, transport=ways[1]),
    )


def _composed(name: str, table: dict[str, Any], place: Place) -> TargetDeclaration:
    """Declare a stack of somebody's own images; everything of it is allowed, it is gone in the end."""
    if table["topology"] != "containers":
        raise place.below("services").error("are for the topology containers")
    read = decoded(table, ComposedTable, place)
    roles = {"backend": read.backend.service, "broadcaster": read.broadcaster.service}
    _check_services(read.services, roles, place)
    hers = read.broadcaster
    broadcaster = Broadcaster(dialect=hers.dialect, app_id=hers.app_id, key=hers.key, secret=hers.secret)
    backend = msgspec.structs.replace(_contracted(read.backend, place.below("backend")), url=read.backend.prefix)
    return msgspec.structs.replace(
        _declared(name, table, read, place, backend),
        broadcaster=broadcaster,
        may=_laid_over(EVERYTHING, read.may, place.below("may")),
        services=read.services,
        roles=roles,
        folder=str(place.file.parent),
    )


def _check_services(services: dict[str, Service], roles: dict[str, str], place: Place) -> None:
    for role, service in roles.items():
        here = place.below(f"{role}.service")
        if service not in services:
            raise here.error(f"is {service!r}; the services are {', '.join(services) or 'none'}")
        if services[service].port is None:
            raise place.below(f"services.{service}.port").error(f"is missing, and the {role} must be reached")
    for service, declared in services.items():
        key, sentence = complaint(service, declared, services)
        if sentence:
            raise place.below(f"services.{service}.{key}").error(sentence)
    try:
        stages(services)
    except UsageError as error:
        raise place.below("services").error(str(error).removeprefix("services ")) from None


def _declared(
    name: str, table: dict[str, Any], read: RemoteTable | ComposedTable, place: Place, backend: Backend
) -> TargetDeclaration:
    """Declare what every stack that is not ours says about itself: people, channels, grants, budgets."""
    _distinct([rule.name for rule in read.channels], place.below("channels"), "the name")
    _distinct([person.name for person in read.cast], place.below("cast"), "the name")
    if "channels" in table:
        is_open = bool(getattr(read, "seed", ()) or backend.adapter)
        check_patterns(
            read.channels,
            stand_ins(read.cast, read.world, backend.contract, is_open=is_open),
            lambda index, sentence: _pattern_place(place, name, index).error(sentence),
        )
    return TargetDeclaration(
        name=name,
        topology=read.topology,
        backend=backend,
        broadcaster=Broadcaster(),
        channels=read.channels,
        cast=read.cast,
        world=read.world,
        may=_laid_over(WRITE_ONLY, read.may, place.below("may")),
        budgets=_laid_over(Budgets(), read.budgets, place.below("budgets")),
    )


def _pattern_place(place: Place, name: str, index: int) -> Place:
    """Name the pattern of a target's n-th rule, with its line, which only a complaint is worth looking for."""
    outer = place.key.removesuffix(f"targets.{name}").rstrip(".")
    line = line_in(place.file, *filter(None, outer.split(".")), "targets", name, "channels", index, "pattern")
    return replace(place.below(f"channels[{index}].pattern"), line=line)


def _laid_over(default: S, table: dict[str, Any], place: Place) -> S:
    return decoded({**msgspec.structs.asdict(default), **table}, type(default), place)


def _distinct(found: list[str], place: Place, what: str) -> None:
    for one in found:
        if found.count(one) > 1:
            raise place.error(f"have {what} {one!r} twice; each may stand once")


def _backend(table: BackendTable, place: Place) -> Backend:
    url = _url(table.url, ("http", "https"), place.below("url"))
    return msgspec.structs.replace(_contracted(table, place), url=url, adapter=table.adapter)


def _contracted(table: ContractTable, place: Place) -> Backend:
    routes = {}
    for name in FIELD_WORDS:
        route, override = getattr(LARAVEL, name), getattr(table, name)
        try:
            routes[name] = route if override is None else overridden(name, route, table=override)
        except UsageError as error:
            raise place.below(name).error(str(error)) from None
    check_csrf(table.csrf, place.below("csrf"))
    contract = Contract(
        **routes, event=table.event, ability=table.ability, authentication=table.authentication, csrf=table.csrf
    )
    return Backend(contract=contract, publishes=table.publishes, revokes=table.revokes, login_limit=table.login_limit)


def _broadcaster(table: BroadcasterTable, place: Place) -> Broadcaster:
    if bool(table.url) == bool(table.urls):
        found = "is missing; write it" if not table.url else "stands beside urls; write one of both"
        raise place.below("url").error(f'{found}, or urls = ["wss://…", …] for several nodes of one broadcaster')
    schemes = ("ws", "wss")
    nodes = [_url(one, schemes, place.below(f"urls[{index}]")) for index, one in enumerate(table.urls)]
    url, *others = nodes or [_url(table.url, schemes, place.below("url"))]
    api = _url(table.api_url, ("http", "https"), place.below("api_url")) if table.api_url else f"http{url[2:]}"
    return Broadcaster(
        url=url,
        api_url=api,
        dialect=table.dialect,
        app_id=table.app_id,
        key=table.key,
        secret=table.secret,
        nodes=1 + len(others),
        other_urls=tuple(others),
    )


def _url(text: str, schemes: tuple[str, ...], place: Place) -> str:
    """Check an address and drop its trailing slash; one that carries a password would end in logs and is refused."""
    if "@" in text:
        raise place.error("carries a user name or password, which an address must not")
    try:
        parts = urlsplit(text)
        usable = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or "?" in text or "#" in text:
        example = f"{schemes[-1]}://host.example.com"
        raise place.error(f"is {text!r}; write an address such as {example!r} ({' or '.join(schemes)}, no query)")
    return text.rstrip("/")

"""
docs/reference.md out of the code: options, tables of realtime.toml, markers, fixtures, commands, findings.

    python -m tests.reference        writes it anew

What is said there is said where the code says it: in docstrings, help texts and the lists that the plugin itself reads.
"""

import ast
import inspect
import json
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import click
import msgspec

from harness import cli, fixtures
from harness.checkers.observations import OBSERVATIONS
from harness.commands.exits import Exit
from harness.config import CAPABILITIES, FIELD_WORDS, TIERS, Budgets, May, tables
from harness.config.credentials import Csrf
from harness.config.declarations import ChannelRule, Person, World
from harness.config.services import Ready, Service
from harness.config.settings import TOP_LEVEL
from harness.config.transport import Tls
from harness.conformance.declared import AppTable, ConformanceTable, ServerTable
from harness.plugin.options import HELP, MARKERS
from harness.protocol.dialects import DIALECTS

PAGE: Final = Path(__file__).parents[1] / "docs" / "reference.md"

_TABLES: Final[tuple[tuple[str, type[msgspec.Struct]], ...]] = (
    ("[targets.NAME], topology embedded or containers", tables.OwnTable),
    ("[targets.NAME.backend] of our own stack", tables.OwnBackendTable),
    ("[targets.NAME.broadcaster] of our own stack", tables.OwnBroadcasterTable),
    ("[targets.NAME], topology remote", tables.RemoteTable),
    ("[targets.NAME.backend], remote", tables.BackendTable),
    ("[targets.NAME.broadcaster], remote", tables.BroadcasterTable),
    ("[targets.NAME.backend], of your own images", tables.BackendOfServiceTable),
    ("[targets.NAME.broadcaster], of your own images", tables.BroadcasterOfServiceTable),
    ("[targets.NAME], topology containers, of your own images", tables.ComposedTable),
    ("[targets.NAME.services.SERVICE]", Service),
    ("ready of a service", Ready),
    ("a route: login, send, …", tables.RouteTable),
    ("event", tables.EventShape),
    ("csrf", Csrf),
    ("tls", Tls),
    ("[[targets.NAME.channels]]", ChannelRule),
    ("[[targets.NAME.cast]]", Person),
    ("[targets.NAME.world]", World),
    ("[targets.NAME.may]", May),
    ("[targets.NAME.budgets]", Budgets),
    ("[conformance]", ConformanceTable),
    ("[conformance.servers.NAME]", ServerTable),
    ("[conformance.servers.NAME.apps.ROLE]", AppTable),
)


_KINDS: Final = {str: "text", int: "whole number", float: "number", bool: "`true` or `false`", Any: "anything"}


def page() -> str:
    """Give the whole page."""
    parts = [
        "# Reference",
        "Written by `python -m tests.reference` out of the code; a test compares both.",
        *_options(),
        *_toml(),
        *_words(),
        *_fixtures(),
        *_commands(),
        *_observations(),
    ]
    return "\n\n".join(parts) + "\n"


def _options() -> Iterator[str]:
    yield "## Options"
    yield "The nearest wins: option, then environment, then ini file, then `realtime.toml`, then default."
    rows = (
        (f"`--realtime-{name}`", f"`REALTIME_{name.upper()}`", f"`realtime_{name}`", text)
        for name, text in HELP.items()
    )
    yield _table(("option", "environment", "ini", "is"), rows)
    yield "`realtime_scenarios = true` in an ini file adds the shipped scenarios to what is collected."


def _toml() -> Iterator[str]:
    yield "## realtime.toml"
    yield f"Top level: {_listed(TOP_LEVEL)}. `${{NAME}}` in any text is a variable: the environment's, or `env_file`'s."
    for title, struct in _TABLES:
        yield f"### {title}"
        yield _first_paragraph(struct)
        said = _said_of_members(struct)
        rows = (
            (f"`{field.encode_name}`", _type(field.type), _default(field), said.get(field.name, ""))
            for field in msgspec.structs.fields(struct)
        )
        yield _table(("key", "takes", "default", "is"), rows)
    yield "### The words for fields of a route"
    yield _table(("route", "words"), ((f"`{name}`", _listed(words)) for name, words in FIELD_WORDS.items()))


def _words() -> Iterator[str]:
    yield "## Words"
    yield f"Capabilities (`needs`, `--realtime-require`, `may`): {_listed(CAPABILITIES)}."
    yield f"Tiers: {_listed(TIERS)}. Dialects that our broadcaster speaks: {_listed(DIALECTS)}."
    yield "Markers:"
    yield _table(
        ("marker", "is"), ((f"`{marker.partition(': ')[0]}`", marker.partition(": ")[2]) for marker in MARKERS)
    )
    yield "Exit codes of the command:"
    yield _table(("code", "is"), ((str(int(code)), code.name.lower()) for code in Exit))


def _fixtures() -> Iterator[str]:
    yield "## Fixtures"
    found = {name: getattr(fixtures, name) for name in fixtures.NAMES}
    rows = ((f"`{name}`", _flat(inspect.getdoc(inspect.unwrap(_function(one))) or "")) for name, one in found.items())
    yield _table(("fixture", "is"), rows)


def _commands() -> Iterator[str]:
    yield "## Commands"
    # As when it is called: what a command has found out of its help option there, it keeps.
    context = click.Context(cli.main, info_name="realtime", **cli.main.context_settings)
    for name in cli.COMMANDS:
        command = cli.main.get_command(context, name)
        assert command is not None
        settings = {**command.context_settings, "terminal_width": 100, "max_content_width": 100}
        own = click.Context(command, info_name=name, parent=context, **settings)
        yield f"### realtime {name}"
        yield "```text\n" + command.get_help(own).rstrip() + "\n```"


def _observations() -> Iterator[str]:
    yield "## Findings"
    yield "What a finding can state, its class, and the ids of the catalogue of defects that would look like this."
    known = OBSERVATIONS.values()
    rows = ((f"`{one.id}`", str(one.kind), one.says, " ".join(one.suspects)) for one in known)
    yield _table(("observation", "class", "says", "suspects"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _flat(text: str) -> str:
    return " ".join(text.split())


def _first_paragraph(struct: type) -> str:
    return _flat((inspect.getdoc(struct) or "").partition("\n\n")[0])


def _said_of_members(struct: type) -> dict[str, str]:
    """Give what the strings behind the members of a class, and of those that it is derived from, say about them."""
    said: dict[str, str] = {}
    for kind in reversed([one for one in struct.__mro__ if one.__module__.startswith("harness.")]):
        (body,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
        assert isinstance(body, ast.ClassDef)
        for member, after in zip(body.body, body.body[1:], strict=False):
            if isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name) and _is_text(after):
                said[member.target.id] = _flat(after.value.value)  # type: ignore[attr-defined]
    return said


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _type(kind: Any) -> str:
    """Say what may be written there."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _type(parts[0])
    if origin is Literal:
        return " or ".join(f"`{json.dumps(part)}`" for part in parts)
    if origin in (Union, UnionType):
        return " or ".join(_type(part) for part in parts if part is not NoneType)
    if origin in (tuple, list):
        return f"list of {_type(parts[0])}"
    if origin is dict or kind is dict or (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return "table"
    return _KINDS.get(kind, str(getattr(kind, "__name__", kind)))


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    if isinstance(value, msgspec.Struct | tuple | dict):
        return "see there" if value else ""
    return "" if value in (None, "") else f"`{json.dumps(value)}`"


def _function(fixture: Any) -> Any:
    return getattr(fixture, "__wrapped__", None) or getattr(fixture, "_fixture_function", fixture)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(Path.cwd())}")

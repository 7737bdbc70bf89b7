"""
Lists of known failures: what a server does wrong, and is known to, so that a gate asks for nothing new only.

A list is TOML: `"3.2.1" = "the reason"`, and `"3.2.*" = "the reason"` for several cases at once. What stands below
`[ends_the_server]` is not even tried: nothing could be said of the cases behind it. Shipped lists are named
`SERVER-VERSION`; a project keeps its own in a file, or in a folder with one file a target.
"""

import tomllib
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import msgspec

from harness.conformance.matrix import Cell, Column, in_order
from harness.errors import UsageError

_WILD: Final = "*?["
_ENDS: Final = "ends_the_server"


class KnownFailures(msgspec.Struct, frozen=True, kw_only=True):
    """
    Reasons by the id or pattern of the cases that fail; `name` says which list it is.

    `ends` are those of cases that are not tried, since they end the server.
    """

    name: str
    reasons: dict[str, str] = {}
    ends: dict[str, str] = {}

    def entry(self, case: str) -> str:
        """Give the entry that names a case, the exact one first; empty when none does."""
        if case in self.reasons:
            return case
        return next((one for one in self.reasons if fnmatchcase(case, one)), "")


NOTHING: Final = KnownFailures(name="")


def shipped() -> list[str]:
    """Name the lists that we ship."""
    return sorted(one.name.removesuffix(".toml") for one in _folder().iterdir() if one.name.endswith(".toml"))


def known_failures(asked: str, target: str, cases: Iterable[str], *, start: Path) -> KnownFailures:
    """
    Read the list that was asked for: the name of a shipped one, a file, or a folder with a file `TARGET.toml`.

    A folder without that file has no known failures of the target. Raises `UsageError` for what does not exist, an
    entry that names no case, and one without a reason.
    """
    if asked in shipped():
        return checked(asked, (_folder() / f"{asked}.toml").read_text("utf-8"), cases)
    path = start / asked
    if path.is_dir():
        path = path / f"{target}.toml"
        if not path.is_file():
            return KnownFailures(name=str(path))
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        names = ", ".join(shipped())
        raise UsageError(
            f"known failures {asked!r}: {error.strerror}; name a file, a folder, or one of {names}"
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no text in UTF-8: {error.reason}") from error
    return checked(str(path), text, cases)


def checked(name: str, text: str, cases: Iterable[str]) -> KnownFailures:
    """Read a list and hold it against the cases that exist; raises `UsageError` as `known_failures` does."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{name} is no TOML: {error}") from error
    ends = table.pop(_ENDS, {})
    if not isinstance(ends, dict):
        raise UsageError(f"{name}: {_ENDS} is no table; write [{_ENDS}] behind the other entries")
    ids = set(cases)
    for entry, reason in (*table.items(), *ends.items()):
        _check(name, entry, reason, ids)
    return KnownFailures(name=name, reasons=table, ends=ends)


def _check(name: str, entry: str, reason: object, ids: set[str]) -> None:
    if isinstance(reason, Mapping):
        raise UsageError(f'{name}: [{entry}] is a table; write "{entry}.1" = "the reason", with its quotation marks')
    if not isinstance(reason, str) or not reason.strip():
        raise UsageError(f'{name}: {entry!r} has no reason; write "{entry}" = "why it fails"')
    if any(mark in entry for mark in _WILD):
        if not any(fnmatchcase(one, entry) for one in ids):
            raise UsageError(f"{name}: {entry!r} matches no case; `realtime conformance --list` shows them")
    elif entry not in ids:
        raise UsageError(f"{name}: {entry!r} is no case; `realtime conformance --list` shows them")


def laid_over(column: Column, known: KnownFailures) -> Column:
    """
    Say of each cell how it stands to the list.

    A pattern passes again when none of the cases that it covers here fails; it is told at the first of them.
    """
    if not known.reasons:
        return msgspec.structs.replace(column, known_list=known.name)
    covered: dict[str, list[str]] = {}
    for id_ in in_order(column.cells):
        if entry := known.entry(id_):
            covered.setdefault(entry, []).append(id_)
    cells = dict(column.cells)
    for entry, ids in covered.items():
        decided = [one for one in ids if cells[one].grade != "NOT EXERCISED"]
        failing = [one for one in decided if cells[one].grade == "FAILED"]
        for one in failing:
            cells[one] = _stands(cells[one], "known", known.reasons[entry])
        if decided and not failing:
            cells[decided[0]] = _stands(cells[decided[0]], "passes again", known.reasons[entry])
    return msgspec.structs.replace(column, cells=cells, known_list=known.name)


def _stands(cell: Cell, standing: str, reason: str) -> Cell:
    return msgspec.structs.replace(cell, standing=standing, reason=reason)


def _folder() -> Traversable:
    return files("harness.scenarios") / "conformance" / "known"

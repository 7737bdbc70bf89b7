"""Where a project declares its targets: `realtime.toml`, or `[tool.realtime]` in pyproject.toml."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from harness.errors import UsageError

FILE_NAME: Final = "realtime.toml"
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True)
class Place:
    """A table of a file, by its dotted name; what every complaint about a key begins with. A line 0 is not told."""

    file: Path
    key: str = ""
    line: int = 0

    def below(self, key: str) -> "Place":
        """Name a member of this table; an index such as `[0]` is joined without a dot."""
        joined = f"{self.key}{key}" if key.startswith("[") or not self.key else f"{self.key}.{key}"
        return Place(self.file, joined)

    def error(self, sentence: str) -> UsageError:
        """Make the error that says `sentence` about this place."""
        file = f"{self.file}:{self.line}" if self.line else str(self.file)
        return UsageError(f"{file}: {self.key or 'the file'} {sentence}")


@dataclass(frozen=True)
class Document:
    """One file's declarations, undecoded; its table may hold passwords and is kept out of the repr."""

    place: Place
    table: dict[str, Any] = field(repr=False)


def find_document(start: Path, root: Path) -> Document | None:
    """
    Look for declarations from `start` up to `root` or the repository's root, whichever comes first.

    The nearest folder that has any wins; a folder with both spellings is a `UsageError`, as is a file that is no TOML.
    """
    for folder in _folders(start.resolve(), root.resolve()):
        own, project = folder / FILE_NAME, folder / "pyproject.toml"
        embedded = read_document(project) if project.is_file() else None
        if own.is_file():
            if embedded:
                raise UsageError(f"{own} and [tool.realtime] in {project} both declare targets; keep one of them")
            return read_document(own)
        if embedded:
            return embedded
    return None


def read_document(file: Path) -> Document | None:
    """Read one file; `None` for a pyproject.toml without `[tool.realtime]`. Raise `UsageError` if it cannot be read."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError are both of it
        raise UsageError(f"{file} is no TOML: {error}") from error
    if file.name != "pyproject.toml":
        return Document(Place(file), content)
    tool = content.get("tool", {})
    table = tool.get("realtime") if isinstance(tool, dict) else None
    place = Place(file, "tool.realtime")
    if table is not None and not isinstance(table, dict):
        raise place.error("is no table")
    return None if table is None else Document(place, table)


def expanded(value: Any, variables: Mapping[str, str], place: Place) -> Any:
    """
    Replace every `${NAME}` in the texts of a table by the environment variable of that name.

    A variable that is unset or empty is a `UsageError` that names key and variable, never a value.
    """
    if isinstance(value, dict):
        return {key: expanded(member, variables, place.below(key)) for key, member in value.items()}
    if isinstance(value, list):
        return [expanded(member, variables, place.below(f"[{index}]")) for index, member in enumerate(value)]
    if not isinstance(value, str):
        return value

    def valued(reference: re.Match[str]) -> str:
        if found := variables.get(reference[1]):
            return found
        raise place.error(f"needs the environment variable {reference[1]}, which is not set or empty")

    return _VARIABLE.sub(valued, value)


def referenced(value: Any, variables: Mapping[str, str]) -> set[str]:
    """List the values of all variables that the texts of a table name: secrets, as often as not."""
    if isinstance(value, dict | list):
        members = value.values() if isinstance(value, dict) else value
        return set().union(*(referenced(member, variables) for member in members))
    found = _VARIABLE.findall(value) if isinstance(value, str) else []
    return {variables[name] for name in found if variables.get(name)}


def _folders(start: Path, root: Path) -> Iterator[Path]:
    inside = start == root or root in start.parents
    for folder in (start, *start.parents) if inside else (start, root):
        yield folder
        if inside and (folder == root or (folder / ".git").exists()):
            return

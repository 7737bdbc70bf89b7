"""
What servers did in the cases, as values: one column a server, one row a case, from which every report is made.

A stored matrix (`conformance.json`) is read strictly, since another run lays it beside its own.
"""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec

from harness.errors import UsageError

SCHEMA: Final = "realtime-conformance/1"

Word = Literal["OK", "DIALECT", "NON-STRICT", "INFORMATIONAL", "FAILED", "NOT EXERCISED"]
GRADES: Final[tuple[Word, ...]] = ("OK", "DIALECT", "NON-STRICT", "INFORMATIONAL", "FAILED", "NOT EXERCISED")
LETTERS: Final[dict[str, str]] = dict(zip(GRADES, ("O", "D", "N", "I", "F", "-"), strict=True))
"""How a grade is written where there is room for one character."""

SCHEMA_FILE: Final = Path(__file__).with_name("conformance.schema.json")
"""The published schema; a test keeps it equal to `schema_text()`."""

_MOST_BYTES: Final = 64 * 1024 * 1024

Standing = Literal["", "known", "passes again"]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What a server of some name is known to do in a case, and where that was read or seen."""

    behaviour: str
    source: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A case: what is done, what the specification asks for (nothing: it is silent), what is known of dialects."""

    id: str
    says: str
    expects: tuple[str, ...] = ()
    tolerates: tuple[str, ...] = ()
    known: dict[str, Source] = {}
    needs: tuple[str, ...] = ()
    hostile: bool = False
    waits: bool = False

    @property
    def section(self) -> int:
        """Give the number of its section."""
        return int(self.id.partition(".")[0])


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """
    What one server did in one case.

    `said` explains the grade where it needs a word, `log` is the wire log. `standing` is `known` for a failure that the
    list of known failures has, `passes again` for an entry of it that does not fail; `reason` is the list's.
    """

    grade: Word
    behaviour: str = ""
    said: str = ""
    log: tuple[dict[str, Any], ...] = ()
    standing: Standing = ""
    reason: str = ""

    @property
    def is_new(self) -> bool:
        """Tell whether it fails, and nobody knew."""
        return self.grade == "FAILED" and self.standing != "known"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One server: the target's name, the dialect it was measured by, and what it did, by the case's id."""

    name: str
    dialect: str
    cells: dict[str, Cell]
    known_list: str = ""
    """Which list of known failures was laid over it."""
    server: str = ""
    """What it says of itself, where it does."""
    seconds: float = 0.0
    fault: str = ""
    """Why it could not be examined to the end; what was left is not exercised."""

    def count(self, section: int | None = None) -> Counter[str]:
        """Count the grades, of one section or of all."""
        return Counter(one.grade for id_, one in self.cells.items() if section in (None, _section(id_)))

    @property
    def new(self) -> list[str]:
        """List the cases that fail and are not known to, in order."""
        return in_order(id_ for id_, one in self.cells.items() if one.is_new)

    @property
    def passing_again(self) -> list[str]:
        """List the known failures that fail no more, in order."""
        return in_order(id_ for id_, one in self.cells.items() if one.standing == "passes again")

    @property
    def is_exercised(self) -> bool:
        """Tell whether any case was decided."""
        return any(one.grade != "NOT EXERCISED" for one in self.cells.values())


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """Cases and servers; `sections` are the titles by number."""

    schema: Annotated[str, msgspec.Meta(max_length=100)] = SCHEMA
    version: str = ""
    seed: int = 0
    sections: dict[str, str] = {}
    rows: tuple[Row, ...] = ()
    columns: tuple[Column, ...] = ()

    def title(self, section: int) -> str:
        """Give the title of a section."""
        return self.sections.get(str(section), f"Section {section}")

    def by_section(self) -> dict[int, list[Row]]:
        """Group the rows by section, both in order."""
        found: dict[int, list[Row]] = {}
        for row in sorted(self.rows, key=lambda one: numbers(one.id)):
            found.setdefault(row.section, []).append(row)
        return found

    def row(self, id_: str) -> Row:
        """Give the case of that id."""
        return next(one for one in self.rows if one.id == id_)


def numbers(id_: str) -> tuple[int, ...]:
    """Give the numbers of an id, by which ids are put in order: `3.10.1` stands behind `3.9`."""
    return tuple(int(part) for part in id_.split("."))


def in_order(ids: Iterable[str]) -> list[str]:
    """Put ids in order."""
    return sorted(ids, key=numbers)


def encoded(matrix: Matrix) -> bytes:
    """Write a matrix as `conformance.json`."""
    return msgspec.json.format(msgspec.json.encode(matrix), indent=1) + b"\n"


def read(file: Path) -> Matrix:
    """Read a stored matrix; raises `UsageError` for what is none, or is of another version."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise UsageError(f"{file} is larger than {_MOST_BYTES:,} bytes, which no stored result is")
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    try:
        found = msgspec.json.decode(content, type=Matrix)
        _check(found)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{file} is no stored result of `realtime conformance`: {error}") from error
    if found.schema != SCHEMA:
        raise UsageError(f"{file} is of schema {found.schema!r}; {SCHEMA!r} is read here")
    if not (found.rows and found.columns):
        raise UsageError(f"{file} is no stored result of `realtime conformance`: it has no cases, or no servers")
    return found


def _check(found: Matrix) -> None:
    """Raise `ValueError` for ids that are none, and for a cell of a case that is not described."""
    ids = {row.id: numbers(row.id) for row in found.rows}
    for number in found.sections:
        int(number)
    for column in found.columns:
        if strange := next((id_ for id_ in column.cells if id_ not in ids), None):
            raise ValueError(f"{column.name} has a cell for {strange!r}, which is no row")


def merged(matrices: Iterable[Matrix]) -> Matrix:
    """
    Lay matrices beside each other: the first one's run is kept, cases and columns of all.

    Of two columns with one name the later is told with its number.
    """
    parts = list(matrices)
    rows = {row.id: row for part in reversed(parts) for row in part.rows}
    columns: dict[str, Column] = {}
    for column in (one for part in parts for one in part.columns):
        name, count = column.name, 1
        while name in columns:
            count += 1
            name = f"{column.name} ({count})"
        columns[name] = msgspec.structs.replace(column, name=name)
    sections = {number: title for part in reversed(parts) for number, title in part.sections.items()}
    return msgspec.structs.replace(
        parts[0],
        rows=tuple(rows[id_] for id_ in in_order(rows)),
        columns=tuple(columns.values()),
        sections=dict(sorted(sections.items(), key=lambda one: int(one[0]))),
    )


def schema_text() -> str:
    """
    Describe `conformance.json` in JSON Schema 2020-12, as the file beside this module is published.

    What a later version adds is no error to a reader of this one, so that further members are allowed everywhere.
    """
    described = msgspec.json.schema(Matrix)
    described["$defs"]["Matrix"]["properties"]["schema"] = {"const": SCHEMA}
    described["$defs"]["Matrix"]["required"] = ["columns", "rows", "schema", "sections"]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA}
    title = {"title": "What servers of the Pusher protocol did, case by case"}
    return json.dumps({**head, **title, **described}, indent=2, ensure_ascii=False) + "\n"


def _section(id_: str) -> int:
    return int(id_.partition(".")[0])

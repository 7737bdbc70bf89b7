"""A matrix of cases and servers: stored, read again, and laid beside others."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.conformance.matrix import (
    SCHEMA_FILE,
    Cell,
    Column,
    Matrix,
    Row,
    Source,
    encoded,
    in_order,
    merged,
    read,
    schema_text,
)
from harness.errors import UsageError

FAILED = Cell(grade="FAILED", behaviour="nothing", said="it was silent", log=({"at_ms": 1.5, "who": "a", "in": "{}"},))


def row(id_: str, **more: Any) -> Row:
    """Describe a case."""
    return Row(id=id_, says=f"Something is done in {id_}.", expects=("succeeded",), **more)


def matrix(**cells: Cell) -> Matrix:
    """Make a matrix of one server, `c1_2_3` being a case."""
    by_id = {name.removeprefix("c").replace("_", "."): cell for name, cell in cells.items()}
    known = {"reverb": Source(behaviour="nothing", source="seen")}
    return Matrix(
        seed=3,
        sections={"1": "First"},
        rows=tuple(row(id_, known=known) for id_ in by_id),
        columns=(Column(name="mine", dialect="reverb", cells=by_id, seconds=1.25),),
    )


def test_what_was_stored_is_read_again(tmp_path: Path) -> None:
    """It is JSON by its published schema."""
    stored = matrix(c1_2_3=FAILED, c1_10_1=Cell(grade="OK", behaviour="succeeded"))
    (tmp_path / "a.json").write_bytes(encoded(stored))

    assert read(tmp_path / "a.json") == stored
    jsonschema.validate(json.loads(encoded(stored)), json.loads(SCHEMA_FILE.read_text("utf-8")))


def test_the_published_schema_is_that_of_the_code() -> None:
    """It is written by `schema_text`."""
    assert SCHEMA_FILE.read_text("utf-8") == schema_text()


def test_ids_are_in_the_order_of_their_numbers() -> None:
    """Not of their letters."""
    assert in_order(["10.1.1", "2.1.1", "1.10.1", "1.9.2"]) == ["1.9.2", "1.10.1", "2.1.1", "10.1.1"]
    assert list(matrix(c2_1_1=FAILED, c1_1_1=FAILED).by_section()) == [1, 2]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"nonsense", "no stored result"),
        (b"{}", "no stored result of `realtime conformance`: it has no cases, or no servers"),
        (b"[" * 100_000, "no stored result"),
        (b'{"schema":"realtime-conformance/9"}', "is of schema 'realtime-conformance/9'"),
        (b'{"columns":[{"name":"x","dialect":"","cells":{"one":{"grade":"OK"}}}]}', "no stored result"),
        (b'{"columns":[{"name":"x","dialect":"","cells":{"1.1.1":{"grade":"GOOD"}}}]}', "no stored result"),
        (b'{"columns":[{"name":"x","dialect":"","cells":{"1.1.1":{"grade":"OK"}}}]}', "for '1.1.1', which is no row"),
        (b'{"sections":{"one":"x"}}', "no stored result"),
        (b'{"rows":[{"id":"1.x","says":"x"}]}', "no stored result"),
    ],
)
def test_what_is_no_stored_result_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    """In a sentence that names the file."""
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(UsageError, match=said):
        read(tmp_path / "a.json")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """Likewise."""
    with pytest.raises(UsageError, match=r"nowhere\.json cannot be read: No such file"):
        read(tmp_path / "nowhere.json")


def test_matrices_are_laid_beside_each_other() -> None:
    """With the cases of both, and two columns of one name told apart."""
    both = merged([matrix(c1_1_1=FAILED), matrix(c1_1_2=FAILED)])

    assert [one.id for one in both.rows] == ["1.1.1", "1.1.2"]
    assert [one.name for one in both.columns] == ["mine", "mine (2)"]
    assert (both.seed, both.title(1), both.title(7)) == (3, "First", "Section 7")


def test_a_column_counts_its_grades() -> None:
    """By section, and in all."""
    column = matrix(c1_1_1=FAILED, c2_1_1=Cell(grade="NOT EXERCISED")).columns[0]

    assert (column.count()["FAILED"], column.count(2)["FAILED"], column.count(2)["NOT EXERCISED"]) == (1, 0, 1)
    assert column.is_exercised
    assert not matrix(c2_1_1=Cell(grade="NOT EXERCISED")).columns[0].is_exercised

"""A matrix in the terminal, as Markdown and as JUnit."""

import xml.etree.ElementTree as ET

from harness.conformance.matrix import Cell, Column, Matrix, Row
from harness.conformance.telling import junit, markdown, table, told

EVIL = "`|<b>*x*\x1b[31m\n::error::"


def matrix(**cells: Cell) -> Matrix:
    """Make a matrix of one server."""
    by_id = {name.removeprefix("c").replace("_", "."): cell for name, cell in cells.items()}
    rows = tuple(Row(id=id_, says=f"{id_} is done.", expects=("succeeded",)) for id_ in by_id)
    return Matrix(sections={"1": "First"}, rows=rows, columns=(Column(name="mine", dialect="", cells=by_id),))


NEW = Cell(grade="FAILED", behaviour="nothing", said="it was silent")
KNOWN = Cell(grade="FAILED", behaviour="nothing", standing="known", reason="seen in May")
AGAIN = Cell(grade="OK", behaviour="succeeded", standing="passes again", reason="seen in June")
LEFT = Cell(grade="NOT EXERCISED", said="no secret")


def test_a_section_is_one_line() -> None:
    """With how often each grade came."""
    lines = list(table(matrix(c1_1_1=NEW, c1_1_2=AGAIN, c2_1_1=LEFT)))

    assert lines[0] == "mine, dialect none"
    assert lines[2].split() == ["1", "First", "1", "·", "·", "·", "1", "·"]
    assert lines[3].split() == ["2", "Section", "2", "·", "·", "·", "·", "·", "1"]
    assert lines[4].split() == ["all", "1", "·", "·", "·", "1", "1"]


def test_new_failures_are_told_first() -> None:
    """Then known ones, and what passes again."""
    lines = list(told(matrix(c1_1_1=KNOWN, c1_10_1=NEW, c1_9_1=NEW, c1_1_3=AGAIN)))

    assert [line.split()[:2] for line in lines] == [
        ["FAILED", "1.9.1"], ["FAILED", "1.10.1"], ["known", "1.1.1"], ["passes", "1.1.3"],
    ]  # fmt: skip
    assert "It did: nothing; asked for: succeeded (it was silent)" in lines[0]
    assert "(seen in May)" in lines[2]
    assert "Remove it from" in lines[3]


def test_a_server_that_went_away_is_told() -> None:
    """Before anything else."""
    column = Column(name="mine", dialect="", cells={}, fault="it went away")
    assert list(told(Matrix(columns=(column,)))) == ["GONE   it went away"]


def test_words_of_a_server_are_harmless() -> None:
    """In a terminal, in Markdown and in XML."""
    evil = matrix(c1_1_1=Cell(grade="FAILED", behaviour=EVIL, said=EVIL, reason=EVIL))

    assert "\x1b" not in "".join(told(evil))
    written = markdown(evil)
    assert "\\`\\|\\<b\\>\\*x\\*" in written
    assert [line.count(" | ") for line in written.splitlines() if line.startswith("| 1.1.1")] == [2]
    assert len(ET.fromstring(junit(evil)).findall(".//failure")) == 1  # noqa: S314 - our own


def test_junit_knows_what_is_new() -> None:
    """What was known, and what was not exercised, is skipped."""
    suites = ET.fromstring(junit(matrix(c1_1_1=NEW, c1_1_2=KNOWN, c1_1_3=AGAIN, c1_1_4=LEFT)))  # noqa: S314 - our own
    (suite,) = suites.findall("testsuite")

    assert {suite.get(name) for name in ("failures",)} == {"1"}
    assert (suite.get("tests"), suite.get("skipped")) == ("4", "2")
    assert [case.get("name") for case in suite.findall("testcase") if case.find("failure") is not None] == [
        "1.1.1 1.1.1 is done."
    ]


def test_markdown_has_a_row_a_case() -> None:
    """A known failure is struck through, and a server without the case has an empty cell."""
    one = matrix(c1_1_1=KNOWN)
    both = Matrix(rows=one.rows, columns=(*one.columns, Column(name="other", dialect="", cells={})))

    assert "| 1.1.1 | 1.1.1 is done. | ~~F~~ nothing |  |" in markdown(both)

"""How a matrix is told: a table in the terminal, Markdown for a pull request, JUnit for CI systems."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from junitparser import Failure, Skipped
from junitparser.xunit2 import JUnitXml, TestCase, TestSuite

from harness.conformance.matrix import GRADES, LETTERS, Cell, Column, Matrix, Row, numbers
from harness.errors import plain
from harness.report.quoting import on_one_line, visible

_SUITE: Final = "realtime-conformance"
_SHOWN: Final = 100
"""Characters of a behaviour in a table."""


def table(matrix: Matrix) -> Iterator[str]:
    """Give a line a section, and how often each grade came, server by server."""
    sections = matrix.by_section()
    width = max((len(f"{number:>2} {matrix.title(number)}") for number in sections), default=0)
    for column in matrix.columns:
        yield f"{plain(column.name)}, dialect {column.dialect or 'none'}"
        yield f"  {'':<{width}}" + "".join(f"  {grade}" for grade in GRADES)
        for number in sections:
            count = column.count(number)
            if count:
                name = f"{number:>2} {matrix.title(number)}"
                yield f"  {name:<{width}}{_counted(count)}"
        yield f"  {'all':<{width}}{_counted(column.count())}"


def _counted(count: Counter[str]) -> str:
    return "".join(f"{count[grade] or '·':>{len(grade) + 2}}" for grade in GRADES)


def told(matrix: Matrix) -> Iterator[str]:
    """Name what failed, new failures first, and what fails no more."""
    for column in matrix.columns:
        if column.fault:
            yield f"GONE   {plain(column.fault)}"
        failed = [id_ for id_, one in column.cells.items() if one.grade == "FAILED"]
        for id_ in sorted(failed, key=lambda one: (not column.cells[one].is_new, numbers(one))):
            row, cell = matrix.row(id_), column.cells[id_]
            yield f"{'known' if cell.standing else 'FAILED':<7}{id_:<8} {_failure(column, row, cell)}"
        for id_ in column.passing_again:
            said = f"{plain(column.name)}: {matrix.row(id_).says}"
            yield f"passes {id_:<8} {said} Remove it from {plain(column.known_list)}."


def _failure(column: Column, row: Row, cell: Cell) -> str:
    asked = " or ".join(row.expects) or "what its dialect is known for"
    why = f" ({cell.reason or cell.said})" if cell.reason or cell.said else ""
    return plain(f"{column.name}: {row.says} It did: {cell.behaviour[:_SHOWN]}; asked for: {asked}{why}")


def markdown(matrix: Matrix) -> str:
    """Write the matrix as Markdown: the counts, and a row a case."""
    names = [_cell(one.name) for one in matrix.columns]
    parts = ["# Conformance\n", f"| grade | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    counts = [one.count() for one in matrix.columns]
    parts += [f"| {LETTERS[grade]} {grade} | {' | '.join(str(one[grade]) for one in counts)} |" for grade in GRADES]
    for number, rows in matrix.by_section().items():
        parts += [f"\n## {number} {matrix.title(number)}\n", f"| case | what is done | {' | '.join(names)} |"]
        parts.append(f"|---|---|{'---|' * len(names)}")
        for row in rows:
            cells = (_short(column.cells.get(row.id)) for column in matrix.columns)
            parts.append(f"| {row.id} | {_cell(row.says)} | {' | '.join(cells)} |")
    return "\n".join(parts) + "\n"


def _short(cell: Cell | None) -> str:
    if cell is None:
        return ""
    mark = f"~~{LETTERS[cell.grade]}~~" if cell.standing == "known" else LETTERS[cell.grade]
    return f"{mark} {_cell(cell.behaviour[:_SHOWN])}".rstrip()


_MARKS: Final = str.maketrans({one: f"\\{one}" for one in "\\`*_[]<>|~#&!"})


def _cell(text: str) -> str:
    """Give text of others for a cell: no mark of it means anything."""
    return on_one_line(visible(text)).translate(_MARKS)


def junit(matrix: Matrix) -> str:
    """Write the matrix as JUnit: a suite a server; what is known to fail, and what was not exercised, is skipped."""
    xml = JUnitXml(_SUITE)
    for column in matrix.columns:
        suite = TestSuite(visible(f"{_SUITE}.{column.name}"))
        suite.add_property("dialect", visible(column.dialect))
        for rows in matrix.by_section().values():
            for row in rows:
                if row.id in column.cells:
                    suite.add_testcase(_testcase(matrix, column, row))
        xml.add_testsuite(suite)
    xml.update_statistics()
    written: bytes = xml.tostring()
    return f'<?xml version="1.0" encoding="utf-8"?>\n{written.decode()}\n'


def _testcase(matrix: Matrix, column: Column, row: Row) -> TestCase:
    cell = column.cells[row.id]
    case = TestCase(f"{row.id} {row.says}", visible(f"{column.name}.{matrix.title(row.section)}"), 0.0)
    case.add_property("realtime_grade", cell.grade)
    message = visible(on_one_line(_failure(column, row, cell)))
    if cell.is_new:
        case.append(Failure(message, "FAILED"))
    elif cell.grade == "FAILED":
        case.append(Skipped(f"known: {visible(cell.reason)}"))
    elif cell.grade == "NOT EXERCISED":
        case.append(Skipped(visible(cell.said)))
    return case

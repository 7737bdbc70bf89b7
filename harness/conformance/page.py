"""
The matrix as a page: one file that opens from disk and asks nothing of a network, in the dress of a run's report.

Importing this loads jinja2; whoever writes no page should not.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.conformance.matrix import GRADES, LETTERS, Cell, Column, Matrix, Row, in_order
from harness.report.html import MOST_BYTES, asset, digest
from harness.report.html.text import counted, isolated, visible

_PAGE = Path(__file__).with_name("page")
_LOG_BYTES: Final = 4_400_000
"""What all wire logs together may take, escaped; the matrix itself takes a tenth of that."""
_STEP_BYTES: Final = 120
"""What a step takes beside its text."""
_BOUNDS: Final = ((80, 500), (40, 300), (16, 200), (8, 120))
"""Steps of a log and letters of a step: the first that let every cell open its log, else the last."""

_LAST_SECTION: Final = '<a href="#run">The run</a>'
_LINK: Final = '<a href="conformance.html">Conformance</a>'

Step = tuple[str, str, str]
Logged = dict[tuple[int, str], list[Step]]


def render(matrix: Matrix, *, has_run: bool = False) -> str:
    """
    Write the page; whatever a server said is shown as text, bounded, with nothing of it hidden.

    `has_run` links to the report of a run, which lies in the same folder then.
    """
    style = asset("report.css") + (_PAGE / "conformance.css").read_text("utf-8")
    logged, left_out = _logs(matrix)
    return (
        _environment()
        .get_template("conformance.html.j2")
        .render(
            matrix=matrix,
            sections=matrix.by_section(),
            names=", ".join(one.name for one in matrix.columns),
            facts=_facts(matrix),
            new=[(one, matrix.row(id_), one.cells[id_]) for one in matrix.columns for id_ in one.new],
            again=[(one, matrix.row(id_), one.cells[id_]) for one in matrix.columns for id_ in one.passing_again],
            is_unknown=any(one.fault or not one.is_exercised for one in matrix.columns),
            grades=GRADES,
            filters=[*((grade, _name(grade)) for grade in GRADES), ("mixed rows", "mixed")],
            letters=LETTERS,
            class_of=class_of,
            kind_of=lambda row: _kind(row, matrix),
            logged=logged,
            left_out=left_out,
            most=MOST_BYTES,
            has_run=has_run,
            style=Markup(style),  # noqa: S704  our own files
            style_hash=digest(style),
        )
    )


def link_from_run(folder: Path) -> None:
    """Let the report of a run that lies in this folder lead to the matrix beside it; raises `OSError`."""
    page = folder / "report.html"
    if page.is_file():
        text = page.read_text("utf-8")
        if _LINK not in text and text.count(_LAST_SECTION) == 1:
            page.write_text(text.replace(_LAST_SECTION, f"{_LAST_SECTION}\n  {_LINK}"), encoding="utf-8")


def class_of(cell: Cell) -> str:
    """Give the class of a cell: its grade, or `known` for a failure that is."""
    return "known" if cell.standing == "known" else _name(cell.grade)


def _kind(row: Row, matrix: Matrix) -> str:
    """Give the class of a row: the grade that all of it has, or `mixed`."""
    found = {one.cells[row.id].grade for one in matrix.columns if row.id in one.cells}
    return f"only-{_name(found.pop())}" if len(found) == 1 else "mixed"


def _name(grade: str) -> str:
    return grade.lower().replace(" ", "-")


def _facts(matrix: Matrix) -> list[tuple[str, str]]:
    return [
        ("servers", str(len(matrix.columns))),
        ("seed", str(matrix.seed)),
        ("seconds", f"{sum(one.seconds for one in matrix.columns):.1f}"),
        ("version", matrix.version or "unknown"),
    ]


def _logs(matrix: Matrix) -> tuple[Logged, int]:
    """Choose the wire logs that fit, those of failures first, and count the others."""
    order = [(place, one, id_) for place, one in enumerate(matrix.columns) for id_ in in_order(one.cells)]
    order.sort(key=lambda one: one[1].cells[one[2]].grade != "FAILED")
    for most, letters in _BOUNDS:
        logged, left_out = _fitting(order, most, letters)
        if not left_out:
            break
    return dict(sorted(logged.items(), key=lambda one: (one[0][0], tuple(map(int, one[0][1].split(".")))))), left_out


def _fitting(order: list[tuple[int, Column, str]], most: int, letters: int) -> tuple[Logged, int]:
    logged: Logged = {}
    room, left_out = _LOG_BYTES, 0
    for place, column, id_ in order:
        steps = list(steps_of(column, id_, most=most, letters=letters))
        if not steps:
            continue
        room -= sum(_STEP_BYTES + len(str(Markup.escape(text)).encode()) for _, _, text in steps)
        if room < 0:
            left_out += 1
        else:
            logged[place, id_] = steps
    return logged, left_out


def steps_of(column: Column, id_: str, *, most: int = _BOUNDS[0][0], letters: int = _BOUNDS[0][1]) -> Iterator[Step]:
    """Give the steps of a wire log as time, what happened, and text; the middle of a long one is left out."""
    log = column.cells[id_].log
    half = most // 2
    for place, step in enumerate(log):
        if len(log) <= most or place < half or place >= len(log) - half:
            yield _step(step, letters)
        elif place == half:
            yield "", "…", f"{len(log) - most} steps left out"


def _step(step: dict[str, Any], letters: int) -> Step:
    rest = {name: value for name, value in step.items() if name not in ("at_ms", "who")}
    when = step.get("at_ms")
    what = " ".join((str(step.get("who", "")), *rest))
    said = [value if isinstance(value, str) else _spelled(value) for value in rest.values()]
    text = " ".join(said)
    shown = text if len(text) <= letters else f"{text[:letters]}… ({len(text):,} characters)"
    return f"{when:9.1f} ms" if isinstance(when, int | float) else "", what, shown


def _spelled(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name}={_spelled(one)}" for name, one in value.items() if one not in ("", None, {}))
    return str(value)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_PAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"theirs": isolated, "visible": visible, "counted": counted}
    return environment

"""The page of a matrix: self-contained, with every word of a server as text, and bounded."""

import re
from html.parser import HTMLParser
from pathlib import Path

from harness.conformance.matrix import Cell, Column, Matrix, Row
from harness.conformance.page import class_of, link_from_run, render, steps_of
from harness.report.html import MOST_BYTES, asset

LAST = '<a href="#run">The run</a>'
EVIL = "<script>alert(1)</script>\u202e</style>"


class Reader(HTMLParser):
    """Collects what a page would load, its ids and its links within."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note links and ids."""
        for name, value in attrs:
            if name == "href" and (value or "").startswith("#"):
                self.links.append((value or "")[1:])
            elif name in ("src", "href") and not (value or "").startswith("data:"):
                self.loads.append(f"{tag} {value}")
            if name == "id":
                self.ids.append(value or "")


def matrix(**cells: Cell) -> Matrix:
    """Make a matrix of two servers, the second of which did one thing."""
    by_id = {name.removeprefix("c").replace("_", "."): cell for name, cell in cells.items()}
    rows = tuple(Row(id=id_, says=f"{id_} is done.", expects=("succeeded",)) for id_ in by_id)
    other = {"1.1.0": Cell(grade="OK", behaviour="succeeded")}
    rows = (Row(id="1.1.0", says="1.1.0 is done."), *rows)
    columns = (Column(name="mine", dialect="reverb", cells=by_id), Column(name="other", dialect="", cells=other))
    return Matrix(sections={"1": "First"}, rows=rows, columns=columns)


def step(text: str, at: float = 1.0) -> dict[str, object]:
    """Make a step of a wire log."""
    return {"at_ms": at, "who": "a", "in": text}


def test_the_page_asks_nothing_of_a_network() -> None:
    """And every link in it leads somewhere, no id standing twice."""
    failed = Cell(grade="FAILED", behaviour="nothing", log=(step("{}"),))
    page = Reader(render(matrix(c1_1_1=failed, c1_1_2=Cell(grade="OK", behaviour="succeeded", log=(step("x"),)))))

    assert page.loads == []
    assert set(page.links) <= set(page.ids)
    assert len(set(page.ids)) == len(page.ids)
    assert {"log-0-1.1.1", "log-0-1.1.2", "c1.1.1", "new", "servers", "matrix"} <= set(page.ids)


def test_what_a_server_said_is_text() -> None:
    """In behaviours, reasons and wire logs, from whatever file they were read."""
    cell = Cell(
        grade="FAILED", behaviour=EVIL, said=EVIL, reason=EVIL, log=(step(EVIL), {"who": EVIL, "http": {EVIL: [EVIL]}})
    )
    page = render(matrix(c1_1_1=cell))

    assert EVIL not in page
    assert "<script" not in page
    assert page.count("</style>") == 1
    assert "\\u202e" in page


def test_a_cell_shows_its_grade() -> None:
    """A known failure is struck through, and not among the new ones."""
    known = Cell(grade="FAILED", behaviour="nothing", standing="known", reason="seen in May")
    again = Cell(grade="OK", behaviour="succeeded", standing="passes again", reason="seen in June")
    page = render(matrix(c1_1_1=known, c1_1_2=again))

    assert (class_of(known), class_of(again)) == ("known", "ok")
    assert "Nothing new" in page
    assert 'id="new"' not in page
    assert "seen in May" in page
    assert 'id="again"' in page


def test_rows_are_filtered_by_grade() -> None:
    """Each has a class that a box of the page hides."""
    page = render(matrix(c1_1_1=Cell(grade="NOT EXERCISED", said="no secret")))
    style = page.partition("</style>")[0]

    assert 'class="only-not-exercised"' in page
    for grade in re.findall(r'id="g-([a-z-]+)"', page):
        assert f"#g-{grade}:not(:checked)) tr.{'mixed' if grade == 'mixed' else f'only-{grade}'}" in style


def test_the_page_stays_small() -> None:
    """Logs are shortened before any is left out; failures keep theirs, and what is left out is counted."""
    log = tuple(step("x" * 5_000) for _ in range(200))
    cells = {f"c1_1_{n}": Cell(grade="OK", behaviour="succeeded", log=log) for n in range(1, 200)}
    shortened = render(matrix(**cells))
    assert len(shortened.encode()) < MOST_BYTES
    assert "wire logs left out" not in shortened

    cells |= {f"c2_1_{n}": Cell(grade="OK", behaviour="succeeded", log=log) for n in range(1, 3_000)}
    page = render(matrix(**cells, c1_2_1=Cell(grade="FAILED", behaviour="nothing", log=log)))

    assert len(page.encode()) < MOST_BYTES
    assert 'id="log-0-1.2.1"' in page
    assert re.search(r"\d+ wire logs left out", page)


def test_the_middle_of_a_long_log_is_left_out() -> None:
    """Its ends stay."""
    log = tuple(step(str(number), number) for number in range(1_000))
    steps = list(steps_of(matrix(c1_1_1=Cell(grade="OK", log=log)).columns[0], "1.1.1"))

    assert (steps[0][2], steps[-1][2]) == ("0", "999")
    assert ("", "…", "920 steps left out") in steps
    assert len(steps) == 81


def test_a_server_that_went_away_is_told() -> None:
    """With what was seen, and a link to the run where there is one."""
    column = Column(name="mine", dialect="", cells={}, fault="it went away during case 1.1.1")
    page = render(Matrix(columns=(column,)), has_run=True)

    assert "it went away during case 1.1.1" in page
    assert 'href="report.html"' in page


def test_the_report_of_a_run_leads_to_the_matrix(tmp_path: Path) -> None:
    """Once, where there is a report."""
    link_from_run(tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "report.html").write_text(f"<nav>{LAST}</nav>")
    for _ in range(2):
        link_from_run(tmp_path)

    assert (tmp_path / "report.html").read_text().count('<a href="conformance.html">') == 1
    assert LAST in asset("report.html.j2")


def test_a_server_that_was_not_examined_is_no_good_news() -> None:
    """The page says what the exit code does."""
    good = Column(name="mine", dialect="", cells={"1.1.1": Cell(grade="OK", behaviour="succeeded")})
    bad = Column(name="other", dialect="", cells={"1.1.1": Cell(grade="NOT EXERCISED")}, fault="no connection")
    page = render(Matrix(rows=(Row(id="1.1.1", says="It is done."),), columns=(good, bad)))

    assert "Inconclusive" in page
    assert "Nothing new" not in page

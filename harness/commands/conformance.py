"""`realtime conformance`: what servers of the Pusher protocol do, case by case, and what differs between them."""

import asyncio
import signal
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from types import FrameType
from typing import Final

import click

from harness.commands.exits import Exit
from harness.commands.run import project_root
from harness.config import Settings, load
from harness.conformance import difference, known, telling
from harness.conformance.case import Case
from harness.conformance.declared import Declared, declared, opened
from harness.conformance.examination import SECTIONS, examined_column, matrix_of, rows_of
from harness.conformance.known import KnownFailures, known_failures
from harness.conformance.matrix import Column, Matrix, Row, encoded, merged, read
from harness.conformance.suite import collect
from harness.errors import EnvironmentFault, Inconclusive, UsageError
from harness.protocol.dialects import DIALECTS

_REPORT: Final = "conformance"
_WRITTEN: Final = "conformance"
_ENDS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command(short_help="Examine servers of the Pusher protocol, case by case.")
@click.option("--target", "targets", multiple=True, metavar="NAME", help="A server; several give a column each.")
@click.option("--dialect", help="Measure by this dialect instead of the declared one.")
@click.option("--case", "wanted", multiple=True, metavar="PATTERN", help="These cases only, such as 3.2.1 or 3.*.")
@click.option("--section", "sections", multiple=True, type=int, metavar="N", help="This section only.")
@click.option("--seed", type=click.IntRange(min=0), help="Decides the order of the cases.")
@click.option("--known", "known_list", metavar="LIST", help="Known failures: a shipped list, a file or a folder.")
@click.option("--without", multiple=True, metavar="PATTERN", help="Do not try these cases, which end the server.")
@click.option("--with", "stored", multiple=True, type=click.Path(path_type=Path), help="Add a stored result's columns.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the result to this file as well.")
@click.option("--report", type=click.Path(path_type=Path), help="Folder of the report; reports/conformance by default.")
@click.option("--list", "is_list", is_flag=True, help="List the cases, and end.")
@click.option("--diff", "pair", nargs=2, metavar="A B", help="Say what a move from A to B changes for clients.")
@click.pass_context
def conformance(  # noqa: PLR0913 - one an option
    context: click.Context,
    *,
    targets: tuple[str, ...],
    dialect: str | None,
    wanted: tuple[str, ...],
    sections: tuple[int, ...],
    seed: int | None,
    known_list: str | None,
    without: tuple[str, ...],
    stored: tuple[Path, ...],
    json_file: Path | None,
    report: Path | None,
    is_list: bool,
    pair: tuple[str, str] | None,
) -> None:
    """
    Try every case of the protocol on servers, and grade what they do.

    \b
    A server is `embedded:reverb` (or another dialect): our own; a target of
    realtime.toml; or one of [conformance.servers] there.

    It ends with 0 when nothing failed that was not known to, with 1 when
    something did, 3 when a server is none, or went away, and 4 when nothing
    was exercised.
    """  # noqa: D301 - click's mark for a paragraph that is not wrapped
    cases = _chosen(collect(), wanted, sections)
    if is_list:
        for line in _listed(cases):
            click.echo(line)
        return
    root = project_root(Path.cwd())
    settings = load({"seed": None if seed is None else str(seed)}, {}, Path.cwd(), root)
    run = _Run(settings, declared(settings), cases, dialect, known_list, without)
    if pair:
        with _interruptible():
            lines = tuple(_differences(run, *pair))
        click.echo("\n".join(lines))
        return
    before = [read(file) for file in stored]
    with _interruptible():
        columns = list(_columns(run, tuple(dict.fromkeys(targets or (settings.target,)))))
    matrix = merged([matrix_of(cases, columns, seed=settings.seed), *before])
    for line in (*telling.table(matrix), "", *telling.told(matrix)):
        click.echo(line)
    folder = report or settings.report / _REPORT
    _write(matrix, folder, json_file)
    click.echo(f"report    {folder / _WRITTEN}.html")
    context.exit(_exit(columns))


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let a signal end what runs here in order, servers and folders of ours with it; raises `Inconclusive` then."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        for ours in _ENDS:
            signal.signal(ours, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {ours: signal.signal(ours, leave) for ours in _ENDS}
    try:
        yield
    except KeyboardInterrupt:
        raise Inconclusive("interrupted; nothing is said of the servers") from None
    finally:
        for ours, handler in before.items():
            signal.signal(ours, handler)


class _Run:
    """One call of the command: what is examined, and how."""

    def __init__(
        self,
        settings: Settings,
        project: Declared,
        cases: tuple[Case, ...],
        dialect: str | None,
        known_list: str | None,
        without: tuple[str, ...],
    ) -> None:
        self.settings = settings
        self.cases = cases
        self._project = project
        self._dialect = dialect
        self._known_list = known_list
        self._without = without
        for pattern in without:
            if not any(fnmatchcase(one.id, pattern) for one in collect()):
                raise UsageError(f"--without {pattern!r} matches no case; `realtime conformance --list` shows them")

    @property
    def rows(self) -> tuple[Row, ...]:
        """The cases as data."""
        return rows_of(self.cases)

    def column(self, target: str) -> Column:
        """
        Examine a server.

        Raises `EnvironmentFault` with what was seen when it is none, `Inconclusive` when the command is interrupted.
        """
        known = self._known(target)
        try:
            return self._examined(target, known)
        except KeyboardInterrupt:
            raise Inconclusive(f"{target} was not examined to the end: the command was interrupted") from None

    def _examined(self, target: str, known: KnownFailures) -> Column:
        theirs = self._project.servers.get(target)
        without = (*self._without, *(theirs.without if theirs else ()))
        seed, patience = self.settings.seed, self.settings.patience
        with (
            tempfile.TemporaryDirectory(prefix="realtime-conformance-") as folder,
            opened(target, self.settings, self._project, dialect=self._dialect, folder=Path(folder)) as server,
        ):
            self._check_dialect(server.dialect)
            examined = examined_column(target, server, self.cases, known, seed=seed, patience=patience, without=without)
            return asyncio.run(examined)

    def _check_dialect(self, spoken: str) -> None:
        """Raise `UsageError` for a dialect of which nothing is known; without one, the specification alone counts."""
        known = _dialects(rows_of(collect()))
        if spoken and spoken not in known:
            raise UsageError(
                f"of the dialect {spoken!r} nothing is known; leave it out, or use one of {', '.join(sorted(known))}"
            )

    def _known(self, target: str) -> KnownFailures:
        if self._known_list is not None:
            return self._read(self._known_list, target, Path.cwd())
        theirs = self._project.servers.get(target)
        asked = (theirs.known if theirs else "") or self._project.known
        return self._read(asked, target, self._project.folder) if asked else known.NOTHING

    def _read(self, asked: str, target: str, start: Path) -> KnownFailures:
        return known_failures(asked, target, (one.id for one in collect()), start=start)

    def side(self, name: str) -> difference.Side:
        """Give one side of a difference: a dialect, a stored result, or a server that is examined now."""
        if name in _dialects(self.rows):
            return difference.of_dialect(name, self.rows)
        if Path(name).is_file():
            columns = read(Path(name)).columns
            if len(columns) != 1:
                raise UsageError(f"{name} has {len(columns)} columns; a side of a difference is one server")
            return difference.of_column(columns[0])
        return difference.of_column(self.column(name))


def _dialects(rows: Iterable[Row]) -> set[str]:
    """Name the dialects of which something is known."""
    return {"pusher", *DIALECTS, *(name for row in rows for name in row.known)}


def _differences(run: _Run, a: str, b: str) -> Iterable[str]:
    known_names = ", ".join(sorted(_dialects(run.rows)))
    try:
        sides = run.side(a), run.side(b)
    except UsageError as error:
        raise UsageError(f"{error}; dialects are {known_names}") from error
    sizes = difference.limits(DIALECTS[a], DIALECTS[b]) if a in DIALECTS and b in DIALECTS else []
    return difference.in_words(a, b, difference.differences(*sides, run.rows), sizes)


def _chosen(cases: tuple[Case, ...], wanted: tuple[str, ...], sections: tuple[int, ...]) -> tuple[Case, ...]:
    """Pick cases; raises `UsageError` for a pattern or a section that picks none."""
    for pattern in wanted:
        if not any(fnmatchcase(one.id, pattern) for one in cases):
            raise UsageError(f"--case {pattern!r} matches no case; `realtime conformance --list` shows them")
    for number in sections:
        if not any(one.section == number for one in cases):
            there = ", ".join(map(str, sorted({one.section for one in cases})))
            raise UsageError(f"--section {number} has no cases; there are {there}")
    is_picked: Callable[[Case], bool] = lambda one: (  # noqa: E731 - a line
        (not wanted or any(fnmatchcase(one.id, pattern) for pattern in wanted))
        and (not sections or one.section in sections)
    )
    found = tuple(filter(is_picked, cases))
    if not found:
        raise UsageError("--case and --section have no case in common")
    return found


def _columns(run: _Run, targets: tuple[str, ...]) -> Iterable[Column]:
    """Examine servers in turn; of several, one that is none does not cost what the others did."""
    for one in targets:
        try:
            yield run.column(one)
        except EnvironmentFault as error:
            if len(targets) == 1:
                raise
            yield Column(name=one, dialect="", cells={}, fault=str(error))


def _listed(cases: Iterable[Case]) -> Iterable[str]:
    section = 0
    for one in cases:
        if one.section != section:
            section = one.section
            yield f"{section} {SECTIONS.get(section, '')}"
        marks = "".join(mark for mark, is_so in ((" hostile", one.hostile), (" waits", one.waits)) if is_so)
        needs = f" (needs {', '.join(one.needs)})" if one.needs else ""
        yield f"  {one.id:<8} {one.says}{needs}{marks}"


def _write(matrix: Matrix, folder: Path, json_file: Path | None) -> None:
    """Leave the matrix in all its forms; raises `EnvironmentFault` where it cannot be written."""
    from harness.conformance.page import link_from_run, render  # noqa: PLC0415 - jinja2 is heavy, a list needs none

    try:
        folder.mkdir(parents=True, exist_ok=True)
        page = render(matrix, has_run=(folder / "report.html").is_file())
        (folder / f"{_WRITTEN}.json").write_bytes(encoded(matrix))
        (folder / f"{_WRITTEN}.html").write_text(page, encoding="utf-8")
        (folder / f"{_WRITTEN}.md").write_text(telling.markdown(matrix), encoding="utf-8")
        (folder / f"{_WRITTEN}-junit.xml").write_text(telling.junit(matrix), encoding="utf-8")
        if json_file is not None:
            json_file.write_bytes(encoded(matrix))
        link_from_run(folder)
    except OSError as error:
        raise EnvironmentFault(f"the report cannot be written to {folder}: {error.strerror}") from error


def _exit(columns: Iterable[Column]) -> Exit:
    """Give the code: a new failure is one, and where nothing was decided nothing is known."""
    found = list(columns)
    if any(one.new for one in found):
        return Exit.FAILURE
    if any(one.fault for one in found):
        return Exit.ENVIRONMENT
    return Exit.PASS if all(one.is_exercised for one in found) else Exit.INCONCLUSIVE

"""`realtime report`: the artefacts of a stored run once more, or its verdict judged anew from its history."""

from pathlib import Path
from typing import Final

import click

from harness.commands.authorization_diff import show_difference
from harness.commands.exits import Exit, exit_of_verdict
from harness.commands.run import project_root
from harness.config import load
from harness.errors import UsageError, plain
from harness.report.document import Report
from harness.report.files import fault_of, write_history, write_report
from harness.report.recheck import changes, chosen, rechecked
from harness.report.retention import newest_run
from harness.report.stored import VERDICT, as_json, is_unfinished, read_run
from harness.report.summary import lines

_REWRITTEN: Final = "recheck"
"""The folder below a run's own that a recheck is written to: what was said of the run at its time stays."""


@click.command(short_help="Write a run's report again, or judge it anew.")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--recheck", is_flag=True, help="Judge the history anew; end with the exit code of that verdict.")
@click.option("--checker", "names", multiple=True, metavar="NAME", help="Judge by this checker only; may be repeated.")
@click.option("--json", "wants_json", is_flag=True, help="Print the verdict as JSON.")
@click.option("--write", "writes", is_flag=True, help=f"Write the recheck's artefacts to FOLDER/{_REWRITTEN}.")
@click.option(
    "--authz-diff",
    "maps",
    nargs=2,
    type=click.Path(path_type=Path),
    metavar="OLD NEW",
    help="Say who may join or publish what in NEW and not in OLD; each a run's folder or an authz-map.json.",
)
@click.pass_context
def report(
    context: click.Context,
    folder: Path | None,
    *,
    recheck: bool,
    names: tuple[str, ...],
    wants_json: bool,
    writes: bool,
    maps: tuple[Path, Path] | None,
) -> None:
    """
    Write all artefacts of the run in FOLDER again, from its history and its verdict; by default of the latest run.

    Of a run that was killed, a history and a report are made from what it had written down. With --recheck nothing is
    written, unless --write says so: every test is judged anew by the checkers of today. Without it, the exit code is 0
    when every artefact could be made, and 4 when one could not.

    With --authz-diff it is 5 when somebody is newly let in, 1 when somebody is no longer, 4 when only one of the maps
    observed something that matters, and 0 when nothing was widened.
    """
    if maps:
        if folder or recheck or names or writes or wants_json:
            raise UsageError("--authz-diff takes two maps and goes with nothing else; leave out FOLDER and the others")
        context.exit(show_difference(*maps))
    if (names or writes) and not recheck:
        raise UsageError(f"--{'checker' if names else 'write'} belongs to --recheck; add that")
    if names and writes:
        raise UsageError("the verdict of some checkers is not written as that of a run; leave out --checker or --write")
    checkers = chosen(names)
    folder = folder or _latest()
    stored = read_run(folder)
    if recheck:
        shown = rechecked(stored, checkers)
        if writes:
            _write(folder / _REWRITTEN, shown)
    else:
        shown = _write_again(folder, stored)
    if wants_json:
        click.echo(as_json(shown.document))
    else:
        told = [
            *lines(shown.document),
            *(f"changed: {plain(line)}" for line in changes(stored.document, shown.document)),
        ]
        click.echo("\n".join(told))
    if recheck:
        context.exit(exit_of_verdict(shown.document))
    context.exit(Exit.PASS if shown.document == stored.document else Exit.INCONCLUSIVE)


def _latest() -> Path:
    """Find the newest run: `latest` is the newest that came to its end, and one that was killed may be newer."""
    folder = load({}, {}, Path.cwd(), project_root(Path.cwd())).report
    return newest_run(folder) or folder / "latest"


def _write_again(folder: Path, stored: Report) -> Report:
    """Write what can be made of a run; a history and a verdict that stand there whole are left alone."""
    try:
        is_whole = not is_unfinished(folder)
        if not is_whole:
            write_history(folder, stored.header, stored.events)
        left_alone = [VERDICT] if is_whole and (folder / VERDICT).exists() else []
        document = write_report(folder, stored, without=left_alone)
    except OSError as error:
        raise fault_of(folder, error) from None
    return Report(document, stored.header, stored.events)


def _write(folder: Path, made: Report) -> None:
    try:
        folder.mkdir(exist_ok=True)
        write_report(folder, made)
    except OSError as error:
        raise fault_of(folder, error) from None

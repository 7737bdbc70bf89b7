"""`realtime run`: the shipped scenarios under pytest, and one exit code from their verdict."""

import traceback
from pathlib import Path
from typing import Final

import click
import pytest

import harness
from harness.commands.exits import Exit, exit_of_verdict
from harness.commands.rehearsal import rehearse
from harness.config import OPTIONS, load, target_declaration
from harness.plugin.closing import document_of
from harness.report.document import Document

_PROJECT_MARKS: Final = (
    "realtime.toml", "pyproject.toml", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg", "setup.py", ".git",
)  # fmt: skip
_WITHOUT_VERDICT: Final[dict[int, Exit]] = {
    pytest.ExitCode.USAGE_ERROR: Exit.USAGE,
    pytest.ExitCode.INTERNAL_ERROR: Exit.ENVIRONMENT,
}
_UNSELECTED: Final = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


@click.command(
    short_help="Judge a target by the shipped scenarios.",
    context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.option("--dry-run", is_flag=True, help="List the requests that it would make on a remote target; make none.")
@click.pass_context
def run(context: click.Context, arguments: tuple[str, ...], *, dry_run: bool) -> None:
    """
    Run the shipped scenarios against the target and end with the exit code of their verdict.

    ARGUMENTS are handed to pytest: --realtime-target=NAME, --realtime-tier=release, -k WORD, -n 4.
    """
    root = project_root(Path.cwd())
    settings = load(realtime_options(arguments), {}, Path.cwd(), root)
    ini = Path(harness.__file__).with_name("run.ini")
    given = ["-c", str(ini), f"--rootdir={root}", "--pyargs", "harness.scenarios", *arguments]
    if dry_run:
        click.echo("\n".join(rehearse(target_declaration(settings), given, _pytest)))
        return
    listener = _Listener()
    answered = _pytest(given, listener)
    if listener.verdict is None:
        if answered != pytest.ExitCode.USAGE_ERROR:  # which pytest has explained
            without = f"the run came to no verdict, and wrote none below {settings.report}"
            click.echo(f"realtime: {'no scenario was selected' if answered in _UNSELECTED else without}", err=True)
        context.exit(_WITHOUT_VERDICT.get(answered, Exit.INCONCLUSIVE))
    context.exit(exit_of_verdict(listener.verdict))


class _Listener:
    """Takes the verdict of this very run out of it, also where no file could be written."""

    def __init__(self) -> None:
        self.verdict: Document | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Look when all is over, however it ended."""
        self.verdict = document_of(config)


def _pytest(arguments: list[str], listener: object) -> int:
    """Run pytest in this process: a signal, a debugger's terminal and kill -9 reach it without being handed on."""
    try:
        return int(pytest.main(arguments, plugins=[listener]))
    except KeyboardInterrupt:  # a second one, out of pytest's own handling of the first
        return pytest.ExitCode.INTERRUPTED
    except Exception:  # noqa: BLE001 - Python's own exit code of a crash is 1, which would read as a broken product
        traceback.print_exc()
        return pytest.ExitCode.INTERNAL_ERROR


def project_root(start: Path) -> Path:
    """Find the folder that the caller's project begins at: the nearest with a project file, else `start` itself."""
    for folder in (start, *start.parents):
        if any((folder / mark).exists() for mark in _PROJECT_MARKS):
            return folder
    return start


def realtime_options(arguments: tuple[str, ...]) -> dict[str, str | None]:
    """Pick our own options out of pytest's arguments, keyed as the settings are; the last of a name counts."""
    found: dict[str, str | None] = {}
    following = (*arguments, "")[1:]
    for argument, after in zip(arguments, following, strict=True):
        name, equals, value = argument.removeprefix("--realtime-").partition("=")
        if argument.startswith("--realtime-") and name in OPTIONS:
            found[name] = value if equals else after
    return found

"""`realtime rig`: a scripted, adversarial server that says of any client what it does right and what not."""

import asyncio
import contextlib
import os
import secrets
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from harness.checkers.verdict import Verdict
from harness.commands.exits import Exit
from harness.commands.run import project_root
from harness.config import load
from harness.errors import EnvironmentFault
from harness.protocol.dialects import DIALECTS, dialect
from harness.report.files import fault_of, replace_file
from harness.rig.exercise import Exercise
from harness.rig.exercises import ALL, chosen
from harness.rig.guest import Command
from harness.rig.result import Result, Sheet
from harness.rig.runner import Rig
from harness.rig.telling import line, markdown, summary
from harness.rig.terms import AUTH_PATHS, Terms

_ENDS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOG: Final = "client.log"
_EXITS: Final = {
    Verdict.PASS: Exit.PASS,
    Verdict.FAIL: Exit.FAILURE,
    Verdict.INCONCLUSIVE: Exit.INCONCLUSIVE,
}


@click.command(short_help="Show what a client does, from the server's side.")
@click.option("--exercise", "wanted", multiple=True, metavar="ID", help="Do this one only; * stands for anything.")
@click.option("--list", "is_list", is_flag=True, help="List the exercises, and end.")
@click.option("--dialect", "spoken", type=click.Choice(sorted(DIALECTS)), default="reverb", show_default=True)
@click.option("--key", default="", help="The app's key; by default whichever the client asks for.")
@click.option("--channel", default="", help="What the app will subscribe to; by default whatever it does.")
@click.option("--auth-path", multiple=True, help=f"Where it authorizes; by default {', '.join(AUTH_PATHS)}.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; 0.0.0.0 lets in a phone.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="By default one that is free.")
@click.option("--patience", type=click.FloatRange(0, 3600, min_open=True), default=30.0, show_default=True)
@click.option("--pace", type=click.FloatRange(0.01, 10), default=1.0, show_default=True, help="Length of a second.")
@click.option("--operator", "has_operator", is_flag=True, help="Somebody does in the app what the status page asks.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--report", help="The folder that gets one folder a run.  [default: reports]")
@click.option("--json", "wants_json", is_flag=True, help="Print one JSON object at the end, and nothing else.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def rig(
    context: click.Context,
    /,
    *,
    wanted: tuple[str, ...],
    is_list: bool,
    command: tuple[str, ...],
    **options: Any,
) -> None:
    """
    Serve a client, lead it into every trouble there is, and say what it did.

    COMMAND, behind --, starts the client, {url} or {port} in it being the rig's; without one, start your app by hand.
    It ends with 0 when the client passed, 1 when it failed, 3 when none came, 4 when nobody can tell.
    """
    exercises = chosen(wanted)
    if is_list:
        for exercise in ALL:
            click.echo(f"{exercise.id:<26} {exercise.says}")
        return
    folder, is_quiet = _folder(options.pop("report")), options.pop("wants_json")
    host, port = options.pop("host"), options.pop("port")
    one = Rig(_terms(options), (lambda _: None) if is_quiet else _tell, _guest(command, folder), _ask)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(_run(one, exercises, host, port, is_quiet=is_quiet))
    except EnvironmentFault as error:
        raise _with_what_it_printed(error, folder / _LOG) from None
    sheet = one.sheet(exercises)
    _write(folder, sheet)
    if is_quiet:
        click.echo(msgspec.json.encode({"verdict": sheet.verdict, **msgspec.to_builtins(sheet)}).decode())
    else:
        click.echo("")
        for said in summary(sheet):
            click.echo(said)
        click.echo(f"report    {folder / 'rig.html'}")
    context.exit(_EXITS[sheet.verdict])


def _with_what_it_printed(error: EnvironmentFault, log: Path) -> EnvironmentFault:
    """Say where to read what a client printed that never came; of one that printed nothing, nothing is left."""
    if log.is_file() and log.stat().st_size:
        return EnvironmentFault(f"{error}; what it printed: {log}")
    with contextlib.suppress(OSError):
        log.unlink()
        log.parent.rmdir()
    return error


def _guest(command: tuple[str, ...], folder: Path) -> Command | None:
    """Make the client that can be started, if there is one; what it prints is kept beside the report."""
    if not command:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise fault_of(folder, error) from None
    return Command(command, folder / _LOG)


def _terms(options: dict[str, Any]) -> Terms:
    paths = options.pop("auth_path") or AUTH_PATHS
    spoken = dialect(options.pop("spoken"))
    return Terms(secret=secrets.token_hex(16), dialect=spoken, auth_paths=tuple(paths), **options)


def _folder(report: str | None) -> Path:
    settings = load({"report": report, "target": "embedded"}, {}, Path.cwd(), project_root(Path.cwd()))
    return settings.report / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"


async def _run(one: Rig, exercises: Sequence[Exercise], host: str, port: int, *, is_quiet: bool) -> None:
    """Run until the end, or until a signal cancels it; a second one does not interrupt the end itself."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101 - a coroutine runs in one

    def leave() -> None:
        for number in _ENDS:
            loop.add_signal_handler(number, lambda: None)
        task.cancel()

    for number in _ENDS:
        loop.add_signal_handler(number, leave)

    def ready(found: int) -> None:
        shown = "127.0.0.1" if host in ("", "0.0.0.0") else host  # noqa: S104 - told, not bound
        where = f"{shown}:{found}"
        click.echo(f"the rig listens at ws://{where}; what to do stands at http://{where}/", err=is_quiet)

    await one.run(exercises, host=host, port=port, ready=ready)


def _ask(sentence: str) -> None:
    """Say what has to be done, where a person looks, and not among the results."""
    click.echo(f">>> {sentence}", err=True)


def _tell(result: Result) -> None:
    with contextlib.suppress(BrokenPipeError):
        click.echo(line(result))


def _write(folder: Path, sheet: Sheet) -> None:
    """Leave the report; raises `EnvironmentFault` where that is not possible."""
    from harness.rig.page import render  # noqa: PLC0415 - jinja2 is heavy, and a list needs none

    told = msgspec.json.format(msgspec.json.encode({"verdict": sheet.verdict, **msgspec.to_builtins(sheet)}))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / "rig.json", [told, b"\n"])
        replace_file(folder / "rig.html", [render(sheet).encode("utf-8", "backslashreplace")])
        replace_file(folder / "rig.md", [markdown(sheet).encode("utf-8", "backslashreplace")])
    except OSError as error:
        raise fault_of(folder, error) from None

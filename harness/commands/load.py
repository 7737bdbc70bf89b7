"""`realtime load`: whether delivery stays complete and in time when many talk at once."""

import asyncio
import contextlib
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from harness.checkers.verdict import Verdict
from harness.commands.exits import Exit
from harness.commands.run import project_root
from harness.config import TargetDeclaration, target_declaration
from harness.config import load as read_settings
from harness.config.durations import duration
from harness.errors import EnvironmentFault, UsageError
from harness.load import limits
from harness.load.generator import Generator, Run
from harness.load.ground import opened
from harness.load.population import populate
from harness.load.profile import Arrivals, Profile, Shape, schedule
from harness.load.result import Result, encoded, result_of
from harness.load.telling import Progress, markdown, told

_EXIT: Final = {
    Verdict.PASS: Exit.PASS,
    Verdict.FAIL: Exit.FAILURE,
    Verdict.INCONCLUSIVE: Exit.INCONCLUSIVE,
}
_ENDS: Final = (signal.SIGINT, signal.SIGTERM)
_FILE: Final = click.Path(path_type=Path)


@click.command(short_help="Load a target with many users, and account for every delivery.")
@click.option("--target", metavar="NAME", help="The target; by default that of realtime.toml.")
@click.option("--users", type=click.IntRange(2), default=100, show_default=True, help="Devices that connect.")
@click.option("--conversations", type=click.IntRange(1), default=1, show_default=True, help="They talk in so many.")
@click.option(
    "--rate", type=click.FloatRange(0, min_open=True), default=10.0, show_default=True, help="Messages a second."
)
@click.option("--duration", "lasts", default="30s", show_default=True, help="Such as 30s or 10m.")
@click.option(
    "--profile", "shape", type=click.Choice([one.value for one in Shape]), default="constant", show_default=True
)
@click.option("--arrivals", type=click.Choice([one.value for one in Arrivals]), default="even", show_default=True)
@click.option("--seed", type=click.IntRange(0), help="Decides who speaks, and when arrivals come by chance.")
@click.option("--json", "json_file", type=_FILE, help="Write the result to this file as well.")
@click.option("--report", type=_FILE, help="Folder of the report; reports/load by default.")
@click.pass_context
def load(context: click.Context, /, *, target: str | None, seed: int | None, **options: Any) -> None:
    """
    Let many users talk, and say whether every owed delivery came, in time, and to nobody else.

    Messages go out when they are meant to, whatever became of those before. Ctrl-C ends the load early, with a report.

    It ends with 0 when all is well, 1 when something is not, 4 when that cannot be told, 5 when somebody heard what
    they must not.
    """
    chosen = {"target": target, "seed": None if seed is None else str(seed)}
    settings = read_settings(chosen, {}, Path.cwd(), project_root(Path.cwd()))
    declaration = target_declaration(settings)
    profile = _profile(settings.seed, **options)
    users, conversations = options["users"], options["conversations"]
    limits.check_target(declaration, conversations=conversations, rate=profile.rate)
    limits.check_users(users, conversations=conversations)
    limits.check_rate(profile, listeners=users / conversations - 1)
    limits.check_machine(users)
    messages = len(schedule(profile))
    folder = options["report"] or settings.report / "load"
    with _reported(folder):  # a load is not for nothing
        folder.mkdir(parents=True, exist_ok=True)
    if said := limits.too_short(messages, declaration.budgets.delivery):
        click.echo(f"note      {said}")
    result = _loaded(declaration, profile, users=users, conversations=conversations, patience=settings.patience)
    for line in told(result):
        click.echo(line)
    _write(result, folder, options["json_file"])
    click.echo(f"report    {folder / 'load.html'}")
    context.exit(Exit.SECURITY if result.is_insecure else _EXIT[result.verdict])


def _profile(seed: int, *, rate: float, lasts: str, shape: str, arrivals: str, **_: Any) -> Profile:
    """Read the profile."""
    try:
        seconds = float(duration(lasts))
    except UsageError as error:
        raise UsageError(f"--duration: {error}") from None
    return Profile(rate=rate, seconds=seconds, shape=Shape(shape), arrivals=Arrivals(arrivals), seed=seed)


def _loaded(
    declaration: TargetDeclaration, profile: Profile, *, users: int, conversations: int, patience: float
) -> Result:
    """Run it; raises `EnvironmentFault` when the target is not there."""
    progress = Progress(sys.stdout)
    with (
        tempfile.TemporaryDirectory(prefix="realtime-load-") as folder,
        opened(
            declaration,
            users=users,
            conversations=conversations,
            seed=profile.seed,
            folder=Path(folder),
            patience=patience,
        ) as ground,
    ):
        population = populate(ground.people, ground.outsiders, users=users, conversations=conversations)
        target = ground.deployment.target

        async def go() -> Run:
            generator = Generator(target, population, profile, told=progress)
            with _ending_early(generator):
                return await generator.run()

        try:
            run = asyncio.run(go())
        finally:
            progress.end()
        ground.deployment.check()
        return result_of(run, target, profile, conversations=conversations)


@contextlib.contextmanager
def _ending_early(generator: Generator) -> Iterator[None]:
    """Let the first Ctrl-C end the load, and the second the command."""
    loop = asyncio.get_running_loop()

    def end() -> None:
        for one in _ENDS:
            loop.remove_signal_handler(one)
        generator.end()

    for one in _ENDS:
        loop.add_signal_handler(one, end)
    try:
        yield
    finally:
        for one in _ENDS:
            loop.remove_signal_handler(one)


def _write(result: Result, folder: Path, json_file: Path | None) -> None:
    """Leave the result in all its forms."""
    from harness.load.page import render  # noqa: PLC0415 - jinja2 is heavy, and a bad option needs none

    with _reported(folder):
        (folder / "load.json").write_bytes(encoded(result))
        (folder / "load.html").write_text(render(result), encoding="utf-8")
        (folder / "load.md").write_text(markdown(result), encoding="utf-8")
        if json_file is not None:
            json_file.write_bytes(encoded(result))


@contextlib.contextmanager
def _reported(folder: Path) -> Iterator[None]:
    """Raise `EnvironmentFault` where a report cannot be written."""
    try:
        yield
    except OSError as error:
        raise EnvironmentFault(f"the report cannot be written to {folder}: {error.strerror}") from error

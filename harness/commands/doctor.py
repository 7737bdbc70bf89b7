"""`realtime doctor`: which hop of a target is broken, why, and what mends it."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any, Final

import click

from harness.commands.exits import Exit
from harness.commands.run import project_root
from harness.config import Settings, TargetDeclaration, cache_folder, load, target_declaration
from harness.config.environment import variables
from harness.doctor.report import Report
from harness.doctor.stated import Stated, stated
from harness.doctor.telling import as_json, as_text
from harness.doctor.walk import diagnose
from harness.doctor.walker import Extent
from harness.errors import EnvironmentFault, UsageError
from harness.history.events import LeftBehind
from harness.history.recorder import Recorder
from harness.topology import open_deployment
from harness.topology.target import Target

_EXIT: Final = {"fine": Exit.PASS, "broken": Exit.FAILURE, "environment": Exit.ENVIRONMENT}
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(
    short_help="Find the broken hop of a target, and its cause.",
    context_settings={"help_option_names": ["--help"]},
)
@click.argument("target", required=False)
@click.option("--config", metavar="PATH", help="The file that declares the target; by default it is looked for.")
@click.option("--json", "wants_json", is_flag=True, help="Print one JSON object.")
@click.option("--client", type=_FILE, help="JSON with a client's options, by Echo's names, and the page it is on.")
@click.option("--client-log", type=_FILE, help="JSON lines of what a client heard and sent.")
@click.option("--env", "environment", type=_FILE, help="The backend's .env; no secret of it is shown.")
@click.option("--token-from", metavar="VARIABLE", help="Look at the token in this variable; nobody is logged in.")
@click.option("--secret-of-before", metavar="VARIABLE", help="The app secret before it was changed.")
@click.option("--seconds", type=click.FloatRange(0.1), default=10.0, show_default=True, help="Patience for an answer.")
@click.option("--idle", type=click.FloatRange(0), default=0.0, help="Seconds to watch a silent connection, say 130.")
@click.option("--ramp", type=click.IntRange(0), default=0, help="Connections to open at most, say 1100.")
@click.option("--comb", type=click.IntRange(0), default=6, show_default=True, help="Messages that show a slow queue.")
@click.pass_context
def doctor(
    context: click.Context, /, *, target: str | None, config: str | None, wants_json: bool, **options: Any
) -> None:
    """
    Walk TARGET hop by hop; say what each did, what came back, and for a broken one why and what mends it.

    By default the default target of realtime.toml. It ends with 0 when no hop is broken, 1 when one is, 3 when nothing
    but the environment is.
    """
    settings = _settings(target, config)
    told = _stated(options)
    extent = Extent(seconds=options["seconds"], idle=options["idle"], ramp=options["ramp"], comb=options["comb"])
    report = _walked(target_declaration(settings), settings.seed, told, extent)
    click.echo(as_json(report) if wants_json else as_text(report))
    context.exit(_EXIT[report.verdict])


def _settings(target: str | None, config: str | None) -> Settings:
    """Find the target; say so where it is our own for want of a file, and call what was asked as it is called here."""
    here = Path.cwd()
    try:
        settings = load({"target": target, "config": config}, {}, here, project_root(here))
    except UsageError as error:
        raise UsageError(str(error).replace("--realtime-target", "TARGET").replace("--realtime-", "--")) from None
    if settings.file is None and target is None:
        click.echo("no realtime.toml was found here or above: it is our own embedded stack that is walked", err=True)
    return settings


def _stated(options: dict[str, Any]) -> Stated:
    return stated(
        client=options["client"],
        log=options["client_log"],
        environment=options["environment"],
        token=_variable("--token-from", options["token_from"]),
        previous_secret=_variable("--secret-of-before", options["secret_of_before"]),
    )


def _variable(option: str, name: str | None) -> str:
    """Read a secret from the environment: on a command line everybody on the machine would see it."""
    if name is None:
        return ""
    if not (value := variables().get(name, "")):
        raise UsageError(f"{option} names the variable {name}, which is not set or empty")
    return value


def _walked(declaration: TargetDeclaration, seed: int, told: Stated, extent: Extent) -> Report:
    """Walk a target that runs, or start one of ours for the walk; whoever was made for it is deleted again."""
    with tempfile.TemporaryDirectory(prefix="realtime-doctor-") as folder:
        try:
            deployment = open_deployment(declaration, seed=seed, folder=Path(folder), cache=cache_folder())
        except EnvironmentFault as error:
            if declaration.topology != "remote":
                raise
            # What keeps a cast from being made is what the walk is about to find.
            return asyncio.run(diagnose(declaration, stated=told, extent=extent, no_cast=str(error)))
        recorder = Recorder()
        with Target(deployment, recorder) as target:
            report = asyncio.run(diagnose(target.declaration, stated=told, extent=extent))
        for left in (one for one in recorder.events if isinstance(one, LeftBehind)):
            click.echo(f"left behind: {left.what}, {left.why}", err=True)
        return report

"""`realtime compare`: whether one target delivers slower than another, measured in turns on one machine."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import msgspec

from harness.commands.comparison import as_json, as_text, conclude, write_folder
from harness.commands.exits import Exit
from harness.commands.run import project_root
from harness.commands.sampling import Side, check_measurable, measure, turns
from harness.config import Settings, TargetDeclaration, cache_folder, load, target_declaration
from harness.errors import EnvironmentFault, Inconclusive, NotExercised, UsageError
from harness.history.recorder import Header, Recorder
from harness.statistics.comparison import FEWEST_ROUNDS, FEWEST_SAMPLES, Answer, check_installed
from harness.topology import open_deployment
from harness.topology.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What the command was asked for."""

    settings: Settings
    names: tuple[str, str]
    rounds: int
    messages: int
    run: str


@click.command(short_help="Tell whether one target is slower than another.")
@click.argument("baseline", metavar="A")
@click.argument("candidate", metavar="B")
@click.option(
    "--rounds", type=click.IntRange(FEWEST_ROUNDS, 1000), default=8, show_default=True, help="Blocks of each."
)
@click.option(
    "--messages", type=click.IntRange(FEWEST_SAMPLES, 100_000), default=50, show_default=True, help="In a block."
)
@click.option("--seed", type=click.IntRange(min=0), help="Which world is seeded in a stack that is started.")
@click.option("--config", help="The file that declares the targets.")
@click.option("--report", help="The folder that gets one folder a run.  [default: reports]")
@click.option("--patience", type=click.FloatRange(0, 1000, min_open=True), help="Multiplies every deadline.")
@click.pass_context
def compare(
    context: click.Context,
    /,
    *,
    baseline: str,
    candidate: str,
    rounds: int,
    messages: int,
    **options: float | str | None,
) -> None:
    """
    Tell whether B delivers slower than A; both are targets, also twice the same one.

    Blocks of messages take turns, A B B A …, so that both see the same machine. B fails when a rank test, a shift above
    10 % of A's median and above twice the spread of A against itself say so, or when it breaks a guarantee.
    """
    check_installed()
    root = project_root(Path.cwd())
    given = {name: None if value is None else str(value) for name, value in options.items()}
    # Both targets are named as arguments: neither the environment's nor the file's default has a say.
    settings = load(given | {"target": "embedded"}, {}, Path.cwd(), root)
    run = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    plan = _Plan(settings=settings, names=(baseline, candidate), rounds=rounds, messages=messages, run=run)
    context.exit(_compare(plan))


def _compare(plan: _Plan) -> Exit:
    """Start both, measure, judge, write and tell."""
    declarations = [target_declaration(msgspec.structs.replace(plan.settings, target=name)) for name in plan.names]
    folder = plan.settings.report / plan.run
    try:
        with contextlib.ExitStack() as opened:
            sides = []
            for letter, declaration in zip("AB", declarations, strict=True):
                logs = _made(folder / f"logs-{letter}")
                sides.append(Side(letter, opened.enter_context(_target(plan, declaration, logs))))
                check_measurable(sides[-1].target)
            return _judge(plan, folder, (sides[0], sides[1]))
    except NotExercised as error:
        raise Inconclusive(f"nothing is compared: {error}") from error
    except KeyboardInterrupt:
        raise Inconclusive("interrupted; nothing is said about the targets") from None


def _judge(plan: _Plan, folder: Path, sides: tuple[Side, Side]) -> Exit:
    """Measure, judge, write and tell; what ends the measuring too early is told after what was found by then."""
    blocks = len(turns(plan.rounds))
    done: list[None] = []
    cut_short, fault = "", None
    try:
        with _progress(blocks) as show:
            measuring = measure(sides, rounds=plan.rounds, messages=plan.messages, step=lambda: _step(done, show))
            asyncio.run(measuring)
    except KeyboardInterrupt:
        cut_short = f"interrupted after {len(done)} of {blocks} blocks"
    except EnvironmentFault as error:
        cut_short, fault = str(error).partition("\n")[0], error
    code = Exit.ENVIRONMENT if fault else Exit.INCONCLUSIVE
    conclusion = conclude(*sides, cut_short=cut_short, code_when_cut=code)
    settings = plan.settings
    facts = {
        "run": plan.run,
        "seed": settings.seed,
        "rounds": plan.rounds,
        "messages": plan.messages,
        "cut_short": cut_short,
    }
    write_folder(folder, as_json(conclusion, *sides, facts), *sides)
    if fault and conclusion.verdict is not Answer.FAIL:
        raise fault
    click.echo(f"{as_text(conclusion, *sides)}\nreport  {_shown(folder)}/compare.json")
    return conclusion.exit


@contextlib.contextmanager
def _target(plan: _Plan, declaration: TargetDeclaration, logs: Path) -> Iterator[Target]:
    """Bring one of the targets to run, with a history of its own; it is stopped at the end."""
    settings = plan.settings
    deployment = open_deployment(
        declaration, seed=settings.seed, folder=logs, cache=cache_folder(), patience=settings.patience
    )
    header = Header(
        run=plan.run,
        seed=settings.seed,
        target=declaration.name,
        topology=declaration.topology,
        dialect=declaration.broadcaster.dialect,
        monotonic_origin=time.monotonic_ns(),
        wall_origin=time.time(),
    )
    with Target(deployment, Recorder(header), patience=settings.patience) as target:
        yield target


@contextlib.contextmanager
def _progress(blocks: int) -> Iterator[Callable[[], None]]:
    """Show on a terminal how far the measuring is; a log gets nothing."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    with click.progressbar(length=blocks, label="A B B A …", file=sys.stderr) as bar:
        yield lambda: bar.update(1)


def _step(done: list[None], show: Callable[[], None]) -> None:
    done.append(None)
    show()


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the folder {folder} cannot be made: {error.strerror}; name another with --report") from error
    return folder


def _shown(folder: Path) -> Path:
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder

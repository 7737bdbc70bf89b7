"""`realtime prove`: what a suite is worth, shown on defects that are put into a healthy target one at a time."""

import contextlib
import importlib.util
import io
import os
import re
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import IO, Final

import click
import msgspec
import pytest

import harness
from harness.commands.exits import Exit
from harness.commands.run import project_root, realtime_options
from harness.config import Settings, TargetDeclaration, load, target_declaration
from harness.errors import EnvironmentFault, HarnessError, UsageError
from harness.faults.defects.catalogue import chosen
from harness.faults.defects.defect import Defect
from harness.proving.examination import HEALTHY
from harness.proving.plan import possible_for, untried
from harness.proving.prover import Prover
from harness.proving.result import Proof, Result
from harness.proving.telling import line, markdown, summary
from harness.report.files import fault_of, point_latest_at

_TIER: Final = "pr"
_OURS_IS_IMPORTED: Final = "ignore:Module already imported so cannot be rewritten; harness"
"""Pytest warns when it loads our plugin; a project for which warnings are errors could not be proven."""
_TAKE_A_WORD: Final = ("-c", "-k", "-m", "-n", "-o", "-p", "-r", "-W", "--deselect", "--ignore", "--realtime-report")
"""Options whose word is none of the tests, even where a folder is called so."""
_BEGAN: Final = (pytest.ExitCode.OK, pytest.ExitCode.INTERRUPTED)
_ALWAYS: Final = ("--capture=sys", "-p", "no:cacheprovider", "-W", _OURS_IS_IMPORTED)


@click.command(
    short_help="Show which defects the suite catches.",
    context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
)
@click.option("--defect", "wanted", multiple=True, metavar="ID", help="Try this one only; may be given several times.")
@click.option("--list", "is_list", is_flag=True, help="List the defects that the target can be given, and end.")
@click.option(
    "--processes",
    type=click.IntRange(1),
    help="How many at once, each with a stack of its own; by default one a processor on embedded, else 1.",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def prove(
    context: click.Context, *, wanted: tuple[str, ...], is_list: bool, processes: int | None, arguments: tuple[str, ...]
) -> None:
    """
    Run a suite on a healthy target, then on each defect, and say which it catches.

    ARGUMENTS are handed to pytest: the tests (by default the shipped scenarios), --realtime-target=NAME, -k WORD. It
    ends with 0 when everything was caught without a false alarm, else with 1.
    """
    root = project_root(Path.cwd())
    settings = load({"tier": _TIER, **realtime_options(arguments)}, {}, Path.cwd(), root)
    declaration = target_declaration(settings)
    possible = possible_for(declaration)
    defects = chosen(wanted, possible, untried(declaration, possible))
    if is_list:
        for one in defects:
            click.echo(f"{one.id:<18} {one.says}")
        return
    told = _Told(sys.stdout)
    began = time.monotonic()
    count = processes or (os.cpu_count() or 1 if declaration.topology == "embedded" else 1)
    asked = [*_healthy(defects), *defects]
    prover = Prover(asked, processes=count, told=told)
    listing = _collected(_arguments(arguments, root), prover)
    if prover.listed is not None:
        click.echo(f"{listing}nothing was tried: --collect-only lists the tests, and --list the defects")
        return
    if prover.fault:
        raise EnvironmentFault(f"target {declaration.name} cannot be examined: {prover.fault}")
    missing = _unanswered(asked, told.results)
    proof = _proof([*told.results, *missing], defects, settings, declaration)
    proof = msgspec.structs.replace(proof, tests=prover.tests, seconds=time.monotonic() - began)
    folder = _written(proof, prover.folder)
    click.echo("")
    for said in [f"interrupted: {len(missing)} of {len(asked)} runs have no answer"] if missing else summary(proof):
        click.echo(said)
    click.echo(f"report    {folder / 'prove.html'}")
    context.exit(Exit.INCONCLUSIVE if missing else Exit.PASS if proof.holds else Exit.FAILURE)


class _Told:
    """Keeps what became of each defect, and says it at once."""

    def __init__(self, stream: IO[str]) -> None:
        self.results: list[Result] = []
        self._stream = stream

    def __call__(self, result: Result) -> None:
        self.results.append(result)
        with contextlib.suppress(BrokenPipeError):  # who reads no further is told at the end, behind the report
            click.echo(line(result), file=self._stream)


def _healthy(defects: list[Defect]) -> list[Defect]:
    """
    Make the runs without a defect: of all tests, then of those that are likely to convict elsewhere.

    Elsewhere is another dialect, and behind an interceptor.
    """
    found = [HEALTHY]
    for dialect in sorted({one.dialect for one in defects if one.dialect}):
        there = [one for one in defects if one.dialect == dialect]
        found.append(msgspec.structs.replace(HEALTHY, dialect=dialect, scenarios=_likely(there)))
    if behind := [one for one in defects if one.by == "interceptor"]:
        found.append(msgspec.structs.replace(HEALTHY, by="interceptor", scenarios=_likely(behind)))
    return found


def _unanswered(asked: list[Defect], results: list[Result]) -> list[Result]:
    """Give a result to whatever had none when the command was interrupted: what was not seen is not claimed."""
    left = Counter(one.id for one in asked) - Counter(one.defect for one in results)
    return [Result(defect=id_, problem="the command was interrupted") for id_ in left.elements()]


def _likely(defects: list[Defect]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for one in defects for part in one.scenarios))


def _arguments(arguments: tuple[str, ...], root: Path) -> list[str]:
    """Add to the caller's words for pytest: our tests where they name none, and no processes but ours."""
    names_tests = any(
        not one.startswith("-") and before not in _TAKE_A_WORD and Path(one.partition("::")[0]).exists()
        for before, one in pairwise(("", *arguments))
    )
    ini = Path(harness.__file__).with_name("run.ini")
    shipped = [] if names_tests else ["-c", str(ini), f"--rootdir={root}", "--pyargs", "harness.scenarios"]
    tier = [] if "tier" in realtime_options(arguments) else [f"--realtime-tier={_TIER}"]
    alone = ["-n0"] if importlib.util.find_spec("xdist") else []
    return [*shipped, *_ALWAYS, *tier, *arguments, *alone, "--realtime-doctor=off"]


def _collected(arguments: list[str], prover: Prover) -> str:
    """Let pytest collect, and the prover loop, and give what pytest said; raises `HarnessError` where it cannot."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = pytest.main(arguments, plugins=[prover])
    if code == pytest.ExitCode.INTERRUPTED and not prover.tests:
        raise UsageError(f"the tests cannot be collected:\n{said.getvalue()}")
    if prover.listed is None and (code not in _BEGAN or not prover.tests):
        raise _not_begun(code, said.getvalue())
    return said.getvalue()


def _not_begun(code: int, said: str) -> HarnessError:
    """Say in a sentence why pytest did not come to the tests."""
    lines = [one.strip() for one in said.splitlines() if one.strip()]
    if code == pytest.ExitCode.INTERNAL_ERROR:
        inside = [one.removeprefix("INTERNALERROR>").strip() for one in lines if one.startswith("INTERNALERROR>")]
        return EnvironmentFault(f"pytest broke down before anything was tried: {[*filter(None, inside), ''][-2]}")
    if code != pytest.ExitCode.USAGE_ERROR:
        return UsageError("no test was selected: no test has that name or mark, or is in that place")
    if missing := re.search(r"not found: (.*?)(?: \(|$)", said, re.MULTILINE):
        return UsageError(f"there are no tests at {missing[1]}")
    wrong = re.search(r": error: (.*)", said) or re.search(r"^ERROR: (.*)", said, re.MULTILINE)
    return UsageError(wrong[1] if wrong else said)


def _proof(results: list[Result], defects: list[Defect], settings: Settings, declaration: TargetDeclaration) -> Proof:
    order = {one.id: place for place, one in enumerate(defects)}
    return Proof(
        target=settings.target,
        topology=declaration.topology,
        tier=settings.tier,
        seed=settings.seed,
        seconds=0.0,
        tests=0,
        defects=tuple(defects),
        healthy=tuple(one for one in results if not one.defect),
        untried=untried(declaration, possible_for(declaration)),
        results=tuple(sorted((one for one in results if one.defect), key=lambda one: order[one.defect])),
    )


def _written(proof: Proof, folder: Path) -> Path:
    """Leave the proof where reports are; raises `EnvironmentFault` when it cannot be written there."""
    from harness.proving.page import render  # noqa: PLC0415 - jinja2 is heavy, and a list needs none

    try:
        (folder / "prove.json").write_bytes(msgspec.json.format(msgspec.json.encode(proof)) + b"\n")
        (folder / "prove.html").write_text(render(proof), encoding="utf-8")
        (folder / "prove.md").write_text(markdown(proof), encoding="utf-8")
    except OSError as error:
        raise fault_of(folder, error) from None
    point_latest_at(folder)
    return folder

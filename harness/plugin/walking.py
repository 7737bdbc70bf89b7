"""
Let the doctor walk the target of a run in which something failed: once a process, when its tests are over.

It walks just before the target stops, so that what a test disturbed is repaired by then. What it finds stands beside
the verdict and never changes it; a run that passed, and one that was interrupted, are not walked.
"""

from typing import TYPE_CHECKING, Any

import pytest

from harness.plugin import progress
from harness.plugin.options import declaration_of, settings_of
from harness.plugin.run import run_of

if TYPE_CHECKING:
    from harness.config import TargetDeclaration
    from harness.doctor.report import Report
    from harness.doctor.walker import Extent
    from harness.report.document import Word
    from harness.topology.target import Target
    from harness.users.manners import Manners

_ANSWER_SECONDS = 2.0
_WALK_SECONDS = 10.0
"""Both are multiplied by the patience of the run."""


def suspect(config: pytest.Config, verdict: "Word", error: BaseException | None) -> None:
    """Note what a test came to: a walk is due when it failed, and not for a test that is wrong itself."""
    from harness.errors import UsageError

    if verdict in ("FAIL", "ENVIRONMENT") or (verdict == "ERROR" and not isinstance(error, UsageError)):
        run_of(config).is_suspect = True


def accompany(config: pytest.Config, target: "Target") -> None:
    """Let a target be walked before it stops, if that is due then."""
    target.before_stop = lambda: _walk(config, target.declaration, manners=target.context.manners)


def walk_unopened(config: pytest.Config) -> None:
    """Walk a remote target that could not even be attached to; one of our own that did not start has no hops."""
    run = run_of(config)
    if run.unopened and (declaration := declaration_of(config)).topology == "remote":
        from harness.topology.deployment import Share
        from harness.topology.remote import shared

        _walk(config, shared(declaration, Share(run.number, run.workers)), no_cast=run.unopened)


def _walk(config: pytest.Config, declaration: "TargetDeclaration", **knows: Any) -> None:
    """Walk it if that is due, and keep what was found for the report; nothing is raised but an interrupt."""
    run = run_of(config)
    if not run.is_suspect or run.is_walked or run.is_interrupted or not settings_of(config).doctor:
        return
    run.is_walked = True
    try:
        extent = _extent(config, declaration)
        progress.tell(config, f"something failed: the doctor walks {declaration.name}, {extent.whole:g} s at most")
        told = _told(_walked(declaration, extent, **knows))
    except Exception as error:  # noqa: BLE001 - whatever it stumbles over, the run has its verdict without it
        told = {"failed": f"{type(error).__name__}: {error}"}
    run.visits.append({"workers": [run.worker]} | told)


def _extent(config: pytest.Config, declaration: "TargetDeclaration") -> "Extent":
    from harness.doctor.walker import Extent

    patience = settings_of(config).patience
    seconds, whole = _ANSWER_SECONDS * patience, _WALK_SECONDS * patience
    return Extent(seconds=seconds, whole=whole, writes=not declaration.production)


def _walked(
    declaration: "TargetDeclaration", extent: "Extent", *, manners: "Manners | None" = None, no_cast: str = ""
) -> "Report":
    """Walk on a loop of its own, wherever the caller is; an interrupt ends the walk, which tidies up first."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from harness.doctor.walk import diagnose

    begun: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Report]]] = []

    async def walk() -> "Report":
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - it runs in one
        begun.append((asyncio.get_running_loop(), task))
        return await diagnose(declaration, extent=extent, manners=manners, no_cast=no_cast)

    with ThreadPoolExecutor(1) as pool:
        walking = pool.submit(lambda: asyncio.run(walk()))
        try:
            return walking.result()
        except KeyboardInterrupt:
            for loop, task in begun:
                loop.call_soon_threadsafe(task.cancel)
            raise


def _told(report: "Report") -> dict[str, Any]:
    """Write it as plain values, which travel through xdist."""
    import msgspec

    from harness.report.visit import Hop

    hops = msgspec.convert(msgspec.to_builtins(report.hops), tuple[Hop, ...])
    return {"hops": msgspec.to_builtins(hops)}

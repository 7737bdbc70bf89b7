"""How a target comes to run: `open_deployment` answers with what every topology answers with, a `Deployment`."""

from pathlib import Path

from harness.config import TargetDeclaration
from harness.topology.deployment import ALONE, Deployment, Share
from harness.topology.embedded import COMPRESSED, Timers, start
from harness.topology.remote import attach

__all__ = ["COMPRESSED", "Deployment", "Share", "Timers", "open_deployment"]


def open_deployment(
    declaration: TargetDeclaration,
    *,
    seed: int,
    folder: Path,
    cache: Path,
    run: Path | None = None,
    share: Share = ALONE,
    timers: Timers | None = None,
    patience: float = 1.0,
) -> Deployment:
    """
    Bring a target to run and give its deployment, which the caller stops.

    `folder` gets the logs of what is started, `run` those of what all workers of a run share, of which `share` says
    which this is; `cache` keeps seeded worlds, `patience` multiplies deadlines. Raise
    `EnvironmentFault` when servers of ours do not get ready.
    """
    if declaration.topology == "embedded":
        return start(declaration, seed=seed, folder=folder, cache=cache, timers=timers, patience=patience)
    if declaration.topology == "containers":
        # Here alone: it locks files as only Unix can, and nobody else needs what it imports.
        from harness.topology import shared  # noqa: PLC0415

        return shared.attach(declaration, seed=seed, folder=run or folder, patience=patience, share=share, cache=cache)
    return attach(declaration, share)

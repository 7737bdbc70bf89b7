"""How a target comes to run: `open_deployment` answers with what every topology answers with, a `Deployment`."""

from pathlib import Path

from harness.config import TargetDeclaration
from harness.topology import shared
from harness.topology.deployment import Deployment
from harness.topology.embedded import COMPRESSED, Timers, start
from harness.topology.remote import attach

__all__ = ["COMPRESSED", "Deployment", "Timers", "open_deployment"]


def open_deployment(
    declaration: TargetDeclaration,
    *,
    seed: int,
    folder: Path,
    cache: Path,
    run: Path | None = None,
    timers: Timers | None = None,
    patience: float = 1.0,
) -> Deployment:
    """
    Bring a target to run and give its deployment, which the caller stops.

    `folder` gets the logs of what is started, `run` of what all workers of a run share; `cache` keeps seeded worlds,
    `patience` multiplies deadlines. Raise
    `EnvironmentFault` when servers of ours do not get ready.
    """
    if declaration.topology == "embedded":
        return start(declaration, seed=seed, folder=folder, cache=cache, timers=timers, patience=patience)
    if declaration.topology == "containers":
        return shared.attach(declaration, seed=seed, folder=run or folder, patience=patience)
    return attach(declaration)

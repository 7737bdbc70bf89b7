"""How a target comes to run: `open_deployment` answers with what every topology answers with, a `Deployment`."""

from pathlib import Path

from harness.config import TargetDeclaration
from harness.errors import UsageError
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
    timers: Timers | None = None,
    patience: float = 1.0,
) -> Deployment:
    """
    Bring a target to run and give its deployment, which the caller stops.

    `folder` gets the logs of what is started, `cache` keeps seeded worlds, `patience` multiplies deadlines. Raise
    `EnvironmentFault` when servers of ours do not get ready, `UsageError` for a topology that cannot be started.
    """
    if declaration.topology == "embedded":
        return start(declaration, seed=seed, folder=folder, cache=cache, timers=timers, patience=patience)
    if declaration.topology == "remote":
        return attach(declaration)
    raise UsageError(
        f"target {declaration.name} has the topology {declaration.topology}, which this version cannot start; "
        "use embedded, or a remote target that somebody started"
    )

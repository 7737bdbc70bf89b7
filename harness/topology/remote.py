"""A target that runs already: addresses, a cast and a world from `realtime.toml`, and nothing of ours to start."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.config import TargetDeclaration


@dataclass(frozen=True)
class RemoteDeployment:
    """Somebody else's servers: we neither see their logs nor end them."""

    target: TargetDeclaration
    images: Mapping[str, str] = field(default_factory=dict)

    def check(self) -> None:
        """Say nothing: a remote server that fails is seen by whoever talks to it."""

    def logs(self) -> dict[str, str]:
        """Give nothing: their logs are theirs."""
        return {}

    def stop(self) -> None:
        """Leave everything as it is."""


def attach(declaration: TargetDeclaration) -> RemoteDeployment:
    """Give the deployment of a remote target; no connection is made."""
    return RemoteDeployment(declaration)

"""A target that runs already: addresses, a cast and a world from `realtime.toml`, and nothing of ours to start."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from harness.config import TargetDeclaration
from harness.errors import NotExercised
from harness.topology.casting import with_cast
from harness.topology.deployment import ALONE, Control, Share
from harness.users.adapter import adapted


@dataclass(frozen=True)
class RemoteDeployment:
    """Somebody else's servers: we neither see their logs nor end them."""

    target: TargetDeclaration
    images: Mapping[str, str] = field(default_factory=dict)

    @property
    def control(self) -> Control:
        """Refuse: raises `NotExercised`."""
        raise NotExercised(f"the servers of {self.target.name} (remote) run elsewhere and are not ours to disturb")

    def check(self) -> None:
        """Say nothing: a remote server that fails is seen by whoever talks to it."""

    def logs(self) -> dict[str, str]:
        """Give nothing: their logs are theirs."""
        return {}

    def stop(self) -> None:
        """Leave everything as it is."""


def attach(declaration: TargetDeclaration, share: Share = ALONE) -> RemoteDeployment:
    """
    Give the deployment of a remote target; no connection is made, unless its cast must be made first.

    Workers share what is granted of requests. Raise `EnvironmentFault` when no cast could be made.
    """
    return RemoteDeployment(with_cast(adapted(shared(declaration, share)), share))


def shared(declaration: TargetDeclaration, share: Share) -> TargetDeclaration:
    """Give a worker its part of the requests that are granted to all of them."""
    may = msgspec.structs.replace(declaration.may, requests_per_second=declaration.may.requests_per_second / share.of)
    return msgspec.structs.replace(declaration, may=may)

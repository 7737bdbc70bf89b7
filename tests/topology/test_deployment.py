"""Every topology answers with the same five things."""

from pathlib import Path

import pytest

from harness.config import own_target
from harness.errors import UsageError
from harness.topology import open_deployment
from harness.topology.deployment import Deployment
from harness.topology.embedded import EmbeddedStack
from harness.topology.remote import RemoteDeployment

PROMISED = {name for name in vars(Deployment) if not name.startswith("_")}


@pytest.mark.parametrize("kind", [EmbeddedStack, RemoteDeployment])
def test_a_deployment_keeps_every_promise(kind: type) -> None:
    """A caller need not know which topology it got."""
    known = {*dir(kind), *getattr(kind, "__annotations__", {}), "target"}
    assert known >= PROMISED == {"target", "check", "logs", "stop"}


def test_a_topology_that_cannot_be_started_is_a_usage_error(tmp_path: Path) -> None:
    """`containers` exists as a word before it exists as a stack, and says so."""
    with pytest.raises(UsageError, match="topology containers, which this version cannot start; use embedded"):
        open_deployment(own_target("containers", "containers"), seed=1, folder=tmp_path, cache=tmp_path)

"""Every topology answers with the same things."""

import pytest

from harness.topology.deployment import Deployment
from harness.topology.embedded import EmbeddedStack
from harness.topology.remote import RemoteDeployment
from harness.topology.shared import SharedStack

PROMISED = {name for name in vars(Deployment) if not name.startswith("_")}


@pytest.mark.parametrize("kind", [EmbeddedStack, RemoteDeployment, SharedStack])
def test_a_deployment_keeps_every_promise(kind: type) -> None:
    """A caller need not know which topology it got."""
    known = {*dir(kind), *getattr(kind, "__annotations__", {}), "target", "images"}
    assert known >= PROMISED == {"target", "images", "check", "logs", "stop"}

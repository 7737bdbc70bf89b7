"""Every topology answers with the same things."""

import subprocess
import sys

import pytest

from harness.topology.deployment import Deployment, Share
from harness.topology.embedded import EmbeddedStack
from harness.topology.remote import RemoteDeployment
from harness.topology.shared import SharedStack

PROMISED = {name for name in vars(Deployment) if not name.startswith("_")}


@pytest.mark.parametrize("kind", [EmbeddedStack, RemoteDeployment, SharedStack])
def test_a_deployment_keeps_every_promise(kind: type) -> None:
    """A caller need not know which topology it got."""
    known = {*dir(kind), *getattr(kind, "__annotations__", {}), "target", "images"}
    assert known >= PROMISED == {"target", "images", "control", "check", "logs", "stop"}


def test_each_process_has_people_of_its_own() -> None:
    """Two companies each, in order, and nobody plays somebody else's Alice."""
    everybody = [{"name": "alice", "company": company} for company in (1, 2, 3, 4)]

    shares = [Share(number, 2).people(everybody) for number in range(2)]

    assert [[person["company"] for person in share] for share in shares] == [[1, 2], [3, 4]]
    assert Share().people(everybody) == everybody


def test_child_processes_need_nothing_of_containers() -> None:
    """What runs them is imported for them alone: it is Unix's, and costs every start."""
    script = "import harness.topology, sys; print(*sorted(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert not {"docker", "harness.topology.shared", "harness.topology.containers"} & set(ran.stdout.split())

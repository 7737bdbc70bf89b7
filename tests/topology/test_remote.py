"""A remote target is what its declaration says, and nothing of ours runs for it."""

from pathlib import Path

from harness.config import own_target
from harness.topology import open_deployment


def test_a_remote_deployment_is_its_declaration(tmp_path: Path) -> None:
    """No connection, no logs, nothing to end: addresses that nobody answers at are opened all the same."""
    declared = own_target("staging", "remote")
    deployment = open_deployment(declared, seed=1, folder=tmp_path, cache=tmp_path)
    deployment.check()
    deployment.stop()
    assert deployment.target is declared
    assert deployment.logs() == {}
    assert list(tmp_path.iterdir()) == []

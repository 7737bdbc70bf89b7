"""A remote target is what its declaration says, and nothing of ours runs for it."""

from pathlib import Path

import msgspec

from harness.config import WRITE_ONLY, Person, own_target
from harness.topology import Share, open_deployment


def test_a_remote_deployment_is_its_declaration(tmp_path: Path) -> None:
    """No connection, no logs, nothing to end: addresses that nobody answers at are opened all the same."""
    alice = Person(name="alice", email="alice@example.com", password="invented")
    declared = msgspec.structs.replace(own_target("staging", "remote"), cast=(alice,))
    deployment = open_deployment(declared, seed=1, folder=tmp_path, cache=tmp_path)
    deployment.check()
    deployment.stop()
    assert deployment.target == declared
    assert deployment.logs() == {}
    assert list(tmp_path.iterdir()) == []


def test_workers_share_what_is_granted_of_requests(tmp_path: Path) -> None:
    """Four of them make together no more than one would."""
    declared = own_target("staging", "remote")
    may = msgspec.structs.replace(WRITE_ONLY, requests_per_second=6)
    alice = Person(name="alice", email="alice@example.com", password="invented")
    declared = msgspec.structs.replace(declared, cast=(alice,), may=may)
    deployment = open_deployment(declared, seed=1, folder=tmp_path, cache=tmp_path, share=Share(1, 4))
    assert deployment.target.may.requests_per_second == 1.5

"""The servers of an embedded stack, disturbed and brought back (what people notice of it: test_servers)."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import EnvironmentFault, UsageError
from harness.topology.children import Child, Children, end

APP = {"app_id": "1", "key": "key", "secret": "secret"}


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    """Run a broadcaster."""
    started = Child("broadcaster", tmp_path)
    started.configure({"port": 0, **APP})
    started.announced(time.monotonic() + 30)
    yield started
    end([started])


@pytest.fixture
def children(child: Child) -> Children:
    """Give it as the only server of a stack."""
    return Children([child], ready_within=30)


def test_a_server_that_runs_need_not_be_started_or_resumed(children: Children) -> None:
    """Whoever undoes what was undone already changes nothing."""
    before = children.pids()
    children.do("start", "broadcaster")
    children.do("resume", "broadcaster")
    assert children.pids() == before


def test_a_server_comes_back_to_its_port_again_and_again(child: Child, children: Children) -> None:
    """A proof is asked of it each time."""
    proofs: list[float] = []
    child.prove = proofs.append
    before = child.process.pid
    for _ in range(2):
        children.do("kill", "broadcaster")
        children.check()
        children.do("start", "broadcaster")
    children.check()
    assert child.process.pid != before
    assert len(proofs) == 2


def test_a_server_that_gives_no_proof_did_not_come_back(child: Child, children: Children) -> None:
    """It is ended, and that is what every look says from then on."""

    def refuse(_: float) -> None:
        raise EnvironmentFault("no handshake")

    child.prove = refuse
    children.do("stop", "broadcaster")
    for again in (lambda: children.do("start", "broadcaster"), children.check):
        with pytest.raises(EnvironmentFault, match="the broadcaster could not be started again: no handshake"):
            again()
    with pytest.raises(EnvironmentFault, match="the broadcaster died"):
        child.process.check()


def test_what_a_server_does_not_take_is_refused(children: Children) -> None:
    """A broadcaster has nobody behind it; a name that is none is told with those there are."""
    with pytest.raises(UsageError, match="no server 'redis'; there are broadcaster"):
        children.do("kill", "redis")
    children.do("kill", "broadcaster")
    with pytest.raises(UsageError, match="the broadcaster is down already: it cannot be made to tell"):
        children.do("tell", "broadcaster")


def test_nothing_is_left_of_a_stack_that_stopped(children: Children) -> None:
    """There is nothing to disturb any more, and nothing to complain about."""
    children.do("pause", "broadcaster")
    children.stop()
    children.stop()
    children.check()
    with pytest.raises(UsageError, match="none any more"):
        children.do("resume", "broadcaster")

"""Packets that are lost in the network of another process, and what stands against it (containers: test_contained)."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from harness.errors import NotExercised, UsageError
from harness.topology import losses


@pytest.fixture
def elsewhere() -> Iterator[int]:
    """Run a process in a network of its own, with nothing but its loopback; needs root, as the engine does."""
    child = subprocess.Popen(
        ["unshare", "--net", sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"],  # noqa: S607
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    child.stdout.readline()
    yield child.pid
    child.communicate()


def rules(process: int) -> list[str]:
    """List the rules of that network."""
    command = ["nsenter", "--target", str(process), "--net", "iptables", "-S"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if line.startswith("-A")]


def test_a_loss_is_a_rule_each_way_that_ends(elsewhere: int) -> None:
    """With its share, never on the loopback; ending what is over does nothing."""
    losses.begin(elsewhere, share=0.25)
    found = rules(elsewhere)
    losses.begin(elsewhere, share=1)
    losses.end(elsewhere)
    losses.end(elsewhere)

    assert [rule.split()[1:5] for rule in found] == [["INPUT", "!", "-i", "lo"], ["OUTPUT", "!", "-o", "lo"]]
    assert all("--probability 0.25" in rule and rule.endswith("-j DROP") for rule in found)
    assert rules(elsewhere) == []


@pytest.mark.parametrize("share", [0, -1, 1.01])
def test_a_share_is_one_of_all(elsewhere: int, share: float) -> None:
    """Anything else is a mistake."""
    with pytest.raises(UsageError, match="it lies above 0"):
        losses.begin(elsewhere, share=share)
    assert rules(elsewhere) == []


def test_the_network_of_this_machine_is_never_touched() -> None:
    """A container that shares it is refused, with the reason."""
    with pytest.raises(NotExercised, match="that would be the network of this machine"):
        losses.begin(os.getpid(), share=1)


def test_what_it_takes_is_said(elsewhere: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine here, two programs, root, and a process that can be seen."""
    with pytest.raises(NotExercised, match="are not to be seen"):
        losses.begin(2**22 - 1, share=1)
    with monkeypatch.context() as changed:
        changed.setattr(os, "geteuid", lambda: 1000)
        with pytest.raises(NotExercised, match="only root"):
            losses.begin(elsewhere, share=1)
    with monkeypatch.context() as changed:
        changed.setattr(shutil, "which", lambda _: None)
        with pytest.raises(NotExercised, match="nsenter and iptables"):
            losses.begin(elsewhere, share=1)
    monkeypatch.setenv("DOCKER_HOST", "tcp://engine.example:2376")
    with pytest.raises(NotExercised, match="on another machine"):
        losses.begin(elsewhere, share=1)

"""However the process that started a stack ends, its servers end too."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

PARENT = """
import json, os, signal, sys
from pathlib import Path
from harness.config import own_target
from harness.topology.embedded import start

manner, folder, cache = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
stack = start(own_target("embedded", "embedded"), seed=1, folder=folder, cache=cache)
if manner == "pausing":
    stack.control.do("pause", "backend")
held = [os.fork()] if manner == "forking" else []
if held == [0]:
    os.close(1)
    signal.pause()
print(json.dumps({"servers": list(stack.pids().values()), "forks": held}), flush=True)
sys.stdin.read()
"""
WITHIN_SECONDS = 20  # a deadline for a loaded machine; half a second is what it takes

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits on Linux's process descriptors")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep the seeded world for the tests of this file."""
    return tmp_path_factory.mktemp("worlds")


@contextmanager
def parent(manner: str, folder: Path, cache: Path) -> Iterator[tuple[subprocess.Popen[str], list[int], list[int]]]:
    """Run a process that starts a stack; give it, a descriptor for each server, and the ids of its forks."""
    command = [sys.executable, "-c", PARENT, manner, str(folder), str(cache)]
    with ExitStack() as cleanup:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        cleanup.enter_context(process)
        cleanup.callback(process.kill)
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        servers = [os.pidfd_open(pid) for pid in told["servers"]]
        for server in servers:
            cleanup.callback(os.close, server)
        yield process, servers, told["forks"]


def all_end(servers: list[int]) -> bool:
    """Wait until every process behind the descriptors has ended; a descriptor is readable from then on."""
    return all(select.select([server], [], [], WITHIN_SECONDS)[0] for server in servers)


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda pid: os.kill(pid, signal.SIGKILL), id="kill -9"),
        pytest.param(lambda pid: os.kill(pid, signal.SIGTERM), id="SIGTERM"),
        pytest.param(lambda pid: os.kill(pid, signal.SIGINT), id="SIGINT"),
        pytest.param(lambda pid: os.killpg(pid, signal.SIGINT), id="Ctrl-C to the group"),
    ],
)
def test_the_servers_end_with_whoever_started_them(tmp_path: Path, cache: Path, end: Callable[[int], None]) -> None:
    """No signal that ends the parent leaves an orphan."""
    with parent("waiting", tmp_path, cache) as (process, servers, _):
        end(process.pid)
        assert all_end(servers)


def test_a_paused_server_ends_with_whoever_paused_it(tmp_path: Path, cache: Path) -> None:
    """It cannot see by itself that its parent was killed: somebody lets it go on."""
    with parent("pausing", tmp_path, cache) as (process, servers, _):
        process.kill()
        assert all_end(servers)


def test_the_servers_end_with_a_parent_that_forgot_them(tmp_path: Path, cache: Path) -> None:
    """A process that simply ends without stopping its stack leaves none behind."""
    with parent("waiting", tmp_path, cache) as (process, servers, _):
        assert process.stdin is not None
        process.stdin.close()
        assert all_end(servers)


def test_a_fork_that_holds_the_line_does_not_keep_the_servers(tmp_path: Path, cache: Path) -> None:
    """A fork without exec inherits the pipe, so a server looks at its parent too (SPIKES.md, section 2)."""
    with parent("forking", tmp_path, cache) as (process, servers, forks):
        try:
            os.kill(process.pid, signal.SIGKILL)
            assert all_end(servers)
        finally:
            for fork in forks:
                os.kill(fork, signal.SIGKILL)

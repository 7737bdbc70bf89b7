"""However a run ends, nothing that it started stays behind."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

WAITING = """
    import asyncio
    import json
    import os

    async def test_it(alice, target):
        with open("pids", "w") as pipe:
            json.dump({"runner": os.getpid(), "servers": list(target._deployment.pids().values())}, pipe)
        await asyncio.sleep(3600)
"""
WITHIN_SECONDS = 30  # a deadline for a loaded machine; half a second is what it takes

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits on Linux's process descriptors")


@contextmanager
def waiting(project: pytest.Pytester, *options: str) -> Iterator[tuple[int, int, list[int]]]:
    """Run a test that waits; give the id of pytest, that of the process that runs the test, and the servers."""
    project.makepyfile(WAITING)
    pipe = project.path / "pids"
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    with ExitStack() as cleanup:
        process = cleanup.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "pytest", *options],
                cwd=project.path,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
        cleanup.callback(process.kill)
        told = json.loads(pipe.read_text())
        servers = [os.pidfd_open(pid) for pid in told["servers"]]
        for server in servers:
            cleanup.callback(os.close, server)
        yield process.pid, told["runner"], servers


def all_end(servers: list[int]) -> bool:
    """Wait until every process behind the descriptors has ended; a descriptor is readable from then on."""
    return all(select.select([server], [], [], WITHIN_SECONDS)[0] for server in servers)


ENDS: dict[str, tuple[tuple[str, ...], Callable[[int, int], None]]] = {
    # A worker notices at once that its controller is gone, and gives the test that it runs five seconds.
    "kill -9 of the controller": (("-n1",), lambda controller, _: os.kill(controller, signal.SIGKILL)),
    "kill -9 of a worker": (("-n1",), lambda _, worker: os.kill(worker, signal.SIGKILL)),
    "kill -9 of pytest": ((), lambda pytest, _: os.kill(pytest, signal.SIGKILL)),
    "SIGTERM": ((), lambda pytest, _: os.kill(pytest, signal.SIGTERM)),
    "Ctrl-C on a terminal": ((), lambda pytest, _: os.killpg(pytest, signal.SIGINT)),
}


def test_servers_end_however_the_run_ends(project: pytest.Pytester) -> None:
    """Neither a signal to pytest nor one to xdist's controller or worker leaves a server behind."""
    pytest.importorskip("xdist")
    with ExitStack() as running:
        begun = {}
        for name, (options, end) in ENDS.items():
            controller, runner, servers = running.enter_context(waiting(project, *options))
            assert (controller != runner) == bool(options)
            end(controller, runner)
            begun[name] = servers

        assert [name for name, servers in begun.items() if not all_end(servers)] == []

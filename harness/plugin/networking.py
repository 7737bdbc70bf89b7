"""Put a network whose faults a test can make before the target of a run: a process, started when a test asks for it."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from harness.plugin.options import settings_of
from harness.plugin.run import run_of

if TYPE_CHECKING:
    from harness.faults.network import Network
    from harness.topology.process import ServerProcess
    from harness.topology.target import Target
    from harness.users.world import World

_READY_WITHIN_SECONDS = 10.0


def open_network(config: pytest.Config, target: "Target") -> "Callable[[World], Network]":
    """
    Give the function that makes the network of a world.

    The process that their connections pass is one a worker and target; it starts with the first network and ends with
    the target. The function raises `NotExercised` where the target may not be disturbed.
    """
    started: list[ServerProcess] = []

    def network_of(world: "World") -> "Network":
        from harness.errors import NotExercised
        from harness.faults.network import Network

        if reason := target.why_not("faults"):
            raise NotExercised(reason)
        if not started:
            started.append(_started(config, target))
        return Network(world, started[0], settings_of(config).seed)

    return network_of


def _started(config: pytest.Config, target: "Target") -> "ServerProcess":
    from harness.topology.process import ServerProcess

    process = ServerProcess("proxy", "harness.faults.proxy", run_of(config).folder_of_worker())
    try:
        process.configure({"port": 0})
        process.announced(time.monotonic() + _READY_WITHIN_SECONDS * settings_of(config).patience)
    except BaseException:
        process.release()
        process.reap()
        raise
    target.accompany(process)
    return process

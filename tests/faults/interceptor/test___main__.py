"""The interceptor as a process: it says where it listens, takes what it is told, and ends with its parent."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

CONFIGURATION: dict[str, Any] = {
    "backend": "http://127.0.0.1:1",
    "broadcaster": {"urls": ["ws://127.0.0.1:2", "ws://127.0.0.1:3"], "api_url": "http://127.0.0.1:2"},
}


class Process:
    """The interceptor, and lines to it and from it."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "harness.faults.interceptor"]
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def say(self, message: dict[str, Any]) -> dict[str, Any]:
        """Write a line and read one."""
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.write(json.dumps(message) + "\n")
        self.child.stdin.flush()
        answer: dict[str, Any] = json.loads(self.child.stdout.readline())
        return answer


@pytest.fixture
def process() -> Iterator[Process]:
    """Start one, and end it."""
    started = Process()
    with started.child:
        yield started
        started.child.kill()


def test_it_listens_before_the_backend_and_every_node(process: Process) -> None:
    """Each has a port of its own, on loopback."""
    ready = process.say(CONFIGURATION)

    ports = {ready["backend"], *ready["broadcasters"]}
    assert (ready["ready"], len(ports)) == (True, 3)
    assert all(port.startswith("http://127.0.0.1:") for port in ports)


def test_it_is_told_what_is_wrong_and_says_when_it_is(process: Process) -> None:
    """Defects are named by their ids; what it cannot do it says, with what it can."""
    process.say(CONFIGURATION)

    assert process.say({"defects": ["DE-03", "DE-10"], "seed": 7}) == {"defects": ["DE-03", "DE-10"]}
    assert "is unknown; possible are A" in process.say({"defects": ["DE-99"]})["error"]
    assert "unknown field `defect`" in process.say({"defect": "DE-03"})["error"]


def test_a_wrong_configuration_is_refused(process: Process) -> None:
    """It says what is wrong with it, and ends with the status of a usage error."""
    assert "Object missing required field" in process.say({"backend": ""})["error"]
    assert process.child.wait(10) == 2


def test_it_ends_with_the_line_to_its_parent(process: Process) -> None:
    """Nothing survives whoever started it."""
    process.say(CONFIGURATION)
    assert process.child.stdin is not None
    process.child.stdin.close()

    assert process.child.wait(10) == 0


def test_it_ends_when_it_is_asked_to(process: Process) -> None:
    """SIGTERM is no failure."""
    process.say(CONFIGURATION)
    process.child.terminate()

    assert process.child.wait(10) == 0

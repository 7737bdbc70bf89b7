"""`realtime up` serves a stack that works, says how it is reached, and ends in order."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.config import load, target_declaration
from harness.topology.handshake import prove_backend, prove_broadcaster

Up = Callable[..., subprocess.Popen[str]]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep the seeded world for the tests of this file."""
    return tmp_path_factory.mktemp("worlds")


@pytest.fixture
def up(cache: Path, tmp_path: Path) -> Iterator[Up]:
    """Start the command in an empty folder; it is ended with the test."""
    started: list[subprocess.Popen[str]] = []

    def up(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "harness", "up", *arguments]
        environment = {**os.environ, "REALTIME_CACHE": str(cache)}
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        started.append(process)
        return process

    yield up
    for process in started:
        process.kill()
        process.communicate()


def told(process: subprocess.Popen[str]) -> dict[str, str]:
    """Read the one line that `--json` prints."""
    assert process.stdout is not None
    return dict(json.loads(process.stdout.readline()))


def children(process: subprocess.Popen[str]) -> list[int]:
    """List the processes that it has started."""
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_leave_and_ends_with_0(up: Up, number: signal.Signals) -> None:
    """The stack answers at the addresses that were printed; afterwards its servers are gone."""
    process = up("--json")
    stack = told(process)
    prove_broadcaster(stack["broadcaster"], stack["key"], time.monotonic() + 30)
    servers = children(process)
    process.send_signal(number)
    assert process.communicate() == ("", "")
    assert (process.returncode, len(servers)) == (0, 2)
    for server in servers:
        with pytest.raises(ProcessLookupError):
            os.kill(server, 0)


def test_the_written_target_is_the_stack(up: Up, tmp_path: Path) -> None:
    """Another terminal finds addresses, people and passwords in the file."""
    stack = told(up("--json", "--target-file", "realtime.toml"))
    target = target_declaration(load({}, {}, tmp_path, tmp_path))
    assert (target.name, target.backend.url) == ("up", stack["backend"])
    alice = target.cast[0]
    credentials = {"email": alice.email, "password": alice.password}
    prove_backend(target.backend.url, "/api/login", credentials, time.monotonic() + 30)


def test_the_sheet_hides_passwords_from_a_pipe(up: Up) -> None:
    """What is piped into a log says how to get them instead."""
    process = up()
    assert process.stdout is not None
    assert process.stdout.readline() == "The embedded stack is up; Ctrl-C ends it.\n"
    process.send_signal(signal.SIGINT)
    sheet = process.stdout.read()
    assert "passwords: on a terminal, with --json or --target-file" in sheet
    assert '"password": "PASSWORD"' in sheet


def test_a_chosen_port_is_used_and_a_taken_one_refused(up: Up) -> None:
    """The second command ends with one sentence and 2, and the first goes on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    first = up("--json", "--port", str(port))
    assert told(first)["backend"] == f"http://127.0.0.1:{port}"
    second = up("--port", str(port))
    printed, complaint = second.communicate()
    assert printed == ""
    assert complaint.startswith(
        f"realtime: the backend cannot start: port {port} on 127.0.0.1 is taken; choose another"
    )
    assert complaint.count("\n") == 1
    assert (second.returncode, first.poll()) == (2, None)


def test_a_foreign_target_file_is_refused_before_anything_starts(up: Up, tmp_path: Path) -> None:
    """The project's own declarations stay."""
    (tmp_path / "realtime.toml").write_text("seed = 1\n")
    process = up("--target-file", "realtime.toml")
    _, complaint = process.communicate()
    assert process.returncode == 2
    assert complaint.startswith("realtime: --target-file realtime.toml exists and was not written by")


def test_a_server_that_dies_ends_the_command_with_3(up: Up) -> None:
    """The last lines of its log are shown, and no traceback."""
    process = up("--json")
    told(process)
    os.kill(children(process)[0], signal.SIGKILL)
    _, complaint = process.communicate()
    assert process.returncode == 3
    assert "died (ended by SIGKILL); last lines of" in complaint
    assert "Traceback" not in complaint


def test_it_can_be_told_to_leave_while_it_starts(up: Up) -> None:
    """An impatient Ctrl-C ends in order too, or before there was anything to end."""
    process = up("--json")
    while not children(process):
        select.select([], [], [], 0.001)
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate()
    assert (process.returncode, complaint) == (0, "")

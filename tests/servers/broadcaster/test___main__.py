"""The broadcaster as a process: ready line, clean end, and one clear line when it cannot start."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

import harness

PATIENCE = 10.0
LEAST = {"app_id": "1001", "key": "demo-key", "secret": "demo-secret"}

Start = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start broadcasters as the topology does: empty folder, configuration over stdin; kill what is left of them."""
    running: list[subprocess.Popen[bytes]] = []

    def start(line: str) -> "subprocess.Popen[bytes]":
        with (tmp_path / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "harness.servers.broadcaster"],
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": str(Path(harness.__file__).parents[1])},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        running.append(process)
        assert process.stdin is not None
        process.stdin.write(line.encode() + b"\n")
        process.stdin.flush()
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def announced(process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """Wait for the one line on stdout."""
    assert process.stdout is not None
    return dict(json.loads(process.stdout.readline()))


def test_it_is_ready_when_it_answers(start: Start) -> None:
    """The address of the ready line takes a WebSocket and a request at once."""
    line = announced(start(json.dumps(LEAST)))

    assert line["ready"] is True
    assert httpx.get(f"{line['url']}/up").json() == {"health": "OK"}
    with connect(f"{line['url'].replace('http', 'ws')}/app/demo-key", proxy=None) as client:
        assert json.loads(client.recv(PATIENCE))["event"] == "pusher:connection_established"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(start: Start, tmp_path: Path, number: signal.Signals) -> None:
    """Status 0, clients just see the end of TCP, and the log holds neither a traceback nor a secret."""
    process = start(json.dumps(LEAST))
    url = announced(process)["url"].replace("http", "ws")
    with connect(f"{url}/app/demo-key", proxy=None) as client:
        client.recv(PATIENCE)
        process.send_signal(number)
        with pytest.raises(ConnectionClosed):
            client.recv(PATIENCE)
        assert client.close_code == 1006

    assert process.wait(PATIENCE) == 0
    log = (tmp_path / "log").read_text()
    assert "Traceback" not in log
    assert "demo-secret" not in log


def test_it_ends_with_its_parents_interest(start: Start) -> None:
    """Closing its standard input is enough."""
    process = start(json.dumps(LEAST))
    announced(process)
    assert process.stdin is not None

    process.stdin.close()
    process.stdin = None

    assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("nonsense", "is no JSON"),
        ("{}", "missing required field `app_id`"),
        (json.dumps({**LEAST, "prot": 1}), "unknown field `prot`"),
        (json.dumps({**LEAST, "dialect": "sockudo"}), "reserved but not served yet"),
        (json.dumps({**LEAST, "host": "0.0.0.0"}), "loopback only"),  # noqa: S104 - refused, not bound
    ],
)
def test_a_wrong_configuration_is_one_sentence(start: Start, tmp_path: Path, line: str, sentence: str) -> None:
    """On stdout, with status 2 and no traceback."""
    process = start(line)

    assert sentence in announced(process)["error"]
    assert process.wait(PATIENCE) == 2
    assert (tmp_path / "log").read_text() == ""


def test_a_taken_port_is_one_sentence(start: Start) -> None:
    """With a status of its own."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start(json.dumps({**LEAST, "port": port}))

        assert announced(process)["error"].startswith(f"port {port} on 127.0.0.1 is taken; choose another")
        assert process.wait(PATIENCE) == 3

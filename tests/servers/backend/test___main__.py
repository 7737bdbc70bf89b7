"""Tests of the backend as a process."""

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

import harness

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path, cache: Path) -> Iterator[Start]:
    """Start backends as the topology does: empty folder, configuration over stdin."""
    running: list[subprocess.Popen[bytes]] = []

    def start(**configuration: Any) -> "subprocess.Popen[bytes]":
        broadcaster = {"url": "http://127.0.0.1:1", "app_id": "1001", "key": "demo-key", "secret": "demo-secret"}
        folder = tmp_path / f"{len(running)}"
        folder.mkdir()
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "harness.servers.backend"],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(Path(harness.__file__).parents[1])},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        running.append(process)
        assert process.stdin is not None
        line = json.dumps({"broadcaster": broadcaster, "cache": str(cache), **configuration})
        process.stdin.write(line.encode() + b"\n")
        process.stdin.flush()
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def announced(process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """Wait for the ready line."""
    assert process.stdout is not None
    return dict(json.loads(process.stdout.readline()))


def test_it_says_where_it_is_and_who_can_log_in(start: Start) -> None:
    """The ready line comes when requests are answered, and its passwords are right."""
    ready = announced(start())

    assert ready["ready"] is True
    assert httpx.get(f"{ready['url']}/up").json() == {"health": "OK"}
    assert {person["name"] for person in ready["people"]} >= {"alice", "bob", "carol", "eve", "mallory"}
    assert [company["id"] for company in ready["companies"]] == [1, 2]
    for person in ready["people"]:
        credentials = {"email": person["email"], "password": person["password"]}
        user = httpx.post(f"{ready['url']}/api/login", data=credentials).json()["user"]
        assert (user["id"], user["name"], user["company_id"]) == (
            person["id"],
            person["display_name"],
            person["company"],
        )


def test_it_stops_cleanly_when_it_is_asked_to(start: Start, tmp_path: Path) -> None:
    """SIGTERM ends it with 0 and nothing in the log, also while a client keeps its connection."""
    process = start()
    with httpx.Client(base_url=announced(process)["url"]) as client:
        client.get("/up")
        process.send_signal(signal.SIGTERM)

        assert process.wait(10) == 0
    assert (tmp_path / "0" / "log").read_text() == ""


def test_it_ends_with_whoever_started_it(start: Start) -> None:
    """The end of its standard input is the end of the process."""
    process = start()
    announced(process)
    assert process.stdin is not None
    process.stdin.close()

    assert process.wait(10) == 0
    process.stdin = None


@pytest.mark.parametrize(
    ("configuration", "status", "error"),
    [
        ({"host": "0.0.0.0"}, 2, "loopback"),  # noqa: S104
        ({"cache": "/dev/null/cache"}, 3, "/dev/null/cache"),
    ],
)
def test_what_it_cannot_start_with_is_one_sentence(
    start: Start, configuration: dict[str, Any], status: int, error: str
) -> None:
    """The sentence comes instead of the ready line, and the exit code says whose fault it is."""
    process = start(**configuration)

    assert error in announced(process)["error"]
    assert process.wait(10) == status


def test_a_port_that_is_taken_is_named(start: Start) -> None:
    """The error names port and host."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start(port=port)

        assert announced(process)["error"].startswith(f"port {port} on 127.0.0.1 is taken; choose another")
        assert process.wait(10) == 3


def test_a_known_world_is_started_without_faker(start: Start, cache: Path) -> None:
    """Only the first start of a seed pays for inventing people."""
    announced(start())
    lines = (
        "import sys; from harness.servers.backend import __main__ as backend, settings, world",
        "broadcaster = settings.Broadcaster('http://127.0.0.1:1', '1', 'k', 's')",
        f"world.open_world(settings.Settings(broadcaster=broadcaster, cache={str(cache)!r}))",
        "print([name for name in ('faker', 'sqlalchemy.orm', 'websockets', 'httpx') if name in sys.modules])",
    )

    seen = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)

    assert seen.stdout == "[]\n"

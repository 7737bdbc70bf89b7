"""A server that is not ours is examined: soketi, from the registry, does nothing that our list does not know."""

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.conformance.examination import examined_column
from harness.conformance.known import known_failures
from harness.conformance.server import MAIN, Account, Server
from harness.conformance.suite import collect
from harness.conformance.webhooks import receiving

HERE = Path(__file__).parent / "soketi"
INSTALL = ("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
SILENT = ("1.4.15", "1.4.17", "1.5.*", "10.4.6", "11.4.23")
"""Cases that soketi does not answer, which costs the whole time that a server has."""
ROLES: dict[str, dict[str, Any]] = {
    MAIN: {"enableUserAuthentication": True},
    "second": {},
    "limited": {"maxConnections": 2},
    "quiet": {"enableClientMessages": False},
    "disabled": {"enabled": False},
    "hooked": {},
}
WEBHOOKS = ("channel_occupied", "channel_vacated", "member_added", "member_removed", "client_event", "cache_miss")


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def options(port: int, receiver: str) -> dict[str, Any]:
    """Give the options under which soketi serves every role that it can play."""
    unlimited = ("maxConnections", "maxBackendEventsPerSecond", "maxClientEventsPerSecond", "maxReadRequestsPerSecond")
    apps = [
        {"id": f"10{number}", "key": f"key-{role}", "secret": f"secret-of-{role}", "enabled": True}
        | {"enableClientMessages": True, **dict.fromkeys(unlimited, -1), **special}
        for number, (role, special) in enumerate(ROLES.items())
    ]
    apps[-1]["webhooks"] = [{"url": receiver, "event_types": WEBHOOKS}]
    loopback = {"host": "127.0.0.1", "metrics.host": "127.0.0.1", "metrics.port": free_port()}
    return {**loopback, "port": port, "appManager.array.apps": apps}


@pytest.fixture(scope="module", name="soketi")
def running_soketi(node: str) -> Iterator[Server]:
    """Install soketi, and serve it on loopback."""
    if not (HERE / "node_modules" / "@soketi").is_dir():
        subprocess.run(INSTALL, cwd=HERE, check=True)
    port = free_port()
    with receiving() as receiver:
        command = [shutil.which(node) or node, "--no-warnings", "serve.cjs", json.dumps(options(port, receiver.url))]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, cwd=HERE, text=True, **pipes)
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            apps = {
                role: Account(f"10{number}", f"key-{role}", f"secret-of-{role}") for number, role in enumerate(ROLES)
            }
            serves = {"secret", "api", "client_events", "signin", "cache", "presence_limits", "webhooks"}
            url = f"127.0.0.1:{port}"
            yield Server("soketi", f"ws://{url}", f"http://{url}", "soketi", apps, frozenset(serves), receiver=receiver)
        finally:
            process.kill()
            process.communicate()


@pytest.mark.asyncio
async def test_soketi_does_what_is_known_of_it(soketi: Server) -> None:
    """No case fails that the shipped list does not have, and every entry of the list is still true."""
    cases = collect()
    known = known_failures("soketi-1.6.1", "soketi", (one.id for one in cases), start=HERE)
    column = await examined_column("soketi", soketi, cases, known, seed=11, patience=0.4, without=SILENT)

    assert column.fault == ""
    assert {id_: (column.cells[id_].behaviour, column.cells[id_].said) for id_ in column.new} == {}
    assert column.passing_again == []
    assert sum(one.grade != "NOT EXERCISED" for one in column.cells.values()) > 500

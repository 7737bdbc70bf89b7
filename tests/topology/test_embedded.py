"""The embedded stack: ready when it answers, its target complete, its death told, its end complete."""

import json
import os
import select
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from harness.config import own_target
from harness.errors import EnvironmentFault, UsageError
from harness.topology import COMPRESSED, Share, open_deployment
from harness.topology.embedded import EmbeddedStack, Timers, Trial, start
from harness.topology.handshake import prove_backend, prove_broadcaster
from harness.topology.process import ServerProcess

OURS = own_target("embedded", "embedded")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep the seeded world for the tests of this file."""
    return tmp_path_factory.mktemp("worlds")


@pytest.fixture(scope="module")
def running(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    """Run one stack for the tests that do it no harm."""
    stack = start(OURS, seed=1, folder=tmp_path_factory.mktemp("logs"), cache=cache)
    yield stack
    stack.stop()


@pytest.fixture
def doomed(cache: Path, tmp_path: Path) -> Iterator[EmbeddedStack]:
    """Run a stack for one test that ends it."""
    stack = start(OURS, seed=1, folder=tmp_path, cache=cache)
    yield stack
    stack.stop()


def gone(pid: int) -> bool:
    """Tell whether a child of ours has ended and was waited for."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def opened(stack: EmbeddedStack) -> dict[str, object]:
    """Connect to the broadcaster and give what its first frame holds."""
    broadcaster = stack.target.broadcaster
    with connect(f"{broadcaster.url}/app/{broadcaster.key}?protocol=7") as connection:
        frame = json.loads(connection.recv())
    return dict(json.loads(frame["data"]))


def test_a_running_target_has_addresses_credentials_and_a_cast(running: EmbeddedStack) -> None:
    """What only a running stack knows is filled in, what was declared stays."""
    target = running.target
    assert urlsplit(target.backend.url).hostname == urlsplit(target.broadcaster.url).hostname == "127.0.0.1"
    assert target.broadcaster.api_url.removeprefix("http") == target.broadcaster.url.removeprefix("ws")
    assert target.broadcaster.secret
    assert [person.name for person in target.cast] == ["alice", "bob", "carol", "eve", "mallory"]
    assert len({person.company for person in target.cast}) == 2
    assert (target.budgets, target.channels, target.name) == (OURS.budgets, OURS.channels, OURS.name)


def test_everybody_of_the_cast_can_log_in(running: EmbeddedStack) -> None:
    """The passwords of the target are those of the world behind it."""
    for person in running.target.cast:
        credentials = {"email": person.email, "password": person.password}
        prove_backend(running.target.backend.url, "/api/login", credentials, time.monotonic() + 30)


def test_a_running_stack_has_nothing_to_complain_about(running: EmbeddedStack) -> None:
    """A check passes, and the logs have the names of the servers."""
    running.check()
    assert set(running.logs()) == {"broadcaster", "backend"}


def test_the_timers_are_reverbs_unless_they_are_compressed(running: EmbeddedStack, cache: Path, tmp_path: Path) -> None:
    """A stack for tests of silence tells its clients to be quick, be it a caller's wish or the declaration's."""
    assert opened(running)["activity_timeout"] == 30
    quick = msgspec.structs.replace(OURS.broadcaster, activity_timeout=2.0)
    compressed = start(msgspec.structs.replace(OURS, broadcaster=quick), seed=1, folder=tmp_path, cache=cache)
    assert Timers.of(compressed.target) == COMPRESSED
    try:
        assert opened(compressed)["activity_timeout"] == 2
    finally:
        compressed.stop()


def test_two_stacks_share_nothing_but_the_world(running: EmbeddedStack, doomed: EmbeddedStack) -> None:
    """Every start has a key and a secret of its own, so that no test can reach another worker's stack."""
    one, two = running.target.broadcaster, doomed.target.broadcaster
    assert one.key != two.key
    assert one.secret != two.secret
    with pytest.raises(EnvironmentFault):
        prove_broadcaster(one.url, two.key, time.monotonic() + 30)


@pytest.mark.parametrize("name", ["broadcaster", "backend"])
def test_a_dead_server_is_an_environment_fault_with_its_log(doomed: EmbeddedStack, name: str) -> None:
    """Which server, how it ended, and what it said last."""
    line = os.pidfd_open(doomed.pids()[name])
    os.kill(doomed.pids()[name], signal.SIGKILL)
    select.select([line], [], [])
    os.close(line)
    with pytest.raises(EnvironmentFault, match=rf"the {name} died \(ended by SIGKILL\); last lines of .*{name}.log"):
        doomed.check()


def test_stopping_ends_both_and_may_be_repeated(doomed: EmbeddedStack, tmp_path: Path) -> None:
    """After the first call nothing runs, nothing but logs is left, and a check of nothing passes."""
    pids = doomed.pids().values()
    assert list(tmp_path.glob("backend-*.sqlite"))
    doomed.stop()
    doomed.stop()
    assert {path.name for path in tmp_path.iterdir()} == {"backend.log", "broadcaster.log"}
    assert all(gone(pid) for pid in pids)
    doomed.check()


def test_a_fork_of_ours_does_not_end_the_stack(doomed: EmbeddedStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever did not start the servers leaves them alone."""
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("os.getpid", lambda: -1)
        doomed.stop()
    doomed.check()


@pytest.mark.parametrize(("which", "name"), [(0, "backend"), (1, "broadcaster")])
def test_a_taken_port_is_a_usage_error_and_nothing_runs_on(
    cache: Path, tmp_path: Path, which: int, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence names the server and the port; the server that was fine is ended as well."""
    started: list[int] = []

    class Noted(ServerProcess):
        def __init__(self, name: str, module: str, folder: Path) -> None:
            super().__init__(name, module, folder)
            started.append(self.pid)

    monkeypatch.setattr("harness.topology.children.ServerProcess", Noted)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ports = (port, 0) if which == 0 else (0, port)
        with pytest.raises(UsageError, match=f"^the {name} cannot start: port {port} on 127.0.0.1 is taken; choose"):
            start(OURS, seed=1, folder=tmp_path, cache=cache, ports=ports)
    assert [gone(pid) for pid in started] == [True, True]


def test_a_cache_that_cannot_be_written_costs_only_the_cache(tmp_path: Path) -> None:
    """A home without a place for caches is no reason not to start."""
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    stack = open_deployment(OURS, seed=1, folder=tmp_path / "logs", cache=blocked / "worlds")
    stack.stop()
    assert any((tmp_path / "logs" / "worlds").iterdir())


def test_a_server_that_is_not_ready_in_time_is_a_fault(cache: Path, tmp_path: Path) -> None:
    """Patience has an end, and the fault names the server that was waited for."""
    with pytest.raises(EnvironmentFault, match="the broadcaster was not ready in time"):
        start(OURS, seed=1, folder=tmp_path, cache=cache, patience=1e-6)


def granted_to_an_outsider(stack: EmbeddedStack, people: dict[str, dict[str, Any]]) -> bool:
    """Tell whether eve is given a signature for a conversation that she takes no part in."""
    with httpx.Client(base_url=stack.target.backend.url) as client:
        token = {name: signed_in(client, people[name]) for name in ("alice", "eve")}
        made = client.post("/api/conversations", headers=token["alice"], json={"participants": [people["bob"]["id"]]})
        number, company = made.json()["data"]["id"], people["alice"]["company"]
        fields = {"socket_id": "1.1", "channel_name": f"private-chat.{company}.conversation.{number}"}
        return client.post("/api/broadcasting/auth", headers=token["eve"], json=fields).status_code == 200


def signed_in(client: httpx.Client, person: dict[str, Any]) -> dict[str, str]:
    """Log somebody in, and give the header that says so."""
    answer = client.post("/api/login", json={"email": person["email"], "password": person["password"]})
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def test_defects_are_switched_while_the_stack_runs(cache: Path, tmp_path: Path) -> None:
    """A warm stack is healthy, then wrong, over a restart too, then healthy again, each time for a cast of its own."""
    stack = start(OURS, seed=1, folder=tmp_path, cache=cache, trial=Trial(is_switchable=True, casts=3))
    try:
        casts = [{one["name"]: one for one in Share(number, 3).people(stack.people)} for number in range(3)]
        assert [person.id for person in stack.target.cast] == [one["id"] for name, one in casts[0].items() if name]
        assert not granted_to_an_outsider(stack, casts[0])

        stack.become({"backend": ["AZ-01"], "broadcaster": ["AZ-25"]})
        stack.control.do("kill", "backend")
        stack.control.do("start", "backend")
        assert granted_to_an_outsider(stack, casts[1])
        with pytest.raises(UsageError, match="the backend refuses: the backend has no defect 'AZ-99'; known are"):
            stack.become({"backend": ["AZ-99"]})

        stack.become({})
        assert not granted_to_an_outsider(stack, casts[2])
        stack.check()
    finally:
        stack.stop()


def test_a_switch_cuts_off_whoever_is_connected(cache: Path, tmp_path: Path) -> None:
    """Nobody stays subscribed from a time when the rules were others."""
    stack = start(OURS, seed=1, folder=tmp_path, cache=cache, trial=Trial(is_switchable=True))
    broadcaster = stack.target.broadcaster
    try:
        with connect(f"{broadcaster.url}/app/{broadcaster.key}?protocol=7") as connection:
            connection.recv()
            stack.become({"broadcaster": ["AZ-25"]})
            with pytest.raises(ConnectionClosed):
                connection.recv(30)
        assert "socket_id" in str(opened(stack))
    finally:
        stack.stop()


def test_without_a_switch_nothing_is_switched(running: EmbeddedStack) -> None:
    """A stack that people use has no way to be made wrong."""
    with pytest.raises(UsageError, match="the broadcaster refuses: this server was started without a switch"):
        running.become({"broadcaster": ["AZ-25"]})

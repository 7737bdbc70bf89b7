"""One stack for several processes: started once, ended with the last of them, however it ends."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
from docker.errors import NotFound

from harness.config import Service, own_target
from harness.errors import EnvironmentFault, NotExercised, UsageError
from harness.topology import engine, open_deployment
from harness.topology.containers import Running
from harness.topology.deployment import Share
from harness.topology.log import Log
from harness.topology.shared import Link, SharedStack, attach
from harness.topology.stack import App

if TYPE_CHECKING:
    from docker import DockerClient

Asking = Callable[[Callable[[], None]], None]

OURS = own_target("containers", "containers")
OTHER = """
import json, sys
from pathlib import Path
from harness.config import Service, own_target
from harness.topology.shared import attach
stack = attach(own_target("containers", "containers"), seed=1, folder=Path(sys.argv[1]))
print(json.dumps(stack.target.backend.url), flush=True)
input()
stack.stop()
"""


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[SharedStack]:
    """Take part in a stack of one test."""
    joined = attach(OURS, seed=1, folder=tmp_path)
    yield joined
    joined.stop()


Other = Callable[[Path], tuple["subprocess.Popen[str]", str]]


@pytest.fixture
def other() -> Iterator[Other]:
    """Give a function that lets another process take part, and gives it with the address that it sees."""
    children: list[subprocess.Popen[str]] = []

    def start(folder: Path) -> tuple["subprocess.Popen[str]", str]:
        child = subprocess.Popen(
            [sys.executable, "-c", OTHER, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        )
        children.append(child)
        assert child.stdout is not None
        return child, str(json.loads(child.stdout.readline()))

    yield start
    for child in children:
        child.kill()
        child.communicate()


def owner_in(folder: Path) -> int:
    """Give the process of the supervisor of a run."""
    return int(json.loads((folder / "supervisor.json").read_bytes())["process"])


def left(client: "DockerClient", process: int) -> list[Any]:
    """List the containers of a supervisor."""
    found = client.containers.list(all=True, filters={"label": engine.OWNER})
    return [one for one in found if f"/{process}/" in one.labels[engine.OWNER]]


def test_two_processes_have_the_same_stack_until_both_have_left(
    client: "DockerClient", stack: SharedStack, tmp_path: Path, other: Other
) -> None:
    """Whoever comes second starts nothing; whoever leaves first ends nothing; after the last, nothing is there."""
    child, url = other(tmp_path)
    process = owner_in(tmp_path)
    assert url == stack.target.backend.url
    assert len(left(client, process)) == 2

    stack.stop()
    assert len(left(client, process)) == 2
    child.communicate("\n")

    assert child.returncode == 0
    assert left(client, process) == []
    assert [path.name for path in tmp_path.iterdir()] == ["logs"]


def test_a_killed_process_leaves_nothing(client: "DockerClient", tmp_path: Path, other: Other) -> None:
    """`kill -9` of the only one: the supervisor notices, and removes everything."""
    child, _ = other(tmp_path)
    mine = left(client, owner_in(tmp_path))
    child.send_signal(signal.SIGKILL)
    child.communicate()

    for container in mine:
        with contextlib.suppress(NotFound):
            container.wait(condition="removed", timeout=30)
    assert not (tmp_path / "logs" / "supervisor.log").read_text()


def test_a_death_is_told_to_everybody_who_asks(
    client: "DockerClient", stack: SharedStack, tmp_path: Path, asking: Asking
) -> None:
    """With what the server said last, once and again."""
    for container in left(client, owner_in(tmp_path)):
        container.kill()

    for _ in range(2):
        with pytest.raises(EnvironmentFault, match=r"the (backend|broadcaster) died \(exit code 137\); last lines of"):
            asking(stack.check)
    assert set(stack.logs()) == {"backend", "broadcaster"}


def test_no_engine_is_told_as_ever(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The supervisor's reason is the reason of whoever asked."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")

    with pytest.raises(EnvironmentFault, match="no Docker engine answers at"):
        open_deployment(OURS, seed=1, folder=tmp_path, cache=tmp_path)


def test_a_supervisor_that_is_gone_is_a_fault(
    client: "DockerClient", stack: SharedStack, tmp_path: Path, asking: Asking
) -> None:
    """It was killed; its containers are swept by the next start."""
    assert stack._link._child is not None
    stack._link._child.kill()

    with pytest.raises(EnvironmentFault, match="the supervisor died"):
        asking(stack.check)
    stack._link._child.wait()
    engine.sweep(client)
    assert left(client, stack._link._child.pid) == []


def test_whoever_waits_hears_what_for(tmp_path: Path) -> None:
    """One line of the supervisor's is one sentence, however many servers are waited for; the answer comes behind it."""
    heard: list[str] = []
    ours, theirs = socket.socketpair()
    with theirs:
        link = Link(ours, Log("supervisor", tmp_path / "log"), None)
        running = msgspec.to_builtins(Running(api_url="", backend_url="", app=App("", "", ""), people=[], images={}))
        for line in (
            {"waiting": {"app": "no answer", "hub": "no handshake"}},
            {"running": running, "servers": ["app"]},
        ):
            theirs.sendall(json.dumps(line).encode() + b"\n")
        link.running(time.monotonic() + 30, heard.append)
        assert heard == ["app: no answer; hub: no handshake"]
        assert link.servers == ("app",)
    link.leave()


def test_an_answer_of_the_supervisors_is_raised_as_what_it_is(tmp_path: Path) -> None:
    """A death that is told in between is not taken for it, and comes up when somebody looks."""
    ours, theirs = socket.socketpair()
    with theirs:
        link = Link(ours, Log("supervisor", tmp_path / "log"), None)
        kinds = {"usage": UsageError, "environment": EnvironmentFault, "not exercised": NotExercised}
        for kind, error in kinds.items():
            theirs.sendall(json.dumps({"died": "the hub died"}).encode() + b"\n")
            theirs.sendall(json.dumps({"error": "no", "kind": kind}).encode() + b"\n")
            with pytest.raises(error, match="no"):
                link.do("pause", "app")
        asked = [json.loads(line) for line in theirs.recv(65_536).splitlines()]
        assert asked == [{"verb": "pause", "server": "app", "settings": {}}] * 3
        with pytest.raises(EnvironmentFault, match="the hub died"):
            link.check()
    for ask in (link.check, lambda: link.do("pause", "app")):
        with pytest.raises(EnvironmentFault, match="the supervisor died"):
            ask()
    link.leave()
    with pytest.raises(UsageError, match="no server 'app' any more"):
        link.do("pause", "app")


def token_of(stack: SharedStack) -> tuple[int, str]:
    """Log somebody in, and give the status with the token."""
    person = stack.target.cast[0]
    login = {"email": person.email, "password": person.password}
    answer = httpx.post(f"{stack.target.backend.url}/api/login", json=login, trust_env=False)
    return answer.status_code, str(answer.json()["token"])


def test_a_stack_may_be_kept_for_the_next_run(client: "DockerClient", tmp_path: Path) -> None:
    """The same containers, people and passwords; nothing else of the run before, whose logs it has itself."""
    keep = Share(keep=5)
    runs = [tmp_path / name for name in ("one", "two")]
    for run in runs:
        run.mkdir()
    first = attach(OURS, seed=1, folder=runs[0], share=keep, cache=tmp_path / "cache")
    _, token = token_of(first)
    with pytest.raises(UsageError, match="another run uses the containers that were kept"):
        attach(OURS, seed=1, folder=runs[1], share=keep, cache=tmp_path / "cache")
    first.stop()

    second = attach(OURS, seed=1, folder=runs[1], share=keep, cache=tmp_path / "cache")
    mine = left(client, owner_in(next((tmp_path / "cache" / "containers").iterdir())))
    header = {"Authorization": f"Bearer {token}"}
    former = httpx.get(f"{second.target.backend.url}/api/user", headers=header, trust_env=False)
    assert second.target == first.target
    assert former.status_code == 401
    assert token_of(second)[0] == 200
    second.check()
    second.stop()

    assert len(mine) == 2
    for container in mine:
        with contextlib.suppress(NotFound):
            container.wait(condition="removed", timeout=30)
    for run in runs:
        assert {path.name for path in (run / "logs").iterdir()} == {"backend.log", "broadcaster.log"}


def test_somebodys_own_images_are_not_kept(tmp_path: Path) -> None:
    """Nobody can put them back to how they were."""
    own = msgspec.structs.replace(OURS, services={"app": Service(image="app")})

    with pytest.raises(UsageError, match="reuse is for our own servers"):
        attach(own, seed=1, folder=tmp_path, share=Share(keep=1), cache=tmp_path)

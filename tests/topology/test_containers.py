"""The reference stack in containers: it works, its death is told, and nothing of it stays."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import httpx
import msgspec
import pytest

from harness.errors import EnvironmentFault
from harness.topology import containers, engine
from harness.topology.containers import ContainersStack, Plan

if TYPE_CHECKING:
    from docker import DockerClient

Asking = Callable[[Callable[[], None]], None]


def ours(client: "DockerClient") -> list[str]:
    """Name what this process has on the engine."""
    label = {"label": f"{engine.OWNER}={engine.owner()}"}
    return [
        one.name for one in (*client.containers.list(all=True, filters=label), *client.networks.list(filters=label))
    ]


def test_a_stack_answers_on_loopback_and_leaves_nothing(client: "DockerClient", stack: ContainersStack) -> None:
    """Somebody logs in; afterwards the engine is as it was."""
    running = stack.running
    alice = next(person for person in running.people if person["name"] == "alice")
    answer = httpx.post(
        f"{running.backend_url}/api/login", json={"email": alice["email"], "password": alice["password"]}
    )

    assert answer.status_code == 200
    assert all(url.startswith("http://127.0.0.1:") for url in (running.api_url, running.backend_url))
    assert set(running.images) == {"broadcaster", "backend"}
    assert len(ours(client)) == 3
    stack.check()
    stack.stop()
    assert ours(client) == []


def test_people_may_log_in_by_cookies(plan: Plan, tmp_path: Path) -> None:
    """The stack proves itself as a page would log in; the answer sets a session and holds no token."""
    stack = containers.start(msgspec.structs.replace(plan, folder=str(tmp_path), authentication="cookie"))
    with contextlib.closing(httpx.Client(base_url=stack.running.backend_url, trust_env=False)) as page:
        try:
            page.get("/sanctum/csrf-cookie")
            alice = next(person for person in stack.running.people if person["name"] == "alice")
            answer = page.post(
                "/api/login",
                json={"email": alice["email"], "password": alice["password"]},
                headers={"X-XSRF-TOKEN": unquote(page.cookies["XSRF-TOKEN"])},
            )
        finally:
            stack.stop()

    assert answer.status_code == 200
    assert answer.headers.get_list("set-cookie")


def test_the_death_of_a_container_is_told(client: "DockerClient", stack: ContainersStack, asking: Asking) -> None:
    """Which one, how it ended, and its last lines."""
    label = {"label": f"{engine.OWNER}={engine.owner()}", "ancestor": stack.running.images["backend"].split()[0]}
    (backend,) = client.containers.list(filters=label)
    backend.kill()
    backend.wait()

    with pytest.raises(EnvironmentFault, match=r"the backend died \(exit code 137\); last lines of .*backend.log"):
        asking(stack.check)


def test_a_server_that_refuses_takes_the_stack_along(client: "DockerClient", plan: Plan) -> None:
    """An unknown dialect is somebody's mistake; nothing runs on."""
    with pytest.raises(Exception, match="there is no dialect 'morse'"):
        containers.start(msgspec.structs.replace(plan, dialect="morse"))
    assert ours(client) == []


def test_a_stack_that_is_late_is_gone(client: "DockerClient", plan: Plan) -> None:
    """Too little patience is an environment fault."""
    with pytest.raises(EnvironmentFault, match=r"was not ready in time|gave no"):
        containers.start(msgspec.structs.replace(plan, patience=1e-6))
    assert ours(client) == []

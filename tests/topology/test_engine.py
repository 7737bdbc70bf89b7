"""The engine: found or told why not, and nothing of a dead owner stays on it."""

import gc
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker
import pytest

from harness.config import base_image
from harness.errors import EnvironmentFault
from harness.topology import engine

if TYPE_CHECKING:
    from docker import DockerClient


def complaint() -> str:
    """Connect in vain, and keep nothing of the error but its sentence: it holds what the client left open."""
    try:
        engine.connect()
    except EnvironmentFault as fault:
        return str(fault)
    return ""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_no_engine_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It names the address that was tried, and says what to do."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")

    said = complaint()
    gc.collect()  # Docker's client forgets the socket with which it found nobody

    assert re.match(r"no Docker engine answers at unix://.*none.sock: start one", said)
    assert said.endswith("(No such file or directory)")
    assert len(said.splitlines()) == 1


def test_an_engine_without_permission_is_another_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """What to do is something else there."""

    def refuse(**_: Any) -> None:
        raise docker.errors.DockerException(
            "Error while fetching server API version: ('…', PermissionError(13, 'Permission denied'))"
        )

    monkeypatch.setattr(docker, "from_env", refuse)
    with pytest.raises(EnvironmentFault, match="may not be used by this user: join the group docker"):
        engine.connect()


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker's client comes with it."""
    monkeypatch.setitem(sys.modules, "docker", None)

    with pytest.raises(EnvironmentFault, match=r"needs the extra: pip install 'realtime-harness\[containers\]'"):
        engine.connect()


@pytest.mark.parametrize(
    ("address", "published", "reached"),
    [
        ("", "127.0.0.1", "127.0.0.1"),
        ("unix:///var/run/docker.sock", "127.0.0.1", "127.0.0.1"),
        ("tcp://127.0.0.1:2375", "127.0.0.1", "127.0.0.1"),
        ("tcp://docker:2375", "0.0.0.0", "docker"),  # noqa: S104  of the other machine
        ("ssh://me@build.example.com", "0.0.0.0", "build.example.com"),  # noqa: S104  as above
    ],
)
def test_ports_are_published_on_loopback(
    monkeypatch: pytest.MonkeyPatch, address: str, published: str, reached: str
) -> None:
    """Unless the engine is on another machine, whose loopback is of no use here."""
    monkeypatch.setenv("DOCKER_HOST", address)

    assert (engine.published_on(), engine.reached_at()) == (published, reached)


def test_what_a_dead_process_left_is_swept_and_what_lives_stays(client: "DockerClient") -> None:
    """Containers and networks, by the process that is written on them."""
    dead = subprocess.run(
        [sys.executable, "-c", "from harness.topology import engine; print(engine.owner())"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    ).stdout.strip()
    made = {}
    for owner in (dead, engine.owner(), "elsewhere/boot/1/1", "nonsense"):
        labels = {engine.OWNER: owner}
        network = client.networks.create("swept", labels=labels)
        image = base_image() or "python:3.12-slim"
        made[owner] = (client.containers.create(image, "true", labels=labels), network)
    try:
        assert engine.sweep(client) == 1
        left = {one.labels[engine.OWNER] for one in client.containers.list(all=True, filters={"label": engine.OWNER})}
        networks = {one.attrs["Labels"][engine.OWNER] for one in client.networks.list(filters={"label": engine.OWNER})}
        assert dead not in left | networks
        assert set(made) - {dead} <= left & networks
    finally:
        for owner in set(made) - {dead}:
            container, network = made[owner]
            container.remove(force=True)
            network.remove()


def test_an_owner_is_this_process_and_no_other() -> None:
    """Also none that has the same number later."""
    host, boot, process, started = engine.owner().split("/")

    assert int(process) == os.getpid()
    assert all((host, boot, started))
    assert engine._started(os.getpid()) == started
    assert engine._started(2**22 + 1) == "gone"

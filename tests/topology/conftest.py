"""Docker, for the tests of what runs in containers."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.config import base_image
from harness.topology import containers, engine
from harness.topology.containers import Plan

if TYPE_CHECKING:
    from docker import DockerClient


@pytest.fixture
def client() -> Iterator["DockerClient"]:
    """Reach the engine; without one these tests fail, and .ci/run shows how to get one."""
    connected = engine.connect()
    yield connected
    connected.close()


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Plan a stack of the reference servers."""
    folder = tmp_path_factory.mktemp("containers")
    return Plan(
        folder=str(folder), seed=1, dialect="reverb", closes_connections=True, login="/api/login", base=base_image()
    )


@pytest.fixture
def stack(plan: Plan, tmp_path: Path) -> Iterator[containers.ContainersStack]:
    """Run a stack for one test, which may harm it."""
    started = containers.start(msgspec.structs.replace(plan, folder=str(tmp_path)))
    yield started
    started.stop()


def until_a_fault(check: Callable[[], None]) -> None:
    """Ask until something is wrong."""
    while True:
        check()


@pytest.fixture
def asking() -> Callable[[Callable[[], None]], None]:
    """Give the function that asks until something is wrong."""
    return until_a_fault

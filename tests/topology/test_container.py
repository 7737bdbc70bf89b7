"""One server in a container: what it says, how it ends, and what is told of one that never works."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from testcontainers.core.network import Network

from harness.config import base_image
from harness.errors import EnvironmentFault, UsageError
from harness.topology import building, engine
from harness.topology.container import ServiceContainer
from harness.topology.service import Place, Service

IMAGE = base_image() or building.BASE
Start = Callable[[str], ServiceContainer]


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Start]:
    """Give a function that runs a line of Python in a container; what it started is gone in the end."""
    client = engine.connect()
    network = Network(docker_network_kw={"labels": {engine.OWNER: engine.owner()}}).create()
    started: list[ServiceContainer] = []

    def start(script: str, image: str = IMAGE) -> ServiceContainer:
        place = Place(network, engine.owner(), tmp_path)
        service = Service(name="server", image=image, port=80, command=("python3", "-uc", script), is_configured=True)
        started.append(ServiceContainer(service, place))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.stop()
        one.stop()
    network.remove()
    network._docker.client.close()
    client.close()


def soon() -> float:
    """Give a deadline that is never reached by what works."""
    return time.monotonic() + 20


def test_a_container_takes_a_line_and_gives_one(begun: Start) -> None:
    """Its other words are its log, and the port is published where we reach it."""
    server = begun("import sys, json; print('up', file=sys.stderr); print(json.dumps({'got': input()})); input()")
    server.configure({"a": "ب"})

    assert server.announced(soon()) == {"got": '{"a": "\\u0628"}'}
    while not server.last_lines():  # another thread follows it
        server.check()
    assert server.last_lines() == "up"
    assert server.url().startswith("http://127.0.0.1:")
    assert server.image.startswith("sha256:")
    server.check()


def test_a_container_that_dies_is_noticed_with_its_last_words(begun: Start) -> None:
    """Before it was ready, and however long anybody would have waited."""
    server = begun("import sys; print('no disk', file=sys.stderr); sys.exit(7)")

    with pytest.raises(EnvironmentFault, match=r"the server died \(exit code 7\); last lines of .*\n    no disk"):
        server.announced(soon())


@pytest.mark.parametrize(("code", "error"), [(2, UsageError), (3, EnvironmentFault)])
def test_a_server_may_refuse_its_configuration(begun: Start, code: int, error: type[Exception]) -> None:
    """Whose fault that is, its exit code says."""
    server = begun(f"import sys, json; print(json.dumps({{'error': 'not so'}})); sys.exit({code})")

    with pytest.raises(error, match="the server cannot start: not so"):
        server.announced(soon())


def test_a_server_that_talks_nonsense_is_a_fault(begun: Start) -> None:
    """What it said is shown."""
    with pytest.raises(EnvironmentFault, match="announced b'hello' where a JSON object was due"):
        begun("print('hello'); input()").announced(soon())


def test_a_server_that_says_nothing_is_late(begun: Start) -> None:
    """And is stopped all the same."""
    with pytest.raises(EnvironmentFault, match="the server was not ready in time"):
        begun("input()").announced(time.monotonic())


def test_an_image_that_does_not_exist_is_one_sentence(begun: Callable[..., ServiceContainer]) -> None:
    """Before anything else happens."""
    with pytest.raises(EnvironmentFault, match="localhost:1/no-such-image:1"):
        begun("", image="localhost:1/no-such-image:1")

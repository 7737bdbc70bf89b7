"""
The reference servers in containers: the same stack as `embedded`, from images, on a network of its own.

    images ─▶ network ─▶ broadcaster, backend (side by side) ─▶ proofs: a handshake, a login

This is what runs in the supervisor; tests reach it through `shared`. Ports are published on loopback. Everything is
removed in the end; what a killed run left, the next start sweeps.
"""

import contextlib
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from harness.errors import EnvironmentFault
from harness.topology import building, engine
from harness.topology.container import Place, Service, ServiceContainer
from harness.topology.handshake import prove_backend, prove_broadcaster
from harness.topology.stack import App, blamed_on, new_app, websocket

if TYPE_CHECKING:
    from docker import DockerClient

READY_WITHIN: Final = 30.0
"""Seconds that the servers have from their images to the last proof; a start takes a twentieth of it."""

BYE: Final = b"bye"
"""What a worker writes to the supervisor when it leaves in order."""

_PORTS: Final = {"broadcaster": 6001, "backend": 8000}
_EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - of the container; what of it is published, the engine decides
_WORLDS: Final = "/tmp/worlds"  # noqa: S108 - inside the container, where nobody else is
_WIDTH: Final = 8

T = TypeVar("T")
R = TypeVar("R")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """
    What to start.

    `base` is what images are built on, `folder` gets the logs, `login` is the path of the route by which the stack
    proves itself; `patience` multiplies the deadline.
    """

    folder: str
    seed: int
    dialect: str
    closes_connections: bool
    login: str
    base: str = ""
    patience: float = 1.0


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """What runs: addresses as we reach them, credentials, people with their passwords, images with their ids."""

    api_url: str
    backend_url: str
    app: App
    people: list[dict[str, Any]]
    images: dict[str, str]


class ContainersStack:
    """A stack of containers that runs until `stop`."""

    def __init__(self, running: Running, servers: tuple[ServiceContainer, ...], undo: contextlib.ExitStack) -> None:
        self.running = running
        self._servers = servers
        self._undo = undo

    def check(self) -> None:
        """Raise `EnvironmentFault` with how it ended and the last log lines when one of the containers has."""
        for server in self._servers:
            server.check()

    def stop(self) -> None:
        """Remove containers and network; a second call does nothing."""
        self._undo.close()


def start(plan: Plan) -> ContainersStack:
    """
    Build what images are missing, start the stack, prove it ready and give it.

    Raises `EnvironmentFault` with the last log lines for an engine, an image or a server that is not to be had, and
    `UsageError` for what a server refuses; nothing runs on after an error.
    """
    with contextlib.ExitStack() as undo:
        client = engine.connect()
        undo.callback(client.close)
        engine.sweep(client)
        images = _side_by_side(lambda name: building.built(client, building.context(name, plan.base)), _PORTS)
        place = _opened(client, Path(plan.folder), undo)
        services = (
            Service(name=name, image=image, port=port, logs_output=False)
            for (name, port), image in zip(_PORTS.items(), images, strict=True)
        )
        broadcaster, backend = servers = tuple(ServiceContainer(service, place) for service in services)
        undo.callback(_side_by_side, ServiceContainer.stop, servers)
        deadline = time.monotonic() + READY_WITHIN * plan.patience
        _side_by_side(ServiceContainer.start, servers)
        app = new_app()
        broadcaster.configure(_for_broadcaster(plan, app))
        backend.configure(_for_backend(plan, app))
        running = _proven(plan, app, broadcaster, backend, deadline)
        return ContainersStack(running, servers, undo.pop_all())


def _opened(client: "DockerClient", folder: Path, undo: contextlib.ExitStack) -> Place:
    """Make the network that the containers share, and what removes it behind them."""
    from testcontainers.core.network import Network  # noqa: PLC0415 - heavy, see `engine.connect`

    owner = engine.owner()
    network = Network(docker_network_kw={"labels": {engine.OWNER: owner}})
    undo.callback(network._docker.client.close)  # noqa: SLF001 - nobody else closes the client that it makes
    try:
        network.create()
    except engine.api_error() as error:
        raise EnvironmentFault(f"the Docker engine makes no network: {error}") from None
    undo.callback(_removed, client, network.name)
    return Place(network, owner, folder)


def _removed(client: "DockerClient", network: str) -> None:
    with contextlib.suppress(engine.api_error()):
        client.api.remove_network(network)


def _for_broadcaster(plan: Plan, app: App) -> dict[str, Any]:
    return {"host": _EVERYWHERE, "port": _PORTS["broadcaster"], "dialect": plan.dialect, **asdict(app)}


def _for_backend(plan: Plan, app: App) -> dict[str, Any]:
    where = {"host": _EVERYWHERE, "port": _PORTS["backend"]}
    world = {"seed": plan.seed, "database": "sqlite", "hash_cost": "cheapest", "cache": _WORLDS}
    known = {"broadcaster": {"url": f"http://broadcaster:{_PORTS['broadcaster']}", **asdict(app)}}
    return {**where, **world, **known, "closes_connections": plan.closes_connections}


def _proven(plan: Plan, app: App, broadcaster: ServiceContainer, backend: ServiceContainer, deadline: float) -> Running:
    """Wait for both servers and let each show that it works, at the address at which we reach it."""
    broadcaster.announced(deadline)
    api_url = broadcaster.url()
    with blamed_on(broadcaster):
        prove_broadcaster(websocket(api_url), app.key, deadline)
    people = backend.announced(deadline)["people"]
    first, url = people[0], backend.url()
    with blamed_on(backend):
        prove_backend(url, plan.login, {"email": first["email"], "password": first["password"]}, deadline)
    images = {server.name: f"{server.service.image} {server.image}" for server in (broadcaster, backend)}
    return Running(api_url=api_url, backend_url=url, app=app, people=people, images=images)


def _side_by_side(act: Callable[[T], R], subjects: Iterable[T]) -> list[R]:
    """Do something with each, all at once, and give what came of it; raises the first error when all are done."""
    with ThreadPoolExecutor(_WIDTH) as pool:
        return list(pool.map(act, subjects))

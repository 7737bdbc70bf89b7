"""
Somebody's own images as a stack: services in stages, each ready in its own way, then set up.

    stages ─▶ start side by side ─▶ ready: http, websocket, log or command ─▶ setup, in turn ─▶ next stage
"""

import contextlib
import http.client
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from harness.config import Service, stages, words
from harness.errors import EnvironmentFault
from harness.topology import building, container
from harness.topology.container import Place, ServiceContainer
from harness.topology.handshake import prove_broadcaster
from harness.topology.stack import websocket

if TYPE_CHECKING:
    from docker import DockerClient

_LINES: Final = 15
_PROOF_SECONDS: Final = 2.0
_SERVER_ERROR: Final = 500


def images(client: "DockerClient", services: dict[str, Service], folder: Path) -> dict[str, str]:
    """Give the image of each service, built where it is said to be."""
    return {
        name: building.built_from(client, folder / one.build, name) if one.build else one.image
        for name, one in services.items()
    }


def planned(name: str, service: Service, image: str, folder: Path) -> container.Service:
    """Make a container of what a service declares."""
    volumes = []
    for volume in service.volumes:
        outside, inside, *mode = volume.split(":")
        volumes.append((str((folder / outside).resolve()), inside, mode[0] if mode else "rw"))
    return container.Service(
        name=name,
        image=image,
        port=service.port,
        environment={key: _spelled(value) for key, value in service.environment.items()},
        command=tuple(words(service.command)),
        ready=tuple(words(service.ready.command)),
        volumes=tuple(volumes),
    )


def brought_up(
    services: dict[str, Service],
    images: dict[str, str],
    *,
    place: Place,
    folder: Path,
    key: str,
    deadline: float,
    side_by_side: Callable[[Callable[[ServiceContainer], None], list[ServiceContainer]], object],
    undo: contextlib.ExitStack,
) -> dict[str, ServiceContainer]:
    """
    Start all services, stage by stage, and give their containers; `undo` removes them.

    `key` is the app's, for a handshake. Raises `EnvironmentFault` with the last log lines for what does not get ready.
    """
    running: dict[str, ServiceContainer] = {}
    for stage in stages(services):
        made = [ServiceContainer(planned(name, services[name], images[name], folder), place) for name in stage]
        undo.callback(side_by_side, ServiceContainer.stop, made)
        side_by_side(ServiceContainer.start, made)
        side_by_side(lambda one: _set_up(one, services[one.name], key, deadline), made)
        running |= {one.name: one for one in made}
    return running


def _set_up(server: ServiceContainer, service: Service, key: str, deadline: float) -> None:
    """Wait until a service is ready, and run what sets it up."""
    server.until(_readiness(server, service, key), deadline)
    for command in service.setup:
        code, output = server.run(words(command))
        if code:
            lines = "".join(f"\n    {line}" for line in output.splitlines()[-_LINES:]) or " (it wrote nothing)"
            raise EnvironmentFault(f"the setup of {server.name} failed with exit code {code}: {command}{lines}")


def _readiness(server: ServiceContainer, service: Service, key: str) -> Callable[[], bool]:
    ready = service.ready
    ways: dict[str, Callable[[], bool]] = {
        "start": lambda: True,
        "command": server.answers,
        "log": lambda: ready.log in server.log.path.read_text(errors="replace"),
        "http": lambda: _serves(server.url(), ready.http),
        "websocket": lambda: _greets(server.url(), key),
    }
    return ways[ready.way]


def _serves(url: str, path: str) -> bool:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=_PROOF_SECONDS)
    try:
        connection.request("GET", path, headers={"Accept": "application/json"})
        return connection.getresponse().status < _SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _greets(url: str, key: str) -> bool:
    with contextlib.suppress(EnvironmentFault):
        prove_broadcaster(websocket(url), key, time.monotonic() + _PROOF_SECONDS)
        return True
    return False


def _spelled(value: str | int | bool) -> str:  # noqa: FBT001 - a value, whatever it is
    return str(value).lower() if isinstance(value, bool) else str(value)

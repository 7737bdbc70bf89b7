"""
Somebody's own images as a stack: services in stages, each ready in its own way, then set up.

    stages ─▶ start side by side ─▶ ready: http, websocket, log or command ─▶ setup, in turn ─▶ next stage
"""

import contextlib
import http.client
import shlex
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from harness.config import Service, stages, words
from harness.errors import EnvironmentFault
from harness.topology import building
from harness.topology.contained import Contained
from harness.topology.container import ServiceContainer, side_by_side
from harness.topology.handshake import prove_broadcaster
from harness.topology.service import Place
from harness.topology.service import Service as Planned
from harness.topology.stack import websocket

if TYPE_CHECKING:
    from docker import DockerClient

_LINES: Final = 15
_PROOF_SECONDS: Final = 2.0
_CLIENT_ERROR: Final = 400


def images(client: "DockerClient", services: dict[str, Service], folder: Path) -> dict[str, str]:
    """Give the image of each service, built where it is said to be."""
    return {
        name: building.built_from(client, folder / one.build, name) if one.build else one.image
        for name, one in services.items()
    }


def planned(name: str, service: Service, image: str, folder: Path) -> Planned:
    """Make a container of what a service declares."""
    volumes = []
    for volume in service.volumes:
        outside, inside, *mode = volume.split(":")
        volumes.append((str((folder / outside).resolve()), inside, mode[0] if mode else "rw"))
    return Planned(
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
    undo: contextlib.ExitStack,
) -> dict[str, Contained]:
    """
    Start all services, stage by stage, and give their containers; `undo` removes them.

    `key` is the app's, for a handshake. Raises `EnvironmentFault` with the last log lines for what does not get ready.
    """
    running: dict[str, Contained] = {}
    for stage in stages(services):
        made = [ServiceContainer(planned(name, services[name], images[name], folder), place) for name in stage]
        undo.callback(side_by_side, ServiceContainer.stop, made)
        side_by_side(ServiceContainer.start, made)
        side_by_side(lambda one: _set_up(one, services[one.name], place, key, deadline), made)
        running |= {one.name: _kept_ready(one, services[one.name], key) for one in made}
    return running


def _kept_ready(server: ServiceContainer, service: Service, key: str) -> Contained:
    """Let a service be started again, when it is ready as it was at first; what set it up is not repeated."""
    return Contained(server, lambda deadline: server.until(_readiness(server, service, key), deadline))


def _set_up(server: ServiceContainer, service: Service, place: Place, key: str, deadline: float) -> None:
    """Wait until a service is ready, and run what sets it up."""
    server.until(_readiness(server, service, key), deadline)
    for number, command in enumerate(service.setup, start=1):
        said = command if isinstance(command, str) else shlex.join(command)
        shown = f"setup {number} of {server.name} ({place.hide(said)})"
        code, output = server.run(words(command), deadline, shown)
        if code:
            lines = "".join(f"\n    {line}" for line in output.splitlines()[-_LINES:]) or " (it wrote nothing)"
            raise EnvironmentFault(f"{shown} failed with exit code {code}:{lines}")


def _readiness(server: ServiceContainer, service: Service, key: str) -> Callable[[], str]:
    """Give what says why a service is not ready yet, and nothing once it is."""
    ready = service.ready
    ways: dict[str, Callable[[], str]] = {
        "start": lambda: "",
        "command": server.why_not_answering,
        "log": lambda: (
            "" if ready.log in server.log.path.read_text(errors="replace") else f"it never wrote {ready.log!r}"
        ),
        "http": lambda: _why_not_served(server.url(), service, ready.http),
        "websocket": lambda: _why_not_greeted(server.url(), service, key),
    }
    return ways[ready.way]


def _why_not_served(url: str, service: Service, path: str) -> str:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=_PROOF_SECONDS)
    asked = f"GET {path} on its port {service.port}"
    try:
        connection.request("GET", path, headers={"Accept": "application/json"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"{asked} gets no answer ({error})"
    else:
        return "" if status < _CLIENT_ERROR else f"{asked} is answered with {status}"
    finally:
        connection.close()


def _why_not_greeted(url: str, service: Service, key: str) -> str:
    try:
        prove_broadcaster(websocket(url), key, time.monotonic() + _PROOF_SECONDS)
    except EnvironmentFault as error:
        return f"no handshake on its port {service.port} with the key that is declared ({error})"
    return ""


def _spelled(value: str | int | bool) -> str:  # noqa: FBT001 - a value, whatever it is
    return str(value).lower() if isinstance(value, bool) else str(value)

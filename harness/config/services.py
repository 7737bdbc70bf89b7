"""
A stack of somebody's own images: what each container is, and in which order they can come up.

`[targets.NAME.services.SERVICE]` in `realtime.toml`; the service by which others reach a container is its host name.
"""

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Literal

import msgspec

from harness.errors import UsageError

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Words = str | tuple[str, ...]


class Ready(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    When a service counts as ready; one of these.

    `http` is a path that is answered with less than 400, `websocket` a Pusher handshake with the key of the target's
    broadcaster, `log` a text in what it writes, `command` one that succeeds inside.
    """

    http: str = ""
    """A path that is answered with less than 400."""
    websocket: bool = False
    """A Pusher handshake with the app's key."""
    log: str = ""
    """A text in what it writes."""
    command: Words = ()
    """A command that succeeds inside."""

    @property
    def way(self) -> Literal["http", "websocket", "log", "command", "start"]:
        """Tell which it is; a service that says nothing is ready when it has started."""
        if self.http:
            return "http"
        if self.websocket:
            return "websocket"
        return "log" if self.log else "command" if self.command else "start"


class Service(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One container.

    `image` is a name, best with its digest; `build` a folder with a Dockerfile instead. `port` is the one that we reach
    on loopback, `setup` commands that are run in it, in turn, once it is ready, `needs` the services that must be ready
    before it starts, `volumes` are `./folder:/path` or `./folder:/path:ro`, below the file that declares them.
    """

    image: str = ""
    """Name of its image, best with its digest."""
    build: str = ""
    """Folder with a Dockerfile, instead of `image`."""
    command: Words = ()
    """What it runs instead of the image's own."""
    environment: dict[str, str | int | bool] = {}
    """Its variables."""
    port: Port | None = None
    """The port that we reach on loopback."""
    ready: Ready = Ready()
    """When it counts as ready; see that table."""
    setup: tuple[Words, ...] = ()
    """Commands that are run in it once it is ready."""
    needs: tuple[str, ...] = ()
    """Services that must be ready before."""
    volumes: tuple[str, ...] = ()
    """`./folder:/path` or `./folder:/path:ro`."""

    def __repr__(self) -> str:
        """Show no value of its environment: passwords are there."""
        return f"Service(image={self.image!r}, build={self.build!r}, port={self.port!r})"


def complaint(name: str, service: Service, known: Mapping[str, Service]) -> tuple[str, str]:
    """Say what is wrong with a service, and at which of its keys; two empty texts when nothing is."""
    if bool(service.image) == bool(service.build):
        return "image", "and build: give one of them, the name of an image or a folder with a Dockerfile"
    if wrong := _wrong_readiness(service):
        return wrong
    for other in service.needs:
        if other not in known or other == name:
            others = ", ".join(one for one in known if one != name) or "none"
            return "needs", f"names {other!r}, which is no other service; there are {others}"
    for volume in service.volumes:
        parts = volume.split(":")
        if len(parts) not in (2, 3) or not parts[1].startswith("/") or parts[2:] not in ([], ["ro"], ["rw"]):
            return "volumes", f'has {volume!r}; write "./folder:/path/inside" or "./folder:/path/inside:ro"'
    return "", ""


def _wrong_readiness(service: Service) -> tuple[str, str] | None:
    ready = service.ready
    if sum(map(bool, (ready.http, ready.websocket, ready.log, ready.command))) > 1:
        return "ready", "says more than one thing; give http, websocket, log or command"
    if service.port is None and ready.way in ("http", "websocket"):
        return "port", f"is missing, and ready = {{ {ready.way} = … }} must reach one"
    if ready.http and not ready.http.startswith("/"):
        return "ready.http", f'is {ready.http!r}; write a path, such as "/up"'
    return None


def stages(services: Mapping[str, Service]) -> list[tuple[str, ...]]:
    """
    Put services into stages: those of one can start side by side, once all of those before are ready.

    Raises `UsageError` for services that need each other in a circle.
    """
    sorter = TopologicalSorter({name: service.needs for name, service in services.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        raise UsageError(f"services need each other in a circle: {' → '.join(error.args[1])}") from None
    found = []
    while sorter.is_active():
        ready = sorter.get_ready()
        sorter.done(*ready)
        found.append(tuple(sorted(ready)))
    return found


def words(command: Words) -> list[str]:
    """Give a command as the words of which it is made; a text is for the shell of the image."""
    if isinstance(command, str):
        return ["sh", "-c", command] if command else []
    return list(command)

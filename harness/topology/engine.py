"""
The Docker engine: reached, or told why not in one sentence; and whose is what runs on it.

All that a run starts carries a label with its owner, the process that started it. What belongs to a process that is
gone is swept when the next stack starts, so that not even `kill -9` leaves anything for good.
"""

import contextlib
import os
import platform
import socket
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from harness.config import engine_address
from harness.errors import EnvironmentFault

if TYPE_CHECKING:
    from docker import DockerClient

OWNER: Final = "realtime-harness.owner"
"""The label of all that we start: host, boot, process id and start time of its owner."""

_PATIENCE: Final = 60
"""Seconds for one answer of the engine."""


def connect() -> "DockerClient":
    """Reach the engine that `DOCKER_HOST` names, else the local one; raises `EnvironmentFault` that says what to do."""
    try:
        import docker  # noqa: PLC0415 - heavy, and only this topology needs it
        from docker.errors import DockerException  # noqa: PLC0415 - as above
    except ImportError:
        raise EnvironmentFault(
            "the topology containers needs the extra: pip install 'realtime-harness[containers]'"
        ) from None
    where = engine_address() or "the local socket"
    try:
        with contextlib.ExitStack() as undo:
            client = docker.from_env(timeout=_PATIENCE)
            undo.callback(client.close)
            client.ping()
            undo.pop_all()
    except DockerException as error:
        if "Permission denied" in str(error):
            raise EnvironmentFault(
                f"the Docker engine at {where} may not be used by this user: join the group docker, or name another "
                "engine in DOCKER_HOST"
            ) from None
        raise EnvironmentFault(
            f"no Docker engine answers at {where}: start one, or name another in DOCKER_HOST ({_reason(error)})"
        ) from None
    _settle_reaper(client)
    return client


def published_on() -> str:
    """Give the address on which ports are published: loopback, unless the engine is on another machine."""
    return "0.0.0.0" if _engine_host() else "127.0.0.1"  # noqa: S104 - nothing of another machine is on our loopback


def reached_at() -> str:
    """Give the host at which published ports are reached."""
    return _engine_host() or "127.0.0.1"


def owner() -> str:
    """Name this process so that nobody else is ever called the same."""
    return f"{platform.node()}/{_boot()}/{os.getpid()}/{_started(os.getpid())}"


def sweep(client: "DockerClient") -> int:
    """Remove what processes of this machine started that are gone; gives how many containers that were."""
    filters: dict[str, str | list[str] | bool] = {"label": OWNER}
    left = [one for one in client.containers.list(all=True, filters=filters) if _is_orphan(one.labels)]
    for container in left:
        with contextlib.suppress(api_error()):  # somebody else may sweep as well
            container.remove(force=True, v=True)
    for network in client.networks.list(filters=filters):
        if _is_orphan(network.attrs.get("Labels") or {}):
            with contextlib.suppress(api_error()):
                network.remove()
    return len(left)


def _is_orphan(labels: dict[str, Any]) -> bool:
    host, boot, process, started = (*str(labels.get(OWNER, "")).split("/"), "", "", "", "")[:4]
    if host != platform.node() or not process.isdigit():
        return False
    return boot != _boot() or _started(int(process)) != started


def _started(process: int) -> str:
    """Tell when a process started, in ticks of its machine; where nobody can, whether it lives."""
    stat = Path(f"/proc/{process}/stat")
    if stat.parent.parent.joinpath("self").exists():
        with contextlib.suppress(OSError):
            return stat.read_text().rpartition(")")[2].split()[19]
        return "gone"
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return "gone"
    except PermissionError:
        pass
    return "alive"


@cache
def _boot() -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return "unknown"


def _engine_host() -> str:
    """Name the machine of an engine that is reached over the network; empty for one on this machine."""
    address = urlsplit(engine_address())
    host = address.hostname or "" if address.scheme in ("tcp", "http", "https", "ssh") else ""
    is_here = host in ("localhost", "") or host.startswith("127.") or host == socket.gethostname()
    return "" if is_here else host


def _settle_reaper(client: "DockerClient") -> None:
    """
    Use testcontainers' reaper where its image can be had, and do without where it cannot.

    Both ways everything is removed in the end; it only comes sooner after a crash.
    """
    from testcontainers.core.config import testcontainers_config  # noqa: PLC0415 - heavy, see `connect`

    if testcontainers_config.ryuk_disabled:
        return
    try:
        if not client.images.list(testcontainers_config.ryuk_image):
            client.images.pull(testcontainers_config.ryuk_image)
    except api_error():
        testcontainers_config.ryuk_disabled = True


def api_error() -> type[Exception]:
    """Give the class of what the engine refuses."""
    from docker.errors import APIError  # noqa: PLC0415 - heavy, see `connect`

    refusal: type[Exception] = APIError
    return refusal


def _reason(error: BaseException) -> str:
    """Give what lies at the bottom: the client's own errors each quote the one before."""
    while error.__context__ is not None:
        error = error.__context__
    return getattr(error, "strerror", None) or str(error) or type(error).__name__

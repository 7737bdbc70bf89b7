"""
A stack of containers as a test process uses it: owned by a supervisor, shared by all workers of the run.

The first worker that needs it starts the supervisor, under a lock in the run's folder, and leaves its address there;
each worker holds a connection, and what they all see ends with the last of them (`supervisor`).
"""

import contextlib
import fcntl
import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from harness.config import Secrets, TargetDeclaration, base_image, child_environment, image_of
from harness.errors import EnvironmentFault, NotExercised, UsageError
from harness.topology.beside import OFFICIAL
from harness.topology.containers import BYE, Plan, Running
from harness.topology.deployment import ALONE, Control, Share
from harness.topology.log import Log
from harness.topology.stack import App, filled_in, websocket

READY_WITHIN: Final = 600.0
"""Seconds for everything, images that must be built or fetched included."""

_GONE_WITHIN: Final = 30.0
_ADDRESS: Final = "supervisor.json"


class SharedStack:
    """This process's share of a stack that runs."""

    def __init__(self, target: TargetDeclaration, running: Running, link: "Link", folder: Path) -> None:
        self.target = target
        self.images: Mapping[str, str] = running.images
        self._link = link
        self._logs = [Log(name, folder / f"{name}.log") for name in running.images]
        self._owner = os.getpid()

    @property
    def control(self) -> Control:
        """Refuse for now: raises `NotExercised`."""
        raise NotExercised("the containers of a run cannot be disturbed yet")

    def check(self) -> None:
        """Raise `EnvironmentFault` with how it ended and the last log lines when a container has; does not wait."""
        self._link.check()

    def logs(self) -> dict[str, str]:
        """Give the last log lines of each server by its name."""
        return {log.name: log.last_lines() for log in self._logs}

    def stop(self) -> None:
        """Leave, and wait until everything is gone if nobody else is there; a second call does nothing."""
        if os.getpid() == self._owner:
            self._link.leave()


class Link:
    """The connection to a supervisor, and its process where this one started it."""

    def __init__(self, connection: socket.socket, log: Log, child: "subprocess.Popen[bytes] | None") -> None:
        self._connection: socket.socket | None = connection
        self._log = log
        self._child = child
        self._pending = b""
        self._died = ""

    def running(self, deadline: float) -> Running:
        """Wait for the stack until `deadline` (monotonic seconds); raises what the supervisor said instead of it."""
        while (line := self._line()) is None:
            if not self._read(max(0.0, deadline - time.monotonic())):
                raise self._log.fault("did not have the stack ready in time")
        answer = json.loads(line)
        if "error" in answer:
            raise (UsageError if answer["kind"] == "usage" else EnvironmentFault)(answer["error"])
        return msgspec.convert(answer["running"], Running)

    def check(self) -> None:
        """Raise `EnvironmentFault` when the supervisor said that a container died, or has died itself."""
        while self._connection is not None and self._read(0):
            if (line := self._line()) is not None:
                self._died = str(json.loads(line)["died"])
        if self._died:
            raise EnvironmentFault(self._died)

    def leave(self) -> None:
        """Say goodbye, wait for the end of the connection, and of the process where it is ours and ends."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with contextlib.suppress(OSError), connection:
            connection.settimeout(_GONE_WITHIN)
            connection.sendall(BYE + b"\n")
            while connection.recv(65_536):
                pass
        if self._child is not None:
            try:
                self._child.wait(1)
            except subprocess.TimeoutExpired:
                self._child.returncode = 0  # it lives on for the other workers, and is nobody's child to wait for

    def _read(self, patience: float) -> bool:
        """Take what has come, waiting for it that long; tells whether there was anything."""
        assert self._connection is not None  # noqa: S101 - whoever left asks no more
        if not select.select([self._connection], [], [], patience)[0]:
            return False
        received = self._connection.recv(65_536)
        if not received:
            raise self._log.fault("died")
        self._pending += received
        return True

    def _line(self) -> bytes | None:
        line, found, rest = self._pending.partition(b"\n")
        if not found:
            return None
        self._pending = rest
        return line


def attach(
    declaration: TargetDeclaration, *, seed: int, folder: Path, patience: float = 1.0, share: Share = ALONE
) -> SharedStack:
    """
    Give this process its share of the run's stack, started if it is the first to ask.

    `folder` is the run's, the same for all workers. Raises `EnvironmentFault` and `UsageError` as
    `containers.start` does.
    """
    login, hers = declaration.backend.contract.login, declaration.broadcaster
    logs = folder / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    plan = Plan(
        folder=str(logs),
        address=str(folder / _ADDRESS),
        seed=seed,
        dialect=declaration.broadcaster.dialect,
        closes_connections=declaration.backend.revokes == "closes",
        login=login.path if login else "",
        base=base_image(),
        database=declaration.backend.database,
        nodes=declaration.broadcaster.nodes,
        casts=share.of,
        images={name: image for name in OFFICIAL if (image := image_of(name))},
        services=declaration.services,
        roles=declaration.roles,
        root=declaration.folder,
        app=App(hers.app_id, hers.key, hers.secret or ""),
        secrets=_secrets(declaration),
        patience=patience,
    )
    link = _linked(plan, folder, Log("supervisor", logs / "supervisor.log"))
    try:
        running = link.running(time.monotonic() + READY_WITHIN * patience)
    except BaseException:
        link.leave()
        raise
    return SharedStack(_target(declaration, running, share), running, link, logs)


def _secrets(declaration: TargetDeclaration) -> Secrets:
    """List what the services are told and must not be shown."""
    passwords = (person.password for person in declaration.cast)
    return Secrets((*declaration.secrets.values, *passwords, declaration.broadcaster.secret or ""))


def _target(declaration: TargetDeclaration, running: Running, share: Share) -> TargetDeclaration:
    """Fill in what a running stack knows; somebody's own has its people and credentials declared already."""
    if not declaration.services:
        addresses = {"api_url": running.api_url, "backend_url": running.backend_url}
        target = filled_in(declaration, running.app, **addresses, people=share.people(running.people))
        others = tuple(websocket(url) for url in running.other_urls)
        return msgspec.structs.replace(
            target, broadcaster=msgspec.structs.replace(target.broadcaster, other_urls=others)
        )
    broadcaster = msgspec.structs.replace(
        declaration.broadcaster, url=websocket(running.api_url), api_url=running.api_url
    )
    backend = msgspec.structs.replace(declaration.backend, url=running.backend_url + declaration.backend.url)
    return msgspec.structs.replace(declaration, backend=backend, broadcaster=broadcaster)


def _linked(plan: Plan, folder: Path, log: Log) -> Link:
    """Connect to the run's supervisor, which is started if there is none."""
    with _locked(folder / ".supervisor.lock"):
        address = folder / _ADDRESS
        with contextlib.suppress(OSError, ValueError):
            return Link(_connected(json.loads(address.read_bytes())), log, None)
        child, said = _spawned(plan, log)
        address.touch(mode=0o600)  # what it holds lets its reader see the passwords
        address.write_bytes(said)
        return Link(_connected(json.loads(said)), log, child)


def _spawned(plan: Plan, log: Log) -> "tuple[subprocess.Popen[bytes], bytes]":
    """Start a supervisor that outlives this process if others need it, and give where it can be reached."""
    with log.path.open("wb") as file:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "harness.topology.supervisor"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=file,
            env=child_environment(),
            start_new_session=True,
        )
    assert child.stdin is not None  # noqa: S101 - pipes, see above
    assert child.stdout is not None  # noqa: S101 - as above
    with child.stdin, child.stdout:
        child.stdin.write(msgspec.json.encode(plan) + b"\n")
        child.stdin.flush()
        said = child.stdout.readline()
    if not said:
        child.wait()
        raise log.fault("could not be started")
    return child, said


def _connected(address: dict[str, Any]) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", int(address["port"])), 5)
    connection.settimeout(None)
    connection.sendall(str(address["token"]).encode() + b"\n")
    return connection


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

"""
A stack of containers as a test process uses it: owned by a supervisor, shared by all workers of the run.

The first worker that needs it starts the supervisor, under a lock in the run's folder, and leaves its address there;
each worker holds a connection, and what they all see ends with the last of them (`supervisor`).
"""

import contextlib
import fcntl
import hashlib
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from harness.config import Secrets, TargetDeclaration, base_image, child_environment, engine_address, image_of
from harness.errors import EnvironmentFault, HarnessError, NotExercised, UsageError
from harness.topology import building
from harness.topology.beside import OFFICIAL
from harness.topology.containers import BYE, OTHERS_READY_WITHIN, Asked, Plan, Running
from harness.topology.deployment import ALONE, Control, Figures, Share, Verb
from harness.topology.log import Log
from harness.topology.stack import App, filled_in, websocket

READY_WITHIN: Final = 600.0
"""Seconds for everything, images that must be built or fetched included."""

_GONE_WITHIN: Final = 30.0
_ADDRESS: Final = "supervisor.json"
_POLL_SECONDS: Final = 0.1
_LATEST: Final = 30.0
"""Seconds for what comes before the waiting for a server that starts: to end it in its own good time."""

_ERRORS: Final[dict[str, type[HarnessError]]] = {
    "usage": UsageError,
    "environment": EnvironmentFault,
    "not exercised": NotExercised,
}


class SharedStack:
    """This process's share of a stack that runs."""

    def __init__(
        self, target: TargetDeclaration, running: Running, link: "Link", *, folder: Path, share: Share
    ) -> None:
        self.target = target
        self._share = share
        self.images: Mapping[str, str] = running.images
        self.people: list[dict[str, Any]] = running.people
        """Everybody who may log in, cast by cast; empty where the people are somebody else's."""
        self._link = link
        self._logs = [Log(name, folder / f"{name}.log") for name in running.images]
        self._owner = os.getpid()
        self.copies_to = folder
        """The run's folder for logs, where that is another: those of a stack that is kept are of the next run then."""

    @property
    def control(self) -> Control:
        """What can be done to the servers; raises `NotExercised` while others depend on them as well."""
        if self._share.of > 1:
            raise NotExercised(
                f"{self._share.of} workers share the containers, so nobody disturbs them: run it without -n"
            )
        return self._link

    def become(self, defects: Mapping[str, list[str]]) -> None:
        """Have these defects from now on, by server, and no others; for a stack that was attached with a switch."""
        for server in ("broadcaster", "backend"):
            if self.people:
                self._link.do("tell", server, defects=defects.get(server, []))

    def check(self) -> None:
        """Raise `EnvironmentFault` with how it ended and the last log lines when a container has; does not wait."""
        self._link.check()

    def logs(self) -> dict[str, str]:
        """Give the last log lines of each server by its name."""
        return {log.name: log.last_lines() for log in self._logs}

    def stop(self) -> None:
        """Leave, and wait until everything is gone if nobody else is there; a second call does nothing."""
        if os.getpid() == self._owner:
            for log in self._logs:
                if self.copies_to != log.path.parent:
                    shutil.copyfile(log.path, self.copies_to / log.path.name)
            self._link.leave()


class Link:
    """
    The connection to a supervisor, and its process where this one started it; the control of what it owns.

    Two threads may use it: one that waits for an answer, and one that looks whether anything has died.
    """

    def __init__(self, connection: socket.socket, log: Log, child: "subprocess.Popen[bytes] | None") -> None:
        self.servers: tuple[str, ...] = ()
        """What can be disturbed, once it runs."""
        self.patience = 1.0
        """Multiplies the time that a server has to come back."""
        self._connection: socket.socket | None = connection
        self._log = log
        self._child = child
        self._pending = b""
        self._died = ""
        self._tell = ALONE.tell
        self._answers: deque[dict[str, Any]] = deque()
        self._reading, self._asking = threading.Lock(), threading.Lock()

    def running(self, deadline: float, tell: Callable[[str], None]) -> Running:
        """Wait for the stack until `deadline` (monotonic seconds); raises what the supervisor said instead of it."""
        self._tell = tell
        answer = self._answer(deadline, "did not have the stack ready in time")
        running = msgspec.convert(answer["running"], Running)
        self.servers = tuple(answer["servers"])
        return running

    def do(self, verb: Verb, server: str, **settings: Any) -> None:
        """Have something done to a server, as `Control` says."""
        with self._asking:
            if self._connection is None:
                raise UsageError(f"there is no server {server!r} any more: the stack was left")
            with self._living():
                self._connection.sendall(msgspec.json.encode(Asked(verb, server, settings)) + b"\n")
            deadline = time.monotonic() + (_LATEST + OTHERS_READY_WITHIN) * self.patience
            self._answer(deadline, f"did not {verb} the {server} in time")

    def figures(self, server: str) -> Figures:
        """Say why nobody can look at what a container costs: its process is not of this one."""
        raise NotExercised(f"what the {server} costs is not looked at: it runs in a container")

    def check(self) -> None:
        """Raise `EnvironmentFault` when the supervisor said that a container died, or has died itself."""
        while self._connection is not None and self._read(0):
            pass
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

    def _answer(self, deadline: float, late: str) -> dict[str, Any]:
        """Wait for the next answer; raises what it says went wrong, and `late` at the deadline."""
        while not self._answers:
            if not self._read(_POLL_SECONDS) and time.monotonic() > deadline:
                raise self._log.fault(late)
        answer = self._answers.popleft()
        if "error" in answer:
            raise _ERRORS[answer["kind"]](answer["error"])
        return answer

    def _read(self, patience: float) -> bool:
        """Take what has come, waiting for it that long; tells whether there was anything."""
        connection = self._connection
        assert connection is not None  # noqa: S101 - whoever left asks no more
        if not select.select([connection], [], [], patience)[0]:
            return False
        with self._reading:
            if select.select([connection], [], [], 0)[0]:  # the other thread may have been quicker
                with self._living():
                    received = connection.recv(65_536)
                if not received:
                    raise self._log.fault("died")
                *lines, self._pending = (self._pending + received).split(b"\n")
                for said in map(json.loads, lines):
                    if "died" in said:
                        self._died = str(said["died"])
                    elif "waiting" in said:
                        self._tell("; ".join(f"{name}: {why}" for name, why in said["waiting"].items()))
                    else:
                        self._answers.append(said)
        return True

    @contextlib.contextmanager
    def _living(self) -> Iterator[None]:
        """Say of a connection that broke that its other end has died."""
        try:
            yield
        except OSError:
            raise self._log.fault("died") from None


def attach(
    declaration: TargetDeclaration,
    *,
    seed: int,
    folder: Path,
    patience: float = 1.0,
    share: Share = ALONE,
    is_switchable: bool = False,
    cache: Path | None = None,
) -> SharedStack:
    """
    Give this process its share of the run's stack, started if it is the first to ask.

    `folder` is the run's, the same for all workers; where it `is_switchable`, `become` puts defects into our servers.
    Raises `EnvironmentFault` and `UsageError` as
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
        authentication=declaration.backend.contract.authentication,
        login=login.path if login else "",
        base=base_image(),
        database=declaration.backend.database,
        nodes=declaration.broadcaster.nodes,
        casts=share.of,
        is_switchable=is_switchable,
        images={name: image for name in OFFICIAL if (image := image_of(name))},
        services=declaration.services,
        roles=declaration.roles,
        root=declaration.folder,
        app=App(hers.app_id, hers.key, hers.secret or ""),
        secrets=_secrets(declaration),
        patience=patience,
    )
    home = folder
    if share.keep and cache is not None:
        home, plan = _kept(plan, cache, share.keep)
        logs = home / "logs"
    link = _linked(plan, home, Log("supervisor", logs / "supervisor.log"), run=folder.absolute().as_posix())
    link.patience = patience
    try:
        running = link.running(time.monotonic() + READY_WITHIN * patience, share.tell)
    except BaseException:
        link.leave()
        raise
    stack = SharedStack(_target(declaration, running, share), running, link, folder=logs, share=share)
    stack.copies_to = folder / "logs"
    return stack


def _kept(plan: Plan, cache: Path, seconds: float) -> tuple[Path, Plan]:
    """
    Name the folder of a stack that is kept for whoever plans the same, from the same source, on the same engine.

    Raises `UsageError` for somebody's own images, which nobody can put back to how they were.
    """
    if plan.services:
        raise UsageError("reuse is for our own servers, which can be put back to their seed; leave it out")
    sources = [building.context(server, plan.base).tag("") for server in ("backend", "broadcaster")]
    everything = msgspec.json.encode((msgspec.structs.replace(plan, folder="", address=""), sources, engine_address()))
    home = cache / "containers" / hashlib.sha256(everything).hexdigest()[:16]
    (home / "logs").mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)  # where the supervisor is, and how to be let in, stands there
    where = {"folder": str(home / "logs"), "address": str(home / _ADDRESS)}
    return home, msgspec.structs.replace(plan, keep=float(seconds), **where)


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


def _linked(plan: Plan, folder: Path, log: Log, *, run: str) -> Link:
    """Connect to the supervisor that is to be found in this folder, in the name of a run; start it if there is none."""
    with _locked(folder):
        address = folder / _ADDRESS
        with contextlib.suppress(OSError, ValueError):
            return Link(_connected(json.loads(address.read_bytes()), run), log, None)
        child, said = _spawned(plan, log)
        address.touch(mode=0o600)  # what it holds lets its reader see the passwords
        address.write_bytes(said)
        if plan.keep:
            child.returncode = 0  # it lives on for the next run, and is nobody's child to wait for
        return Link(_connected(json.loads(said), run), log, None if plan.keep else child)


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


def _connected(address: dict[str, Any], run: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", int(address["port"])), 5)
    connection.settimeout(None)
    connection.sendall(f"{address['token']} {run}\n".encode())
    return connection


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other workers out; the folder itself is what is locked, so that no file is left in it."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)

"""Our reference servers as child processes on loopback: the default topology, a stack a pytest process."""

import atexit
import contextlib
import os
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from harness.config import TargetDeclaration
from harness.topology.children import Child, Children, Proof, end
from harness.topology.deployment import Control, Share
from harness.topology.handshake import prove_broadcaster
from harness.topology.stack import blamed_on, filled_in, new_app, prove_login, websocket

READY_WITHIN: Final = 10.0
"""Seconds that a stack has from the call to the last proof; a start takes a tenth of it."""

_HOST: Final = "127.0.0.1"


@dataclass(frozen=True)
class Timers:
    """The broadcaster's timers in seconds, instead of those of its dialect (PROTOCOL.md 13)."""

    activity_timeout: float
    ping_interval: float
    prune_interval: float

    @classmethod
    def of(cls, declaration: TargetDeclaration) -> "Timers | None":
        """Give those that a target declares, None for those of its dialect."""
        timeout = declaration.broadcaster.activity_timeout
        return cls(timeout, timeout, timeout / 2) if timeout else None


@dataclass(frozen=True)
class Trial:
    """
    What makes a stack one on which a gate is tried.

    `defects` are ids of what shall be wrong from the start, by server; where it `is_switchable`, `become` puts others
    in their place. Each of the `casts` is in companies of its own; a `crowd` of so many others belongs to the first.
    """

    defects: Mapping[str, Iterable[str]] = field(default_factory=dict)
    is_switchable: bool = False
    casts: int = 1
    crowd: int = 0


HEALTHY: Final = Trial()
COMPRESSED: Final = Timers(activity_timeout=2, ping_interval=2, prune_interval=1)
"""The timers of a stack whose tests wait for a silent connection to be noticed: after four seconds it is gone."""


class EmbeddedStack:
    """A running stack; its servers end with `stop`, with this process, or with the line between them and it."""

    def __init__(
        self, target: TargetDeclaration, servers: Children, people: list[dict[str, Any]], *, kept: Path
    ) -> None:
        self.target = target
        self._people = people
        self.images: Mapping[str, str] = {}
        self._servers = servers
        self._kept = kept
        self._owner = os.getpid()
        atexit.register(self.stop)

    @property
    def control(self) -> Control:
        """What can be done to the servers."""
        return self._servers

    def check(self) -> None:
        """Raise `EnvironmentFault` with how it ended and the last log lines when one of the servers has died."""
        self._servers.check()

    def logs(self) -> dict[str, str]:
        """Give the last log lines of each server by its name."""
        return self._servers.logs()

    @property
    def people(self) -> list[dict[str, Any]]:
        """Everybody who may log in, cast by cast, with their passwords."""
        return self._people

    def become(self, defects: Mapping[str, Iterable[str]]) -> None:
        """
        Have these defects from now on, by server, and no others; whoever is connected is cut off.

        Raises `UsageError` for one that a server does not know, and for a stack that was started without a switch.
        """
        for name in self._servers.servers:
            self._servers.do("tell", name, defects=list(defects.get(name, ())))

    def go_on(self) -> None:
        """Let servers go on that a fork of this process paused, and left so."""
        self._servers.go_on()

    def pids(self) -> dict[str, int]:
        """Give the process id of each server by its name."""
        return self._servers.pids()

    def stop(self) -> None:
        """End the servers and wait until they are gone; a second call, and one in a fork of ours, does nothing."""
        if os.getpid() != self._owner:
            return
        atexit.unregister(self.stop)
        self._servers.stop()
        _removed(self._kept)


def start(
    declaration: TargetDeclaration,
    *,
    seed: int,
    folder: Path,
    cache: Path,
    ports: tuple[int, int] = (0, 0),
    timers: Timers | None = None,
    patience: float = 1.0,
    trial: Trial = HEALTHY,
) -> EmbeddedStack:
    """
    Start both servers, prove them ready and give the stack, whose target has addresses, cast and secrets.

    `folder` gets the logs, `cache` keeps seeded worlds, `ports` are the backend's and the broadcaster's (0: the system
    chooses), `patience` multiplies the deadline; of several casts of a `trial`, the first is the target's. Raise
    `UsageError` for a taken port and an unknown defect, `EnvironmentFault` with the last log lines for a server that
    dies or is late; nothing runs on after an error.
    """
    deadline = time.monotonic() + READY_WITHIN * patience
    app = new_app()
    with contextlib.ExitStack() as undo:
        # The backend's data outlive a restart, and not the stack; two stacks may have one folder for their logs.
        undo.callback(_removed, kept := folder / f"backend-{secrets.token_hex(4)}.sqlite")
        # Both are spawned before either is waited for: their imports run side by side (SPIKES.md, section 1).
        broadcaster = _started("broadcaster", folder, undo)
        backend = _started("backend", folder, undo)
        timing = asdict(chosen) if (chosen := timers or Timers.of(declaration)) else {}
        wrong = {name: tuple(trial.defects.get(name, ())) for name in ("broadcaster", "backend")}
        # Nobody of a cast signs in with the broadcaster, so it knows them by their presence, whatever it speaks.
        speaks = {
            "dialect": declaration.broadcaster.dialect,
            "terminates": "members",
            "defects": wrong["broadcaster"],
        }
        switch = {"is_switchable": trial.is_switchable}
        broadcaster.configure({"host": _HOST, "port": ports[1], **speaks, **asdict(app), **timing, **switch})
        api_url = str(broadcaster.announced(deadline)["url"])
        world = {"seed": seed, "database": "sqlite", "hash_cost": "cheapest", "cache": str(_writable(cache, folder))}
        world["kept"] = str(kept.absolute())
        closes = {"closes_connections": declaration.backend.revokes == "closes", "defects": wrong["backend"]}
        closes |= {
            "casts": trial.casts,
            "crowd": trial.crowd,
            "authentication": declaration.backend.contract.authentication,
            **switch,
        }
        known = {"broadcaster": {"url": api_url, **asdict(app)}}
        backend.configure({"host": _HOST, "port": ports[0], **world, **closes, **known}, resumes=True)
        broadcaster.prove = _proof(broadcaster, lambda until: prove_broadcaster(websocket(api_url), app.key, until))
        broadcaster.prove(deadline)
        ready = backend.announced(deadline)
        people = Share(0, trial.casts).people(ready["people"])
        target = filled_in(declaration, app, api_url=api_url, backend_url=ready["url"], people=people)
        backend.prove = _proof(backend, lambda until: prove_login(target, until))
        backend.prove(deadline)
        undo.pop_all()
    servers = Children((broadcaster, backend), ready_within=READY_WITHIN * patience)
    return EmbeddedStack(target, servers, ready["people"], kept=kept)


def _started(name: str, folder: Path, undo: contextlib.ExitStack) -> Child:
    """Start a server that ends again when the start of the stack does not come to its end."""
    server = Child(name, folder)
    undo.callback(end, (server,))
    return server


def _proof(server: Child, prove: Proof) -> Proof:
    """Blame the server for a proof that it does not give."""

    def proven(deadline: float) -> None:
        with blamed_on(server.process):
            prove(deadline)

    return proven


def _writable(cache: Path, folder: Path) -> Path:
    """A home that nobody may write to costs a run its cache, not its start."""
    instead = folder / "worlds"
    try:
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)  # worlds hold passwords
    except OSError:
        return instead
    return cache if os.access(cache, os.W_OK) else instead


def _removed(kept: Path) -> None:
    """Remove what the backend kept for a restart, with what its database keeps beside it."""
    for file in kept.parent.glob(f"{kept.name}*"):
        file.unlink(missing_ok=True)

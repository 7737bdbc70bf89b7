"""
The warm stacks of one process, on which suites are tried: one for each dialect, all defects of it in turn.

    stack (embedded, containers, remote) ◀─ interceptor, started when a defect is its ─▶ people of an examination

Each time it is other people who play, in companies of their own: what was done before is nobody's business any more.
Of a remote target they are always the same.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from harness.config import TargetDeclaration, cache_folder
from harness.errors import EnvironmentFault, NotExercised, Refused
from harness.faults.defects.defect import Defect
from harness.faults.interception import INTERCEPTOR, Interception, configuration
from harness.history.recorder import Recorder
from harness.plugin.options import settings_of
from harness.plugin.run import run_of
from harness.topology import Share
from harness.topology.deployment import Control, Deployment
from harness.topology.embedded import COMPRESSED, Trial, start
from harness.topology.process import ServerProcess
from harness.topology.remote import attach
from harness.topology.stack import cast_of
from harness.topology.target import Target

_CASTS_AT_ONCE: Final = 50
"""Worlds are kept by how many casts they have; few different numbers keep few of them."""
_READY_WITHIN: Final = 10.0


@dataclass(frozen=True)
class Lent:
    """A stack as the tests of one examination have it: with people of their own, and not theirs to stop."""

    target: TargetDeclaration
    stack: Deployment
    owner: int = field(default_factory=os.getpid)

    @property
    def images(self) -> Mapping[str, str]:
        """What each server runs."""
        return self.stack.images

    @property
    def control(self) -> Control:
        """What can be done to the servers."""
        return self.stack.control

    def check(self) -> None:
        """Raise `EnvironmentFault` when a server has died; in a fork nobody can tell, and the bench will."""
        if os.getpid() == self.owner:
            self.stack.check()

    def logs(self) -> dict[str, str]:
        """Give the last log lines of each server by its name."""
        return self.stack.logs()

    def stop(self) -> None:
        """Leave it to the next."""


class Ground:
    """One stack, and the interceptor in front of it once one of its defects is asked for."""

    def __init__(self, stack: Deployment, folder: Path, seed: int) -> None:
        self.stack = stack
        self._folder = folder
        self._seed = seed
        self._undo = contextlib.ExitStack()
        self._undo.callback(stack.stop)
        self._interception: Interception | None = None

    def become(self, defect: Defect) -> TargetDeclaration:
        """Have this defect and no other, and give the target as people reach it then; raises `HarnessError`."""
        if defect.by != "interceptor":
            self._switch(_by_server(defect))
            return self.stack.target
        self._switch({})
        if self._interception is None:
            self._interception = self._intercepted()
        self._interception.switch(*filter(None, (defect.id,)), seed=self._seed)
        return self._interception.target

    def people(self, number: int, casts: int) -> list[dict[str, Any]]:
        """Give those of one examination, none where the target has its own."""
        stack: Any = self.stack
        return Share(number, casts).people(stack.people) if hasattr(stack, "people") else []

    def stop(self) -> None:
        """End what was started."""
        self._undo.close()

    def _switch(self, defects: dict[str, list[str]]) -> None:
        stack: Any = self.stack
        if hasattr(stack, "become"):
            stack.become(defects)

    def _intercepted(self) -> Interception:
        process = ServerProcess("interceptor", INTERCEPTOR, self._folder)
        self._undo.callback(process.reap)
        self._undo.callback(process.release)
        process.configure(configuration(self.stack.target))
        return Interception(process, self.stack.target, process.announced(time.monotonic() + _READY_WITHIN))


async def _reach(target: Target) -> None:
    """Let somebody in; what is wrong beyond that the tests tell better."""
    async with target.world() as world:
        with contextlib.suppress(Refused, NotExercised):
            await world.user(target.declaration.cast[0].name)


def _by_server(defect: Defect) -> dict[str, list[str]]:
    wrong = ("backend", "broadcaster") if defect.by == "both" else (defect.by,)
    return {name: [defect.id] for name in wrong} if defect.id else {}


class Bench:
    """The stacks of one process; `casts` is how many examinations there may be."""

    def __init__(self, declaration: TargetDeclaration, *, seed: int, folder: Path, casts: int, patience: float) -> None:
        may = msgspec.structs.replace(declaration.may, restart=False)  # its processes are not the children of a fork
        self._untouched = declaration
        self._declaration = msgspec.structs.replace(declaration, may=may)
        self._seed = seed
        self._folder = folder
        self._patience = patience
        self._casts = -(-casts // _CASTS_AT_ONCE) * _CASTS_AT_ONCE
        self._used = 0
        self._is_reached = False
        self._grounds: dict[str, Ground] = {}

    def opened(self, defect: Defect) -> Callable[[pytest.Config], Target]:
        """Give a stack this defect, and what opens it for people who have not played yet; raises `HarnessError`."""
        if defect.shows_at_the_end or self._is_whole(defect):
            return self._of_its_own(defect)
        self._drop_dead()
        ground = self._ground(defect.dialect or self._declaration.broadcaster.dialect)
        target = ground.become(defect)
        if people := ground.people(self._used, self._casts):
            target = msgspec.structs.replace(target, cast=cast_of(people))
        self._used += 1
        lent = Lent(target, ground.stack)

        def open_target(config: pytest.Config) -> Target:
            settings, run = settings_of(config), run_of(config)
            return Target(lent, Recorder(run.header(settings, lent.target)), patience=settings.patience)

        return open_target

    def prove_reached(self, open_target: Callable[[], Target]) -> None:
        """
        Log somebody in and connect them, once, on a target that was not started here.

        Raises `EnvironmentFault` when its servers are not there: each test would say so in its own words.
        """
        if self._declaration.topology != "remote" or self._is_reached:
            return
        target = open_target()
        try:
            asyncio.run(_reach(target))
        finally:
            target.stop()
        self._is_reached = True

    def _is_whole(self, defect: Defect) -> bool:
        """Tell whether this is the healthy run of all tests, of which some restart servers where those are ours."""
        return self._untouched.topology == "embedded" and not (defect.id or defect.scenarios)

    def _of_its_own(self, defect: Defect) -> Callable[[pytest.Config], Target]:
        """Give what starts a stack for one examination, whose servers it may end and start again."""

        def open_target(config: pytest.Config) -> Target:
            settings, run = settings_of(config), run_of(config)
            folder = self._folder / "own"
            folder.mkdir(parents=True, exist_ok=True)
            stack = start(
                self._untouched,
                seed=self._seed,
                folder=folder,
                cache=cache_folder(),
                timers=COMPRESSED,
                trial=Trial(_by_server(defect)),
            )
            return Target(stack, Recorder(run.header(settings, stack.target)), patience=settings.patience)

        return open_target

    def go_on(self) -> None:
        """Let go on what an examination may have paused that was ended in the middle of it."""
        for ground in self._grounds.values():
            stack: Any = ground.stack
            if hasattr(stack, "go_on"):
                stack.go_on()

    def stop(self) -> None:
        """End all stacks."""
        while self._grounds:
            self._grounds.popitem()[1].stop()

    def _drop_dead(self) -> None:
        """Forget the stacks that an examination was too much for."""
        for dialect, ground in list(self._grounds.items()):
            try:
                ground.stack.check()
            except EnvironmentFault:
                self._grounds.pop(dialect).stop()

    def _ground(self, dialect: str) -> Ground:
        """Start a stack that speaks a dialect, unless one runs."""
        if dialect not in self._grounds:
            broadcaster = msgspec.structs.replace(self._declaration.broadcaster, dialect=dialect)
            declaration = msgspec.structs.replace(self._declaration, broadcaster=broadcaster)
            folder = self._folder / dialect
            folder.mkdir(parents=True, exist_ok=True)
            self._grounds[dialect] = Ground(self._started(declaration, folder), folder, self._seed)
        return self._grounds[dialect]

    def _started(self, declaration: TargetDeclaration, folder: Path) -> Deployment:
        where: dict[str, Any] = {
            "seed": self._seed,
            "folder": folder,
            "cache": cache_folder(),
            "patience": self._patience,
        }
        if declaration.topology == "embedded":
            return start(declaration, **where, timers=COMPRESSED, trial=Trial(is_switchable=True, casts=self._casts))
        if declaration.topology == "containers":
            from harness.topology import shared  # noqa: PLC0415 - it locks files as only Unix can

            del where["cache"]
            return shared.attach(declaration, **where, share=Share(0, self._casts), is_switchable=True)
        return attach(declaration)

"""
The warm stacks of one process, on which suites are tried: one for each dialect, all defects of it in turn.

Each time it is other people who play, in companies of their own: what was done before is nobody's business any more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import pytest

from harness.config import TargetDeclaration, cache_folder
from harness.errors import EnvironmentFault
from harness.faults.defects.defect import Defect
from harness.history.recorder import Recorder
from harness.plugin.options import settings_of
from harness.plugin.run import run_of
from harness.topology import Share
from harness.topology.deployment import Control
from harness.topology.embedded import EmbeddedStack, Trial, start
from harness.topology.stack import cast_of
from harness.topology.target import Target

_CASTS_AT_ONCE: Final = 50
"""Worlds are kept by how many casts they have; few different numbers keep few of them."""


@dataclass(frozen=True)
class Lent:
    """A stack as the tests of one examination have it: with people of their own, and not theirs to stop."""

    target: TargetDeclaration
    stack: EmbeddedStack

    @property
    def images(self) -> Mapping[str, str]:
        """Nothing runs from an image."""
        return self.stack.images

    @property
    def control(self) -> Control:
        """What can be done to the servers."""
        return self.stack.control

    def check(self) -> None:
        """Raise `EnvironmentFault` when a server has died."""
        self.stack.check()

    def logs(self) -> dict[str, str]:
        """Give the last log lines of each server by its name."""
        return self.stack.logs()

    def stop(self) -> None:
        """Leave it to the next."""


class Bench:
    """The stacks of one process; `casts` is how many examinations there may be."""

    def __init__(self, declaration: TargetDeclaration, *, seed: int, folder: Path, casts: int) -> None:
        self._declaration = declaration
        self._seed = seed
        self._folder = folder
        self._casts = -(-casts // _CASTS_AT_ONCE) * _CASTS_AT_ONCE
        self._used = 0
        self._stacks: dict[str, EmbeddedStack] = {}

    def opened(self, defect: Defect) -> Callable[[pytest.Config], Target]:
        """Give a stack this defect, and what opens it for people who have not played yet; raises `HarnessError`."""
        self._drop_dead()
        stack = self._stack(defect.dialect or self._declaration.broadcaster.dialect)
        wrong = ("backend", "broadcaster") if defect.by == "both" else (defect.by,)
        stack.become({name: [defect.id] for name in wrong} if defect.id else {})
        people = Share(self._used, self._casts).people(stack.people)
        self._used += 1
        lent = Lent(msgspec.structs.replace(stack.target, cast=cast_of(people)), stack)

        def open_target(config: pytest.Config) -> Target:
            settings, run = settings_of(config), run_of(config)
            return Target(lent, Recorder(run.header(settings, lent.target)), patience=settings.patience)

        return open_target

    def stop(self) -> None:
        """End all stacks."""
        while self._stacks:
            self._stacks.popitem()[1].stop()

    def _drop_dead(self) -> None:
        """Forget the stacks that an examination was too much for."""
        for dialect, stack in list(self._stacks.items()):
            try:
                stack.check()
            except EnvironmentFault:
                self._stacks.pop(dialect).stop()

    def _stack(self, dialect: str) -> EmbeddedStack:
        """Start a stack that speaks a dialect, unless one runs."""
        if dialect not in self._stacks:
            broadcaster = msgspec.structs.replace(self._declaration.broadcaster, dialect=dialect)
            may = msgspec.structs.replace(self._declaration.may, restart=False)
            self._stacks[dialect] = start(
                msgspec.structs.replace(self._declaration, broadcaster=broadcaster, may=may),
                seed=self._seed,
                folder=self._folder / dialect,
                cache=cache_folder(),
                trial=Trial(is_switchable=True, casts=self._casts),
            )
        return self._stacks[dialect]

"""Our own user, who comes back by itself, as the client on the rig; its backend is the reference one."""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from harness.config import TargetDeclaration, cache_folder, own_target
from harness.history.recorder import Recorder
from harness.rig.exercise import Exercise, Word
from harness.rig.exercises import ALL
from harness.rig.result import Result
from harness.rig.runner import Rig
from harness.rig.terms import Terms
from harness.topology.embedded import start
from harness.users.context import Context
from harness.users.world import World

PACE = 0.05
"""A second of our user's back-off is so long on the embedded stack."""
AT_ONCE = 3
NOT_OURS = ("auth.", "acts.")
"""The backend is not the rig, and nobody asks our user to act."""


@pytest.fixture(name="target")
def running_target(tmp_path: Path) -> Iterator[TargetDeclaration]:
    """Run the reference stack; its broadcaster is not used, but its backend signs for it."""
    stack = start(own_target("embedded", "embedded"), seed=1, folder=tmp_path, cache=cache_folder())
    yield stack.target
    stack.stop()


class Bob:
    """Joins a conversation and stays, come what may; is started and stopped as `Guest` says."""

    def __init__(self, target: TargetDeclaration) -> None:
        self._target = target
        self._task: asyncio.Task[None] | None = None

    @property
    def ended(self) -> int | None:
        """Tell whether he has given up."""
        return 0 if self._task is not None and self._task.done() else None

    async def start(self, host: str, port: int) -> None:
        """Begin anew."""
        await self.stop()
        broadcaster = msgspec.structs.replace(self._target.broadcaster, url=f"ws://{host}:{port}")
        target = msgspec.structs.replace(self._target, broadcaster=broadcaster)
        self._task = asyncio.create_task(self._stay(World(Context(target, Recorder()), "rig")))

    async def stop(self) -> None:
        """End him."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _stay(self, world: World) -> None:
        bob, conversation = world.person("bob"), world.conversation
        try:
            await world.open("logged-in")
            await bob.join(conversation)
            async with bob.reconnecting(conversation):
                await asyncio.Event().wait()
        finally:
            with contextlib.suppress(asyncio.CancelledError):
                await world.close()


async def examined(target: TargetDeclaration, exercises: Sequence[Exercise]) -> tuple[Result, ...]:
    """Put a bob of its own through some exercises."""
    broadcaster = target.broadcaster
    terms = Terms(secret=broadcaster.secret, key=broadcaster.key, pace=PACE, patience=20.0, slowest=10.0)
    rig = Rig(terms, guest=Bob(target))
    await rig.run(exercises)
    return rig.sheet(exercises).results


@pytest.mark.asyncio
async def test_our_own_client_does_right(target: TargetDeclaration) -> None:
    """The good client of the scenarios passes what it is asked to judge others by."""
    exercises = [one for one in ALL if not one.id.startswith(NOT_OURS)]
    parts = [exercises[start::AT_ONCE] for start in range(AT_ONCE)]
    results = await asyncio.gather(*[examined(target, part) for part in parts])

    found = {one.id: one.reason for part in results for one in part if one.word is not Word.PASS}
    assert found == {"subscribe.signin": "it signed nobody in"}

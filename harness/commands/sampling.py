"""
Measure two targets in turns on one machine: blocks of messages from alice to bob, a world around each block.

Both targets see the same machine a moment apart, A B B A A B B A …, so what slows the machine slows both. A block of
each goes before, uncounted: connections, caches and compilers are cold in it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from harness.checkers.verdict import FindingClass
from harness.errors import GuaranteeBroken, Inconclusive, NotExercised
from harness.expectations import expect
from harness.plugin.watch import watched
from harness.topology.target import Target
from harness.users.world import World

WARM_UP: Final = 0
"""The number of the block that does not count; the others count from 1."""

_POLITE_SECONDS = 0.2
"""Between two messages to a remote target that grants no `load`: five requests a second (DESIGN.md, section 4)."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A guarantee that a target broke in a block: the class, the id (empty when a verb was refused), what was seen."""

    round: int
    kind: FindingClass
    id: str
    summary: str


@dataclass(slots=True)
class Side:
    """One of the two targets, and what was measured on it: latency intervals in seconds, a list for each round."""

    letter: str
    target: Target
    rounds: list[list[tuple[float, float]]] = field(default_factory=list)
    breaches: list[Breach] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    """Why a block could not be judged."""


def turns(rounds: int) -> list[tuple[int, int]]:
    """Give the order of the blocks: the number of the block, and 0 for A or 1 for B; the warm-up of both first."""
    counted = [(number, side) for number in range(1, rounds + 1) for side in ((0, 1) if number % 2 else (1, 0))]
    return [(WARM_UP, 0), (WARM_UP, 1), *counted]


def check_measurable(target: Target) -> None:
    """Raise `NotExercised` when a target does not take the messages of a comparison."""
    if target.declaration.production:
        raise NotExercised(
            f"target {target.declaration.name} is production, where a comparison sends too many messages"
        )
    if reason := target.why_not("write"):
        raise NotExercised(reason)


async def measure(
    sides: tuple[Side, Side], *, rounds: int, messages: int, step: Callable[[], None] = lambda: None
) -> None:
    """
    Fill in both sides, block by block; `step` is called after each.

    What a target does wrong is kept in its side. After a block without any sample nothing more is measured: there would
    be nothing to compare. Raise `EnvironmentFault` when a server died or does not take connections, and `NotExercised`.
    """
    # The same pace for both: a pause between messages changes what a machine does with them.
    pause = _POLITE_SECONDS if any(map(_is_anothers, sides)) else 0.0
    async with watched(sides[0].target), watched(sides[1].target):
        for number, index in turns(rounds):
            side = sides[index]
            samples = await _block(side, number, messages, pause)
            if number != WARM_UP:
                side.rounds.append(samples)
            step()
            if not samples:
                return


async def _block(side: Side, number: int, messages: int, pause: float) -> list[tuple[float, float]]:
    """Open a world, send, listen, and let it be judged; a message that does not come ends the block."""
    side.target.test = f"block {number} of {side.letter}"
    samples: list[tuple[float, float]] = []
    world = side.target.world()
    error: GuaranteeBroken | Inconclusive | None = None
    try:
        await _converse(world, messages, pause, samples)
    except (GuaranteeBroken, Inconclusive) as raised:
        error = raised
    _keep(side, number, world, error)
    return samples


async def _converse(world: World, messages: int, pause: float, samples: list[tuple[float, float]]) -> None:
    world.arrive = "connected"
    alice, bob, conversation = world.person("alice"), world.person("bob"), world.conversation
    loop = asyncio.get_running_loop()
    async with world:
        await bob.join(conversation)
        for number in range(1, messages + 1):
            began = loop.time()
            sent = await alice.send(conversation, f"{world.name}, message {number}")
            samples.append((await expect(bob).to_receive(sent)).interval)
            if pause:
                await asyncio.sleep(max(0.0, began + pause - loop.time()))


def _keep(side: Side, number: int, world: World, error: GuaranteeBroken | Inconclusive | None) -> None:
    """Keep what the judgement found; what was raised counts itself only where that found nothing."""
    broken = world.judgement.broken if world.judgement is not None else ()
    side.breaches += [Breach(number, one.kind, one.id, one.summary) for one in broken]
    summary = str(error).partition("\n")[0]
    if isinstance(error, GuaranteeBroken) and not broken:
        side.breaches.append(Breach(number, FindingClass.DELIVERY, "", summary))
    if isinstance(error, Inconclusive):
        side.doubts.append(f"block {number}: {summary}")


def _is_anothers(side: Side) -> bool:
    return side.target.declaration.topology == "remote" and bool(side.target.why_not("load"))

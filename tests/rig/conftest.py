"""Whole runs of the rig, all at once: each visitor with its fault, on a rig and a port of its own."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import pytest

from harness.rig.exercise import Exercise
from harness.rig.exercises import ALL, chosen
from harness.rig.result import Sheet
from harness.rig.runner import Rig
from harness.rig.terms import Terms
from tests.rig.visitor import FAULTS, Visitor

SECRET = "a-secret-of-the-rig-under-test"
_PACES = {"storms": 1.0, "hurries on 4100": 1.0, "hammers": 0.5, "speaks first": 0.5}
"""What must be seen to be too fast is measured against a longer second: a busy machine is slow, and nobody's fault."""
_AT_ONCE = 40
"""Runs at a time: they wait, mostly, but no more than one process can serve without a delay of its own."""
_PARTS = ("connect.url", "tolerates.unknown-events", "outage.first", "auth.fresh", "auth.403", "ping.gives-up")
"""The exercise with which each part begins."""
_ONLY = {
    "storms": ["outage.*", "close.4100", "close.4200"],
    "hurries on 4100": ["close.4100", "close.4200"],
    "hammers": ["auth.*"],
    "speaks first": ["connect.*", "subscribe.*", "outage.*"],
    "opens two": ["connect.*"],
}
"""What is slow with a long second is looked at in part; and of two connections only how many there are."""


async def examine(fault: str, places: asyncio.Semaphore) -> Sheet:
    """Put a visitor with a fault through all exercises; several of it, for each does a part of them."""
    exercises = chosen(_ONLY.get(fault, []))
    ids = [one.id for one in ALL]
    cuts = [*map(ids.index, _PARTS), len(ids)]
    parts = [[one for one in ALL[start:end] if one in exercises] for start, end in pairwise(cuts)]
    sheets = await asyncio.gather(*[_examine(fault, part, places) for part in parts if part])
    return msgspec.structs.replace(sheets[0], results=tuple(one for sheet in sheets for one in sheet.results))


async def _examine(fault: str, exercises: Sequence[Exercise], places: asyncio.Semaphore) -> Sheet:
    pace = _PACES.get(fault, 0.1)
    visitor = Visitor(fault, pace)
    rig = Rig(Terms(secret=SECRET, pace=pace, patience=6.0, has_operator=True), guest=visitor)
    visitor.acts = lambda: rig._status.state.act
    async with places:
        await rig.run(exercises)
    return rig.sheet(exercises)


async def _examine_all() -> dict[str, Sheet]:
    places = asyncio.Semaphore(_AT_ONCE)
    sheets = await asyncio.gather(*[examine(fault, places) for fault in FAULTS])
    return dict(zip(FAULTS, sheets, strict=True))


@pytest.fixture(scope="session", name="sheets")
def sheets_of_visitors() -> dict[str, Sheet]:
    """Give what the rig says of each visitor, by its fault."""
    return asyncio.run(_examine_all())

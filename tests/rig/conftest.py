"""Whole runs of the rig, all at once: each visitor with its fault, on a rig and a port of its own."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from harness.rig.exercise import Exercise
from harness.rig.exercises import ALL, chosen
from harness.rig.result import Sheet
from harness.rig.runner import Rig
from harness.rig.terms import Terms
from tests.rig.visitor import FAULTS, Visitor

SECRET = "a-secret-of-the-rig-under-test"
_PACES = {"storms": 0.3}
"""Pauses that must be seen to be short are measured against a longer second."""
_ONLY = {"opens two": ["connect.*"]}
"""What is on a client's second connection is nobody's business but of the exercise that counts them."""


async def examine(fault: str) -> Sheet:
    """Put a visitor with a fault through all exercises; two of it, for each does half of them."""
    exercises = chosen(_ONLY.get(fault, []))
    middle = [one.id for one in ALL].index("auth.fresh")
    parts = [exercises[:middle], exercises[middle:]]
    sheets = await asyncio.gather(*[_examine(fault, part) for part in parts if part])
    return msgspec.structs.replace(sheets[0], results=tuple(one for sheet in sheets for one in sheet.results))


async def _examine(fault: str, exercises: Sequence[Exercise]) -> Sheet:
    pace = _PACES.get(fault, 0.1)
    visitor = Visitor(fault, pace)
    rig = Rig(Terms(secret=SECRET, pace=pace, patience=4.0, has_operator=True), guest=visitor)
    visitor.acts = lambda: rig._stage.asked[0]
    await rig.run(exercises)
    return rig.sheet(exercises)


async def _examine_all() -> dict[str, Sheet]:
    sheets = await asyncio.gather(*map(examine, FAULTS))
    return dict(zip(FAULTS, sheets, strict=True))


@pytest.fixture(scope="session", name="sheets")
def sheets_of_visitors() -> dict[str, Sheet]:
    """Give what the rig says of each visitor, by its fault."""
    return asyncio.run(_examine_all())

"""The real pusher-js, under Node, as the client on the rig: what it does right, and the two things that it does not."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from harness.protocol.dialects import PUSHER, REVERB, Dialect
from harness.rig.exercise import Exercise, Word
from harness.rig.exercises import ALL
from harness.rig.guest import Command
from harness.rig.result import Result
from harness.rig.runner import Rig
from harness.rig.terms import Terms

PACE = 0.05
"""The timers of pusher-js are made so much faster by guest.mjs; a second of its back-off is 50 ms."""
CHANNELS = ("private-chat.1", "presence-room.1", "room", "private-chat.2")
GUEST = Path(__file__).with_name("guest.mjs")
AT_ONCE = 4


async def examined(node: str, exercises: Sequence[Exercise], dialect: Dialect) -> tuple[Result, ...]:
    """Put a client of its own through some exercises."""
    terms = Terms(
        secret="the-secret-of-a-rig", dialect=dialect, pace=PACE, patience=20.0, slowest=10.0, has_operator=True
    )
    rig = Rig(terms, guest=Command([node, str(GUEST), "{port}", str(PACE), *CHANNELS]))
    await rig.run(exercises)
    return rig.sheet(exercises).results


async def examined_at_once(node: str, dialect: Dialect, ids: Sequence[str] = ()) -> dict[str, Result]:
    """Put several clients through a part of the exercises each."""
    wanted = [one for one in ALL if not ids or one.id in ids]
    parts = [wanted[start::AT_ONCE] for start in range(AT_ONCE)]
    found = await asyncio.gather(*[examined(node, part, dialect) for part in parts])
    return {one.id: one for results in found for one in results}


@pytest.mark.asyncio
async def test_pusher_js_does_all_but_two_things_right(node: str) -> None:
    """It uses a late answer of the endpoint on the next connection, and falls over what is JSON and no frame."""
    found = await examined_at_once(node, REVERB)

    wrong = {id_: one.reason for id_, one in found.items() if one.word is not Word.PASS}
    assert wrong.keys() == {"auth.late", "tolerates.no-frame", "subscribe.signin"}, wrong
    assert found["auth.late"].word is found["tolerates.no-frame"].word is Word.FAIL
    assert "with the answer that it had asked for before" in found["auth.late"].reason
    assert "the process of the client had ended by itself, with status 1" in found["tolerates.no-frame"].remarks


@pytest.mark.asyncio
async def test_pusher_js_obeys_close_codes_of_pusher_itself(node: str) -> None:
    """Where the server sends codes, not only frames (PROTOCOL.md 1.5)."""
    ids = ("close.4200", "close.4100", "close.4001", "close.4001-handshake", "close.4000")
    found = await examined_at_once(node, PUSHER, ids)

    assert {id_: one.word for id_, one in found.items()} == dict.fromkeys(ids, Word.PASS), msgspec.to_builtins(found)

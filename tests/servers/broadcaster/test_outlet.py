"""The outlet: everybody is written to at once, or, with a defect, in turn."""

import asyncio

import pytest

from harness.servers.broadcaster.outlet import Hoarding, InTurn, Outlet
from harness.servers.broadcaster.session import MAX_BACKLOG


class Slow:
    """A reader who reads when told."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.backlog = 0
        self.has_third = asyncio.Event()

    def write(self, frame: bytes) -> None:
        """Keep it."""
        self.got.append(frame)
        if frame == b"three":
            self.has_third.set()


@pytest.mark.asyncio
async def test_nobody_waits_for_anybody() -> None:
    """However much waits for one of them."""
    fast, slow = Slow(), Slow()
    slow.backlog = 1_000_000
    outlet = Outlet()

    outlet.put([slow, fast], b"one")
    outlet.put([fast], b"two")

    assert (fast.got, slow.got) == ([b"one", b"two"], [b"one"])


@pytest.mark.asyncio
async def test_with_the_defect_a_reader_who_is_behind_holds_up_the_others() -> None:
    """CO-19: until they have read on, and then everything comes in its order."""
    fast, slow = Slow(), Slow()
    outlet = InTurn()
    outlet.put([slow, fast], b"one")
    slow.backlog = 1

    outlet.put([fast, slow], b"two")
    outlet.put([fast, slow], b"three")
    outlet.put([fast], b"pong")
    assert fast.got == [b"one", b"pong"]

    slow.backlog = 0
    async with asyncio.timeout(5):
        await slow.has_third.wait()
    assert fast.got == [b"one", b"pong", b"two", b"three"]


def test_with_the_defect_whatever_waits_is_kept() -> None:
    """CO-20: a healthy outlet has a limit, which a session cuts its peer off at."""
    assert Outlet().max_backlog == MAX_BACKLOG < Hoarding().max_backlog

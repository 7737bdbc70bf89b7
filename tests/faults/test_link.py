"""A lane passes on what its toxics let pass, in order, and stops reading when it holds enough."""

import asyncio
from typing import Any

import pytest

from harness.faults.link import LIMIT, Lane
from harness.faults.toxics import Blackhole, CloseAfter, Freeze, Latency, Slicing

pytestmark = pytest.mark.asyncio


class Watched:
    """A lane, what came out of it, and whether its source is read."""

    def __init__(self) -> None:
        self.passed: list[tuple[str, bytes]] = []
        self.is_read = True
        self.lane = Lane("1↑", self._write, self._hold)

    @property
    def text(self) -> bytes:
        """What came out of it, put together."""
        return b"".join(data for _, data in self.passed)

    def _write(self, kind: Any, data: bytes) -> None:
        self.passed.append((kind, data))

    def _hold(self, is_holding: bool) -> None:  # noqa: FBT001  a lane's callback
        self.is_read = not is_holding


@pytest.fixture
def watched() -> Watched:
    """Give a lane."""
    return Watched()


async def test_a_free_lane_passes_at_once(watched: Watched) -> None:
    """In the same step in which it was read."""
    watched.lane.feed("open")
    watched.lane.feed("data", b"bytes")
    watched.lane.feed("eof")
    assert watched.passed == [("open", b""), ("data", b"bytes"), ("eof", b"")]
    assert watched.lane.held == 0


async def test_what_is_held_passes_in_order_when_the_toxic_goes(watched: Watched) -> None:
    """Not one byte before, and every one afterwards, the end behind them."""
    watched.lane.begin("freeze", Freeze())
    for data in (b"1", b"2"):
        watched.lane.feed("data", data)
    watched.lane.feed("eof")
    assert watched.passed == []
    watched.lane.end("freeze")
    assert watched.passed == [("data", b"1"), ("data", b"2"), ("eof", b"")]


async def test_a_lane_wakes_itself(watched: Watched) -> None:
    """What is due later passes without anybody asking; behind it, what came later."""
    gone = asyncio.Event()
    lane = Lane("1↑", lambda kind, data: (watched.passed.append((kind, data)), kind == "eof" and gone.set())[0], bool)
    lane.begin("slow", Latency(0.01))
    lane.feed("data", b"late")
    lane.feed("eof")
    async with asyncio.timeout(10):
        await gone.wait()
    assert watched.passed == [("data", b"late"), ("eof", b"")]


async def test_it_stops_reading_when_it_holds_enough(watched: Watched) -> None:
    """And reads again when that has gone; a choked one stops at once."""
    watched.lane.begin("freeze", Freeze())
    watched.lane.feed("data", bytes(LIMIT // 2))
    assert watched.is_read
    watched.lane.feed("data", bytes(LIMIT // 2))
    assert not watched.is_read
    watched.lane.end("freeze")
    assert watched.is_read
    assert len(watched.text) == LIMIT

    watched.lane.choke(is_choked=True)
    assert not watched.is_read
    watched.lane.feed("data", b"waits")
    assert len(watched.text) == LIMIT
    watched.lane.choke(is_choked=False)
    assert watched.is_read
    assert watched.text.endswith(b"waits")


async def test_tiny_items_count_as_well(watched: Watched) -> None:
    """A flood of single bytes does not fill the memory with what surrounds them."""
    watched.lane.begin("freeze", Freeze())
    fed = 0
    while watched.is_read:
        watched.lane.feed("data", b"!")
        fed += 1
    assert fed <= LIMIT / 256


async def test_pieces_are_of_the_size_asked_for(watched: Watched) -> None:
    """The last one is what is left."""
    watched.lane.begin("slice", Slicing(4))
    watched.lane.feed("data", b"0123456789")
    assert [data for _, data in watched.passed] == [b"0123", b"4567", b"89"]
    assert watched.lane.held == 0


async def test_many_pieces_leave_others_their_turn(watched: Watched) -> None:
    """A large message in the smallest pieces does not keep the whole process busy."""
    seen: list[int] = []
    watched.lane.begin("slice", Slicing(1))
    asyncio.get_running_loop().call_soon(lambda: seen.append(len(watched.passed)))
    watched.lane.feed("data", bytes(1000))
    async with asyncio.timeout(10):
        while len(watched.passed) < 1000:  # noqa: ASYNC110  there is nobody who could say when
            await asyncio.sleep(0)
    assert 0 < seen[0] < 1000
    assert watched.text == bytes(1000)


async def test_it_closes_behind_the_last_byte(watched: Watched) -> None:
    """Counted from when the toxic began; in pieces too."""
    watched.lane.begin("slice", Slicing(2))
    watched.lane.feed("data", b"earlier!")
    watched.lane.begin("close", CloseAfter(3))
    watched.lane.feed("data", b"0123")
    assert watched.passed[4:7] == [("data", b"01"), ("data", b"2"), ("close", b"")]


async def test_what_is_lost_is_known(watched: Watched) -> None:
    """Ends too: nobody learns of them."""
    watched.lane.begin("hole", Blackhole())
    assert not watched.lane.has_lost
    watched.lane.feed("data", b"lost")
    watched.lane.feed("eof")
    assert watched.lane.has_lost
    watched.lane.end("hole")
    assert watched.passed == []


async def test_a_dropped_lane_reads_and_forgets(watched: Watched) -> None:
    """Nobody is there to write to; the source must not be stuck."""
    watched.lane.begin("freeze", Freeze())
    watched.lane.feed("data", bytes(LIMIT))
    watched.lane.drop()
    assert watched.is_read
    watched.lane.feed("data", b"more")
    watched.lane.end("freeze")
    watched.lane.end("a fault that never was")
    assert (watched.passed, watched.lane.held) == ([], 0)

"""A walk that is part of something else: it ends in time, keeps to the pace of others, and sends nothing if told so."""

import asyncio
from typing import Any

import pytest

from harness.doctor.stated import Stated
from harness.doctor.walk import diagnose
from harness.doctor.walker import Extent
from harness.users.manners import Manners


@pytest.mark.asyncio
async def test_a_walk_ends_in_time_and_blames_nobody_for_it(stage: Any) -> None:
    """A broadcaster that says nothing outlasts it; what was left out says why, and no connection stays open."""
    ended = asyncio.Event()

    async def silent(connection: Any) -> None:
        await connection.wait_closed()
        ended.set()

    async def made(stage: Any) -> Any:
        target = stage.without("write", target=stage.at(url=await stage.speaking(silent)))
        return target, Stated(), Extent(seconds=60, whole=1.0)

    report = await stage.diagnosed(made)

    hops = {one.hop: one for one in report.hops}
    assert hops["upgrade"].came == "the walk may last 1 s, and they are over"
    assert (hops["upgrade"].state, hops["handshake"].state, hops["API"].state) == ("not exercised",) * 3
    assert report.broken == ()
    async with asyncio.timeout(10):
        await ended.wait()


@pytest.mark.asyncio
async def test_a_walk_that_may_not_write_sends_nothing(stage: Any) -> None:
    """People subscribe all the same."""

    async def made(stage: Any) -> Any:
        return stage.target, Stated(), Extent(seconds=2, writes=False)

    report = await stage.diagnosed(made)

    hops = {one.hop: one for one in report.hops}
    assert hops["subscribe"].state == "fine"
    assert {hops[name].state for name in ("send", "delivery", "long message", "queue")} == {"not exercised"}
    assert hops["send"].came == "left out: the tests of this run have sent what may be sent"


@pytest.mark.asyncio
async def test_a_walk_shares_the_pace_of_whoever_asked_before(stage: Any) -> None:
    """Its first question waits for its turn behind the questions of others."""
    manners = Manners(4.0)
    for _ in range(4):
        await manners.turn()

    report = await diagnose(stage.target, extent=Extent(seconds=2, whole=0.5), manners=manners)

    hops = {one.hop: one for one in report.hops}
    assert (hops["backend port"].state, hops["backend HTTP"].state) == ("fine", "not exercised")

"""Our client, when it meets a server that plays a script: what it made of it, in words."""

import asyncio

import pytest

from harness.conformance.bench import Bench
from harness.conformance.hostile import CLOSE, Stage, framed
from harness.conformance.our_client import about_our_client, survived
from harness.conformance.server import MAIN, Account, Server
from harness.errors import NotExercised


async def well_behaved(stage: Stage) -> object:
    """Do nothing wrong."""
    await stage.upgraded()
    return await stage.lives()


@pytest.mark.asyncio
async def test_a_client_that_lives_is_told_from_one_that_does_not() -> None:
    """By the answer to a ping."""

    async def closing(stage: Stage) -> object:
        await stage.upgraded()
        await stage.write(framed(CLOSE, b"\x0f\xa1"))
        return None if not await stage.lives() else True

    assert await survived(well_behaved) == "established then lives"
    assert await survived(closing) == "established then closed 4001 by them"


@pytest.mark.asyncio
async def test_a_client_that_answers_nothing_hangs() -> None:
    """It is not greeted, so it answers no ping in the time that the script gives it."""

    async def silent(stage: Stage) -> object:
        await stage.upgraded(establishes=False)
        async with asyncio.timeout(0.1):
            return await stage.lives()

    assert await survived(silent) == "hangs"


@pytest.mark.asyncio
async def test_a_script_that_breaks_is_told_as_such() -> None:
    """Whoever waits for what comes of it is not left waiting."""

    async def broken(stage: Stage) -> object:
        await stage.upgraded()
        raise LookupError

    assert await survived(broken) == "crashed with LookupError"


def test_it_is_tried_beside_servers_of_ours_only(bench: Bench) -> None:
    """Another server has no part in it."""
    about_our_client(bench)
    theirs = Server("theirs", "ws://h", "http://h", "pusher", {MAIN: Account("1", "k")})
    with pytest.raises(NotExercised, match="it is about our own client"):
        about_our_client(Bench(theirs))

"""A silent client says nothing but what it must, and tells when that was noticed."""

import asyncio
from typing import Any

import pytest

from harness.errors import EnvironmentFault, NotExercised
from harness.history.events import SilenceKept
from harness.users.silence import keep_silent
from harness.users.user import User
from harness.users.world import World

pytestmark = pytest.mark.asyncio

QUICK = 0.05
"""An activity timeout in seconds."""


@pytest.fixture
def alice(world: World) -> User:
    """Be anybody who is not connected."""
    return world.person("alice")


def kept(world: World) -> list[SilenceKept]:
    """List the silences of a world."""
    return [event for event in world.events if isinstance(event, SilenceKept)]


def until_noticed(*, cut: bool) -> Any:
    """Make a script: let somebody in, and end the connection of whoever subscribes."""

    async def script(peer: Any) -> None:
        await peer.establish(activity_timeout=QUICK)
        try:
            assert (await peer.hear())["event"] == "pusher:subscribe"
        except asyncio.IncompleteReadError:  # who subscribes to nothing says nothing, and goes in the end
            return
        if cut:
            peer.cut()
        else:
            peer.writer.write(peer.wire_frame(b"\x10\x69", 8))

    return script


@pytest.mark.parametrize("end", ["cut", "closed"])
async def test_the_end_is_noticed_however_it_comes(world: World, alice: User, broadcaster: Any, end: str) -> None:
    """With a close frame or without one."""
    broadcaster.script = until_noticed(cut=end == "cut")

    seconds = await keep_silent(alice)

    one, other = kept(world)
    assert one.ended == seconds is not None
    assert (one.who, one.advertised, one.waited) == ("alice", QUICK, pytest.approx(6 * QUICK))
    assert (one.subscribed, other.subscribed, other.ended) == (True, False, None)
    assert other.waited == pytest.approx(seconds + QUICK, abs=QUICK)


async def test_a_server_may_look_after_those_who_subscribe_to_nothing(
    world: World, alice: User, broadcaster: Any
) -> None:
    """It is noticed with the other one, or later."""

    async def script(peer: Any) -> None:
        await peer.establish(activity_timeout=QUICK)
        await both.wait()
        peer.cut()

    both = asyncio.Barrier(2)
    broadcaster.script = script

    await keep_silent(alice)

    assert [one.ended is not None for one in kept(world)] == [True, True]


async def test_no_ping_is_answered(world: World, alice: User, broadcaster: Any) -> None:
    """Neither the protocol's nor WebSocket's: all that the server ever hears is the subscription."""

    async def script(peer: Any) -> None:
        await peer.establish(activity_timeout=QUICK)
        await peer.hear("pusher:subscribe")
        peer.say("pusher:ping")
        peer.writer.write(peer.wire_frame(b"", 9))
        heard.set_result(await peer.reader.read(1))

    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    broadcaster.script = script

    assert await keep_silent(alice) is None

    assert kept(world)[0].ended is None
    assert await heard == b""


@pytest.mark.parametrize("seconds", [0, 30])
async def test_a_timeout_that_takes_too_long_is_not_exercised(
    world: World, alice: User, broadcaster: Any, seconds: float
) -> None:
    """Nobody waits for minutes, nor for a server that tells none."""

    async def script(peer: Any) -> None:
        await peer.establish(activity_timeout=seconds)
        await peer.reader.read()

    broadcaster.script = script

    with pytest.raises(NotExercised, match=f"ping after {seconds} s of silence"):
        await keep_silent(alice)
    assert kept(world) == []


async def test_a_server_that_hangs_up_is_a_fault_of_the_environment(alice: User, broadcaster: Any) -> None:
    """Before it greeted anybody."""

    async def script(peer: Any) -> None:
        await peer.upgrade()
        peer.cut()

    broadcaster.script = script

    with pytest.raises(EnvironmentFault, match="a further connection of alice came to nothing"):
        await keep_silent(alice)

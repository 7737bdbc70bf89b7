"""Sentinels: heard behind everything on every socket, and in doubt where they are not published, or not heard."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from harness.history.events import FenceAnswered, FenceAsked, FrameIn, Unsubscribed
from harness.history.recorder import Recorder
from harness.topology.target import Target
from harness.users import fences, sentinels
from harness.users.context import Context
from harness.users.world import World

pytestmark = pytest.mark.asyncio


def several(context: Context, **changes: Any) -> Context:
    """Share a target anew that says that it has two nodes."""
    broadcaster = msgspec.structs.replace(context.target.broadcaster, nodes=2, **changes)
    return Context(msgspec.structs.replace(context.target, broadcaster=broadcaster), Recorder())


@pytest_asyncio.fixture
async def world(stack: Target, opened: Any) -> AsyncIterator[World]:
    """Give a world of a stack that says that it has two nodes."""
    made = await opened(several(stack.context))
    await made.user("alice")
    await made.user("bob")
    yield made
    await made.close()


def outcomes(world: World) -> list[str]:
    """List how the sentinels of a world ended."""
    acts = {event.act for event in world.events if isinstance(event, FenceAsked) and event.way == "sentinel"}
    return [event.outcome for event in world.events if isinstance(event, FenceAnswered) and event.act in acts]


async def test_every_socket_hears_it_and_listens_no_longer(world: World) -> None:
    """It goes to a channel of its own; the signature of its publication is in no history."""
    assert await sentinels.pass_behind(world.context, world.connections) == []

    frames = [event for event in world.events if isinstance(event, FrameIn) and event.event == sentinels.EVENT]
    assert {frame.socket for frame in frames} == {"alice#1", "bob#1"}
    assert len({frame.channel for frame in frames}) == 1
    assert sum(isinstance(event, Unsubscribed) for event in world.events) == 2
    assert outcomes(world) == ["ok"]
    text = msgspec.json.encode(world.events).decode()
    assert "auth_signature=" in text
    assert not sentinels_signature(text)


def sentinels_signature(text: str) -> bool:
    """Tell whether something shaped like a signature follows the name of the parameter."""
    shown = text.partition("auth_signature=")[2][:64]
    return len(shown) == 64 and all(one in "0123456789abcdef" for one in shown)


async def test_it_is_part_of_a_fence_of_several_nodes(world: World) -> None:
    """A ping goes behind it, on every socket."""
    assert await fences.raise_on(world.context, world.connections) == []

    assert [event.way for event in world.events if isinstance(event, FenceAsked)] == ["sentinel", "ping", "ping"]


async def test_a_world_of_several_nodes_is_judged_clean(stack: Target) -> None:
    """Frames of a sentinel are nobody's leak."""
    async with World(several(stack.context)) as world:
        await world.user("alice")
    assert outcomes(world) == ["ok"]


@pytest.mark.parametrize("changes", [{"nodes": 1}, {"secret": None}])
async def test_where_there_is_one_node_or_no_secret_nothing_is_published(
    stack: Target, opened: Any, changes: dict[str, Any]
) -> None:
    """The pongs, or the window, have to do."""
    context = several(stack.context)
    broadcaster = msgspec.structs.replace(context.target.broadcaster, **changes)
    context.target = msgspec.structs.replace(context.target, broadcaster=broadcaster)
    world = await opened(context)
    await world.user("alice")

    assert await sentinels.pass_behind(context, world.connections) == []
    assert outcomes(world) == []
    await world.close()


async def test_nobody_to_hear_it_needs_none(stack: Target) -> None:
    """A world without a socket has nothing under way."""
    assert await sentinels.pass_behind(several(stack.context), []) == []


async def test_one_that_is_not_taken_is_in_doubt(stack: Target, opened: Any) -> None:
    """The API refuses a wrong secret: silence proves nothing then, and no ping is asked."""
    world = await opened(several(stack.context, secret="another secret"))
    await world.user("alice")

    (doubt,) = await fences.raise_on(world.context, world.connections)

    assert doubt.startswith("no sentinel could be published behind what is under way between the nodes: 401")
    assert outcomes(world) == ["unknown"]
    await world.close()


async def test_one_that_is_not_heard_is_in_doubt(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was taken and never came: something may be under way, to whom is said."""

    async def swallowed(_context: Context, _channel: str) -> str:
        return ""

    monkeypatch.setattr(sentinels, "_published", swallowed)
    world.context.patience = 0.02

    doubts = await sentinels.pass_behind(world.context, world.connections)

    assert [doubt.split(" ")[0] for doubt in doubts] == ["alice#1", "bob#1"]
    assert outcomes(world) == ["unknown"]


async def test_a_socket_that_has_ended_is_not_waited_for(world: World) -> None:
    """It hears nothing any more, whatever is published."""
    await world.connections[0].close()

    assert await sentinels.pass_behind(world.context, world.connections) == []
    assert outcomes(world) == ["ok"]

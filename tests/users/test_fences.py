"""Fences: how long is waited for what must have come, or must not come."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from harness.history.events import Event, FaultBegan, FaultEnded, FenceAnswered, FenceAsked, FrameIn
from harness.history.recorder import Recorder
from harness.users import fences
from harness.users.context import Context
from harness.users.world import World

pytestmark = pytest.mark.asyncio

CHANNEL = "private-chat.6.conversation.42"


class Chat:
    """A world where bob listens and alice sends; the test is the broadcaster."""

    def __init__(self, world: World, broadcaster: Any, *, answers: int = 99) -> None:
        self.world = world
        self.broadcaster = broadcaster
        self.answers = answers

    async def begin(self) -> None:
        """Let bob join."""

        async def script(peer: Any) -> None:
            await peer.establish()
            peer.acknowledge((await peer.hear("pusher:subscribe"))["data"]["channel"])
            await peer.pong(self.answers)
            await peer.serve(answering=False)

        self.broadcaster.script = script
        self.world.conversation.declare("42", 6, ("alice", "bob"))
        await self.world.person("bob").join(self.world.conversation)

    async def send(self, text: str) -> Any:
        """Let alice send, which publishes nothing here."""
        return await self.world.person("alice").send(self.world.conversation, text)

    def deliver(self, id_: str, text: str = "") -> None:
        """Let bob hear a message."""
        self.broadcaster.peers[-1].say("MessageSent", {"id": id_, "body": text}, channel=CHANNEL)

    async def settle(self) -> list[str]:
        """Let the history settle; a test that would wait for ever fails."""
        async with asyncio.timeout(30):
            return await fences.settle(self.world.context, self.world.connections, lambda: self.world.events)


@pytest_asyncio.fixture
async def chat(world: World, broadcaster: Any) -> AsyncIterator[Chat]:
    """Give a chat where bob listens."""
    chat = Chat(world, broadcaster)
    await chat.begin()
    yield chat
    await world.close()


def fenced(events: list[Event]) -> list[tuple[str, str]]:
    """List the fences: their way and how they ended."""
    asked = {event.act: event.way for event in events if isinstance(event, FenceAsked)}
    return [(asked[event.act], event.outcome) for event in events if isinstance(event, FenceAnswered)]


async def test_what_is_owed_is_waited_for_and_no_longer(chat: Chat) -> None:
    """Patience is not used up when everything has come; one fence closes it."""
    message = await chat.send("hello")
    chat.deliver(message.id)
    chat.world.context.patience = 1_000
    assert await chat.settle() == []
    assert fenced(chat.world.events) == [("ping", "ok")]


async def test_all_that_is_owed_is_waited_for_in_any_order(chat: Chat) -> None:
    """Also what the backend takes only while others are waited for, and whatever else comes in between."""
    first, second = await chat.send("one"), await chat.send("two")
    chat.world.context.patience = 1_000
    settling = asyncio.create_task(chat.settle())
    chat.deliver(second.id)
    chat.deliver("unheard of")
    third = await chat.send("three")
    chat.deliver(first.id)
    async with asyncio.timeout(30):
        while sum(isinstance(event, FrameIn) and event.is_message for event in chat.world.events) < 3:
            await chat.world.context.recorder.changed(chat.world.seen, deadline=chat.world.context.deadline(30))
    assert not settling.done()
    chat.deliver(third.id)
    assert await settling == []
    assert [event.message for event in chat.world.events if isinstance(event, FrameIn) and event.is_message] == [
        second.id,
        "unheard of",
        first.id,
        third.id,
    ]


async def test_a_lost_message_is_waited_for_until_the_deadline(chat: Chat) -> None:
    """Counted from the last send; then the fence is raised all the same."""
    message = await chat.send("lost")
    chat.world.context.patience = 0.1
    assert await chat.settle() == []
    assert chat.world.context.recorder.now() >= message.meant + 0.1 * 2e9


async def test_a_fault_gives_what_it_held_up_more_time(chat: Chat) -> None:
    """From its end on, as long as there would have been without it."""
    message, recorder = await chat.send("lost"), chat.world.context.recorder
    recorder.record(FaultBegan, fault="freeze#1", people=("bob",))
    chat.world.context.patience = 0.05
    ended = recorder.record(FaultEnded, fault="freeze#1", at=message.meant + 70_000_000)
    assert await chat.settle() == []
    assert recorder.now() >= ended.at + 0.05 * 2e9


async def test_a_fault_that_lasts_is_not_waited_for(chat: Chat) -> None:
    """Nobody ends it any more."""
    await chat.send("lost")
    chat.world.context.recorder.record(FaultBegan, fault="freeze#1", people=("bob",))
    chat.world.context.patience = 1_000
    assert await chat.settle() == []


async def test_where_nobody_sent_only_the_fence_is_waited_for(chat: Chat) -> None:
    """Nothing can be owed."""
    chat.world.context.patience = 1_000
    assert await chat.settle() == []


async def test_rosters_that_do_not_agree_are_waited_for_before_the_fence(world: World, broadcaster: Any) -> None:
    """Until the arrival deadline, since a roster may be mended until then."""

    async def script(peer: Any) -> None:
        await peer.establish()
        peer.acknowledge((await peer.hear("pusher:subscribe"))["data"]["channel"], ("9",))
        await peer.pong()

    broadcaster.script = script
    alice = world.person("alice")
    await alice.subscribe("presence-company.6", auth="key:x", channel_data='{"user_id":"7"}')
    world.context.patience = 0.05
    since = world.context.recorder.now()
    assert await fences.settle(world.context, world.connections, lambda: world.events) == []
    asked = next(event for event in world.events if isinstance(event, FenceAsked))
    assert asked.at >= since + 0.04 * 2e9
    await world.close()


async def test_a_pong_that_never_comes_leaves_a_doubt(world: World, broadcaster: Any) -> None:
    """Frames may still be under way on that socket, which is named."""
    chat = Chat(world, broadcaster, answers=0)
    await chat.begin()
    chat.world.context.patience = 0.02
    (doubt,) = await chat.settle()
    assert doubt.startswith("bob#1 never got a pong for its ping: ")
    world.context.recorder.record(FaultBegan, fault="freeze#1", people=("bob",))
    (doubt,) = await chat.settle()
    assert doubt.startswith("bob#1 never got a pong for its ping while freeze#1 lasted: ")
    await world.close()


async def test_a_socket_that_has_ended_is_not_fenced(chat: Chat) -> None:
    """There is nothing under way to it any more."""
    await chat.world.person("bob").disconnect()
    assert await chat.settle() == []
    assert fenced(chat.world.events) == []


@pytest.mark.parametrize(("took", "waited"), [(0.0, 0.25), (0.1, 0.5), (9.0, 2.0)])
async def test_a_target_that_may_publish_late_gets_a_window(
    chat: Chat, declaration: Any, took: float, waited: float
) -> None:
    """At least 250 ms, five times the slowest delivery, but no longer than a message may take."""
    backend = msgspec.structs.replace(declaration.backend, publishes="unknown")
    context = Context(msgspec.structs.replace(declaration, backend=backend), Recorder(), patience=0.1)
    message = await chat.send("hello")
    chat.deliver(message.id)
    await chat.settle()
    events = [
        msgspec.structs.replace(event, arrived=message.meant + round(took * 1e9))
        if hasattr(event, "arrived")
        else event
        for event in chat.world.events
    ]
    began = context.recorder.now()
    await fences.window(context, lambda: events)
    assert fenced(context.recorder.events) == [("window", "ok")]
    assert waited * 0.1 <= (context.recorder.now() - began) / 1e9


async def test_a_target_that_publishes_before_its_answer_needs_no_window(chat: Chat) -> None:
    """The fence alone is a proof there."""
    await fences.window(chat.world.context, lambda: chat.world.events)
    assert fenced(chat.world.events) == []


async def test_settling_a_target_that_may_publish_late_waits_for_its_window(chat: Chat, declaration: Any) -> None:
    """If anything was sent; the pings come behind it."""
    backend = msgspec.structs.replace(declaration.backend, publishes="unknown")
    chat.world.context.target = msgspec.structs.replace(declaration, backend=backend)
    assert await chat.settle() == []
    chat.world.context.patience = 0.1
    message = await chat.send("hello")
    chat.deliver(message.id)
    assert await chat.settle() == []
    assert fenced(chat.world.events) == [("ping", "ok"), ("window", "ok"), ("ping", "ok")]

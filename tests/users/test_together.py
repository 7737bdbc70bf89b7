"""What does not depend on each other happens at the same time: a far target costs its distance once, not for each."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from harness.users.context import Context
from harness.users.together import together
from harness.users.world import World

pytestmark = pytest.mark.asyncio


async def test_all_come_to_their_end_and_the_first_failure_is_raised() -> None:
    """In the order of the deeds, not of time; results come in that order too."""
    ended: list[int] = []

    async def deed(number: int, error: Exception | None = None) -> int:
        for _ in range(3 - number):
            await asyncio.sleep(0)
        ended.append(number)
        if error is not None:
            raise error
        return number

    assert await together(deed(0), deed(1), deed(2)) == [0, 1, 2]
    ended.clear()
    with pytest.raises(KeyError):
        await together(deed(0, KeyError()), deed(1, ValueError()), deed(2))
    assert sorted(ended) == [0, 1, 2]


def held(server: Any, is_full: Callable[[], bool]) -> Callable[[Any], Awaitable[None]]:
    """Give the script of a server that answers nobody before all are there; whoever waits for one first never ends."""
    script = server.script

    async def answered(peer: Any) -> None:
        async with asyncio.timeout(10):
            while not is_full():  # noqa: ASYNC110  nobody could say when
                await asyncio.sleep(0)
        await script(peer)

    return answered


async def test_people_log_in_and_connect_at_once(context: Context, backend: Any, broadcaster: Any) -> None:
    """Three logins and three sockets are under way before any of them is answered."""
    world = World(context, "a test")
    for name in ("alice", "bob", "carol"):
        world.person(name)

    def is_full() -> bool:
        return len(backend.peers) == len(broadcaster.peers) == 3

    backend.script, broadcaster.script = held(backend, is_full), held(broadcaster, is_full)
    await world.open()
    assert all(world.person(name).socket_id and world.person(name).session.token for name in ("alice", "bob", "carol"))
    await world.close()


async def test_a_conversation_is_opened_while_people_connect(context: Context, backend: Any, broadcaster: Any) -> None:
    """Nobody's socket comes about before the backend was asked for the conversation."""
    world = World(context, "a test")
    alice, conversation = world.person("alice"), world.conversation

    def is_asked() -> bool:
        return any(request == "POST /api/conversations" for request, _, _ in backend.asked)

    broadcaster.script = held(broadcaster, is_asked)
    await world.open()
    assert conversation.is_there
    assert alice.socket_id
    await world.close()


async def test_a_new_person_connects_while_they_register(context: Context, backend: Any, broadcaster: Any) -> None:
    """Neither waits for the other."""
    backend.answers("POST /api/register", (201, {"user": {"id": 9}}))
    world = World(context, "a test")

    def is_full() -> bool:
        return len(backend.peers) == len(broadcaster.peers) == 1

    backend.script, broadcaster.script = held(backend, is_full), held(broadcaster, is_full)
    user = await world.new_user()
    assert user.socket_id
    await world.close()

"""Whoever guesses goes on until 429 comes, one wrong password beyond what the target says, and no further."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from harness.errors import NotExercised
from harness.history.events import PasswordsGuessed
from harness.users.guessing import guess
from harness.users.user import User
from harness.users.world import World

pytestmark = pytest.mark.asyncio
WRONG, STOPPED = (422, {"message": "wrong"}), (429, {"message": "Too Many Attempts."})


@pytest_asyncio.fixture
async def alice(world: World) -> AsyncIterator[User]:
    """Be somebody whose backend says that it takes two wrong passwords."""
    yield limited(world, 2)
    await world.close()


def limited(world: World, limit: int) -> User:
    """Let the target say how many wrong passwords it takes."""
    target = world.context.target
    backend = msgspec.structs.replace(target.backend, login_limit=limit)
    world.context.target = msgspec.structs.replace(target, backend=backend)
    return world.person("alice")


@pytest.mark.parametrize(
    ("answers", "stopped"),
    [([WRONG, WRONG, STOPPED], 2), ([WRONG, STOPPED], 1), ([WRONG] * 3, None), ([(200, {"token": "1|one"})] * 3, None)],
)
async def test_it_is_recorded_when_it_was_stopped(
    alice: User, backend: Any, answers: list[Any], stopped: int | None
) -> None:
    """After as many as declared, before, or not at all; nobody tries on after 429."""
    backend.answers("POST /api/login", *answers)

    assert await guess(alice) == stopped

    (one,) = [event for event in alice.world.events if isinstance(event, PasswordsGuessed)]
    assert (one.who, one.limit, one.stopped) == ("alice", 2, stopped)


async def test_without_a_limit_there_is_nothing_to_ask_for(world: World) -> None:
    """And no password is tried."""
    alice = limited(world, 0)

    with pytest.raises(NotExercised, match="login_limit = 5"):
        await guess(alice)

    assert world.events == []

"""Manners: a pace that is kept, answers that are waited for, and what production is spared."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import msgspec
import pytest

from harness.config import WRITE_ONLY
from harness.errors import LoginRefused, NotExercised, SendRefused
from harness.history.events import HttpAsked, MessageAsked, Throttled
from harness.users.context import Context
from harness.users.guessing import guess
from harness.users.manners import EASY, LONGEST_WAIT, Manners
from harness.users.world import World

pytestmark = pytest.mark.asyncio


async def begun(manners: Manners, count: int) -> list[float]:
    """Give when so many requests could begin that all came at once."""
    since = time.monotonic()

    async def one() -> float:
        await manners.turn()
        return time.monotonic() - since

    return sorted(await asyncio.gather(*(one() for _ in range(count))))


async def test_no_second_holds_more_than_was_granted() -> None:
    """So many may begin at once, and each later one when the window has room again."""
    times = await begun(Manners(20), 42)
    assert all(later - earlier >= 0.99 for earlier, later in zip(times, times[20:], strict=False))
    assert times[19] < 0.9  # at once, on a machine that does not stand still


async def test_less_than_one_a_second() -> None:
    """A pace of one in two seconds keeps that distance, and none at all keeps nobody waiting."""
    assert Manners(0.5)._window == 2
    assert (await begun(EASY, 100))[-1] < 1


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("3", 3.0),
        (" 0 ", 0.0),
        (str(LONGEST_WAIT + 1).partition(".")[0], None),
        ("soon", None),
        ("", None),
        ("-1", None),
        (format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True), 0.0),
    ],
)
async def test_how_long_a_server_wants_to_be_left_alone(said: str, seconds: float | None) -> None:
    """In seconds or as a date, and not for longer than a run has patience; only a 429 means it."""
    manners = Manners(waits=True)
    assert manners.wait_after(429, {"retry-after": said}) == seconds
    assert manners.wait_after(503, {"retry-after": said}) is None
    assert EASY.wait_after(429, {"retry-after": said}) is None


def remote(context: Context, **changes: Any) -> Context:
    """Make a context of the same servers, as somebody else's."""
    may = msgspec.structs.replace(WRITE_ONLY, create=True, requests_per_second=0)
    declared = msgspec.structs.replace(context.target, topology="remote", may=may, **changes)
    return Context(declared, context.recorder)


async def test_a_429_that_says_when_is_waited_for(context: Context, backend: Any) -> None:
    """The request is made again, three times at most, and the history tells of each wait."""
    token = (200, {"token": "1|a-token-of-theirs", "user": {"id": 7}})
    come_back = (429, {"message": "Too Many Attempts."}, {"Retry-After": "0"})
    backend.answers("POST /api/login", come_back, come_back, token)
    world = World(remote(context))
    await world.person("alice").log_in()
    waits = [event for event in world.events if isinstance(event, Throttled)]
    assert [(one.purpose, one.seconds) for one in waits] == [("log in", 0.0)] * 2
    assert len([event for event in world.events if isinstance(event, HttpAsked)]) == 1
    backend.answers("POST /api/login", come_back)
    backend.asked.clear()
    with pytest.raises(LoginRefused, match="lower `requests_per_second`"):
        await world.person("bob").log_in()
    assert len(backend.asked) == 3
    await world.close()


async def test_whoever_guesses_passwords_is_not_made_to_wait(context: Context, backend: Any) -> None:
    """To be told to come back later is what they look for."""
    backend.answers("POST /api/login", (429, {}, {"Retry-After": "1"}))
    declared = remote(context).target
    limited = msgspec.structs.replace(declared, backend=msgspec.structs.replace(declared.backend, login_limit=3))
    world = World(Context(limited, context.recorder))
    alice = world.person("alice")
    assert await guess(alice) == 0
    assert len(backend.asked) == 1
    assert alice.session.waits
    await world.close()


async def test_waiting_for_a_turn_is_no_latency(context: Context, broadcaster: Any) -> None:
    """A message is meant when it may go, not when somebody began to wait."""
    declared = remote(context).target
    slow = msgspec.structs.replace(declared, may=msgspec.structs.replace(declared.may, requests_per_second=4))
    world = World(Context(slow, context.recorder))
    alice, conversation = world.person("alice"), world.conversation
    await world.open("logged-in")
    for number in range(4):
        message = await alice.send(conversation, f"hello {number}")
        (asked,) = (one for one in world.events if isinstance(one, MessageAsked) and one.act == message.act)
        (request,) = (one for one in world.events if isinstance(one, HttpAsked) and one.n > asked.n)
        assert (request.at - asked.at) < 500_000_000
    await world.close()


async def test_production_takes_one_message_and_nothing_else(context: Context, backend: Any, broadcaster: Any) -> None:
    """People log in, join and read; whatever would change more is not exercised, and not even tried."""
    fixed = msgspec.structs.replace(context.target.world, conversation=42)
    world = World(remote(context, production=True, world=fixed))
    backend.answers("GET /api/conversations/42/messages", (200, {"data": []}))
    alice, conversation = world.person("alice"), world.conversation
    await world.open("logged-in")
    await alice.read(conversation)
    await alice.send(conversation, "the one")
    before = len(backend.asked)
    for act in (alice.send(conversation, "two"), alice.post("/api/anything"), alice.session.ask("x", "DELETE", "/")):
        with pytest.raises(NotExercised, match="production, where one message is sent and nothing else changed"):
            await act
    assert len(backend.asked) == before
    await world.close()


async def test_a_message_that_is_refused_was_the_one(context: Context, backend: Any) -> None:
    """A backend that answers with an error may have stored it all the same."""
    fixed = msgspec.structs.replace(context.target.world, conversation=42)
    world = World(remote(context, production=True, world=fixed))
    backend.answers("POST /api/conversations/42/messages", (500, {}))
    alice, conversation = world.person("alice"), world.conversation
    await world.open("logged-in")
    with pytest.raises(SendRefused):
        await alice.send(conversation, "the one")
    with pytest.raises(NotExercised):
        await alice.send(conversation, "again")
    await world.close()

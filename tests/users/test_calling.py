"""Calls of the signed HTTP API: right, forged, and waited for."""

import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from harness.history.events import ApiCalled, FrameIn
from harness.topology.target import Target
from harness.users.calling import EVENT, Call, Signing, a_batch, an_event, as_it_says, call, new_channel, new_mark
from harness.users.session import Answer
from harness.users.user import User
from harness.users.world import World

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def world(stack: Target, opened: Any) -> AsyncIterator[World]:
    """Give a world of the embedded stack."""
    made = await opened(stack.context)
    yield made
    await made.close()


@pytest_asyncio.fixture
async def alice(world: World) -> User:
    """Be connected."""
    return await world.user("alice")


def called(world: World) -> list[ApiCalled]:
    """List the calls of a world."""
    return [event for event in world.events if isinstance(event, ApiCalled)]


async def test_what_is_published_is_heard_when_the_call_returns(world: World, alice: User) -> None:
    """The event, whole, with its mark; the history has no signature."""
    hers = await alice.subscribe(new_channel())
    mark = new_mark()

    answer = await call(
        alice, Call(words="an event", body=an_event([hers.channel], mark, size=100), mark=mark, listeners=(hers,))
    )

    assert answer.outcome == "ok"
    (frame,) = (event for event in world.events if isinstance(event, FrameIn) and event.event == EVENT)
    assert f'a{mark}"' in json.loads(frame.raw)["data"]
    (told,) = called(world)
    assert (told.words, told.due, told.outcome, told.listeners) == ("an event", "taken", "ok", ("alice#1",))
    assert told.n > frame.n
    assert "auth_signature" in (text := msgspec.json.encode(world.events).decode())
    assert not any(letter in "0123456789abcdef" for letter in text.partition("auth_signature=")[2][:1])


@pytest.mark.parametrize("signing", ["none", "another secret"])
async def test_a_forged_call_is_refused(world: World, alice: User, signing: Signing) -> None:
    """Nobody waits for what was not taken; that it was to be refused is in the history."""
    body = an_event([new_channel()], "mark")

    await call(alice, Call(words="forged", body=body, signing=signing, due="refused", mark="mark", weakness="HT-01"))

    (told,) = called(world)
    assert (told.outcome, told.status, told.due, told.weakness) == ("refused", 401, "refused", "HT-01")


async def test_a_body_can_be_altered_on_the_way(world: World, alice: User) -> None:
    """What is sent is not what was signed."""
    answer = await call(alice, Call(words="altered", body=an_event(["a"], "one"), altered=an_event(["a"], "two")))

    assert answer.status == 401


@pytest.mark.parametrize("signing", ["permuted", "another key", "long ago"])
async def test_a_broadcaster_like_reverb_takes_these(alice: User, signing: Signing) -> None:
    """Parameters in another order are right; the key and the age of a call it does not look at."""
    assert (await call(alice, Call(words="odd", body=an_event(["a"], "one"), signing=signing))).status == 200


async def test_a_question_has_no_body(alice: User) -> None:
    """Which channels there are."""
    hers = await alice.subscribe(new_channel())

    answer = await call(alice, Call(words="a question", route="/channels", method="GET"))

    assert hers.channel in answer.at("channels")


async def test_an_event_may_leave_a_socket_out(world: World, alice: User) -> None:
    """Whoever is left out is not waited for longer than an arrival may take, and the call is told all the same."""
    hers = await alice.subscribe(new_channel())
    body = an_event([hers.channel], "mark", socket_id=alice.socket_id)

    await call(alice, Call(words="to nobody", body=body, mark="mark", listeners=(hers,)))

    assert [event.outcome for event in called(world)] == ["ok"]
    assert not [event for event in world.events if isinstance(event, FrameIn) and event.event == EVENT]


async def test_a_batch_has_an_event_for_each_channel(alice: User) -> None:
    """All with the same mark."""
    batch = msgspec.json.decode(a_batch(["one", "two"], "mark"))["batch"]

    assert [one["channel"] for one in batch] == ["one", "two"]
    assert all("mark" in one["data"] for one in batch)


@pytest.mark.parametrize(
    ("body", "outcome", "status"),
    [
        ({"ok": True}, "ok", 200),
        ({"error": "The secret authentication failed", "code": 401}, "refused", 401),
        ({"error": "A server error", "code": 500}, "unknown", 500),
        ({"error": "of an event's own", "code": "E1"}, "ok", 200),
        ([], "ok", 200),
    ],
)
async def test_an_error_in_the_body_of_a_success_is_one(body: Any, outcome: str, status: int) -> None:
    """As soketi answers: what it says counts, not the status that was written before it knew."""
    said = as_it_says(Answer(act="1", status=200, outcome="ok", data=body))

    assert (said.outcome, said.status) == (outcome, status)

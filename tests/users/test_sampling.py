"""A sample is as many turns as its percentiles need: looks as planned, an end when more would change nothing."""

from typing import Any

import msgspec
import pytest

from harness.checkers.latency import Budget
from harness.checkers.verdict import Verdict
from harness.config import WRITE_ONLY, Budgets, Seconds
from harness.errors import Inconclusive, NotExercised, UsageError
from harness.history.events import MessageAsked, Sampled
from harness.users import sampling
from harness.users.context import Context
from harness.users.sampling import Progress, Sample
from harness.users.world import World

pytestmark = pytest.mark.asyncio

CHANNEL = "private-chat.6.conversation.42"
ENOUGH = 7
"""Messages after which five looks may claim a median for the first time."""


@pytest.fixture(autouse=True)
def _publishing(broadcaster: Any, backend: Any) -> None:
    """Let whatever is sent be heard by everybody but the sender; ids count up."""
    backend.answers("POST /api/conversations/42/messages", *((201, {"data": {"id": f"m{n}"}}) for n in range(1, 99)))

    async def script(peer: Any) -> None:
        await peer.establish(f"1.{len(broadcaster.peers)}")
        await peer.serve()

    broadcaster.script = script


@pytest.fixture
def publish(broadcaster: Any) -> Any:
    """Give a function that lets bob hear a message."""

    def heard(message: Any) -> None:
        data = {"id": message.id, "body": message.text, "sender": {"id": 1}}
        broadcaster.peers[-1].say("MessageSent", data, channel=CHANNEL)

    return heard


def claiming(context: Context, median: float) -> World:
    """Make a world that claims a median; its backend signs with no secret, which is not the point here."""
    why = "the scripted backend has no secret to sign with"
    unsigned = [("authorization", why), ("subscription", why)]
    return World(context, "a test", tolerated=unsigned, budget={"p50": median})


async def opened(world: World) -> tuple[Any, Any, Any]:
    """Open a world in which bob listens, connected last."""
    alice, bob, conversation = world.person("alice"), world.person("bob"), world.conversation
    await world.open("logged-in")
    await alice.connect()
    await bob.join(conversation)
    return alice, bob, conversation


def of(world: World, kind: Any) -> list[Any]:
    """Give the events of one kind."""
    return [event for event in world.events if isinstance(event, kind)]


async def test_it_ends_at_the_first_look_that_decides(context: Context, publish: Any) -> None:
    """Turns are counted from 1, progress is told at each, the plan and the looks are recorded, and the world passes."""
    world, told = claiming(context, 5.0), []
    sample = Sample(world, told.append)
    alice, _, conversation = await opened(world)

    numbers = []
    async for number in sample:
        numbers.append(number)
        publish(await alice.send(conversation, f"sample {number}"))

    assert numbers == list(range(1, ENOUGH + 1))
    assert (told[-1], str(told[-1])) == (Progress(ENOUGH, ENOUGH), "sample 7/7")
    looks = [(one.look, one.looks, one.samples) for one in of(world, Sampled)]
    assert looks == [(0, 5, 0), (1, 5, ENOUGH)]
    assert sample.cap == 10 * ENOUGH
    with pytest.raises(StopAsyncIteration):
        await anext(sample)
    assert await world.finish() is None
    assert world.judgement is not None
    assert [(one.percentile, one.claim, one.samples) for one in world.judgement.budgets] == [("p50", "within", ENOUGH)]
    await world.close()


async def test_a_limit_that_is_broken_ends_it(context: Context, publish: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond at the first look is beyond: nobody waits for the cap."""
    found = Budget(
        percentile="p50", limit=0.02, claim="beyond", value=0.03, lower=0.03, upper=0.03, samples=7, needed=7
    )
    monkeypatch.setattr(sampling, "claims_of_test", lambda *_: (found,))
    world = claiming(context, 0.02)
    sample = Sample(world)
    alice, _, conversation = await opened(world)

    async for number in sample:
        publish(await alice.send(conversation, f"sample {number}"))

    assert len(of(world, MessageAsked)) == ENOUGH
    await world.close()


async def test_what_is_undecided_goes_on_to_the_cap(context: Context, publish: Any) -> None:
    """A limit that the harness itself exceeds by its slip decides nothing: five looks, then INCONCLUSIVE."""
    world, told = claiming(context, 1e-9), []
    sample = Sample(world, told.append)
    alice, _, conversation = await opened(world)

    async for number in sample:
        publish(await alice.send(conversation, f"sample {number}"))

    assert len(of(world, MessageAsked)) == sample.cap
    assert [one.look for one in of(world, Sampled)] == [0, 1, 2, 3, 4, 5]
    assert "  p50 " in str(told[-1])
    assert isinstance(await world.finish(), Inconclusive)
    await world.close()


async def test_a_lost_message_ends_it(context: Context, publish: Any) -> None:
    """The deadline of arrival passes once, at the first look; the world is broken for what was lost."""
    world = claiming(context, 1e-9)
    sample = Sample(world)
    alice, _, conversation = await opened(world)

    async for number in sample:
        message = await alice.send(conversation, f"sample {number}")
        if number > 1:
            publish(message)
        else:
            context.patience = 0.05

    assert len(of(world, MessageAsked)) == ENOUGH
    context.patience = 1
    await world.close()


async def test_turns_that_nobody_hears_end_it(context: Context) -> None:
    """A body that sends nothing would go on for nothing; nothing was shown, so it is INCONCLUSIVE."""
    world = claiming(context, 1.0)
    sample = Sample(world)
    await opened(world)

    turns = [number async for number in sample]

    assert len(turns) == ENOUGH
    assert isinstance(await world.finish(), Inconclusive)
    await world.close()


async def test_who_leaves_early_keeps_what_was_drawn(context: Context, publish: Any) -> None:
    """A `break` leaves the samples to the judgement, which knows how many looks were planned."""
    world = claiming(context, 5.0)
    sample = Sample(world)
    alice, _, conversation = await opened(world)

    async for number in sample:
        publish(await alice.send(conversation, f"sample {number}"))
        if number == ENOUGH - 1:
            break

    assert isinstance(await world.finish(), Inconclusive)
    assert world.judgement is not None
    assert world.judgement.verdict is Verdict.INCONCLUSIVE
    assert [(one.claim, one.samples, one.needed) for one in world.judgement.budgets] == [("not claimed", 6, ENOUGH)]
    await world.close()


async def test_a_test_has_one_loop_over_its_sample(world: World) -> None:
    """A second one would take more looks than were planned."""
    sample = Sample(world)
    aiter(sample)

    with pytest.raises(UsageError, match="drawn from already"):
        aiter(sample)


async def test_without_a_budget_of_its_own_the_targets_counts(context: Context, world: World) -> None:
    """It is claimed before the test begins; a target that agreed to none needs one at the test."""
    Sample(world)
    assert world.budget == {"p50": 0.1, "p95": 0.25, "p99": 1.0}
    assert {type(limit) for limit in world.budget.values()} == {float}

    own = World(context, budget={"p95": Seconds(0.5)})
    assert Sample(own).cap == 900
    assert own.budget == {"p95": 0.5}

    context.target = msgspec.structs.replace(context.target, budgets=Budgets(delivery={}))
    with pytest.raises(UsageError, match="agreed to no delivery budget"):
        Sample(World(context))


async def test_a_test_that_runs_already_can_claim_nothing(world: World) -> None:
    """What it claims is recorded at its beginning."""
    await world.open()

    with pytest.raises(UsageError, match="naming it among the arguments"):
        Sample(world)
    await world.close()


async def test_a_target_that_may_not_be_loaded_is_not_sampled(context: Context) -> None:
    """Hundreds of messages one after the other are load."""
    context.target = msgspec.structs.replace(context.target, topology="remote", may=WRITE_ONLY)

    with pytest.raises(NotExercised, match="load"):
        Sample(World(context))

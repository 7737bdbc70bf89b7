"""One test's share of a target: who is there, what is judged when it is over, and what is told first."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from harness.checkers.verdict import Verdict
from harness.config import WRITE_ONLY
from harness.config import World as DeclaredWorld
from harness.errors import (
    EnvironmentFault,
    GuaranteeBroken,
    HarnessError,
    Inconclusive,
    LoginRefused,
    NotExercised,
    UsageError,
)
from harness.history import events as happened  # pytest would collect TestStarted from here
from harness.history.events import FenceAsked, MembershipAsked, SocketClosed
from harness.history.recorder import Recorder
from harness.users.context import Context
from harness.users.reproduction import replay_command
from harness.users.world import World

pytestmark = pytest.mark.asyncio

CHANNEL = "private-chat.6.conversation.42"


class Forgotten:
    """An expectation that nobody awaits."""

    awaited = False

    def describe(self) -> str:
        """Say where it stands."""
        return "expect(bob) at test_x.py:7"


@pytest.fixture(autouse=True)
def _kind(broadcaster: Any) -> None:
    """Let the broadcaster acknowledge everything and answer pings."""

    async def script(peer: Any) -> None:
        await peer.establish(f"1.{len(broadcaster.peers)}")
        await peer.serve()

    broadcaster.script = script


def remade(context: Context, **changes: Any) -> World:
    """Make a world of a target that is declared otherwise."""
    return World(Context(msgspec.structs.replace(context.target, **changes), Recorder()), "a test")


def leak(broadcaster: Any, number: int = 0) -> None:
    """Let a socket hear a message of a conversation that its person is not in."""
    broadcaster.peers[number].say("MessageSent", {"id": "m9", "body": "overheard"}, channel=CHANNEL)


async def leaking(world: World, broadcaster: Any) -> None:
    """Let eve hear what is not for her, with a fence behind it so that it has been heard."""
    world.conversation.declare("42", 6, ("alice", "bob"))
    eve = await world.user("eve")
    leak(broadcaster)
    await world.fence("eve")
    assert eve.socket_id


async def live(world: World, body: Callable[[], Awaitable[None]]) -> None:
    """Live through a world."""
    async with world:
        await body()


# Who and what is in it


async def test_people_who_are_not_asked_for_do_not_exist(world: World, broadcaster: Any, backend: Any) -> None:
    """Nobody else logs in or connects, also when a conversation is made of them."""
    bob = world.person("bob")
    world.arrive = "connected"
    assert world.conversation is world.conversation
    async with world:
        assert bob.socket_id
    logins = [json.loads(body)["email"] for request, _, body in backend.asked if request == "POST /api/login"]
    assert sorted(logins) == ["alice@example.com", "bob@example.com"]
    assert len(broadcaster.peers) == 1


@pytest.mark.parametrize(
    ("arrive", "token", "open_"), [("nowhere", False, False), ("logged-in", True, False), ("connected", True, True)]
)
async def test_people_arrive_as_far_as_is_asked(world: World, arrive: Any, token: Any, open_: Any) -> None:
    """Nowhere, logged in, or connected; the same name is the same user."""
    async with world:
        alice = await world.user("alice", arrive)
        assert (alice.session.token is not None, bool(alice.socket_id)) == (token, open_)
        assert world.person("alice") is alice
        await alice.get("/")  # so that something is observed


async def test_one_login_serves_all_worlds_of_a_worker(context: Context, backend: Any) -> None:
    """The token is reused."""
    for _ in range(2):
        async with World(context) as world:
            await world.user("alice")
    assert [request for request, _, _ in backend.asked] == ["POST /api/login"]


async def test_somebody_who_is_not_in_the_cast_is_not_exercised(world: World) -> None:
    """The reason lists the cast."""
    with pytest.raises(NotExercised, match="target scripted declares no mallory; its cast is alice, bob, carol, eve"):
        world.person("mallory")


async def test_a_new_user_is_registered_for_this_world(world: World, backend: Any) -> None:
    """As a colleague of alice unless another company is named; the password is random and never shown."""
    backend.answers("POST /api/register", (201, {"token": "3|a-token-of-a-new-user", "user": {"id": 31}}))
    async with world:
        dave = await world.new_user("dave")
        await world.new_user(company=9)
        assert dave.is_expendable
        assert await world.backend_id("dave") == "7"
    registered = [json.loads(body) for request, _, body in backend.asked if request == "POST /api/register"]
    assert [one["company_id"] for one in registered] == [6, 9]
    assert registered[0]["password"] != registered[1]["password"]
    shown = f"{world.events}"
    assert registered[0]["password"] not in shown
    assert "a-token-of-a-new-user" not in shown


async def test_a_new_user_needs_a_name_of_their_own(world: World, backend: Any) -> None:
    """And a backend that takes them."""
    backend.answers("POST /api/register", (201, {}), (422, {"message": "taken"}))
    async with world:
        await world.new_user("dave")
        for name in ("dave", "alice"):
            with pytest.raises(UsageError, match=f"there is a {name} already"):
                await world.new_user(name)
        with pytest.raises(LoginRefused, match="the registration of zoe was refused: 422"):
            await world.new_user("zoe")


async def test_a_target_that_takes_no_new_people_says_why(context: Context) -> None:
    """It is not exercised."""
    remote = remade(context, topology="remote", may=WRITE_ONLY)
    with pytest.raises(NotExercised, match="registration = true"):
        await remote.new_user()
    with pytest.raises(NotExercised, match="create = true"):
        await remote.new_conversation(remote.person("alice"))


async def test_further_conversations_are_the_worlds_own(world: World, backend: Any) -> None:
    """Made by whoever hosts them, of whoever is named."""
    async with world:
        conversation = await world.new_conversation(world.person("bob"), world.person("eve"))
    assert conversation.participants == ("bob", "eve")
    assert json.loads(backend.asked[0][2]) == {"participants": [2, 4]}


async def test_an_id_that_nobody_said_is_asked_for(world: World, backend: Any) -> None:
    """Whoever it is logs in for that, and is not connected."""
    world.context.ids.clear()
    backend.answers("POST /api/login", (200, {"token": "1|a-token-of-theirs"}))
    backend.answers("GET /api/user", (200, {"id": 12}))
    async with world:
        assert await world.backend_id("carol") == "12"
        assert world.connections == []


# The conversation


async def test_a_conversation_is_made_for_a_test_that_asks(world: World) -> None:
    """Of alice, bob and carol; eve is no participant."""
    conversation = world.conversation
    async with world:
        assert (conversation.id, conversation.participants) == ("42", ("alice", "bob", "carol"))


async def test_a_fixed_conversation_is_declared_and_not_made(context: Context, backend: Any) -> None:
    """Nothing is asked of the backend for it."""
    world = remade(context, world=DeclaredWorld(conversation=123), topology="remote", may=WRITE_ONLY)
    conversation = world.conversation
    async with world:
        assert conversation.channel == "private-chat.6.conversation.123"
        assert backend.asked == []
        await world.user("alice")
    assert [event.change for event in world.events if isinstance(event, MembershipAsked)] == ["declared"]


async def test_without_either_a_conversation_is_not_exercised(context: Context) -> None:
    """A remote target that may not create says what to declare; one without a cast says whom it lacks."""
    may_not = remade(context, topology="remote", may=WRITE_ONLY)
    nobody = remade(context, cast=())
    for world, reason in (
        (may_not, r"\[targets.scripted.world\] names no conversation"),
        (nobody, "declares none of alice"),
    ):
        assert not world.conversation.participants
        with pytest.raises(NotExercised, match=reason):
            async with world:
                pass


# Opening and closing


async def test_a_world_begins_and_ends_in_the_history(world: World) -> None:
    """With the test's name on every event between; the sockets are closed after that, which is no leave."""
    async with world:
        await world.user("alice")
    kinds = [type(event) for event in world.events]
    assert kinds[0] is happened.TestStarted
    assert kinds.index(happened.TestFinished) < kinds.index(SocketClosed)
    assert {event.test for event in world.events} == {"a test"}
    assert world.context.recorder.test == ""


async def test_closing_twice_is_closing_once(world: World, context: Context) -> None:
    """The second does not disturb a world that was opened since; a closed one takes nobody in."""
    async with world:
        await world.user("alice")
    async with World(context, "another") as another:
        await world.close()
        assert context.recorder.test == "another"
        await another.user("alice")
    with pytest.raises(HarnessError, match="this world is closed"):
        world.person("bob")


async def test_who_cannot_arrive_is_told_when_all_have_tried(world: World, broadcaster: Any) -> None:
    """Nobody is left on the way: everything is closed."""
    entered = asyncio.Event()

    async def script(peer: Any) -> None:
        if len(broadcaster.peers) == 1:
            peer.cut()
        else:
            await peer.establish()
            entered.set()

    broadcaster.script = script
    world.arrive = "connected"
    people = [world.person("alice"), world.person("bob")]
    with pytest.raises(EnvironmentFault, match="is the broadcaster running"):
        async with world:
            pass
    assert entered.is_set()
    assert [user.socket_id for user in people] == ["", ""]


async def test_a_dead_process_is_told_at_once_and_at_the_end(context: Context) -> None:
    """What the test itself failed with is its consequence."""
    alive = True

    def check() -> None:
        if not alive:
            raise EnvironmentFault("the broadcaster died")

    async def body() -> None:
        nonlocal alive
        alive = False
        raise ValueError("a consequence")

    with pytest.raises(EnvironmentFault, match="the broadcaster died") as fault:
        await live(World(context, check=check), body)
    assert isinstance(fault.value.__context__, ValueError)
    with pytest.raises(EnvironmentFault):
        await World(context, check=check).open()


# The judgement


async def test_what_held_is_a_pass(world: World) -> None:
    """It is kept on the world."""
    async with world:
        await world.user("alice")
    assert world.judgement is not None
    assert world.judgement.verdict is Verdict.PASS


async def test_what_broke_is_raised_when_the_world_is_left(context: Context, broadcaster: Any) -> None:
    """With what was seen and how to see it again; somebody who listens for judgements is told."""
    judged: list[Any] = []
    world = World(
        context, "a test", replay=replay_command('pytest "t.py::x"', {"seed": 1, "target": "y"}), judged=judged.append
    )
    with pytest.raises(GuaranteeBroken) as broken:
        async with world:
            await leaking(world, broadcaster)
    told = str(broken.value)
    assert "isolation.foreign-heard-by-outsider" in told
    assert 'replay      pytest "t.py::x" --realtime-seed=1 --realtime-target=y' in told
    assert judged == [world.judgement]


async def test_what_is_tolerated_is_not_raised(context: Context, broadcaster: Any) -> None:
    """It stays in the judgement with its reason."""
    async with World(context, tolerated=[("isolation", "we know")]) as world:
        await leaking(world, broadcaster)
    assert world.judgement is not None
    assert {one.tolerated for one in world.judgement.findings} == {"we know"}


async def test_a_message_that_never_came_is_found_at_the_end(world: World) -> None:
    """When `arrival` has passed after the last send."""

    async def body() -> None:
        world.conversation.declare("42", 6, ("alice", "bob"))
        await world.person("bob").join(world.conversation)
        await world.person("alice").send(world.conversation, "lost")
        world.context.patience = 0.05

    with pytest.raises(GuaranteeBroken, match=r"delivery\.never-broadcast"):
        await live(world, body)


async def test_a_pong_that_never_comes_is_a_finding(world: World, broadcaster: Any) -> None:
    """Whatever else may be under way behind it."""

    async def script(peer: Any) -> None:
        await peer.establish()
        await peer.serve(answering=False)

    async def body() -> None:
        await world.user("alice")
        world.context.patience = 0.02

    broadcaster.script = script
    with pytest.raises(GuaranteeBroken, match=r"protocol\.ping-unanswered"):
        await live(world, body)


async def test_a_fence_that_is_not_passed_is_inconclusive(world: World, broadcaster: Any) -> None:
    """The silence behind it proves nothing."""

    async def script(peer: Any) -> None:
        await peer.establish()
        await peer.serve(answering=False)

    broadcaster.script = script
    await world.user("alice")
    world.context.patience = 0.02
    with pytest.raises(Inconclusive, match="its silence proves nothing"):
        await world.fence("alice")
    await world.close()


async def test_a_fence_is_raised_on_every_socket_of_a_person(world: World) -> None:
    """And on nobody else's."""
    async with world:
        await (await world.user("alice")).another_device()
        await world.user("bob")
        await world.fence("alice")
        assert [event.socket for event in world.events if isinstance(event, FenceAsked)] == ["alice#1", "alice#2"]


async def test_a_forgotten_expectation_is_a_mistake(world: World, broadcaster: Any) -> None:
    """It checked nothing, which is said with its place; a guarantee that broke goes first."""
    with pytest.raises(UsageError, match=r"never awaited, so it checked nothing: expect\(bob\) at test_x.py:7"):
        async with world:
            world.pending.append(Forgotten())
    other = World(world.context)
    other.pending.append(Forgotten())
    with pytest.raises(GuaranteeBroken) as broken:
        await live(other, lambda: leaking(other, broadcaster))
    assert "expect(bob) at test_x.py:7" in broken.value.__notes__[0]


async def test_the_tests_own_failure_goes_first(world: World, broadcaster: Any) -> None:
    """What was found besides is added to it."""

    async def body() -> None:
        await leaking(world, broadcaster)
        raise AssertionError("my own")

    with pytest.raises(AssertionError, match="my own") as failed:
        await live(world, body)
    assert not isinstance(failed.value, GuaranteeBroken)
    assert "isolation.foreign-heard-by-outsider" in failed.value.__notes__[0]


class Skipped(BaseException):
    """What pytest raises to skip a test is such a one."""


@pytest.mark.parametrize("error", [Inconclusive, NotExercised, EnvironmentFault, Skipped])
async def test_a_broken_guarantee_outranks_what_is_no_failure(
    world: World, broadcaster: Any, error: Callable[[str], BaseException]
) -> None:
    """A test that would be skipped, or may pass with a warning, fails when something broke in it."""

    async def body() -> None:
        await leaking(world, broadcaster)
        raise error("no more")

    with pytest.raises(GuaranteeBroken) as broken:
        await live(world, body)
    assert "no more" in str(broken.value.__context__)


async def test_what_is_no_failure_stays_what_it_is_when_nothing_broke(world: World) -> None:
    """A skipped test is skipped; what is in doubt besides is added."""
    world.pending.append(Forgotten())

    async def body() -> None:
        raise NotExercised("not here")

    with pytest.raises(NotExercised) as skipped:
        await live(world, body)
    assert "never awaited" in skipped.value.__notes__[0]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, asyncio.CancelledError, SystemExit])
async def test_an_interruption_is_not_judged(world: World, broadcaster: Any, interruption: type[BaseException]) -> None:
    """Nobody waits for it; the sockets are closed all the same."""

    async def body() -> None:
        await leaking(world, broadcaster)
        raise interruption

    with pytest.raises(interruption):
        await live(world, body)
    assert world.judgement is None
    assert not world.connections_of("eve")

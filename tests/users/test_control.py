"""The positive control: whoever is denied, the endpoint must have granted alice of late, or is asked to."""

from typing import Any

import msgspec
import pytest

from harness.checkers.authorization import FRESH
from harness.config import ChannelRule
from harness.config import World as DeclaredWorld
from harness.errors import AuthorizationDenied
from harness.history.events import ControlSeen, HttpAnswered, SocketOpened
from harness.history.recorder import Recorder
from harness.users import control
from harness.users.context import Context
from harness.users.world import World

pytestmark = pytest.mark.asyncio

CHANNEL = "private-chat.6.conversation.42"
COMPANY = "presence-company.6"
GRANTED = (200, {"auth": f"key:{'0' * 64}"})
DENIED = (403, {"message": ""})
BY_COMPANY = ChannelRule(name="company", pattern="presence-company.{company}", join="company")


class Clock:
    """A history's clock that goes on by itself, and jumps when a test says so."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        """Give the time."""
        return self.now


@pytest.fixture(autouse=True)
def _serving(broadcaster: Any) -> None:
    """Let the broadcaster answer pings."""

    async def script(peer: Any) -> None:
        await peer.establish(f"1.{len(broadcaster.peers)}")
        await peer.serve()

    broadcaster.script = script


def told(world: World, /, **changes: Any) -> World:
    """Make a world of the same two servers, otherwise declared; their signatures fit no secret."""
    broadcaster = msgspec.structs.replace(world.context.target.broadcaster, secret=None)
    target = msgspec.structs.replace(world.context.target, broadcaster=broadcaster, **changes)
    return World(Context(target, Recorder()), "a test")


async def denied(world: World, backend: Any, *after: Any) -> None:
    """Let eve be denied a conversation that is not hers, and prepare what the endpoint answers from then on."""
    backend.answers("POST /api/broadcasting/auth", DENIED, *after)
    eve = await world.user("eve")
    with pytest.raises(AuthorizationDenied):
        await eve.authorize(CHANNEL)


def seen(world: World) -> Any:
    """Give the one control of a world."""
    (only,) = [event for event in world.events if isinstance(event, ControlSeen)]
    return only


def asked_by_alice(world: World) -> list[str]:
    """List the channels that alice asked for."""
    answers = [event for event in world.events if isinstance(event, HttpAnswered) and event.purpose == "authorize"]
    return [answer.channel for answer in answers if answer.who == "alice"]


async def test_where_nobody_is_denied_nobody_looks(world: World) -> None:
    """A grant, and a login that is refused, need no control."""
    world = told(world)
    await (await world.user("alice")).authorize(CHANNEL)
    await control.look(world)
    assert not [event for event in world.events if isinstance(event, ControlSeen)]
    await world.close()


async def test_alice_is_asked_for_where_no_test_had_her_join(world: World, backend: Any, broadcaster: Any) -> None:
    """On a device of her own that is gone afterwards, with the token that all tests share; for a whole minute once."""
    world = told(world)
    await denied(world, backend, GRANTED)
    await control.look(world)
    assert (seen(world).who, seen(world).outcome, seen(world).channel) == ("alice", "ok", COMPANY)
    grant = world.context.grants["alice"]
    assert (seen(world).granted_at, grant.credential, seen(world).reason) == (grant.at, "live", "")
    assert [event.socket for event in world.events if isinstance(event, SocketOpened)] == ["eve#1", "alice#1"]
    assert world.connections_of("alice") == []
    assert world.context.tokens.keys() == {"alice", "eve"}
    assert await world.finish() is None
    assert asked_by_alice(world) == [COMPANY]

    another = World(world.context, "another test")
    await denied(another, backend, GRANTED)
    assert await another.finish() is None
    assert (asked_by_alice(another), seen(another).granted_at) == ([], grant.at)
    await world.close()
    await another.close()


@pytest.mark.parametrize(("beyond", "asks"), [(0, []), (1, [CHANNEL])])
async def test_a_grant_vouches_for_a_minute(world: World, backend: Any, beyond: int, asks: list[str]) -> None:
    """To the nanosecond: one that is older is asked for anew."""
    clock = Clock()
    world = World(Context(told(world).context.target, Recorder(clock=clock)), "a test")
    world.conversation.declare("42", 6, ("alice",))
    alice = await world.user("alice")
    await alice.authorize(CHANNEL)
    clock.now += FRESH + beyond
    later = World(world.context, "a later test")
    backend.answers("POST /api/broadcasting/auth", DENIED, GRANTED)
    eve = later.person("eve")
    await eve.log_in()
    with pytest.raises(AuthorizationDenied):
        await eve.authorize(CHANNEL)
    await control.look(later)
    assert asked_by_alice(later) == asks
    assert seen(later).granted_at == (FRESH + 1 if beyond else 0)
    await world.close()
    await later.close()


async def test_an_endpoint_that_lets_nobody_in_is_in_doubt(world: World, backend: Any) -> None:
    """What was denied before proves nothing; that alice is denied what she may join is found besides."""
    world = told(world)
    await denied(world, backend, DENIED)
    found = await world.finish()
    assert (seen(world).outcome, seen(world).granted_at, seen(world).channel) == ("refused", 0, COMPANY)
    assert seen(world).reason == f"the authorization of alice for {COMPANY} was refused: 403 " + '{"message": ""}'
    assert "authorization.denied-to-insider" in str(found)
    assert world.judgement is not None
    assert "would not grant alice presence-company.6 either" in world.judgement.doubts[0]
    await world.close()


async def test_alice_may_not_be_there_to_ask(world: World, backend: Any) -> None:
    """Nobody else is asked for: the judgement says so, and is no pass."""
    world = told(world, cast=world.context.target.cast[1:])
    await denied(world, backend, GRANTED)
    found = await world.finish()
    assert "is unknown: target scripted declares no alice" in str(found)
    assert (seen(world).outcome, seen(world).channel) == ("unknown", "")
    await world.close()


async def test_alice_may_be_kept_from_asking(world: World, backend: Any) -> None:
    """By a login that is refused, or a backend that is gone."""
    world = told(world)
    await denied(world, backend, GRANTED)
    backend.answers("POST /api/login", (422, {"message": "no"}))
    await control.look(world)
    assert (seen(world).outcome, seen(world).channel) == ("refused", COMPANY)
    assert seen(world).reason.startswith("the login of alice was refused: 422")
    await world.close()


async def test_a_socket_that_alice_cannot_get_is_a_doubt(world: World, backend: Any, broadcaster: Any) -> None:
    """The broadcaster is at fault, and nobody knows what the endpoint would say."""
    world = told(world)
    await denied(world, backend, GRANTED)

    async def cut(peer: Any) -> None:
        peer.cut()

    broadcaster.script = cut
    await control.look(world)
    assert seen(world).outcome == "unknown"
    assert seen(world).reason.startswith("connecting to ws://")
    await world.close()


async def test_a_grant_to_a_token_that_ends_meanwhile_vouches_for_nothing(
    world: World, backend: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows whether the endpoint looked before that."""
    world = told(world)
    await denied(world, backend, GRANTED)
    monkeypatch.setattr(type(world.context.credentials), "worth", lambda *_: "unknown")
    await control.look(world)
    assert (seen(world).outcome, seen(world).reason) == ("unknown", "nobody knows what alice's token is worth")
    await world.close()


async def test_a_token_that_has_ended_is_not_asked_with(world: World, backend: Any) -> None:
    """Alice logs in anew, once; a living one is used as it is."""
    world = told(world)
    world.context.tokens["alice"] = "1|an-old-one"
    await denied(world, backend, GRANTED)
    await control.look(world)
    assert seen(world).outcome == "ok"
    assert [request for request, *_ in backend.asked].count("POST /api/login") == 2
    world.context.grants.clear()
    await control.look(world)
    assert [request for request, *_ in backend.asked].count("POST /api/login") == 2
    await world.close()


@pytest.mark.parametrize(
    ("conversations", "fixed", "rules", "channel"),
    [
        ([("41", ("alice", "bob")), ("42", ("bob", "alice")), ("43", ("bob",))], None, (), CHANNEL),
        ([("43", ("bob",))], 42, (), CHANNEL),
        ([], None, (BY_COMPANY,), COMPANY),
        ([], None, (ChannelRule(name="own", pattern="private-user.{user}", join="self"),), "private-user.1"),
        ([], None, (ChannelRule(name="all", pattern="private-all", join="signed-in"),), "private-all"),
        ([], None, (ChannelRule(name="any", pattern="news", join="anyone"), BY_COMPANY), COMPANY),
        ([], None, (ChannelRule(name="none", pattern="private-none", join="nobody"),), ""),
        ([], None, (), ""),
    ],
)
async def test_she_asks_for_a_channel_that_she_may_join(
    world: World, backend: Any, conversations: Any, fixed: int | None, rules: Any, channel: str
) -> None:
    """Her newest conversation, the fixed one, or what a rule opens to her; where there is none, that is a doubt."""
    conversation = world.context.target.channels[0]
    world = told(world, channels=(conversation, *rules), world=DeclaredWorld(conversation=fixed))
    for id_, people in conversations:
        another = type(world.conversation)(world.context)
        another.declare(id_, 6, people)
    await denied(world, backend, GRANTED)
    await control.look(world)
    outcome = "ok" if channel else "unknown"
    assert (seen(world).outcome, seen(world).channel) == (outcome, channel)
    assert channel or seen(world).reason == "no declared rule names a channel that alice may join"
    await world.close()

"""Aliases: what is granted under another name is followed up at once, on a broadcaster that lets it in or does not."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from harness.errors import HarnessError
from harness.history.events import AliasFollowed, FrameIn, MessageAsked, SubscribeAsked, Unsubscribed
from harness.history.recorder import Recorder
from harness.protocol.channels import ChannelKind, kind_of
from harness.protocol.signatures import channel_auth
from harness.topology.target import Target
from harness.users.aliases import Prober, follow, heard_mark, heard_under
from harness.users.authorization import Authorization
from harness.users.context import Context
from harness.users.conversation import SentMessage
from harness.users.user import User
from harness.users.world import World


@pytest_asyncio.fixture
async def world(stack: Target, opened: Any) -> AsyncIterator[World]:
    """Give a world of the healthy stack, which is judged in the end: nothing of a probe is held against it."""
    world = await opened(stack.context)
    yield world
    assert await world.finish() is None
    await world.close()


def signed(device: User, channel: str, secret: str | None = None) -> Authorization:
    """Sign a channel as a careless backend does, with the app's secret unless another is given."""
    ours = device.world.context.target.broadcaster
    data = '{"user_id":"7","user_info":{}}' if kind_of(channel) is ChannelKind.PRESENCE else None
    auth = channel_auth(ours.key, secret or ours.secret or "", device.socket_id, channel, data)
    return Authorization(auth=auth, channel_data=data, signature="valid", status=200)


def let_in(user: User, secret: str | None = None) -> None:
    """Let this person's probes be granted, by a backend that looks at no name."""
    device = user.world.another_device(user)

    async def authorize(channel: str) -> Authorization:
        await device.connect()
        return signed(device, channel, secret)

    device.authorize = authorize  # type: ignore[method-assign]  # stands for the backend, which is healthy
    user.world.probers[user.name] = Prober(device)


def followed(world: World) -> list[AliasFollowed]:
    """List what was found."""
    return [event for event in world.events if isinstance(event, AliasFollowed)]


@pytest.mark.asyncio
async def test_a_denied_name_leads_nowhere(world: World) -> None:
    """Nothing is opened for it but the device with which a person tries names, which is the same each time."""
    eve = await world.user("eve")
    for name in (world.conversation.channel, f"{world.conversation.channel}.", "private-nothing"):
        assert await world.probe(eve, name, world.conversation) is None
    assert (followed(world), len(world.connections_of("eve"))) == ([], 2)
    assert not [event for event in world.events if isinstance(event, SubscribeAsked | MessageAsked)]


@pytest.mark.asyncio
async def test_the_channels_own_name_is_no_alias(world: World) -> None:
    """A participant is granted it, and that is all."""
    granted = await world.probe(await world.user("bob"), world.conversation.channel, world.conversation)
    assert granted is not None
    assert (granted.signature, followed(world)) == ("valid", [])


@pytest.mark.asyncio
@pytest.mark.parametrize("ending", ["\n", ".", "0"])
@pytest.mark.parametrize("guard", ["private-", "presence-"])
async def test_a_dead_alias_is_followed_to_its_end(world: World, ending: str, guard: str) -> None:
    """It is subscribed to, a participant sends to the channel, and neither side hears the other."""
    eve = await world.user("eve")
    let_in(eve)
    name = guard + world.conversation.channel.removeprefix("private-") + ending
    assert await world.probe(eve, name, world.conversation) is not None
    (found,) = followed(world)
    assert (found.who, found.channel, found.canonical) == ("eve", name, world.conversation.channel)
    assert (found.subscribed, found.heard_there, found.heard_back, found.reason) == ("ok", False, False, "")
    (message,) = [event for event in world.events if isinstance(event, MessageAsked)]
    assert (message.who, message.canary, message.channel) == ("alice", True, world.conversation.channel)
    assert [event.channel for event in world.events if isinstance(event, Unsubscribed)] == [name]
    assert (world.connections_of("alice"), len(world.connections_of("eve"))) == ([], 2)


@pytest.mark.asyncio
async def test_an_alias_that_is_the_channel_leaks_both_ways(stack: Target, opened: Any) -> None:
    """What is sent is heard under it, and what is whispered under it is heard; the subscription is a leak itself."""
    world = await opened(stack.context)
    bob = await world.user("bob")
    lead = await follow(bob, world.conversation.channel, signed(bob, world.conversation.channel), world.conversation)
    assert (lead.subscribed, lead.heard_there, lead.heard_back, lead.reason) == ("ok", True, True, "")
    assert await world.finish() is None
    await world.close()


@pytest.mark.asyncio
async def test_a_signature_that_the_broadcaster_refuses_opens_nothing(world: World) -> None:
    """The grant stays a flaw of the contract, and that is known to the end."""
    eve = await world.user("eve")
    let_in(eve, secret="another-secret")
    await world.probe(eve, f"{world.conversation.channel}.", world.conversation)
    (found,) = followed(world)
    assert (found.subscribed, found.heard_there, found.heard_back, found.reason) == ("refused", False, False, "")
    assert not [event for event in world.events if isinstance(event, MessageAsked)]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"production": True}, "nothing is sent to a production target"),
        ({"may": {"write": False}}, "not granted: [targets.embedded.may] does not say write = true"),
    ],
)
async def test_where_nothing_may_be_sent_it_is_followed_as_far_as_allowed(
    stack: Target, changes: dict[str, Any], reason: str, opened: Any
) -> None:
    """And the event says why no further."""
    world = await opened(Context(stack.context.target, Recorder()))
    eve, target = await world.user("eve"), world.context.target
    may = msgspec.structs.replace(target.may, **changes.pop("may", {}))
    world.context.target = msgspec.structs.replace(target, may=may, **changes)
    let_in(eve)
    await world.probe(eve, f"{world.conversation.channel}.", world.conversation)
    (found,) = followed(world)
    assert (found.subscribed, found.heard_there, found.heard_back) == ("ok", False, False)
    assert found.reason.startswith(reason)
    assert not [event for event in world.events if isinstance(event, MessageAsked)]
    await world.close()


@pytest.mark.asyncio
async def test_who_is_alone_in_a_conversation_whispers_only(world: World) -> None:
    """Nobody else could listen there."""
    bob = await world.user("bob")
    alone = await world.new_conversation(bob)
    let_in(bob)
    await world.probe(bob, f"{alone.channel}.", alone)
    assert followed(world)[0].reason.startswith("nobody but bob is in the conversation")


@pytest.mark.asyncio
async def test_a_participant_who_is_not_let_in_any_more_is_a_reason(world: World) -> None:
    """The other device is closed, and a token is asked for where there is none."""
    person = await world.new_user("frank")
    conversation = await world.new_conversation(person, await world.user("bob"))
    await person.log_out()
    eve = await world.user("eve")
    let_in(eve)
    await world.probe(eve, f"{conversation.channel}.", conversation)
    assert "the authorization of frank" in followed(world)[0].reason
    assert len(world.connections_of("frank")) <= 1
    person.session.token = None
    await world.probe(eve, f"{conversation.channel}.", conversation)
    assert followed(world)[1].reason == ""


@pytest.mark.asyncio
async def test_a_broadcaster_that_hangs_up_behind_an_alias_is_a_reason(
    context: Context, broadcaster: Any, backend: Any
) -> None:
    """Nothing is raised, and nothing is whispered on a new connection, which has no alias."""

    async def script(peer: Any) -> None:
        await peer.establish()
        peer.acknowledge((await peer.hear("pusher:subscribe"))["data"]["channel"])
        if len(broadcaster.peers) == 1:
            await peer.writer.drain()
            peer.writer.close()
        await peer.serve()

    broadcaster.script = script
    world = World(context, "a test")
    world.conversation.declare("42", 6, ("alice", "bob"))
    await world.open()
    let_in(world.person("eve"))
    await world.probe(world.person("eve"), "private-alias", world.conversation)
    (found,) = followed(world)
    assert found.reason.startswith("the connection of eve#1 ended when it had subscribed")
    assert (found.socket, len(backend.asked)) == ("eve#1", 3)
    await world.close()


# What frames say


def frame(socket: str, channel: str, **facts: Any) -> FrameIn:
    """Make a frame."""
    return FrameIn(n=1, at=1, socket=socket, channel=channel, event="MessageSent", arrived=1, earliest=1, **facts)


MESSAGE = SentMessage(act="1", id="m1", text="hello", sender="alice", conversation="42", channel="c", meant=0)


@pytest.mark.parametrize(
    ("socket", "channel", "message", "is_heard"),
    [("e#1", "c.", "m1", True), ("e#1", "c", "m1", False), ("e#2", "c.", "m1", False), ("e#1", "c.", "m2", False)],
)
def test_a_message_leaks_when_its_frame_has_the_alias(
    socket: str, channel: str, message: str, *, is_heard: bool
) -> None:
    """On that socket, and as that message."""
    events = [frame(socket, channel, is_message=True, message=message)]
    assert heard_under([*events, HarnessError], "e#1", "c.", MESSAGE) is is_heard  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("socket", "raw", "is_heard"), [("a#2", "{mark}", True), ("e#1", "{mark}", False), ("a#2", "{}", False)]
)
def test_a_mark_leaks_when_any_other_socket_has_it(socket: str, raw: str, *, is_heard: bool) -> None:
    """Whatever frame it stands in; that its sender hears itself says nothing."""
    assert heard_mark([frame(socket, "c", raw=raw)], "e#1", "mark") is is_heard

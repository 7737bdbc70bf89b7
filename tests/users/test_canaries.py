"""Canaries: what is sent behind a message where publishes may queue, and what is learned of the pongs there."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from harness.errors import Inconclusive
from harness.expectations import expect
from harness.history.events import FenceAsked, MessageAnswered, MessageAsked, SubscribeAsked
from harness.history.recorder import Recorder
from harness.topology.target import Target
from harness.users import canaries
from harness.users.context import Context
from harness.users.conversation import SentMessage
from harness.users.user import User
from harness.users.world import World

pytestmark = pytest.mark.asyncio

CHANNEL = "private-chat.6.conversation.42"


def canaries_of(world: World) -> list[MessageAsked]:
    """List what the harness sent itself."""
    return [event for event in world.events if isinstance(event, MessageAsked) and event.canary]


def subscribers(world: World) -> list[str]:
    """List the sockets that asked for a subscription."""
    return [event.socket for event in world.events if isinstance(event, SubscribeAsked)]


def windows(world: World) -> int:
    """Count the fences that were windows."""
    return sum(isinstance(event, FenceAsked) and event.way == "window" for event in world.events)


def may_queue(context: Context, **changes: Any) -> Context:
    """Share a target anew that does not say when it publishes."""
    backend = msgspec.structs.replace(context.target.backend, publishes="unknown")
    return Context(msgspec.structs.replace(context.target, backend=backend, **changes), Recorder())


# On the embedded stack


@pytest_asyncio.fixture
async def real(stack: Target, opened: Any) -> AsyncIterator[World]:
    """Give a world of a stack that does not say when it publishes."""
    world = await opened(may_queue(stack.context))
    yield world
    await world.close()


async def heard(sender: User, recipient: User, **place: Any) -> SentMessage:
    """Let somebody join and hear a message."""
    conversation = place.get("conversation", sender.world.conversation)
    await recipient.join(conversation)
    message = await sender.send(conversation, "hello")
    await expect(recipient).to_receive(message)
    return message


async def test_the_first_canary_comes_with_a_last_subscriber_and_no_other_does(real: World) -> None:
    """It proves once that pongs keep their order here, so that neither a device nor a window is needed again."""
    alice, bob, eve = [await real.user(name) for name in ("alice", "bob", "eve")]
    message = await heard(alice, bob)
    for count in (1, 2):
        await expect(eve).not_to_receive(message)
        assert [(one.who, one.channel) for one in canaries_of(real)] == [("alice", message.channel)] * count
        assert subscribers(real) == ["bob#1", "bob#2"]
        assert real.context.pongs_keep_order is True
        assert [one.label for one in real.connections_of("bob")] == ["bob#1"]
    assert windows(real) == 0
    assert await real.finish() is None


async def test_nobody_reads_a_canary_or_takes_it_for_a_message(real: World) -> None:
    """Neither who catches up nor who expects an event by its name."""
    alice, bob, eve = [await real.user(name) for name in ("alice", "bob", "eve")]
    message = await heard(alice, bob)
    await expect(eve).not_to_receive(message)
    assert [stored.id for stored in await bob.read(real.conversation)] == [message.id]
    await expect(bob).not_to_receive("MessageSent", after=await expect(bob).to_receive(message))


async def test_silence_can_be_proven_of_several_people_at_once(real: World) -> None:
    """Each proof has its own canary, also while pongs are tried."""
    alice, bob, carol, eve = [await real.user(name) for name in ("alice", "bob", "carol", "eve")]
    message = await heard(alice, bob)
    await asyncio.gather(expect(eve).not_to_receive(message), expect(carol).not_to_receive(message))
    assert (len(canaries_of(real)), real.context.pongs_keep_order) == (2, True)
    assert await real.finish() is None


async def test_new_people_may_be_sender_and_recipient(real: World) -> None:
    """The canary goes to the conversation of the message, whoever is in it."""
    alice, eve = await real.user("alice"), await real.user("eve")
    first, second = await real.new_user(), await real.new_user()
    conversation = await real.new_conversation(alice, first, second)
    message = await heard(first, second, conversation=conversation)
    await expect(eve).not_to_receive(message)
    assert [(one.who, one.conversation) for one in canaries_of(real)] == [(first.name, conversation.id)]
    assert await real.finish() is None


@pytest.mark.parametrize("first_sends", [True, False])
async def test_the_senders_other_device_may_be_the_recipient(real: World, *, first_sends: bool) -> None:
    """The canary leaves out the device that the message left out, whichever came first."""
    alice, eve = await real.user("alice"), await real.user("eve")
    devices = [alice, await alice.another_device()]
    sender, recipient = devices if first_sends else reversed(devices)
    await expect(eve).not_to_receive(await heard(sender, recipient))
    assert [one.excluded for one in canaries_of(real)] == [sender.label]
    assert await real.finish() is None


async def test_who_has_left_since_need_not_hear_the_canary(real: World) -> None:
    """Another who heard the message does; when nobody is left, silence proves nothing."""
    alice, bob, carol, eve = [await real.user(name) for name in ("alice", "bob", "carol", "eve")]
    await bob.join(real.conversation)
    message = await heard(alice, carol)
    await expect(bob).to_receive(message)
    await bob.leave(real.conversation)
    await expect(eve).not_to_receive(message)
    await carol.disconnect()
    with pytest.raises(Inconclusive, match="nobody who heard the message still listens"):
        await expect(eve).not_to_receive(message)


async def test_where_nobody_may_subscribe_again_pongs_are_not_tried(real: World) -> None:
    """Their token is dead: the canary has a window behind it instead, and the next test may try."""
    alice, eve, person = await real.user("alice"), await real.user("eve"), await real.new_user()
    conversation = await real.new_conversation(alice, person)
    message = await heard(alice, person, conversation=conversation)
    await person.log_out()
    await expect(eve).not_to_receive(message)
    assert (len(canaries_of(real)), real.context.pongs_keep_order, windows(real)) == (1, None, 1)
    assert real.connections_of(person.name) == [person.connection]
    assert await real.finish() is None


async def test_a_canary_that_is_not_taken_makes_the_proof_inconclusive(real: World) -> None:
    """Its sender was removed from the conversation: that is no guarantee that broke."""
    alice, bob, eve, person = *[await real.user(name) for name in ("alice", "bob", "eve")], await real.new_user()
    conversation = await real.new_conversation(alice, bob, person)
    message = await heard(person, bob, conversation=conversation)
    await conversation.remove(person)
    with pytest.raises(Inconclusive, match="the canary behind the message was not taken"):
        await expect(eve).not_to_receive(message)


async def test_who_publishes_before_the_answer_gets_no_canary(stack: Target, opened: Any) -> None:
    """There the pong alone is the proof."""
    world = await opened(stack.context)
    alice, bob, eve = [await world.user(name) for name in ("alice", "bob", "eve")]
    await expect(eve).not_to_receive(await heard(alice, bob))
    assert (canaries_of(world), subscribers(world), windows(world)) == ([], ["bob#1"], 0)
    await world.close()


async def test_production_gets_a_window_instead(stack: Target, opened: Any) -> None:
    """Nothing of ours is sent there beside the one message of the test."""
    world = await opened(may_queue(stack.context))
    alice, bob, eve = [await world.user(name) for name in ("alice", "bob", "eve")]
    message = await heard(alice, bob)
    world.context.target = msgspec.structs.replace(world.context.target, production=True)
    await expect(eve).not_to_receive(message)
    assert (canaries_of(world), subscribers(world), windows(world)) == ([], ["bob#1"], 1)
    await world.close()


# Where the test is the broadcaster


class Chat:
    """A world where bob, then eve, is connected; the third connection is that of the last subscriber."""

    def __init__(self, world: World, broadcaster: Any) -> None:
        self.world = world
        self.peers = broadcaster.peers
        self.last = "serve"
        """The method that serves the last subscriber."""
        broadcaster.script = self._script

    async def _script(self, peer: Any) -> None:
        number = len(self.peers)
        await peer.establish(f"1.{number}")
        await (peer.serve() if number < 3 else getattr(self, self.last)(peer))

    async def serve(self, peer: Any) -> None:
        """Acknowledge only when a ping came behind the subscription, then deliver, then answer the next ping."""
        channel = (await peer.hear("pusher:subscribe"))["data"]["channel"]
        await peer.hear("pusher:ping")
        peer.acknowledge(channel)
        peer.say("pusher:pong")
        await peer.hear("pusher:ping")
        self.deliver("m2", peer)
        peer.say("pusher:pong")
        await peer.serve()

    async def overtake(self, peer: Any) -> None:
        """Answer the ping first, and deliver behind it."""
        peer.acknowledge((await peer.hear("pusher:subscribe"))["data"]["channel"])
        await peer.pong()
        self.deliver("m2", peer)
        await peer.serve()

    async def ignore_pings(self, peer: Any) -> None:
        """Acknowledge, deliver, and say nothing more."""
        peer.acknowledge((await peer.hear("pusher:subscribe"))["data"]["channel"])
        self.deliver("m2", peer)
        await peer.serve(answering=False)

    def deliver(self, id_: str, peer: Any) -> None:
        """Let a socket hear a message: m1 is the first that somebody meant to send."""
        meant = [event.text for event in self.world.events if isinstance(event, MessageAsked)]
        text = dict(enumerate(meant, start=1)).get(int(id_[1:]), "")
        peer.say("MessageSent", {"id": id_, "body": text}, channel=CHANNEL)

    async def begin(self) -> SentMessage:
        """Let bob and eve in, alice send and bob hear."""
        self.world.conversation.declare("42", 6, ("alice", "bob"))
        await self.world.open()
        await (await self.world.user("bob")).join(self.world.conversation)
        await self.world.user("eve")
        message = await self.world.person("alice").send(self.world.conversation, "hello")
        self.deliver(message.id, self.peers[0])
        await expect(self.world.person("bob")).to_receive(message)
        return message

    async def taken(self, count: int) -> None:
        """Wait until the backend took this many messages."""
        async with asyncio.timeout(30):
            while sum(isinstance(event, MessageAnswered) for event in self.world.events) < count:
                await self.world.context.recorder.changed(self.world.seen, deadline=self.world.context.deadline())


@pytest_asyncio.fixture
async def chat(context: Context, broadcaster: Any) -> AsyncIterator[Chat]:
    """Give a chat on a target that does not say when it publishes."""
    # The signatures of the scripted backend fit no secret.
    known = msgspec.structs.replace(context.target.broadcaster, secret=None)
    chat = Chat(World(may_queue(context, broadcaster=known), "a test"), broadcaster)
    yield chat
    await chat.world.close()


@pytest.mark.parametrize(("last", "keep_order"), [("serve", True), ("overtake", False)])
async def test_the_last_subscriber_tells_whether_pongs_keep_order(chat: Chat, last: str, keep_order: Any) -> None:
    """Only its own ping counts, no earlier one; once refuted, a window is waited for and no canary sent."""
    chat.last = last
    message = await chat.begin()
    for count in (1, 2):
        proof = asyncio.create_task(chat.world.fence("eve", behind=message))
        if count == 1 or keep_order:
            await chat.taken(1 + count)
            chat.deliver(f"m{1 + count}", chat.peers[0])
        await proof
        assert chat.world.context.pongs_keep_order is keep_order
    assert subscribers(chat.world) == ["bob#1", "bob#2"]
    assert (len(canaries_of(chat.world)), windows(chat.world)) == ((2, 0) if keep_order else (1, 2))
    assert await chat.world.finish() is None


async def test_a_last_subscriber_without_a_pong_refutes(chat: Chat) -> None:
    """What never comes back keeps no order; nobody waits for that device any more."""
    chat.last = "ignore_pings"
    proof = asyncio.create_task(canaries.pass_behind(chat.world, await chat.begin()))
    await chat.taken(2)
    chat.world.context.patience = 0.02
    chat.deliver("m2", chat.peers[0])
    await proof
    assert chat.world.context.pongs_keep_order is False
    assert [one.label for one in chat.world.connections_of("bob")] == ["bob#1"]


async def test_a_canary_that_nobody_hears_makes_the_proof_inconclusive(chat: Chat) -> None:
    """The queue may not have come to the message yet."""
    message = await chat.begin()
    chat.world.context.pongs_keep_order, chat.world.context.patience = True, 0.02
    with pytest.raises(Inconclusive, match="a canary sent behind the message never reached bob#1"):
        await chat.world.fence("eve", behind=message)
    assert len(canaries_of(chat.world)) == 1


async def test_an_outsider_who_heard_the_message_is_no_recipient(chat: Chat) -> None:
    """Whoever overhears it is a finding, and proves nothing about anybody else."""
    message = await chat.begin()
    await chat.world.person("eve").join(chat.world.conversation)
    await chat.world.person("bob").disconnect()
    chat.deliver(message.id, chat.peers[1])
    await expect(chat.world.person("eve")).to_receive(message)
    with pytest.raises(Inconclusive, match="nobody who heard the message still listens"):
        await canaries.pass_behind(chat.world, message)


async def test_a_backend_that_says_no_ids_has_its_canaries_known_by_their_text(chat: Chat, backend: Any) -> None:
    """The messages of others, which have no ids either, are read as they are."""
    message = await chat.begin()
    backend.answers("POST /api/conversations/42/messages", (201, {}))
    chat.world.context.pongs_keep_order, chat.world.context.patience = True, 0.02
    with pytest.raises(Inconclusive, match="never reached"):
        await canaries.pass_behind(chat.world, message)
    stored = [{"body": "hello"}, {"body": canaries_of(chat.world)[0].text}]
    backend.answers("GET /api/conversations/42/messages", (200, {"data": stored}))
    assert [one.text for one in await chat.world.person("bob").read(chat.world.conversation)] == ["hello"]

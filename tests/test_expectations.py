"""`expect(…)` against the embedded stack: what counts, what is waited for, and what a failure says."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from harness.config import own_target
from harness.errors import AuthorizationDenied, GuaranteeBroken, Inconclusive, UsageError
from harness.expectations import expect
from harness.history.recorder import Recorder
from harness.topology import open_deployment
from harness.topology.target import Target
from harness.users.user import User
from harness.users.world import World

pytestmark = pytest.mark.asyncio

SOON = 0.01
"""Seconds to wait for what never comes."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Run one embedded stack for the tests of this file."""
    folder = tmp_path_factory.mktemp("stack")
    deployment = open_deployment(own_target("embedded", "embedded"), seed=1, folder=folder, cache=folder)
    with Target(deployment, Recorder()) as target:
        yield target


@pytest_asyncio.fixture
async def world(stack: Target) -> AsyncIterator[World]:
    """Open a world with a conversation; it is closed and not judged, since these tests make expectations fail."""
    world = stack.world()
    assert not world.conversation.participants
    await world.open()
    yield world
    world.context.patience = 1
    await world.close()


@pytest_asyncio.fixture
async def alice(world: World) -> User:
    """Give alice, connected."""
    return await world.user("alice")


@pytest_asyncio.fixture
async def bob(world: World) -> User:
    """Give bob, who has joined the conversation."""
    bob = await world.user("bob")
    await bob.join(world.conversation)
    return bob


async def failure(expected: Any, kind: type[Exception] = GuaranteeBroken) -> str:
    """Await an expectation that fails and give what it says."""
    with pytest.raises(kind) as failed:
        await expected
    return str(failed.value)


# to_receive


async def test_what_came_before_the_await_counts(world: World, alice: User, bob: User) -> None:
    """Nothing is consumed: it may be expected twice, of the user and of a subscription."""
    subscription = await bob.join(world.conversation)
    first = await alice.send(world.conversation, "first")
    second = await alice.send(world.conversation, "second")
    await expect(bob).to_receive(second)
    delivery = await expect(bob).to_receive(first)
    assert await expect(subscription).to_receive(first) == delivery
    assert (delivery.text, delivery.event, delivery.socket) == ("first", "MessageSent", "bob#1")
    assert (delivery.channel, delivery.data["id"]) == (world.conversation.channel, int(first.id))
    assert 0 <= delivery.interval[0] <= delivery.latency == delivery.interval[1]


async def test_a_delivery_orders_what_is_expected_after_it(world: World, alice: User, bob: User) -> None:
    """What came before it, or it itself, does not count."""
    first = await alice.send(world.conversation, "first")
    second = await alice.send(world.conversation, "second")
    behind = await expect(bob).to_receive(first)
    await expect(bob).to_receive(second, after=behind)
    behind = await expect(bob).to_receive(second)
    assert "“first”" in await failure(expect(bob).to_receive(first, within=SOON, after=behind))
    await expect(bob).not_to_receive(first, after=behind)


async def test_an_event_is_expected_by_name_and_some_of_its_data(world: World, alice: User, bob: User) -> None:
    """At least these members, each equal."""
    subscription = await bob.join(world.conversation)
    message = await alice.send(world.conversation, "hello")
    delivery = await expect(subscription).to_receive("MessageSent", {"body": "hello"})
    assert delivery.data["id"] == int(message.id)
    assert delivery.latency > 0
    await failure(expect(subscription).to_receive("MessageSent", {"body": "bye"}, within=SOON))
    await failure(expect(subscription).to_receive("MessageSent", {"body": "hello", "colour": "red"}, within=SOON))


async def test_a_subscription_expects_on_its_own_channel(world: World, alice: User, bob: User) -> None:
    """What came on another one is said."""
    room = await bob.subscribe("presence-company.1")
    message = await alice.send(world.conversation, "hello")
    await expect(bob).to_receive(message)
    told = await failure(expect(room).to_receive(message, within=SOON))
    assert f"“MessageSent” on '{world.conversation.channel}'" in told


async def test_a_failure_says_who_else_heard_it_and_what_was_missing(world: World, alice: User, bob: User) -> None:
    """Sent, meanwhile and because, with the hop that was not taken."""
    carol = await world.user("carol")
    message = await alice.send(world.conversation, "hello")
    await expect(bob).to_receive(message)
    lines = (await failure(expect(carol).to_receive(message, within=SOON))).splitlines()
    assert lines[0] == f"carol#1 did not receive “hello” within {SOON} s"
    assert f"alice sent “hello” to {world.conversation.channel} → 201, id {message.id}" in lines[1]
    assert "meanwhile" in lines[2]
    assert f"bob#1 heard “hello” on {world.conversation.channel}" in lines[2]
    assert "carol#1 is connected but never authorized nor subscribed" in lines[3]
    assert "hop 3, authorize" in lines[3]


async def test_a_failure_says_why_a_socket_could_not_hear(world: World, alice: User, bob: User) -> None:
    """It sent the message itself, joined too late, left, was refused, or was never there."""
    because = []
    message = await alice.send(world.conversation, "early")
    for late in ("alice", "carol"):
        await (await world.user(late)).join(world.conversation)
        because.append(await failure(expect(world.person(late)).to_receive(message, within=SOON)))
    await bob.leave(world.conversation)
    message = await alice.send(world.conversation, "late")
    eve = await world.user("eve")
    await expect(eve).to_be_refused(world.conversation.channel, auth=None)
    nowhere = world.person("mallory")
    because += [await failure(expect(deaf).to_receive(message, within=SOON)) for deaf in (bob, eve, nowhere)]
    sender, latecomer, leaver, stranger, nobody = because
    assert "alice#1 is the socket that sent it, which X-Socket-ID leaves out" in sender
    assert "carol#1 was subscribed to" in latecomer
    assert "hop 4, subscribe" in latecomer
    assert "bob#1 left" in leaver
    assert "the broadcaster refused eve#1 the subscription" in stranger
    assert "mallory was never connected (hop 2, connect)" in nobody


async def test_a_failure_says_what_came_instead(world: World, alice: User, bob: User) -> None:
    """As many as can be read, and where it was waited for."""
    room = await bob.subscribe("presence-company.1")
    told = await failure(expect(room).to_receive("Other\n::event", within=SOON))
    assert told.startswith(f"bob#1 did not receive “Other\\n::event” within {SOON} s\n  instead")
    assert "“pusher_internal:subscription_succeeded” on 'presence-company.1'" in told
    for number in range(12):
        await alice.send(world.conversation, f"{number}")
    await expect(bob).to_receive("MessageSent", {"body": "11"})
    assert "more …" in await failure(expect(bob).to_receive("Other", within=SOON))


async def test_a_wait_is_as_long_as_arrival_unless_it_is_said(world: World, bob: User) -> None:
    """Patience stretches both."""
    world.context.patience = 0.01
    assert "within 0.02 s" in await failure(expect(bob).to_receive("Never"))
    assert "within 0.05 s" in await failure(expect(bob).to_receive("Never", within=5))


# not_to_receive


async def test_silence_is_proven_by_a_fence(world: World, alice: User, bob: User) -> None:
    """Once somebody entitled heard it."""
    eve = await world.user("eve")
    message = await alice.send(world.conversation, "hello")
    await expect(eve).not_to_receive(message)
    await expect(alice).not_to_receive(message)
    await expect(bob).not_to_receive("Other")
    await expect(bob).not_to_receive("MessageSent", {"body": "bye"})


async def test_what_was_heard_is_said(world: World, alice: User, bob: User) -> None:
    """With the hop and the evidence; also when the socket is closed by now."""
    message = await alice.send(world.conversation, "hello")
    await expect(bob).to_receive(message)
    for _ in range(2):
        told = await failure(expect(bob).not_to_receive(message))
        assert told.startswith("bob#1 received “hello”, which it must not hear\n  hop       7, deliver\n  seen ")
        assert f"bob#1 heard “hello” on {world.conversation.channel}" in told
        await bob.disconnect()
    assert "bob#1 received “MessageSent”" in await failure(expect(bob).not_to_receive("MessageSent"))


async def test_silence_proves_nothing_when_nobody_heard_it(world: World, alice: User) -> None:
    """What was never broadcast is heard by nobody, whatever the rules are."""
    eve = await world.user("eve")
    message = await alice.send(world.conversation, "hello")
    world.context.patience = 0.01
    told = await failure(expect(eve).not_to_receive(message), Inconclusive)
    assert told.startswith("nobody heard “hello”, so that eve#1 did not hear it proves nothing")


async def test_silence_proves_nothing_without_an_open_socket(world: World, alice: User, bob: User) -> None:
    """Of this very device: another one of the same person does not count."""
    phone = await bob.another_device()
    message = await alice.send(world.conversation, "hello")
    await phone.disconnect()
    told = await failure(expect(phone).not_to_receive(message), Inconclusive)
    assert told == "bob#2 has no open connection, so its silence proves nothing"
    await failure(expect(world.person("eve")).not_to_receive("Other"), Inconclusive)


async def test_silence_of_a_socket_that_ends_meanwhile_proves_nothing(world: World, alice: User, bob: User) -> None:
    """It was open when it was asked, and is not when the fence comes back, if it does."""
    eve = await world.user("eve")
    message = await alice.send(world.conversation, "hello")
    await expect(bob).to_receive(message)
    expected, _ = await asyncio.gather(expect(eve).not_to_receive(message), eve.disconnect(), return_exceptions=True)
    assert isinstance(expected, Inconclusive)
    assert "proves nothing" in str(expected)


# to_have_members


async def test_members_are_people_by_our_names(world: World, alice: User) -> None:
    """Exactly these, once they are there."""
    hers = await alice.subscribe("presence-company.1")
    await expect(hers).to_have_members("alice")
    bob = await world.user("bob")
    await bob.subscribe("presence-company.1")
    await expect(hers).to_have_members("bob", "alice")
    await bob.disconnect()
    await expect(hers).to_have_members("alice")


async def test_other_members_are_told_by_name(world: World, alice: User) -> None:
    """What is seen, what was expected, and a socket that is gone."""
    hers = await alice.subscribe("presence-company.1")
    told = await failure(expect(hers).to_have_members("alice", "bob", within=SOON))
    assert told == f"alice#1 sees alice in 'presence-company.1', expected alice, bob within {SOON} s"
    await alice.disconnect()
    told = await failure(expect(hers).to_have_members("alice", within=SOON))
    assert told.endswith(
        f"sees nobody in 'presence-company.1', expected alice within {SOON} s\n  because   it has no open connection"
    )


async def test_members_are_those_of_a_subscription(alice: User) -> None:
    """A user has many."""
    with pytest.raises(UsageError, match=r"write expect\(await alice.subscribe"):
        expect(alice).to_have_members("alice")


# to_be_denied, to_be_refused


async def test_a_denial_is_given(world: World) -> None:
    """With the status that was expected, or any 4xx."""
    eve = await world.user("eve")
    denied = await expect(eve).to_be_denied(world.conversation.channel, 403)
    assert isinstance(denied, AuthorizationDenied)
    assert (await expect(eve).to_be_denied(world.conversation.channel, bearer=None)).status == 401


async def test_a_grant_is_no_denial(world: World, alice: User) -> None:
    """Neither is another status; the hop and the answer are said."""
    told = await failure(expect(alice).to_be_denied(world.conversation.channel))
    assert told.startswith(f"alice must not join '{world.conversation.channel}' and got a signature\n  hop       3")
    assert "200, with a signature that is valid" in told
    told = await failure(expect(alice).to_be_denied(world.conversation.channel, 403, bearer="garbage"))
    assert "expected  403" in told
    assert "answered  401" in told


async def test_a_refusal_is_given_and_a_grant_is_none(world: World, alice: User) -> None:
    """The signature that let somebody in is told by its worth."""
    refused = await expect(alice).to_be_refused(world.conversation.channel, auth="key:forged")
    assert refused.act == f"the subscription of alice#1 to {world.conversation.channel}"
    granted = await alice.authorize(world.conversation.channel)
    told = await failure(expect(alice).to_be_refused(world.conversation.channel, auth=granted.auth))
    assert "was let in\n  hop       4, subscribe\n  sent      a signature that is valid" in told


# What an expectation is


async def test_an_expectation_that_is_not_awaited_names_its_line(world: World, alice: User) -> None:
    """It is kept with the world until somebody awaits it."""
    expected = expect(alice).to_receive("Never", within=SOON)
    (pending,) = world.pending
    assert not pending.awaited
    assert pending.describe().startswith("expect(alice#1).to_receive(“Never”) at ")
    assert f"{__file__}:" in pending.describe()
    await failure(expected)
    assert [one.awaited for one in world.pending] == [True]


async def test_only_users_and_subscriptions_are_expected_of(world: World) -> None:
    """Anything else is a mistake of the test."""
    with pytest.raises(UsageError, match="takes a user or a subscription, not Conversation"):
        expect(world.conversation)  # type: ignore[arg-type]

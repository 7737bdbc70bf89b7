"""Faults of people's networks, made to real users of a real stack; what they are is recorded."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import pytest_asyncio

from harness.config import own_target
from harness.errors import EnvironmentFault, SendRefused, UsageError
from harness.expectations import expect
from harness.faults.network import Network
from harness.history.events import FaultBegan, FaultEnded, FrameIn, SocketOpened
from harness.history.recorder import Recorder
from harness.topology import open_deployment
from harness.topology.target import Target
from harness.users.world import World

pytestmark = pytest.mark.asyncio


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Run one embedded stack for the tests of this file."""
    folder = tmp_path_factory.mktemp("stack")
    deployment = open_deployment(own_target("embedded", "embedded"), seed=1, folder=folder, cache=folder)
    with Target(deployment, Recorder()) as target:
        yield target


@pytest_asyncio.fixture
async def world(stack: Target) -> Any:
    """Give a world that is closed in the end; what faults break is not judged here."""
    world = World(stack.context, "a test")
    yield world
    await world.close()


@pytest.fixture
def network(world: World, process: Any) -> Network:
    """Put a network before it."""
    return Network(world, process, seed=5)


@pytest_asyncio.fixture
async def chat(world: World, network: Network) -> Any:
    """Give alice and bob, who have joined their conversation."""
    alice, bob, conversation = world.person("alice"), world.person("bob"), world.conversation
    await world.open()
    await alice.join(conversation)
    await bob.join(conversation)
    return alice, bob, conversation


def faults(world: World) -> list[FaultBegan | FaultEnded]:
    """List what was recorded of faults."""
    return [event for event in world.events if isinstance(event, FaultBegan | FaultEnded)]


async def test_everything_of_a_person_passes_the_proxy(
    world: World, network: Network, chat: Any, stack: Target
) -> None:
    """Sockets say so in the history, new people and further devices too; URLs stay those of the target."""
    alice, bob, conversation = chat
    message = await alice.send(conversation, "hello")
    await expect(bob).to_receive(message)
    await bob.another_device()
    await world.new_user("zoe")

    opened = [event for event in world.events if isinstance(event, SocketOpened)]
    assert sorted((one.who, one.via) for one in opened) == [(who, "proxy") for who in ("alice", "bob", "bob", "zoe")]
    assert {(who, upstream) for who, upstream, _ in network._routes} == {
        (who, upstream) for who in ("alice", "bob", "zoe") for upstream in ("broadcaster", "backend")
    }
    assert str(alice.session._client.base_url).startswith(stack.declaration.backend.url)


async def test_a_cut_network_breaks_what_is_open_and_refuses_what_is_new(network: Network, chat: Any) -> None:
    """Of the people it names; afterwards they connect again."""
    alice, bob, conversation = chat
    async with network.cut(bob):
        assert await bob.until_closed(within=10)
        with pytest.raises(EnvironmentFault, match="connecting to"):
            await bob.connect()
        with pytest.raises(EnvironmentFault, match="nothing answers at"):
            await bob.send(conversation, "into the void")
        await alice.send(conversation, "hello")
        assert alice.socket_id
    await bob.join(conversation)
    await expect(bob).to_receive(await alice.send(conversation, "again"))


async def test_a_frozen_network_loses_nothing(world: World, network: Network, chat: Any) -> None:
    """What was sent meanwhile arrives afterwards, in order, on the same connection."""
    alice, bob, conversation = chat
    socket = bob.socket_id
    async with network.freeze("bob", to="broadcaster"):
        sent = [await alice.send(conversation, f"message {number}") for number in range(3)]
        assert not [one for one in world.events if isinstance(one, FrameIn) and one.who == "bob" and one.message]
        await bob.read(conversation)  # the backend is not touched
    for message in sent:
        await expect(bob).to_receive(message)
    heard = [one.message for one in world.events if isinstance(one, FrameIn) and one.who == "bob" and one.message]
    assert heard == [message.id for message in sent]
    assert bob.socket_id == socket


async def test_a_swallowed_request_is_never_answered(world: World, network: Network, chat: Any) -> None:
    """It may have arrived, nobody knows; the connection that lost it is reset when the block ends."""
    alice, bob, conversation = chat
    world.context.patience = alice.session._timeout = 0.2
    async with network.blackhole(alice, to="backend"):
        with pytest.raises(SendRefused):
            await alice.send(conversation, "gone")
    alice.session._timeout = 10
    assert alice.socket_id
    await expect(bob).to_receive(await alice.send(conversation, "hello"))


async def test_a_reset_is_over_at_once(world: World, network: Network, chat: Any) -> None:
    """The socket is gone, and connecting again works."""
    _, bob, _ = chat
    await network.reset(bob, to="broadcaster")
    assert await bob.until_closed(within=10)
    await bob.connect()
    assert [(one.fault, type(one)) for one in faults(world)] == [("reset#1", FaultBegan), ("reset#1", FaultEnded)]


async def test_slow_networks_are_slow_for_the_people_they_name(network: Network, chat: Any) -> None:
    """Latency, narrow lines, pieces and slow opening delay deliveries and break none."""
    alice, bob, conversation = chat
    async with (
        network.slow(bob, latency=0.05, jitter=0.01),
        network.throttle(alice, bob, bytes_per_second=20_000),
        network.slice(bob, size=7, pause=0.001),
        network.slow_open(alice, seconds=0.01),
    ):
        delivery = await expect(bob).to_receive(await alice.send(conversation, "hello"))
    assert delivery.latency >= 0.05


async def test_a_connection_ends_within_a_frame(network: Network, chat: Any) -> None:
    """After so many bytes, wherever that is."""
    alice, bob, conversation = chat
    async with network.close_after(bob, bytes=20, to="broadcaster"):
        await alice.send(conversation, "hello")
        assert await bob.until_closed(within=10)


async def test_what_is_at_work_is_on_new_routes_too(world: World, network: Network) -> None:
    """Somebody who first dials while their network is cut gets nowhere."""
    bob = world.person("bob")
    await world.open("nowhere")
    async with network.cut("bob", to="broadcaster"):
        with pytest.raises(EnvironmentFault):
            await bob.connect()
        await bob.log_in()
    await bob.connect()
    assert bob.socket_id


async def test_faults_end_when_their_block_raises(world: World, network: Network, chat: Any) -> None:
    """The network is whole again, and the history says so."""
    alice, bob, conversation = chat
    with pytest.raises(ZeroDivisionError):
        async with network.freeze(alice, bob), network.cut(bob):
            _ = 1 / 0
    assert [event.fault for event in faults(world)] == ["freeze#1", "cut#1", "cut#1", "freeze#1"]
    assert await bob.until_closed(within=10)
    await bob.join(conversation)
    await expect(bob).to_receive(await alice.send(conversation, "hello"))


async def test_a_fault_is_recorded_so_that_it_can_be_had_again(world: World, network: Network, chat: Any) -> None:
    """People, connections, settings, and a seed of its own where something is drawn; the second has another name."""
    alice, bob, _ = chat
    for _ in range(2):
        async with network.slow(alice, bob, "alice", latency=0.01, jitter=0.002, to="backend"):
            pass
    async with network.throttle(bob, bytes_per_second=1000):
        pass
    first, _, second, _, third, ended = faults(world)
    assert isinstance(first, FaultBegan)
    assert isinstance(second, FaultBegan)
    assert isinstance(third, FaultBegan)
    assert (first.fault, first.what, first.people, first.to) == ("slow#1", "slow", ("alice", "bob"), "backend")
    assert first.settings == {"latency": 0.01, "jitter": 0.002}
    assert (second.fault, second.settings) == ("slow#2", first.settings)
    assert len({0, first.seed, second.seed}) == 3
    assert (third.fault, third.settings, third.seed) == ("throttle#1", {"bytes_per_second": 1000}, 0)
    assert ended == FaultEnded(n=ended.n, at=ended.at, test="a test", fault="throttle#1")


async def test_the_same_seed_makes_the_same_faults(stack: Target, process: Any) -> None:
    """In another world, and another run; another seed makes others."""
    seeds = []
    for seed in (5, 5, 6):
        world = World(stack.context, "a test")
        world.person("bob")
        async with Network(world, process, seed).slow("bob", latency=0.01, jitter=0.01):
            pass
        seeds += [event.seed for event in faults(world) if isinstance(event, FaultBegan)]
    assert seeds[0] == seeds[1] != seeds[2]


async def test_whoever_connected_before_is_told(world: World, process: Any) -> None:
    """A fault that would pass somebody by is a mistake of the test's."""
    bob = world.person("bob")
    await world.open()
    network = Network(world, process, seed=5)
    with pytest.raises(UsageError, match="bob connected before this test had a network"):
        await network.reset(bob)
    with pytest.raises(UsageError, match="bob connected before this test had a network"):
        async with network.cut(bob):
            raise AssertionError
    async with network.cut(bob, to="backend"):
        assert bob.socket_id


async def test_what_cannot_be_is_said_at_once(world: World, network: Network) -> None:
    """People who are not there, nobody at all, another word for the connections, settings that are none."""
    for name in ("alice", "bob"):
        world.person(name)
    cases: list[tuple[Any, str]] = [
        (lambda: network.cut("zoe"), "nobody called 'zoe' is in this test; there are alice, bob"),
        (network.cut, "say whose network it is; there are alice, bob"),
        (lambda: network.cut("bob", to="moon"), "to is 'moon'; write both, broadcaster, backend"),  # type: ignore[arg-type]
        (lambda: network.slow("bob", latency=-1), "latency is -1; write a number that is not below 0"),
        (lambda: network.throttle("bob", bytes_per_second=0), "bytes_per_second is 0; write a number above 0"),
    ]
    for make, sentence in cases:
        with pytest.raises(UsageError) as mistake:
            make()
        assert str(mistake.value) == sentence
    with pytest.raises(UsageError, match="nobody called 'eve'"):
        await network.reset("eve")
    assert faults(world) == []


async def test_the_routes_end_with_the_world(stack: Target, process: Any, world: World, network: Network) -> None:
    """Nothing of a test's network is left in the process, whatever comes next."""
    bob = await world.user("bob")
    routes = [route for route, _ in network._routes.values()]
    assert routes
    await world.close()
    network.close()
    with pytest.raises(UsageError, match=f"there is no route {routes[0]}"):
        process.tell({"look": routes}, time.monotonic() + 10)
    assert not bob.socket_id

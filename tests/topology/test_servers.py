"""Servers that are disturbed by a test: what people notice, what is recorded, and that all is well afterwards."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio

from harness.config import May, own_target
from harness.errors import EnvironmentFault, NotExercised, SendRefused, UsageError
from harness.expectations import expect
from harness.history.events import Event, FaultBegan, FaultEnded, ProcessMeasured, ProcessStarted
from harness.history.recorder import Recorder
from harness.topology.embedded import EmbeddedStack, start
from harness.topology.remote import attach
from harness.topology.servers import Servers
from harness.topology.target import Target
from harness.users.world import World

OURS = own_target("embedded", "embedded")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep the seeded world for the tests of this file."""
    return tmp_path_factory.mktemp("worlds")


@pytest.fixture
def stack(cache: Path, tmp_path: Path) -> Iterator[EmbeddedStack]:
    """Run a stack for one test, which disturbs it."""
    started = start(OURS, seed=1, folder=tmp_path, cache=cache)
    yield started
    started.stop()


@pytest.fixture
def target(stack: EmbeddedStack) -> Target:
    """Give a target on it."""
    return Target(stack, Recorder())


@pytest.fixture
def servers(target: Target) -> Servers:
    """Give its servers."""
    return Servers(target)


@pytest_asyncio.fixture
async def world(target: Target) -> AsyncIterator[World]:
    """Open a world that nobody judges: these tests break what it promises."""
    opened = target.world()
    assert opened.conversation  # which is made, once somebody asked for it, when the world opens
    await opened.open()
    yield opened
    await opened.close()


async def ask(target: Target, within: float = 30) -> int:
    """Ask the backend for something that needs its database, and give the status."""
    async with httpx.AsyncClient(timeout=within, trust_env=False) as client:
        login = {"email": target.declaration.cast[0].email, "password": target.declaration.cast[0].password}
        return (await client.post(f"{target.declaration.backend.url}/api/login", json=login)).status_code


def kept(folder: Path) -> Path:
    """Find the file in which the backend of a stack keeps its data."""
    (file,) = folder.glob("backend-*.sqlite")
    return file


def pending(process: int) -> bool:
    """Tell whether a process is there."""
    return Path(f"/proc/{process}").exists()


def recorded(target: Target) -> list[Event]:
    """Give what was recorded of faults, and of what came back."""
    return [one for one in target.history.events[1:] if isinstance(one, FaultBegan | FaultEnded | ProcessStarted)]


def told(target: Target) -> list[str]:
    """Give that in words."""
    words: list[Any] = [getattr(one, "fault", "") or getattr(one, "process", "") for one in recorded(target)]
    return [f"{type(one).__name__} {word}" for one, word in zip(recorded(target), words, strict=True)]


@pytest.mark.asyncio
async def test_a_paused_server_answers_when_it_goes_on(target: Target, servers: Servers) -> None:
    """Nothing comes meanwhile, nobody calls it dead, and what waited is answered afterwards."""
    async with servers.paused("backend"):
        waiting = asyncio.create_task(ask(target))
        with pytest.raises(httpx.TimeoutException):
            await ask(target, within=0.1)
        target.check()
        assert not waiting.done()

    assert await waiting == 200
    began = recorded(target)[0]
    assert isinstance(began, FaultBegan)
    assert (began.what, began.server, began.people) == ("pause", "backend", ())
    assert told(target) == ["FaultBegan pause#1", "FaultEnded pause#1"]


@pytest.mark.asyncio
@pytest.mark.parametrize("how", ["kill", "stop"])
async def test_a_server_that_was_down_is_back_at_its_address(
    target: Target, servers: Servers, stack: EmbeddedStack, how: Any
) -> None:
    """It is another process, ready when the block is left; nobody calls it dead meanwhile."""
    before = stack.pids()
    async with servers.down("backend", how=how):
        target.check()
        with pytest.raises(httpx.ConnectError):
            await ask(target)

    assert await ask(target) == 200
    target.check()
    assert stack.pids()["backend"] != before["backend"]
    assert stack.pids()["broadcaster"] == before["broadcaster"]
    assert told(target) == [f"FaultBegan {how}#1", f"FaultEnded {how}#1", "ProcessStarted backend"]


@pytest.mark.asyncio
async def test_people_find_a_restarted_backend_as_they_left_it(world: World, servers: Servers) -> None:
    """The same people, with their tokens, their conversation, what was said there, and what is said next."""
    alice, bob = await world.user("alice"), await world.user("bob")
    conversation = world.conversation
    await bob.join(conversation)
    first = await alice.send(conversation, "before")

    await servers.restart("backend", how="kill")
    second = await alice.send(conversation, "behind")

    assert [message.text for message in await bob.read(conversation)] == [first.text, second.text]


@pytest.mark.asyncio
async def test_people_come_back_to_a_restarted_broadcaster(world: World, servers: Servers) -> None:
    """Their sockets break, the backend finds the new process, and who joins again hears again."""
    alice, bob = await world.user("alice"), await world.user("bob")
    conversation = world.conversation
    await bob.join(conversation)

    await servers.restart("broadcaster")
    await bob.connect()
    await bob.join(conversation)
    message = await alice.send(conversation, "again")

    await expect(bob).to_receive(message)


@pytest.mark.asyncio
async def test_a_slow_database_delays_answers_and_nothing_else(target: Target, servers: Servers) -> None:
    """A login asks twice at least; a route that asks nothing answers meanwhile, and all is quick again afterwards."""
    async with servers.slow_database(seconds=0.3):
        with pytest.raises(httpx.TimeoutException):
            await ask(target, within=0.2)
        assert await ask(target) == 200

    assert await ask(target) == 200
    began = recorded(target)[0]
    assert isinstance(began, FaultBegan)
    assert (began.server, began.settings) == ("backend", {"seconds": 0.3})


@pytest.mark.asyncio
async def test_a_broadcaster_out_of_the_backends_reach_is_not_out_of_everybodys(world: World, servers: Servers) -> None:
    """A message is refused, people still connect and join; afterwards messages are heard."""
    alice = await world.user("alice")
    conversation = world.conversation
    async with servers.unreachable_broadcaster():
        bob = await world.user("bob")
        await bob.join(conversation)
        with pytest.raises(SendRefused) as refused:
            await alice.send(conversation, "nobody hears this")
    message = await alice.send(conversation, "everybody hears this")

    assert refused.value.status == 500
    await expect(bob).to_receive(message)


@pytest.mark.asyncio
async def test_what_is_wrong_behind_a_backend_outlasts_its_restart(world: World, servers: Servers) -> None:
    """And one thing that ends leaves the other as it was."""
    alice, bob = await world.user("alice"), await world.user("bob")
    async with servers.unreachable_broadcaster():
        async with servers.slow_database(seconds=0.01):
            await servers.restart("backend")
        with pytest.raises(SendRefused):
            await alice.send(world.conversation, "nobody hears this")
    await bob.join(world.conversation)


@pytest.mark.asyncio
@pytest.mark.parametrize("harm", ["paused", "down"])
async def test_what_a_test_left_behind_is_mended(
    target: Target, servers: Servers, harm: str, stack: EmbeddedStack
) -> None:
    """A block that nobody leaves lasts until `restore`, which says that it ended; a second call has nothing to do."""
    await getattr(servers, harm)("backend").__aenter__()

    await asyncio.to_thread(servers.restore)
    servers.restore()

    assert await ask(target) == 200
    stack.check()
    assert [type(one) for one in recorded(target)] == [FaultBegan, FaultEnded]


@pytest.mark.asyncio
async def test_a_server_that_does_not_come_back_is_a_fault_and_stays_one(
    target: Target, servers: Servers, stack: EmbeddedStack, tmp_path: Path
) -> None:
    """Somebody took what it keeps: the fault has its name and its words, and whoever asks later hears that it died."""
    block = servers.down("backend")
    await block.__aenter__()
    kept(tmp_path).write_bytes(b"no database")

    with pytest.raises(EnvironmentFault, match=r"backend could not be started again: .*damaged"):
        await block.__aexit__(None, None, None)
    with pytest.raises(EnvironmentFault, match=r"backend could not be started again"):
        stack.check()
    servers.restore()
    assert told(target) == ["FaultBegan kill#1"]
    assert not pending(stack.pids()["backend"])


@pytest.mark.asyncio
async def test_a_name_that_is_none_is_told_with_those_there_are(target: Target, servers: Servers) -> None:
    """Nothing is recorded of what never began."""
    assert servers.names == ("broadcaster", "backend")
    with pytest.raises(UsageError, match="no server 'reverb'; there are broadcaster, backend"):
        await servers.restart("reverb")
    with pytest.raises(UsageError, match="how is 'ask'; a server ends by stop or kill"):
        await servers.restart("backend", how="ask")  # type: ignore[arg-type]
    assert recorded(target) == []


@pytest.mark.asyncio
async def test_a_server_is_not_paused_twice_and_not_ended_twice(target: Target, servers: Servers) -> None:
    """The second is refused and over at once; the first lasts until its own end."""
    async with servers.paused("backend"):
        with pytest.raises(UsageError, match="the backend is paused already"):
            async with servers.paused("backend"):
                pass
        with pytest.raises(httpx.TimeoutException):
            await ask(target, within=0.1)
    async with servers.down("backend"):
        with pytest.raises(UsageError, match="the backend is down already"):
            await servers.restart("backend")
        with pytest.raises(httpx.ConnectError):
            await ask(target)

    assert await ask(target) == 200


@pytest.mark.asyncio
async def test_a_paused_server_may_be_ended_and_comes_back_well(target: Target, servers: Servers) -> None:
    """What was paused is another process by then."""
    async with servers.paused("backend"):
        await servers.restart("backend", how="stop")
        assert await ask(target) == 200


@pytest.mark.asyncio
async def test_what_a_server_costs_is_looked_at(world: World, servers: Servers) -> None:
    """A connection is a file of its process; whoever waits for its end is told of what there was."""
    before = await servers.measure("broadcaster")
    bob = await world.user("bob")
    with_bob = await servers.measure("broadcaster")
    await bob.disconnect()
    behind = await servers.measure("broadcaster", within=before)

    assert before.descriptors == behind.descriptors < with_bob.descriptors
    assert before.memory > 0
    measured = [one for one in world.context.recorder.events if isinstance(one, ProcessMeasured)]
    assert [one.descriptors for one in measured] == [one.descriptors for one in (before, with_bob, behind)]
    with pytest.raises(UsageError, match="there is no server 'queue'"):
        await servers.measure("queue")


def test_a_target_that_runs_elsewhere_cannot_be_disturbed() -> None:
    """The reason is told when the servers are asked for."""
    with pytest.raises(NotExercised, match="run elsewhere and are not ours to disturb"):
        Servers(Target(attach(OURS), Recorder()))


@pytest.mark.asyncio
async def test_what_the_owner_does_not_grant_is_not_exercised(stack: EmbeddedStack) -> None:
    """Each verb by the word for it."""
    stack.target = msgspec.structs.replace(stack.target, may=May(faults=True))
    servers = Servers(Target(stack, Recorder()))

    async with servers.paused("broadcaster"):
        pass
    with pytest.raises(NotExercised, match="restart = true"):
        await servers.restart("broadcaster")

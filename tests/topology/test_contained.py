"""Containers of a stack that are disturbed, as people and the history see it."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
import pytest_asyncio

from harness.config import own_target
from harness.errors import EnvironmentFault, NotExercised, SendRefused, UsageError
from harness.expectations import expect
from harness.history.events import FaultBegan, FaultEnded, ProcessStarted
from harness.history.recorder import Recorder
from harness.topology import engine
from harness.topology.containers import Running
from harness.topology.deployment import Share
from harness.topology.servers import Servers
from harness.topology.shared import SharedStack, attach
from harness.topology.stack import App
from harness.topology.target import Target
from harness.users.world import World

if TYPE_CHECKING:
    from docker import DockerClient

ONE = own_target("containers", "containers")
TWO = msgspec.structs.replace(ONE, broadcaster=msgspec.structs.replace(ONE.broadcaster, nodes=2))


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedStack]:
    """Run a stack whose servers come back after each test."""
    joined = attach(ONE, seed=1, folder=tmp_path_factory.mktemp("one"))
    yield joined
    joined.stop()


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedStack]:
    """Run a stack with two nodes of the broadcaster."""
    joined = attach(TWO, seed=1, folder=tmp_path_factory.mktemp("two"))
    yield joined
    joined.stop()


@pytest.fixture
def target(stack: SharedStack) -> Target:
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
    assert opened.conversation
    await opened.open()
    yield opened
    await opened.close()


async def ask(target: Target, within: float = 30) -> int:
    """Ask the backend for something that needs its database, and give the status."""
    async with httpx.AsyncClient(timeout=within, trust_env=False) as client:
        login = {"email": target.declaration.cast[0].email, "password": target.declaration.cast[0].password}
        return (await client.post(f"{target.declaration.backend.url}/api/login", json=login)).status_code


@pytest.mark.asyncio
async def test_a_paused_container_answers_when_it_goes_on(target: Target, servers: Servers) -> None:
    """Nobody takes it for dead, or for paused by somebody else."""
    async with servers.paused("backend"):
        waiting = asyncio.create_task(ask(target))
        with pytest.raises(httpx.TimeoutException):
            await ask(target, within=1.5)
        target.check()
    assert await waiting == 200


@pytest.mark.asyncio
@pytest.mark.parametrize("how", ["kill", "stop"])
async def test_people_find_a_restarted_backend_as_they_left_it(world: World, servers: Servers, how: Any) -> None:
    """At the same address, with their tokens, their conversation and what was said there."""
    alice, bob = await world.user("alice"), await world.user("bob")
    await bob.join(world.conversation)
    first = await alice.send(world.conversation, "before")

    await servers.restart("backend", how=how)
    second = await alice.send(world.conversation, "behind")

    assert [message.text for message in await bob.read(world.conversation)] == [first.text, second.text]
    await expect(bob).to_receive(second)
    kinds = [type(one) for one in world.events if isinstance(one, FaultBegan | FaultEnded | ProcessStarted)]
    assert kinds == [FaultBegan, FaultEnded, ProcessStarted]


@pytest.mark.asyncio
async def test_people_come_back_to_a_broadcaster_that_was_down(world: World, servers: Servers) -> None:
    """At the address that they know; meanwhile the backend says that it cannot publish."""
    alice, bob = await world.user("alice"), await world.user("bob")
    await bob.join(world.conversation)

    async with servers.down("broadcaster"):
        with pytest.raises(SendRefused):
            await alice.send(world.conversation, "nobody hears this")
    await bob.connect()
    await bob.join(world.conversation)

    await expect(bob).to_receive(await alice.send(world.conversation, "everybody hears this"))


@pytest.mark.asyncio
async def test_what_is_behind_a_backend_in_a_container_can_be_wrong(target: Target, servers: Servers) -> None:
    """It is told over the same line as anywhere."""
    async with servers.slow_database(seconds=0.5):
        with pytest.raises(httpx.TimeoutException):
            await ask(target, within=0.3)
    assert await ask(target) == 200
    with pytest.raises(UsageError, match=r"the backend refuses: .*database_delay"):
        async with servers.slow_database(seconds=-1):
            pass


@pytest.mark.asyncio
async def test_a_disconnected_container_comes_back_under_its_name(world: World, servers: Servers) -> None:
    """The backend reaches the broadcaster again, and so do people, where they did before."""
    alice, bob = await world.user("alice"), await world.user("bob")
    async with servers.disconnected("broadcaster"):
        with pytest.raises(SendRefused):
            await alice.send(world.conversation, "nobody hears this")
    await bob.connect()
    await bob.join(world.conversation)

    await expect(bob).to_receive(await alice.send(world.conversation, "everybody hears this"))


@pytest.mark.asyncio
async def test_packets_are_lost_where_the_machine_can_do_that(target: Target, servers: Servers) -> None:
    """All of them: nothing comes, nothing breaks, and afterwards the kernel sends again what was lost."""
    if os.geteuid() or not shutil.which("nsenter") or not shutil.which("iptables"):
        with pytest.raises(NotExercised, match="packets cannot be lost here"):
            await servers.blackholed("backend").__aenter__()
        return
    async with servers.blackholed("backend"):
        waiting = asyncio.create_task(ask(target))
        with pytest.raises(httpx.TimeoutException):
            await ask(target, within=0.5)
    assert await waiting == 200
    async with servers.lossy("backend", share=0.2):
        assert await ask(target) == 200
    with pytest.raises(UsageError, match="share is 2"):
        async with servers.lossy("backend", share=2):
            pass


def test_a_container_that_somebody_else_paused_is_named(
    client: "DockerClient", tmp_path: Path, asking: Callable[[Callable[[], None]], None]
) -> None:
    """Before anybody waits in vain for an answer."""
    stack = attach(ONE, seed=1, folder=tmp_path)
    try:
        ours = {one.labels[engine.OWNER]: one for one in client.containers.list(filters={"label": engine.OWNER})}
        port = urlsplit(stack.target.backend.url).port
        for container in client.containers.list(filters={"publish": f"{port}"}):
            assert container.labels[engine.OWNER] in ours
            container.pause()
        with pytest.raises(EnvironmentFault, match="the backend stands still: somebody else paused its container"):
            asking(stack.check)
    finally:
        stack.stop()


def test_a_stack_that_others_use_as_well_is_not_disturbed(stack: SharedStack, tmp_path: Path) -> None:
    """How many they are is the reason, which a test is skipped with, or fails with where it is required."""
    running = Running(api_url="", backend_url="", app=App("", "", ""), people=[], images={})
    shared = SharedStack(stack.target, running, stack._link, folder=tmp_path, share=Share(0, 3))
    target = Target(shared, Recorder())

    with pytest.raises(NotExercised, match="3 workers share the containers"):
        Servers(target)
    assert "3 workers share the containers" in target.why_not("restart")
    assert target.why_not("faults") == ""


@pytest.mark.asyncio
async def test_defects_outlast_a_restart(tmp_path: Path) -> None:
    """Whoever is wrong on purpose still is when it comes back."""
    joined = attach(ONE, seed=1, folder=tmp_path, is_switchable=True)
    try:
        target = Target(joined, Recorder())
        joined.become({"backend": ["AZ-01"]})
        await Servers(target).restart("backend")
        world = target.world()
        assert world.conversation
        await world.open()
        await (await world.user("mallory")).authorize(world.conversation.channel)
        await world.close()
    finally:
        joined.stop()


@pytest.mark.asyncio
@pytest.mark.parametrize("database", ["postgresql", "mariadb"])
async def test_a_real_database_keeps_what_was_said_over_a_restart(tmp_path: Path, database: str) -> None:
    """Of the backend, which does not put it back to the world, and of the database, which is found again."""
    declared = msgspec.structs.replace(ONE, backend=msgspec.structs.replace(ONE.backend, database=database))
    joined = attach(declared, seed=1, folder=tmp_path)
    try:
        target = Target(joined, Recorder())
        servers = Servers(target)
        world = target.world()
        conversation = world.conversation
        await world.open()
        alice = await world.user("alice")
        texts = []
        for server in ("backend", database):
            texts.append((await alice.send(conversation, f"before {server} goes")).text)
            await servers.restart(server, how="kill")
        assert [message.text for message in await alice.read(conversation)] == texts
        await world.close()
    finally:
        joined.stop()


@pytest.mark.asyncio
async def test_a_node_that_is_killed_and_restarted_loses_its_own_people_alone(nodes: SharedStack) -> None:
    """People on the other node hear all the time; those of the killed one hear again once they have come back."""
    target = Target(nodes, Recorder())
    servers = Servers(target)
    assert set(servers.names) == {"broadcaster", "broadcaster-2", "backend", "redis"}
    world = target.world()
    conversation = world.conversation
    await world.open()
    alice, bob, carol = [await world.user(name) for name in ("alice", "bob", "carol")]
    await bob.join(conversation)
    await carol.join(conversation)
    await expect(carol).to_receive(await alice.send(conversation, "both hear"))

    async with servers.down("broadcaster-2"):  # where bob is: nodes take their turns
        await expect(carol).to_receive(await alice.send(conversation, "the first node hears"))
        assert bob.socket_id == ""
    await bob.connect()
    await bob.join(conversation)
    message = await alice.send(conversation, "both hear again")
    for user in (bob, carol):
        await expect(user).to_receive(message)
    await world.close()

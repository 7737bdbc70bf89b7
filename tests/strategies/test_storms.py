"""A storm does what its turns say, heals, and lets everybody return; what breaks in it is found."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings

from harness.config.reference import own_target
from harness.errors import GuaranteeBroken
from harness.faults.network import Network
from harness.history.events import Event, FaultBegan, FaultEnded, MessagesRead, ReconnectAnswered
from harness.history.recorder import Header, Recorder
from harness.strategies.storms import LONGEST, PEOPLE, Storm, Turn, for_storms, storms
from harness.topology.embedded import start
from harness.topology.process import ServerProcess
from harness.topology.servers import Servers
from harness.topology.target import Target

EVERYTHING: list[Turn] = [
    ("say", "alice"), ("cut", "bob"), ("say", "bob"), ("freeze", "carol"), ("say", "carol"), ("say", "alice"),
    ("cut", "bob"), ("slow", "alice"), ("read", "alice"), ("reset", "bob"), ("restart", "carol"), ("freeze", "carol"),
    ("blackhole", "bob"), ("say", "alice"),
]  # fmt: skip


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Give an embedded stack of the file's own."""
    folder = tmp_path_factory.mktemp("stack")
    stack = start(own_target("embedded", "embedded"), seed=1, folder=folder, cache=folder)
    with Target(stack, Recorder(Header(run="told", target="embedded", dialect="reverb"))) as target:
        yield target


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Run the proxy that the storms of the file pass."""
    started = ServerProcess("proxy", "harness.faults.proxy", Path(tmp_path_factory.mktemp("proxy")))
    started.configure({"port": 0})
    started.announced(time.monotonic() + 10)
    yield started
    started.release()
    started.reap()


async def ride_out(target: Target, proxy: ServerProcess, turns: list[Turn], *, restarts: bool = True) -> list[Event]:
    """Let a storm happen in a world of its own, which is judged; gives its events."""
    async with target.world() as world:
        network = Network(world, proxy, 1)
        people = {name: await world.user(name) for name in PEOPLE}
        conversation = await world.new_conversation(*people.values())
        for person in people.values():
            await person.join(conversation)
        await Storm(people, conversation, network, Servers(target) if restarts else None).ride_out(turns)
    return world.events


@pytest.mark.asyncio
async def test_a_storm_takes_every_turn_and_heals(target: Target, proxy: ServerProcess) -> None:
    """A fault that somebody has already ends with its second turn; whoever is cut off or frozen out comes back."""
    events = await ride_out(target, proxy, EVERYTHING)

    began = [event.what for event in events if isinstance(event, FaultBegan)]
    assert began == ["cut", "freeze", "slow", "reset", "restart", "blackhole"]
    assert len([event for event in events if isinstance(event, FaultEnded)]) == len(began)
    back = {event.who for event in events if isinstance(event, ReconnectAnswered) and event.outcome == "ok"}
    assert back == set(PEOPLE)
    assert {event.who for event in events if isinstance(event, MessagesRead)} == set(PEOPLE)


@pytest.mark.asyncio
async def test_where_nothing_may_be_restarted_nothing_is(target: Target, proxy: ServerProcess) -> None:
    """Such a turn passes."""
    events = await ride_out(target, proxy, [("restart", "bob"), ("say", "bob")], restarts=False)
    assert not [event for event in events if isinstance(event, FaultBegan)]


@pytest.mark.asyncio
async def test_what_breaks_in_a_storm_is_found(
    target: Target, proxy: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that never catches up for real: what it says it read behind lies in the future."""
    monkeypatch.setattr("harness.users.reconnecting.last_seen", lambda *_: "999999999")
    monkeypatch.setattr("harness.history.gaps._Absence._is_behind", lambda *_: True)
    with pytest.raises(GuaranteeBroken, match="missed a message while away"):
        await ride_out(target, proxy, [("cut", "bob"), ("say", "alice"), ("cut", "bob")])


@given(turns=storms(with_restarts=False))
@settings(max_examples=30, deadline=None, database=None)
def test_storms_have_turns_of_people_who_are_there(turns: list[Turn]) -> None:
    """As many as are waited for, and no restart where none is allowed."""
    assert 3 <= len(turns) <= LONGEST
    assert {who for _, who in turns} <= set(PEOPLE)
    assert "restart" not in {what for what, _ in turns}


@pytest.mark.parametrize(("examples", "storms_"), [(10, 2), (120, 5), (2_400, 100)])
def test_a_storm_is_worth_many_examples(examples: int, storms_: int) -> None:
    """It takes a second, not a hundredth of one."""
    assert for_storms(settings(max_examples=examples)).max_examples == storms_

"""A target that runs, as one worker uses it."""

import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.config import Broadcaster, Person, own_target
from harness.errors import EnvironmentFault, Inconclusive, NotExercised, UsageError
from harness.history import events as happened  # pytest would collect TestStarted from here
from harness.history.events import ProcessExited, ProcessStarted
from harness.history.recorder import Recorder
from harness.topology.process import ServerProcess
from harness.topology.target import Target

ALICE = Person(name="alice", email="alice@example.com", password="password-of-alice")
DECLARED = msgspec.structs.replace(
    own_target("mine", "embedded"), cast=(ALICE,), broadcaster=Broadcaster(secret="the-secret-of-the-app")
)


class Stack:
    """A deployment that runs, dies and stops as a test wants."""

    def __init__(self) -> None:
        self.target = DECLARED
        self.images: dict[str, str] = {}
        self.is_alive = True
        self.stops = 0

    def check(self) -> None:
        """Say that it died."""
        if not self.is_alive:
            raise EnvironmentFault("the backend died with status 3\nits last lines …")

    def logs(self) -> dict[str, str]:
        """Give lines that hold a secret."""
        return {"backend": "login of alice with password-of-alice", "broadcaster": "ready"}

    def stop(self) -> None:
        """Count."""
        self.stops += 1


@pytest.fixture
def stack() -> Stack:
    """Give a deployment."""
    return Stack()


@pytest.fixture
def running(stack: Stack) -> Target:
    """Give a target on it, on a history of its own."""
    return Target(stack, Recorder(), patience=3)


def last(target: Target) -> Any:
    """Give the newest event."""
    return target.history.events[-1]


def test_a_target_begins_its_history(running: Target) -> None:
    """With what runs and how it came to."""
    started = last(running)
    assert isinstance(started, ProcessStarted)
    assert (started.process, started.detail) == ("mine", "embedded")
    assert running.declaration is DECLARED
    assert repr(running) == "<Target mine>"
    assert running.context.patience == 3


def test_capabilities_are_those_of_the_declaration(running: Target) -> None:
    """With the reason for what it does not serve; a word that is none is a mistake."""
    assert running.why_not("write") == ""
    assert running.why_not("containers")
    with pytest.raises(UsageError, match="telepathy"):
        running.why_not("telepathy")


def test_channels_are_named_by_the_declared_rules(running: Target) -> None:
    """A rule that is not declared is not exercised; a value that is missing or cannot stand in a name is a mistake."""
    assert running.pattern("company") == "presence-company.{company}"
    assert running.channel("company", company=6, conversation=None) == "presence-company.6"
    with pytest.raises(NotExercised, match="declares no channel rule 'lobby'"):
        running.channel("lobby")
    for company in (None, "a.b"):
        with pytest.raises(UsageError, match="channel rule 'company'"):
            running.channel("company", company=company)


def test_a_dead_server_is_told_each_time(running: Target, stack: Stack) -> None:
    """And recorded in one line; a live one is not."""
    running.check()
    assert isinstance(last(running), ProcessStarted)
    stack.is_alive = False
    for _ in range(2):
        with pytest.raises(EnvironmentFault, match="the backend died"):
            running.check()
    exited = last(running)
    assert isinstance(exited, ProcessExited)
    assert (exited.process, exited.detail) == ("mine", "the backend died with status 3")
    assert [type(event) for event in running.history.events] == [ProcessStarted, ProcessExited, ProcessExited]


def test_logs_show_no_secrets(running: Target) -> None:
    """Whatever a server writes."""
    assert running.logs() == {"backend": "login of alice with …", "broadcaster": "ready"}


def test_a_process_beside_the_servers_goes_with_them(running: Target, tmp_path: Path) -> None:
    """It is watched and quoted like theirs, and ended with the target."""
    process = ServerProcess("proxy", "harness.faults.proxy", tmp_path)
    running.accompany(process)
    process.configure({"port": 0})
    process.announced(time.monotonic() + 30)
    running.check()
    assert running.logs()["proxy"] == ""
    running.stop()
    with pytest.raises(EnvironmentFault, match="the proxy died"):
        process.check()
    assert "proxy" not in running.logs()

    ended = ServerProcess("proxy", "harness.faults.proxy", tmp_path)
    running.accompany(ended)
    ended.release()
    ended.reap()
    with pytest.raises(EnvironmentFault, match="the proxy died"):
        running.check()
    running.stop()


def test_a_target_is_stopped_when_it_is_left(running: Target, stack: Stack) -> None:
    """Also by an error."""
    with pytest.raises(ValueError, match="mine"), running:
        raise ValueError("mine")
    assert stack.stops == 1


@pytest.mark.asyncio
async def test_worlds_carry_the_test_that_runs(running: Target) -> None:
    """Its name is on their events, its replay and what was judged are kept."""
    running.test, running.replay = "test_x.py::test_y", "pytest test_x.py::test_y"
    world = running.world()
    await world.open()
    assert isinstance(await world.finish(), Inconclusive)
    await world.close()
    (judgement,) = running.judgements
    assert judgement.findings == ()
    assert {event.test for event in running.history.events[1:]} == {"test_x.py::test_y"}


@pytest.mark.asyncio
async def test_a_world_may_claim_percentiles_of_its_own(running: Target) -> None:
    """They stand where the world begins, for whoever judges it later."""
    world = running.world(budget={"p95": 0.25})
    await world.open()
    await world.close()
    (started,) = [event for event in running.history.events if isinstance(event, happened.TestStarted)]
    assert started.budget == {"p95": 0.25}


@pytest.mark.asyncio
async def test_worlds_look_after_the_servers(running: Target, stack: Stack) -> None:
    """A world on dead ones does not open."""
    stack.is_alive = False
    with pytest.raises(EnvironmentFault):
        async with running.world():
            pass

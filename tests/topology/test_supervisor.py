"""The owner of a stack: it answers whoever has its token, and ends when nobody is there."""

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.errors import EnvironmentFault, NotExercised, UsageError
from harness.topology import supervisor
from harness.topology.containers import Plan, Running
from harness.topology.stack import new_app
from harness.topology.supervisor import Supervisor

pytestmark = pytest.mark.asyncio

RUNNING = Running(api_url="http://h:1", backend_url="http://h:2", app=new_app(), people=[], images={})


class Stack:
    """A stack that starts at once; `fault` is what it dies of."""

    def __init__(self, fault: str = "") -> None:
        self.running = RUNNING
        self.fault = fault
        self.frozen = ""
        self.stops = 0
        self.control = self
        self.servers = ("backend", "broadcaster")
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.beginnings = 0

    def check(self) -> None:
        """Die if it shall."""
        if self.fault:
            raise EnvironmentFault(self.fault)

    def begin_anew(self) -> None:
        """Count, and tell what stands against it."""
        self.beginnings += 1
        self.check()

    def check_engine(self) -> None:
        """Stand still if it shall."""
        if self.frozen:
            raise EnvironmentFault(self.frozen)

    def do(self, verb: str, server: str, **settings: Any) -> None:
        """Note it, but for what cannot be done."""
        refusals = {"pause": UsageError, "lose": NotExercised, "start": EnvironmentFault, "tell": ZeroDivisionError}
        if verb in refusals:
            raise refusals[verb](f"no {verb}")
        self.asked.append((verb, server, settings))

    def stop(self) -> None:
        """Count."""
        self.stops += 1


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Collect what the supervisor says where it was started."""
    lines: list[dict[str, Any]] = []
    monkeypatch.setattr(supervisor, "_say", lines.append)
    return lines


async def begun(
    monkeypatch: pytest.MonkeyPatch, plan: Plan, stack: Stack | Exception, *, grace: float = 30
) -> "asyncio.Task[None]":
    """Let a supervisor start this stack, or fail to."""

    def start(_: Plan, given_up: threading.Event, waiting: dict[str, str]) -> Stack:
        assert not given_up.is_set()
        if isinstance(stack, Exception):
            raise stack
        return stack

    monkeypatch.setattr(supervisor, "start", start)
    task = asyncio.create_task(Supervisor(plan, grace=grace).run())
    await asyncio.sleep(0)
    return task


async def connected(
    said: list[dict[str, Any]], token: str = "", run: str = "a run"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect as a worker does."""
    while not said:  # noqa: ASYNC110 - a turn of the loop each, until it serves
        await asyncio.sleep(0)
    reader, writer = await asyncio.open_connection("127.0.0.1", said[0]["port"])
    writer.write(f"{token or said[0]['token']} {run}\n".encode())
    return reader, writer


async def test_the_last_who_leaves_in_order_sees_everything_gone(
    monkeypatch: pytest.MonkeyPatch, said: list[dict[str, Any]], plan: Plan
) -> None:
    """The connection ends behind the stack."""
    stack = Stack()
    task = await begun(monkeypatch, plan, stack)
    first, second = await connected(said), await connected(said)
    assert json.loads(await first[0].readline())["running"]["api_url"] == "http://h:1"
    assert json.loads(await second[0].readline())["running"]["app"]["secret"]

    first[1].write(b"bye\n")
    assert (await first[0].read(), stack.stops) == (b"", 0)
    second[1].write(b"bye\n")
    assert (await second[0].read(), stack.stops) == (b"", 1)
    await task
    for _, writer in (first, second):
        writer.close()


async def test_who_is_gone_without_a_word_may_have_successors_for_a_while(
    monkeypatch: pytest.MonkeyPatch, said: list[dict[str, Any]], plan: Plan
) -> None:
    """After the grace nobody is waited for."""
    stack = Stack()
    task = await begun(monkeypatch, plan, stack, grace=0.05)
    reader, writer = await connected(said)
    await reader.readline()

    writer.close()
    await task

    assert stack.stops == 1


async def test_whoever_lacks_the_token_is_told_nothing(
    monkeypatch: pytest.MonkeyPatch, said: list[dict[str, Any]], plan: Plan
) -> None:
    """Passwords are in what workers are told."""
    task = await begun(monkeypatch, plan, Stack(), grace=0.2)
    reader, writer = await connected(said, "guessed")

    assert await reader.read() == b""
    writer.close()
    await task


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (UsageError("not so"), "usage", "not so"),
        (EnvironmentFault("no engine"), "environment", "no engine"),
        (ValueError("what"), "environment", "ValueError: what"),
    ],
)
async def test_a_stack_that_cannot_be_started_is_told(
    monkeypatch: pytest.MonkeyPatch, said: list[dict[str, Any]], plan: Plan, error: Exception, kind: str, sentence: str
) -> None:
    """Whose fault it is, too."""
    task = await begun(monkeypatch, plan, error)
    reader, writer = await connected(said)

    assert json.loads(await reader.readline()) == {"error": sentence, "kind": kind}
    writer.write(b"bye\n")
    assert await reader.read() == b""
    writer.close()
    await task


async def test_a_death_is_told_to_everybody_once(
    monkeypatch: pytest.MonkeyPatch, said: list[dict[str, Any]], plan: Plan
) -> None:
    """What is dead stays so."""
    task = await begun(monkeypatch, plan, Stack("the backend died"))
    reader, writer = await connected(said)
    await reader.readline()

    assert json.loads(await reader.readline()) == {"died": "the backend died"}
    writer.write(b"bye\n")
    assert await reader.read() == b""
    writer.close()
    await task


async def test_a_start_that_nobody_waits_for_is_given_up(
    monkeypatch: pytest.MonkeyPatch, said: list[dict[str, Any]], plan: Plan, tmp_path: Path
) -> None:
    """What would wait for ever is told so, and the file that says where to connect goes with the supervisor."""

    def start(_: Plan, given_up: threading.Event, waiting: dict[str, str]) -> Stack:
        assert given_up.wait(30)
        raise EnvironmentFault("given up")

    monkeypatch.setattr(supervisor, "start", start)
    address = tmp_path / "address.json"
    address.touch()
    lonely = msgspec.structs.replace(plan, address=str(address))
    await Supervisor(lonely, grace=0.05).run()

    assert not address.exists()


async def test_a_long_start_says_what_it_waits_for(
    monkeypatch: pytest.MonkeyPatch, said: list[dict[str, Any]], plan: Plan
) -> None:
    """To everybody who waits for it, before the answer."""
    over = threading.Event()

    def start(_: Plan, given_up: threading.Event, waiting: dict[str, str]) -> Stack:
        waiting["app"] = "GET /up gets no answer"
        assert over.wait(30)
        assert not given_up.is_set()
        return Stack()

    monkeypatch.setattr(supervisor, "_FIRST_SECONDS", 0.01)
    monkeypatch.setattr(supervisor, "start", start)
    task = asyncio.create_task(Supervisor(plan, grace=30).run())
    await asyncio.sleep(0)
    reader, writer = await connected(said)

    assert json.loads(await reader.readline()) == {"waiting": {"app": "GET /up gets no answer"}}
    over.set()
    while "waiting" in (answer := json.loads(await reader.readline())):
        pass
    assert "running" in answer
    writer.write(b"bye\n")
    await task
    writer.close()


async def test_a_worker_has_servers_disturbed(
    monkeypatch: pytest.MonkeyPatch, said: list[dict[str, Any]], plan: Plan
) -> None:
    """Each line is answered by one, done or not, and whose fault it is."""
    stack = Stack()
    task = await begun(monkeypatch, plan, stack)
    reader, writer = await connected(said)
    assert json.loads(await reader.readline())["servers"] == ["backend", "broadcaster"]

    answers = {}
    for verb in ("kill", "pause", "lose", "start", "tell"):
        writer.write(json.dumps({"verb": verb, "server": "backend", "settings": {"a": 1}}).encode() + b"\n")
        answers[verb] = json.loads(await reader.readline())
    writer.write(b"bye\n")
    await task

    assert stack.asked == [("kill", "backend", {"a": 1})]
    assert answers == {
        "kill": {"done": True},
        "pause": {"error": "no pause", "kind": "usage"},
        "lose": {"error": "no lose", "kind": "not exercised"},
        "start": {"error": "no start", "kind": "environment"},
        "tell": {"error": "ZeroDivisionError: no tell", "kind": "environment"},
    }
    writer.close()


async def test_what_stands_still_is_told_as_a_death_is(
    monkeypatch: pytest.MonkeyPatch, said: list[dict[str, Any]], plan: Plan
) -> None:
    """Only the engine knows that somebody paused a container."""
    stack = Stack()
    task = await begun(monkeypatch, plan, stack)
    reader, writer = await connected(said)
    await reader.readline()
    stack.frozen = "the backend stands still"

    assert json.loads(await reader.readline()) == {"died": "the backend stands still"}
    writer.write(b"bye\n")
    await task
    writer.close()


async def left_in_order(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say goodbye, and wait until the other side is through."""
    writer.write(b"bye\n")
    assert await reader.read() == b""
    writer.close()


async def test_a_kept_stack_is_put_back_for_another_run(
    monkeypatch: pytest.MonkeyPatch, said: list[dict[str, Any]], plan: Plan
) -> None:
    """Not for a worker of the same one, and not while that is there; what dies while nobody is there ends at once."""
    stack = Stack()
    task = await begun(monkeypatch, msgspec.structs.replace(plan, keep=1000), stack)
    first = await connected(said, run="one run")
    assert "running" in json.loads(await first[0].readline())
    again = await connected(said, run="one run")
    assert "running" in json.loads(await again[0].readline())
    other = await connected(said, run="another")
    assert "another run uses" in json.loads(await other[0].readline())["error"]
    assert await other[0].read() == b""
    other[1].close()
    assert stack.beginnings == 0
    await left_in_order(*first)
    await left_in_order(*again)

    third = await connected(said, run="another")
    assert "running" in json.loads(await third[0].readline())
    assert (stack.beginnings, stack.stops) == (1, 0)
    await left_in_order(*third)
    stack.fault = "the backend died"
    await task

    assert stack.stops == 1


async def test_a_kept_stack_that_died_is_not_kept(
    monkeypatch: pytest.MonkeyPatch, said: list[dict[str, Any]], plan: Plan
) -> None:
    """The next run starts one of its own."""
    stack = Stack()
    task = await begun(monkeypatch, msgspec.structs.replace(plan, keep=1000), stack)
    reader, writer = await connected(said)
    await reader.readline()
    stack.fault = "the backend died"
    assert json.loads(await reader.readline()) == {"died": "the backend died"}

    await left_in_order(reader, writer)
    await task

    assert stack.stops == 1

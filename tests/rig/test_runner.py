"""The rig convicts each client of exactly its fault, and finds none in one that has none."""

import asyncio

import httpx
import pytest

from harness.checkers.verdict import Verdict
from harness.errors import EnvironmentFault
from harness.rig.exercise import Word
from harness.rig.exercises import ALL, chosen
from harness.rig.result import Sheet
from harness.rig.runner import Rig
from harness.rig.terms import Terms
from tests.rig.conftest import SECRET
from tests.rig.visitor import FAULTS, Visitor


@pytest.mark.parametrize("fault", FAULTS)
def test_a_client_is_convicted_of_exactly_its_fault(fault: str, sheets: dict[str, Sheet]) -> None:
    """What it does wrong fails, with what it should have been; all else passes, or is left open with the reason."""
    assert {one.id: one.reason for one in sheets[fault].of(Word.FAIL)}.keys() == FAULTS[fault]


class Driver:
    """Does what the status page asks for, as a test driver does; `done` is what that was."""

    def __init__(self, visitor: Visitor) -> None:
        self.done: list[str] = []
        self._visitor = visitor
        self._task: asyncio.Task[None] | None = None

    def begin(self, port: int) -> None:
        """Begin to read the page of the rig at that port."""
        self._task = asyncio.create_task(self._drive(port))

    async def stop(self) -> None:
        """End, and the visitor too."""
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._visitor.stop()

    async def _drive(self, port: int) -> None:
        last = ""
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            while True:
                act = (await http.get("/rig.json")).json()["act"]
                if act not in (last, ""):
                    self.done.append(act)
                    await self._visitor.start("127.0.0.1", port)
                last = act
                await asyncio.sleep(0.02)


@pytest.mark.asyncio
async def test_a_driver_reads_when_to_start_the_client() -> None:
    """An app that the rig cannot start is started, and started anew, by whoever reads the status page."""
    rig, driver = Rig(Terms(secret=SECRET, pace=0.1, patience=10.0)), Driver(Visitor())
    exercises = chosen(["close.4001", "close.4000"])
    await rig.run(exercises, ready=driver.begin)
    await driver.stop()

    assert driver.done == ["start", "restart"]
    assert rig.sheet(exercises).verdict is Verdict.PASS


@pytest.mark.asyncio
async def test_a_client_that_nobody_starts_anew_is_not_judged() -> None:
    """What would have needed it is not exercised, with the reason, and is waited for twice at most."""
    rig = Rig(Terms(secret=SECRET, pace=0.1, patience=0.5))
    exercises = chosen(["close.400*", "acts.*"])
    visitor = Visitor()
    await rig.run(exercises, ready=lambda port: visitor.begin("127.0.0.1", port))
    await visitor.stop()

    results = rig.sheet(exercises).results
    assert [(one.id, one.word) for one in results] == [
        ("acts.whisper", Word.NOT_EXERCISED),
        ("acts.unsubscribe", Word.NOT_EXERCISED),
        ("close.4001", Word.PASS),
        ("close.4001-handshake", Word.NOT_EXERCISED),
        ("close.4000", Word.NOT_EXERCISED),
    ]
    assert results[0].reason == "nobody was there to do it (--operator): Do what others see at once: begin to type."
    assert results[3].reason == "the client had no connection, and none came within 0.5 s"


@pytest.mark.asyncio
async def test_a_client_under_another_key_is_no_client() -> None:
    """Nothing is said of it, but what it asked for."""
    rig = Rig(Terms(secret=SECRET, key="mine", pace=0.1, patience=0.5))
    visitor = Visitor()
    with pytest.raises(
        EnvironmentFault, match=r"no client could be let in .* it asked for GET /app/rig-key.*key 'mine'"
    ):
        await rig.run(ALL, ready=lambda port: visitor.begin("127.0.0.1", port))
    await visitor.stop()


def test_a_good_client_passes_everything_that_it_does(sheets: dict[str, Sheet]) -> None:
    """Only what it does not do at all is not exercised."""
    sheet = sheets["none"]

    assert sheet.verdict is Verdict.PASS
    assert [one.id for one in sheet.results if one.word is not Word.PASS] == ["subscribe.signin"]

"""`realtime rig`: what it says, leaves and ends with."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.rig.test_exercises import chosen

CLIENT = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from tests.rig.visitor import Visitor
async def run():
    visitor = Visitor(sys.argv[3], 0.1)
    await visitor.start("127.0.0.1", int(sys.argv[2]))
    await visitor._task
asyncio.run(run())
"""
ASKED = ">>> Start your app, and open a screen that subscribes."
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture(name="rig")
def start_rig(tmp_path: Path) -> Iterator[Start]:
    """Start the command in an empty folder; it is ended with the test."""
    started: list[subprocess.Popen[str]] = []

    def rig(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "harness", "rig", *arguments]
        started.append(
            subprocess.Popen(command, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        )
        return started[-1]

    yield rig
    for process in started:
        process.kill()
        process.communicate()


def client(fault: str) -> list[str]:
    """Give the command that starts a client with a fault."""
    return ["--", sys.executable, "-c", CLIENT, str(Path(__file__).parents[2]), "{port}", fault]


@pytest.mark.parametrize(
    ("fault", "code", "verdict"),
    [("none", 0, "PASS"), ("hurries on 4100", 1, "FAIL"), ("ignores pings", 4, "INCONCLUSIVE")],
)
def test_it_ends_with_what_became_of_the_client(
    rig: Start, tmp_path: Path, fault: str, code: int, verdict: str
) -> None:
    """It leaves the report as JSON, a page and Markdown, and prints the same JSON."""
    wanted = ["--exercise", "close.4100", "--exercise", "tolerates.data"]
    process = rig("--json", "--pace", "0.1", "--patience", "20", *wanted, *client(fault))
    printed, _ = process.communicate(timeout=60)

    assert process.returncode == code
    sheet = json.loads(printed)
    assert (sheet["verdict"], [one["id"] for one in sheet["results"]]) == (verdict, ["tolerates.data", "close.4100"])
    (folder,) = (tmp_path / "reports").glob("2*")
    assert {path.name for path in folder.iterdir()} == {"rig.json", "rig.html", "rig.md", "client.log"}
    assert json.loads((folder / "rig.json").read_text()) == sheet


def test_without_a_client_nothing_is_said_of_one(rig: Start) -> None:
    """It is a fault of the environment, told in a sentence."""
    process = rig("--patience", "0.2", "--exercise", "ping.answers")
    _, error = process.communicate(timeout=60)

    assert process.returncode == 3
    asked, said = error.splitlines()
    assert asked == ASKED
    assert said.startswith("realtime: no client connected to ws://127.0.0.1:")


@pytest.mark.parametrize(("words", "is_kept"), [("raise SystemExit(5)", False), ("exit('no such host')", True)])
def test_a_client_that_ends_before_it_comes_is_told(rig: Start, tmp_path: Path, words: str, is_kept: bool) -> None:  # noqa: FBT001
    """With its status, and where to read what it printed; of one that printed nothing, no folder is left."""
    process = rig("--exercise", "ping.answers", "--", sys.executable, "-c", words)
    _, error = process.communicate(timeout=60)

    assert process.returncode == 3
    assert f": its command ended with status {1 if is_kept else 5}" in error
    kept = list((tmp_path / "reports").glob("*/client.log"))
    assert [one.read_text() for one in kept] == (["no such host\n"] if is_kept else [])
    assert all(str(one.relative_to(tmp_path)) in error for one in kept)
    assert len(list((tmp_path / "reports").iterdir())) == len(kept)


def test_a_signal_ends_it_with_what_was_seen(rig: Start) -> None:
    """Which is inconclusive when nothing failed by then."""
    process = rig("--patience", "60")
    assert process.stdout is not None
    assert process.stdout.readline().startswith("the rig listens at ws://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    printed, error = process.communicate(timeout=60)

    assert (process.returncode, error.splitlines()) == (4, [ASKED])
    assert printed.splitlines()[1].startswith("INCONCLUSIVE: ")


def test_it_lists_its_exercises(rig: Start) -> None:
    """Each with what the client must do."""
    printed, _ = rig("--list").communicate(timeout=60)

    assert [one.split()[0] for one in printed.splitlines()] == [one.id for one in chosen([])]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--exercise", "nope"], "there is no exercise 'nope'"),
        (["--port", "1", "--host", "256.1.1.1"], "the rig cannot listen on 256.1.1.1:1"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(rig: Start, arguments: list[str], said: str) -> None:
    """Without a traceback."""
    process = rig(*arguments)
    _, error = process.communicate(timeout=60)

    assert process.returncode in (2, 3)
    assert said in error
    assert "Traceback" not in error

"""`realtime compare` starts two targets, measures them in turns, and says whether the second is slower."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from harness.cli import main
from harness.config import May, TargetDeclaration
from harness.history.recorder import load
from harness.topology.embedded import EmbeddedStack

SMALL = ("--rounds", "4", "--messages", "10")
Compare = Callable[..., Result]
Declare = Callable[..., None]
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def project(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in the folder of a project; seeded worlds are kept outside."""
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'theirs'\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REALTIME_CACHE", str(cache))
    return tmp_path


@pytest.fixture
def compare(project: Path) -> Compare:
    """Run the command in this process."""
    return lambda *arguments: CliRunner().invoke(main, ["compare", *arguments], catch_exceptions=False)


@pytest.fixture
def started(project: Path) -> Iterator[Start]:
    """Start the command as a process of its own, which is ended with the test."""
    running: list[subprocess.Popen[str]] = []

    def started(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "harness", "compare", *arguments]
        running.append(subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
        return running[-1]

    yield started
    for process in running:
        process.kill()
        process.communicate()


def document(project: Path) -> dict[str, Any]:
    """Read the one `compare.json` of a project."""
    (file,) = project.glob("reports/*/compare.json")
    return dict(json.loads(file.read_bytes()))


def servers_of(process: subprocess.Popen[str]) -> list[int]:
    """Wait until the four servers of two stacks are there."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while len(found := children.read_text().split()) < 4 and process.poll() is None:
        select.select([], [], [], 0.001)
    assert process.poll() is None, process.communicate()
    return [int(pid) for pid in found]


def has_ended(pid: int) -> bool:
    """Tell whether a process has ended, be it that nobody asked for its status yet."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return status.rpartition(") ")[2].startswith(("Z", "X"))


def test_a_stack_against_itself_is_not_slower(compare: Compare, project: Path) -> None:
    """The embedded stack is started twice, the verdict comes first, and everything measured is in the folder."""
    result = compare("embedded", "embedded", *SMALL, "--seed", "3", "--patience", "2")
    lines, found = result.stdout.splitlines(), document(project)

    # A machine that is busy otherwise may leave it open, but never fails it.
    assert (result.exit_code, found["verdict"]) in [(0, "PASS"), (4, "INCONCLUSIVE")]
    assert lines[0].startswith(f"{found['verdict']}  {found['why']}: shift ")
    assert lines[-1] == f"report  reports/{found['run']}/compare.json"
    assert (found["seed"], found["rounds"], found["messages"], found["cut_short"]) == (3, 4, 10, "")
    assert found["latency"]["samples"] == [40, 40]
    folder = project / "reports" / found["run"]
    assert {path.name for path in folder.iterdir()} == {
        "compare.json", "history-A.jsonl", "history-B.jsonl", "logs-A", "logs-B",
    }  # fmt: skip
    header, events = load(folder / "history-B.jsonl")
    assert (header.run, header.target, header.topology, header.seed) == (found["run"], "embedded", "embedded", 3)
    assert {event.test for event in events} >= {f"block {number} of B" for number in range(5)}


def test_a_stack_that_became_slower_fails(
    compare: Compare, project: Path, stack: EmbeddedStack, declare: Declare, detoured: Callable[..., TargetDeclaration]
) -> None:
    """Twenty milliseconds more on the way to every client; the shift is about that."""
    declare(old=stack.target, new=detoured(delay=0.02))
    result = compare("old", "new", *SMALL)

    assert result.exit_code == 1, result.output
    assert result.stdout.startswith("FAIL  B is slower: shift +")
    found = document(project)["latency"]
    assert 0 < found["lower"] < found["shift"] < found["upper"]
    assert found["shift"] > 0.015
    assert found["p_value"] < 0.01
    assert found["shift"] > found["bound"]


def test_a_stack_that_became_faster_passes(
    compare: Compare, project: Path, stack: EmbeddedStack, declare: Declare, detoured: Callable[..., TargetDeclaration]
) -> None:
    """The same two the other way round; the verdict says that B is faster."""
    declare(old=detoured(delay=0.02), new=stack.target)
    result = compare("old", "new", *SMALL)

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("PASS  B is faster: shift -")
    assert document(project)["latency"]["is_faster"] is True


def test_a_target_that_doubles_messages_fails(
    compare: Compare, stack: EmbeddedStack, declare: Declare, detoured: Callable[..., TargetDeclaration]
) -> None:
    """However fast it is; the finding is told with its id and the round."""
    declare(
        old=stack.target, new=detoured(change=lambda chunk: chunk * 2 if b"block 2 of B, message 7" in chunk else chunk)
    )
    result = compare("old", "new", *SMALL)

    assert result.exit_code == 1
    assert result.stdout.startswith("FAIL  B broke a guarantee: shift ")
    assert "\nB broke   delivery.duplicated (delivery) in round 2: " in result.stdout


def test_what_a_target_does_not_grant_is_not_compared(compare: Compare, stack: EmbeddedStack, declare: Declare) -> None:
    """One sentence with the reason, and inconclusive: nothing was seen."""
    declare(old=stack.target, new=msgspec.structs.replace(stack.target, may=May(write=True, load=True)))
    result = compare("old", "new", *SMALL)

    assert result.exit_code == 4
    assert result.stderr.startswith("realtime: nothing is compared: not granted: [targets.new.may] does not say create")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["nowhere", "embedded"], 2, "realtime: 'nowhere' is no target; known are embedded, containers\n"),
        (["embedded"], 2, "Missing argument 'B'"),
        (["embedded", "embedded", "--rounds", "3"], 2, "3 is not in the range 4<=x<=1000"),
        (["embedded", "embedded", "--messages", "9"], 2, "9 is not in the range 10<=x<=100000"),
        (["embedded", "embedded", "--config", "no.toml"], 2, "no.toml cannot be read: No such file or directory\n"),
        (["embedded", "embedded", "--report", "pyproject.toml"], 2, "cannot be made: Not a directory; name another"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(
    compare: Compare, arguments: list[str], code: int, complaint: str
) -> None:
    """With what is allowed, before anything is started."""
    result = compare(*arguments)

    assert (result.exit_code, result.stdout) == (code, "")
    assert complaint in result.stderr


def test_a_missing_extra_is_named(compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    result = compare("embedded", "embedded")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "pip install 'realtime-harness[compare]'" in result.stderr


def test_a_target_that_is_not_there_ends_with_3(
    compare: Compare, project: Path, stack: EmbeddedStack, declare: Declare
) -> None:
    """The folder says so too, with the histories as far as they go."""
    backend = msgspec.structs.replace(stack.target.backend, url="http://127.0.0.1:1")
    declare(old=msgspec.structs.replace(stack.target, backend=backend), new=stack.target)
    result = compare("old", "new", *SMALL)

    assert (result.exit_code, result.stdout) == (3, "")
    found = document(project)
    assert (found["verdict"], found["exit_code"]) == ("INCONCLUSIVE", 3)
    assert found["cut_short"] in result.stderr


def test_ctrl_c_tells_what_was_seen_by_then(
    compare: Compare, project: Path, stack: EmbeddedStack, declare: Declare, detoured: Callable[..., TargetDeclaration]
) -> None:
    """The document and the histories are there, and no verdict is claimed."""

    def interrupting(chunk: bytes) -> bytes:
        if b"block 1 of B, message 2" in chunk:
            os.kill(os.getpid(), signal.SIGINT)
        return chunk

    declare(old=stack.target, new=detoured(change=interrupting))
    result = compare("old", "new", *SMALL)

    assert result.exit_code == 4
    assert result.stdout.startswith("INCONCLUSIVE  interrupted after 3 of 10 blocks\n")
    found = document(project)
    assert (found["cut_short"], found["exit_code"]) == ("interrupted after 3 of 10 blocks", 4)
    assert [len(found["targets"][letter]["rounds"]) for letter in "AB"] == [1, 0]
    assert load(project / "reports" / found["run"] / "history-B.jsonl")[1]


def test_ctrl_c_leaves_no_process(started: Start) -> None:
    """It ends with 4 and a sentence, also while the stacks start."""
    process = started("embedded", "embedded", "--rounds", "1000")
    servers = servers_of(process)
    process.send_signal(signal.SIGINT)
    told = "".join(process.communicate())

    assert process.returncode == 4, told
    assert "interrupted" in told
    assert "Traceback" not in told
    # One that was being forked at that moment ends by itself when it finds nobody at the other end of its pipe.
    while not all(map(has_ended, servers)):
        select.select([], [], [], 0.01)


def test_a_server_that_dies_ends_with_3(started: Start) -> None:
    """At once, not after the last of a thousand rounds, with the end of its log."""
    process = started("embedded", "embedded", "--rounds", "1000")
    os.kill(servers_of(process)[0], signal.SIGKILL)
    _, complaint = process.communicate()

    assert process.returncode == 3, complaint
    assert "died (ended by SIGKILL)" in complaint
    assert "Traceback" not in complaint

"""A server as a child process: configured, heard, watched and ended."""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import harness
from harness.errors import EnvironmentFault, UsageError
from harness.topology.log import LAST_LINES
from harness.topology.process import ServerProcess

LINE = "import sys, json; asked = json.loads(sys.stdin.readline())\n"
READY = LINE + "print(json.dumps({'ready': True, 'asked': asked}), flush=True)\n"
SERVE = READY + "sys.stdin.read()\n"

Start = Callable[[str], ServerProcess]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start a server that runs the given Python text; it is ended with the test."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    started = []

    def start(text: str) -> ServerProcess:
        (tmp_path / "a_server.py").write_text(text)
        started.append(ServerProcess("server", "a_server", tmp_path / "logs"))
        return started[-1]

    yield start
    for server in started:
        server.release()
        server.reap()


def soon() -> float:
    """Give a deadline that a loaded machine keeps."""
    return time.monotonic() + 30


def test_a_server_is_configured_by_one_line_and_answers_with_one(start: Start) -> None:
    """What it was asked reaches it whole, and its ready line reaches us."""
    server = start(SERVE)
    server.configure({"port": 0, "word": "مرحبا"})
    assert server.announced(soon()) == {"ready": True, "asked": {"port": 0, "word": "مرحبا"}}
    server.check()


def test_a_server_that_runs_is_told_more_and_answers(start: Start) -> None:
    """Each line is answered by one; what it refuses is the caller's mistake."""
    server = start(
        READY
        + "for line in sys.stdin:\n"
        + "    told = json.loads(line)\n"
        + "    print(json.dumps({'error': 'not that'} if told.get('wrong') else {'took': told}), flush=True)\n"
    )
    server.configure({"port": 0})
    server.announced(soon())

    assert server.tell({"word": 1}, soon()) == {"took": {"word": 1}}
    with pytest.raises(UsageError, match="the server refuses: not that"):
        server.tell({"wrong": True}, soon())


def test_what_a_server_answers_must_be_an_object(start: Start) -> None:
    """Anything else is a fault of the server's, quoted; and so is its death."""
    server = start(READY + "sys.stdin.readline(); print(7, flush=True)\n")
    server.configure({"port": 0})
    server.announced(soon())

    with pytest.raises(EnvironmentFault, match=r"answered b'7.+' where a JSON object was due"):
        server.tell({}, soon())
    with pytest.raises(EnvironmentFault, match="died before it answered"):
        server.tell({}, soon())


def test_a_server_that_does_not_answer_is_said_to(start: Start) -> None:
    """It was ready once, so nothing is said of that."""
    server = start(SERVE)
    server.configure({"port": 0})
    server.announced(soon())
    with pytest.raises(EnvironmentFault, match="the server gave no answer in time"):
        server.tell({}, time.monotonic())


def test_a_server_runs_in_an_empty_folder_in_a_session_of_its_own(start: Start) -> None:
    """Nothing of the caller's folder can be imported by mistake, and a terminal's Ctrl-C does not reach it."""
    server = start(
        LINE + "import os; print(json.dumps({'beside': os.listdir(), 'leads': os.getsid(0) == os.getpid()}))\n"
    )
    server.configure({"port": 0})
    assert server.announced(soon()) == {"beside": [], "leads": True}


@pytest.mark.parametrize("line", ["[1]", "1", "null"])
def test_a_line_that_is_no_object_is_a_fault(start: Start, line: str) -> None:
    """JSON of another kind says nothing that we could use."""
    server = start(LINE + f"print('{line}')\n")
    server.configure({"port": 0})
    with pytest.raises(EnvironmentFault, match="where a JSON object was due"):
        server.announced(soon())


@pytest.mark.parametrize(
    ("port", "code", "kind"), [(8080, 3, UsageError), (0, 2, UsageError), (0, 3, EnvironmentFault)]
)
def test_a_refusal_says_whose_it_is(start: Start, port: int, code: int, kind: type[Exception]) -> None:
    """A port of the caller's choice and a wrong configuration are usage, what fails around the server is not."""
    server = start(LINE + f"print(json.dumps({{'error': 'port 8080 is taken'}})); sys.exit({code})\n")
    server.configure({"port": port})
    with pytest.raises(kind, match=r"^the server cannot start: port 8080 is taken$"):
        server.announced(soon())


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ("raise SystemExit('no database')\n", "exit code 1"),
        ("import os; os.kill(os.getpid(), 9)\n", "ended by SIGKILL"),
    ],
)
def test_a_server_that_dies_early_is_reported_with_its_log(start: Start, text: str, ending: str) -> None:
    """Death is noticed at once, not at the deadline, and the configuration does not stumble over it."""
    server = start("import sys; print('I was here', file=sys.stderr, flush=True)\n" + text)
    server.configure({"port": 0})
    with pytest.raises(EnvironmentFault, match=rf"the server died before it was ready \({ending}\)") as died:
        server.announced(soon())
    assert "\n    I was here" in str(died.value)


def test_a_server_that_closes_its_output_is_no_better(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an output nothing can be announced any more."""
    monkeypatch.setattr("harness.topology.process._GRACE_SECONDS", 0.01)
    server = start("import os, sys; os.close(1); sys.stdin.read()\n")
    with pytest.raises(EnvironmentFault, match=r"closed its output and still runs"):
        server.announced(soon())


def test_a_server_that_is_late_is_a_fault(start: Start) -> None:
    """A deadline in the past is late at once; the empty log is said to be empty."""
    server = start("import sys; sys.stdin.read()\n")
    with pytest.raises(EnvironmentFault, match=r"the server was not ready in time; .*server.log: \(its log is empty\)"):
        server.announced(time.monotonic() - 1)


def test_a_death_between_two_looks_is_seen(start: Start) -> None:
    """A check does not wait, and tells how the server ended."""
    server = start(READY)
    server.configure({"port": 0})
    server.announced(soon())
    server.reap()
    with pytest.raises(EnvironmentFault, match=r"the server died \(exit code 0\)"):
        server.check()


def test_the_end_of_the_log_is_kept(start: Start) -> None:
    """Of a long log the last lines are given, also when they are no text."""
    server = start(
        "import sys\nfor n in range(10000): print('line', n, file=sys.stderr)\nsys.stderr.buffer.write(b'\\xff end')\n"
    )
    server.reap()
    lines = server.last_lines().splitlines()
    assert len(lines) == LAST_LINES
    assert lines[-2:] == ["line 9999", "\N{REPLACEMENT CHARACTER} end"]


def test_a_log_that_is_gone_is_empty(start: Start) -> None:
    """Somebody who cleans up early must not break a failure text."""
    server = start(SERVE)
    server.log.path.unlink()
    assert server.last_lines() == ""


def test_releasing_ends_a_server_that_watches_its_line(start: Start) -> None:
    """End of file is enough; no signal is needed by a server that listens."""
    server = start(f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{SERVE}")
    server.configure({"port": 0})
    server.announced(soon())
    server.release()
    server.reap()
    with pytest.raises(EnvironmentFault, match="exit code 0"):
        server.check()


def test_a_server_that_will_not_end_is_killed(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that ignores both the line and the signal does not outlive the grace."""
    monkeypatch.setattr("harness.topology.process._GRACE_SECONDS", 0.01)
    server = start(f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{READY}while True: signal.pause()\n")
    server.configure({"port": 0})
    server.announced(soon())
    server.release()
    server.reap()
    with pytest.raises(EnvironmentFault, match="ended by SIGKILL"):
        server.check()


def test_a_paused_server_says_nothing_until_it_goes_on(start: Start) -> None:
    """What it is told meanwhile is answered afterwards; resuming one that runs does it no harm."""
    server = start(READY + "for line in sys.stdin: print(line, end='', flush=True)\n")
    server.configure({"port": 0})
    server.announced(soon())

    server.pause()
    with pytest.raises(EnvironmentFault, match="gave no answer in time"):
        server.tell({"asked": 1}, time.monotonic() + 0.1)
    server.check()
    server.resume()
    server.resume()

    assert server.tell({"asked": 2}, soon()) == {"asked": 2}


def test_a_paused_server_ends_as_any_other(start: Start) -> None:
    """It need not be killed for that: it goes on, and sees that its line is closed."""
    server = start(SERVE)
    server.configure({"port": 0})
    server.announced(soon())
    server.pause()

    server.release()
    server.reap()

    with pytest.raises(EnvironmentFault, match=r"exit code 0|ended by SIGTERM"):
        server.check()


def test_a_dead_server_cannot_be_paused(start: Start) -> None:
    """It is told that it died."""
    server = start(READY)
    server.reap()
    with pytest.raises(EnvironmentFault, match="the server died"):
        server.pause()


@pytest.mark.parametrize(("how", "ending"), [("stop", "ended by SIGTERM"), ("kill", "ended by SIGKILL")])
def test_a_server_is_ended_as_it_is_said(start: Start, how: str, ending: str) -> None:
    """Also one that is paused; it is gone when the call returns."""
    server = start(SERVE)
    server.configure({"port": 0})
    server.announced(soon())
    server.pause()
    server.end(how)
    with pytest.raises(EnvironmentFault, match=ending):
        server.check()


def test_a_server_that_takes_a_place_goes_on_with_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the one before said is not lost."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "a_server.py").write_text("import sys; print('I was here', file=sys.stderr)")
    for again in (False, True):
        server = ServerProcess("server", "a_server", tmp_path / "logs", again=again)
        server.reap()
        server.release()

    assert server.last_lines().splitlines() == ["I was here"] * 2


def test_ending_may_be_asked_for_again(start: Start) -> None:
    """Neither call stumbles over a server that is gone, and its empty folder is gone too."""
    server = start(SERVE)
    for _ in range(2):
        server.release()
        server.reap()
    assert os.listdir(server.log.path.parent) == [server.log.path.name]  # noqa: PTH208 - names are what is compared


def test_our_package_comes_first_for_a_child(start: Start) -> None:
    """Whatever else is on the path, a server of ours imports ours."""
    server = start(LINE + "import harness; print(json.dumps({'from': harness.__file__}))\n")
    server.configure({"port": 0})
    assert server.announced(soon()) == {"from": harness.__file__}


def test_a_fork_of_ours_may_pause_it_too(start: Start) -> None:
    """It stands still for as long as the fork wants; one that ended meanwhile is helped by whoever started it."""
    server = start(SERVE)
    server.configure({"port": 0})
    server.announced(soon())
    ours, theirs = multiprocessing.Pipe()

    def fork() -> None:
        server.pause()
        theirs.send("paused")
        theirs.recv()

    process = multiprocessing.get_context("fork").Process(target=fork)
    process.start()
    assert ours.recv() == "paused"
    reached(server, "T")

    process.kill()
    process.join()
    server.go_on()
    reached(server, "S")


def reached(server: ServerProcess, state: str) -> None:
    """Wait until the process is in a state, as the system calls it."""
    deadline, stat = soon(), Path(f"/proc/{server.pid}/stat")
    while stat.read_text().rpartition(")")[2].split()[0] != state:
        assert time.monotonic() < deadline

"""A run that is ended early still tells what it saw: Ctrl-C once or twice, SIGTERM, and `kill -9`."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.plugin import interruption

Read = Callable[[], dict[str, Any]]

WAITING = """
    import asyncio
    import pathlib
    from chat import exchange

    async def test_over(alice, bob, conversation):
        await exchange(alice, bob, conversation)

    async def test_waits(alice):
        with open("ready", "w") as pipe:
            pipe.write("ready")
        await asyncio.sleep(3600)

    async def test_never(alice): ...
"""


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Put the signals back, whatever a test did with them."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def ended(project: pytest.Pytester) -> Callable[..., tuple[int, str]]:
    """Give a function that sends signals to a run whose first test is over; its exit code, and what it said."""
    project.makepyfile(WAITING)
    os.mkfifo(project.path / "ready")

    def end(*signals: signal.Signals, options: tuple[str, ...] = ()) -> tuple[int, str]:
        command = [sys.executable, "-m", "pytest", *options]
        with subprocess.Popen(
            command, cwd=project.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            assert (project.path / "ready").read_text() == "ready"
            for number in signals:
                process.send_signal(number)
            said, _ = process.communicate(timeout=60)
        return process.returncode, said

    return end


@pytest.mark.parametrize(
    ("signals", "options"),
    [
        ((signal.SIGTERM,), ()),
        ((signal.SIGTERM,), ("-n1",)),
        ((signal.SIGINT,), ()),
        ((signal.SIGINT, signal.SIGINT), ()),
        ((signal.SIGTERM, signal.SIGINT), ()),
    ],
)
def test_a_signal_ends_a_run_with_its_report(
    ended: Any, project: pytest.Pytester, verdict: Read, signals: tuple[signal.Signals, ...], options: tuple[str, ...]
) -> None:
    """As Ctrl-C does, and an impatient second one costs nothing: pytest's own exit code, and no traceback of ours."""
    if options:
        pytest.importorskip("xdist")
    code, said = ended(*signals, options=options)

    assert code == pytest.ExitCode.INTERRUPTED, said
    assert "Traceback" not in said
    assert "the run was interrupted, so what was left is not proven" in said
    assert (verdict()["cut_short"], verdict()["tests"]["PASS"]) == ("the run was interrupted", 1)
    latest = project.path / "reports" / "latest"
    assert (latest / "history.jsonl").stat().st_size
    assert list(latest.glob("*.part")) == []


def test_a_run_that_is_interrupted_while_its_target_starts_says_so(
    project: pytest.Pytester, run: Callable[..., pytest.RunResult], verdict: Read
) -> None:
    """It has a report, though nothing was seen."""
    project.makeconftest(
        """
        import harness.topology

        def interrupted(*args, **kwargs):
            raise KeyboardInterrupt

        harness.topology.open_deployment = interrupted
        """
    )
    project.makepyfile("async def test_it(alice): ...")

    result = run()

    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert (verdict()["verdict"], verdict()["cut_short"]) == ("INCONCLUSIVE", "the run was interrupted")


def test_of_a_killed_run_the_report_can_be_made(ended: Any, project: pytest.Pytester) -> None:
    """What was over is on disk already; `realtime report` makes history, verdict and artefacts of it."""
    code, _ = ended(signal.SIGKILL)
    folder = next((project.path / "reports").glob("2*"))
    left = {path.name for path in folder.iterdir()}
    made = subprocess.run(
        [sys.executable, "-m", "harness", "report", folder], capture_output=True, text=True, check=False
    )

    assert code == -signal.SIGKILL
    assert left >= {"history.jsonl.part", "outcomes.jsonl.part"}
    assert "the run was interrupted" in made.stdout, made
    assert "lost 0/1" in made.stdout
    assert (folder / "history.jsonl").exists()
    assert (folder / "verdict.json").exists()


def test_sigterm_means_what_ctrl_c_means() -> None:
    """Whoever listens for Ctrl-C hears it; afterwards the signal is as it was."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    interruption.end_in_order()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)
    interruption.end_at_once()

    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_handler_of_somebody_else_stays() -> None:
    """A project that handles SIGTERM itself knows why."""
    theirs = signal.SIG_IGN
    signal.signal(signal.SIGTERM, theirs)
    signal.signal(signal.SIGINT, theirs)
    interruption.end_in_order()
    interruption.ignore_the_next()
    interruption.end_at_once()

    assert signal.getsignal(signal.SIGTERM) is theirs
    assert signal.getsignal(signal.SIGINT) is theirs


def test_one_more_ctrl_c_passes_and_a_third_is_heard() -> None:
    """Nobody is locked out by a fixture that hangs."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    interruption.ignore_the_next()
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)

    interruption.ignore_the_next()
    interruption.end_at_once()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_nothing_disturbs_the_writing_of_a_report() -> None:
    """Both signals are unheard meanwhile, and what they were afterwards."""
    before = signal.getsignal(signal.SIGINT)
    with interruption.undisturbed():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)

    assert signal.getsignal(signal.SIGINT) is before


def test_outside_the_main_thread_signals_are_left_alone() -> None:
    """Python lets nobody else set them."""
    failures: list[BaseException] = []

    def act() -> None:
        try:
            interruption.end_in_order()
            interruption.ignore_the_next()
            with interruption.undisturbed():
                interruption.end_at_once()
        except BaseException as error:  # noqa: BLE001 - a thread's errors are lost
            failures.append(error)

    thread = threading.Thread(target=act)
    thread.start()
    thread.join()

    assert failures == []

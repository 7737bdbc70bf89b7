"""What a run came to when not everything ran, or ran once."""

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., pytest.RunResult]
Read = Callable[[], dict[str, Any]]

TWICE = """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    first = runtestprotocol(item, nextitem=nextitem, log=False)
    second = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in first:
        report.outcome = "rerun" if report.failed else report.outcome
    for report in (*first, *second):
        item.ihook.pytest_runtest_logreport(report=report)
    return True
"""

AGAIN = """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    runtestprotocol(item, nextitem=nextitem)
    runtestprotocol(item, nextitem=nextitem)
    return True
"""

INTERRUPTED = """
import os
import pathlib

import pytest

@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report):
    if report.when == "teardown" and "PYTEST_XDIST_WORKER" not in os.environ:
        pathlib.Path("first-is-over").touch()

def pytest_keyboard_interrupt():
    AGAIN
"""


@pytest.mark.parametrize(
    ("arguments", "interruption", "again"),
    [
        ([], "raise KeyboardInterrupt", "pass"),
        ([], "raise KeyboardInterrupt", "raise KeyboardInterrupt"),
        ([], "pytest.exit('enough', returncode=0)", "pass"),
        (["-n2"], "os.kill(os.getppid(), signal.SIGINT)", "pass"),
    ],
)
def test_an_interrupted_run_proves_nothing_about_the_rest(
    project: pytest.Pytester, run: Run, verdict: Read, arguments: list[str], interruption: str, again: str
) -> None:
    """After one Ctrl-C, two, or an exit in good order the tests that passed are kept, and the verdict is not PASS."""
    if arguments:
        pytest.importorskip("xdist")
    project.makeconftest(INTERRUPTED.replace("AGAIN", again))
    project.makepyfile(
        f"""
        import os, pathlib, signal
        import pytest

        async def test_first(alice): ...
        async def test_second(alice):
            while not pathlib.Path("first-is-over").exists(): ...
            {interruption}
        @pytest.mark.parametrize("number", range(9))
        async def test_third(alice, number): ...
        """
    )

    result = run(*arguments)

    assert result.ret != pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*- realtime: INCONCLUSIVE -*", "the run was interrupted*"])
    assert (verdict()["cut_short"], verdict()["exit_code"]) == ("the run was interrupted", 4)
    assert verdict()["tests"].keys() == {"PASS"}


def test_an_attempt_that_is_not_over_is_missing(project: pytest.Pytester, run: Run, verdict: Read) -> None:
    """A test that is interrupted when it is run again has not finished, although its first attempt has."""
    project.makeconftest(AGAIN)
    project.makepyfile(
        """
        import pathlib

        async def test_it(alice):
            if pathlib.Path("seen").exists():
                raise KeyboardInterrupt
            pathlib.Path("seen").touch()
        """
    )

    run()

    assert (verdict()["verdict"], verdict()["cut_short"]) == ("INCONCLUSIVE", "the run was interrupted")


def test_what_must_be_exercised_and_is_not_keeps_the_run_open(
    project: pytest.Pytester, run: Run, verdict: Read
) -> None:
    """A required capability that no test needed which ran ends with 1 and INCONCLUSIVE, and is named."""
    project.makepyfile(
        """
        import pytest

        @pytest.mark.needs("create")
        async def test_it(alice): ...
        """
    )

    enough, lacking = run("--realtime-require=create"), run("--realtime-require=create,secret")

    assert (enough.ret, lacking.ret) == (0, 1)
    lacking.stdout.fnmatch_lines(["required but not exercised: secret"])
    assert (verdict()["verdict"], verdict()["required_not_exercised"]) == ("INCONCLUSIVE", ["secret"])
    assert verdict()["outcomes"][0]["needs"] == ["create"]


def test_a_pass_that_took_a_rerun_is_inconclusive(project: pytest.Pytester, run: Run, verdict: Read) -> None:
    """A test that failed and then passed, as pytest-rerunfailures reports it, makes the run INCONCLUSIVE: flaky."""
    project.makeconftest(TWICE)
    project.makepyfile(
        """
        import pathlib

        async def test_it(alice):
            seen = pathlib.Path("seen")
            assert seen.exists() or seen.touch()
        """
    )

    result = run()

    result.stdout.fnmatch_lines(["*- realtime: INCONCLUSIVE -*", "in doubt: flaky, *test_it"])
    assert [name.rpartition("::")[2] for name in verdict()["flaky"]] == ["test_it"]
    assert len(verdict()["outcomes"]) == 2


def test_a_session_that_exercised_nothing_is_no_success(project: pytest.Pytester, run: Run, verdict: Read) -> None:
    """Skipped tests alone end with 1 and INCONCLUSIVE; plain tests beside them do not change that."""
    project.makepyfile(
        """
        import pytest

        @pytest.mark.needs("two_nodes")
        async def test_far(alice): ...

        def test_plain(): ...
        """
    )

    result = run()

    result.assert_outcomes(skipped=1, passed=1)
    result.stdout.fnmatch_lines(["no realtime test was exercised*", "not exercised (1): *two_nodes*"])
    assert (result.ret, verdict()["verdict"], verdict()["exit_code"]) == (1, "INCONCLUSIVE", 4)


def test_a_project_without_tests_of_ours_is_left_alone(project: pytest.Pytester, run_here: Run) -> None:
    """No section, no report folder, pytest's own exit codes."""
    project.makepyfile("def test_plain(): ...")

    result = run_here()

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*realtime:*")
    assert (result.ret, (project.path / "reports").exists()) == (0, False)
    assert run_here("-k", "nothing").ret == pytest.ExitCode.NO_TESTS_COLLECTED

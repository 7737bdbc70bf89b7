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


def test_an_interrupted_run_proves_nothing_about_the_rest(project: pytest.Pytester, run: Run, verdict: Read) -> None:
    """After Ctrl-C the tests that passed are kept, and the verdict is not PASS."""
    project.makepyfile(
        """
        async def test_first(alice): ...
        async def test_second(alice):
            raise KeyboardInterrupt
        async def test_third(alice): ...
        """
    )

    result = run()

    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*- realtime: INCONCLUSIVE -*", "the run was interrupted*"])
    assert (verdict()["tests"], verdict()["exit_code"]) == ({"PASS": 1}, 4)


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

    result.stdout.fnmatch_lines(["*- realtime: INCONCLUSIVE -*", "flaky, *test_it"])
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
    result.stdout.fnmatch_lines(["not exercised (1): *two_nodes*", "no realtime test was exercised*"])
    assert (result.ret, verdict()["verdict"], verdict()["exit_code"]) == (1, "INCONCLUSIVE", 4)


def test_a_project_without_tests_of_ours_is_left_alone(project: pytest.Pytester, run_here: Run) -> None:
    """No section, no report folder, pytest's own exit codes."""
    project.makepyfile("def test_plain(): ...")

    result = run_here()

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*realtime:*")
    assert (result.ret, (project.path / "reports").exists()) == (0, False)
    assert run_here("-k", "nothing").ret == pytest.ExitCode.NO_TESTS_COLLECTED

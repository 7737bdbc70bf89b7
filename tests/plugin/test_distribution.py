"""pytest-xdist: each worker has a stack of its own, and the controller writes the one report."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from harness.report.files import ARTEFACTS

pytest.importorskip("xdist")

Run = Callable[..., pytest.RunResult]
Read = Callable[[], dict[str, Any]]

FOUR = """
    import pytest
    from chat import exchange

    @pytest.mark.parametrize("again", [1, 2, 3])
    async def test_proven(alice, bob, conversation, again):
        await exchange(alice, bob, conversation)

    @pytest.mark.arrive("nowhere")
    async def test_doubtful(alice): ...
"""


def test_workers_share_a_run_and_no_stack(project: pytest.Pytester, run: Run, verdict: Read) -> None:
    """Two workers, two stacks, one run id, one history in the order of time, one verdict; doubts travel too."""
    project.makepyfile(FOUR)

    result = run("-n2", "--realtime-inconclusive=fail")

    outcomes = result.parseoutcomes()
    assert (result.ret, outcomes["passed"], outcomes["inconclusive"]) == (1, 3, 1)
    assert (verdict()["verdict"], verdict()["exercised"], verdict()["counts"]["delivered"]) == ("INCONCLUSIVE", 4, 3)
    latest = project.path / "reports" / "latest"
    assert {path.name for path in latest.iterdir()} == {*ARTEFACTS, "history.jsonl", "logs-gw0", "logs-gw1"}
    header, *events = [json.loads(line) for line in (latest / "history.jsonl").read_text().splitlines()]
    assert header["run"] == latest.resolve().name
    assert {event["worker"] for event in events} == {"gw0", "gw1"}


@pytest.mark.parametrize(
    ("file", "marker", "told"),
    [
        ("targets = [", "realtime", "*realtime.toml is no TOML: *"),
        ("", "needs('wings')", "*test_it*: needs: 'wings' is no capability; *"),
        ("require = 'containers'", "realtime", "--realtime-require names containers, which cannot be exercised: *"),
        ("far", "realtime", "target far has one fixed conversation*-n 2"),
    ],
)
def test_a_mistake_that_workers_find_ends_the_run_as_ever(
    project: pytest.Pytester, run: Run, far: str, file: str, marker: str, told: str
) -> None:
    """One sentence, exit code 4 and no internal error: xdist itself would take it for a crash."""
    project.makefile(".toml", realtime=far if file == "far" else file)
    project.makepyfile(
        f"""
        import pytest

        @pytest.mark.{marker}
        @pytest.mark.parametrize("again", [1, 2])
        async def test_it(alice, again): ...
        """
    )

    result = run("-n2")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {told}"])
    result.stdout.no_fnmatch_line("*INTERNALERROR*")


def test_a_worker_that_crashes_leaves_the_run_without_a_pass(project: pytest.Pytester, run: Run, verdict: Read) -> None:
    """What a dead worker would have said is missing, which is the environment's fault and no PASS."""
    project.makepyfile(
        """
        import os
        import signal

        async def test_first(alice): ...
        async def test_fatal(bob):
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )

    result = run("-n1")

    result.assert_outcomes(passed=1, failed=1)
    assert (verdict()["verdict"], verdict()["exit_code"]) == ("INCONCLUSIVE", 3)
    assert verdict()["tests"] == {"PASS": 1, "ENVIRONMENT": 1}

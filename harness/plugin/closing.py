"""What a run came to: outcomes gathered where reports arrive, a verdict at the end, a few lines on the terminal."""

from typing import Any

import pytest

from harness.plugin import distribution, outcome
from harness.plugin.run import Run, run_of

_SUMMARY = pytest.StashKey[dict[str, Any]]()
_COMPLETE = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
_CRASHED = "???"
"""What xdist writes where a report says in which phase of a test a worker crashed."""


class Collector:
    """Gathers the outcomes of realtime tests where reports arrive: here, or in the controller of a distributed run."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what the plugin wrote on a report; a crash took that, and the history, of its test along."""
        told = getattr(report, "realtime", None)
        if told is not None:
            # pytest-rerunfailures calls a failed attempt "rerun" when another one follows it.
            self._run.outcomes.append({**told, "repeated": str(report.outcome) == "rerun"})
        elif str(report.when) == _CRASHED:
            self._run.crashes.append(outcome.crashed(report.nodeid, str(report.longrepr)))


def finish(session: pytest.Session) -> None:
    """
    Store the history of this process; where the outcomes are, write the verdict too and mind the exit code.

    Raises `pytest.UsageError` for what a worker found wrong with the run.
    """
    run = run_of(session.config)
    run.store_history()
    if run.worker:
        return
    distribution.raise_refusal(session.config)
    cut_short = "" if session.exitstatus in _COMPLETE else "the run was interrupted"
    summary = run.finish(cut_short=cut_short)
    if summary is None:
        return
    session.config.stash[_SUMMARY] = summary
    if summary["exercised"] == 0 and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def summarize(terminal: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the verdict in a few lines."""
    summary = config.stash.get(_SUMMARY, None)
    if summary is None:
        return
    from harness.report.summary import lines

    colour = {"PASS": "green", "FAIL": "red"}.get(summary["verdict"], "yellow")
    terminal.section(f"realtime: {summary['verdict']}", sep="-", bold=True, **{colour: True})
    for line in lines(summary):
        terminal.write_line(line)

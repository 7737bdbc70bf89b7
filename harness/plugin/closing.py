"""What a run came to: outcomes gathered where reports arrive, a verdict at the end, a few lines on the terminal."""

from collections.abc import Iterable

import pytest

from harness.plugin import distribution, outcome
from harness.plugin.run import Run, run_of

_DOCUMENT = pytest.StashKey["Document"]()
_COMPLETE = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
_CRASHED = "???"
"""What xdist writes where a report says in which phase of a test a worker crashed."""


class Collector:
    """Gathers the outcomes of realtime tests where reports arrive: here, or in the controller of a distributed run."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note which tests are to run: an exit status does not tell how many of them did."""
        self._run.expected.update(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Iterable[str]) -> None:
        """Note the same in the controller of a distributed run, which collects nothing itself."""
        self._run.expected.update(ids)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what the plugin wrote on a report; a crash took that, and the history, of its test along."""
        self._note_progress(report)
        told = getattr(report, "realtime", None)
        if told is not None:
            # pytest-rerunfailures calls a failed attempt "rerun" when another one follows it.
            self._run.outcomes.append({**told, "repeated": str(report.outcome) == "rerun"})
        elif str(report.when) == _CRASHED:
            self._run.crashes.append(outcome.crashed(report.nodeid, str(report.longrepr)))

    def _note_progress(self, report: pytest.TestReport) -> None:
        if report.when == "setup":  # perhaps of another attempt
            self._run.finished.discard(report.nodeid)
        elif report.when == "teardown" or str(report.when) == _CRASHED:
            self._run.finished.add(report.nodeid)


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
    is_complete = run.expected <= run.finished and session.exitstatus in _COMPLETE
    document = run.finish(cut_short="" if is_complete else "the run was interrupted")
    if document is None:
        return
    session.config.stash[_DOCUMENT] = document
    is_unproven = not document.exercised or document.cut_short or document.required_not_exercised
    if is_unproven and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def summarize(terminal: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the verdict in a few lines."""
    document = config.stash.get(_DOCUMENT, None)
    if document is None:
        return
    from harness.report.summary import lines

    colour = {"PASS": "green", "FAIL": "red"}.get(document.verdict, "yellow")
    terminal.section(f"realtime: {document.verdict}", sep="-", bold=True, **{colour: True})
    for line in lines(document):
        terminal.write_line(line)

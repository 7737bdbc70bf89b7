"""What a run came to: outcomes gathered where reports arrive, a verdict at the end, a few lines on the terminal."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

from harness.plugin import distribution, github, interruption, outcome, selection, walking
from harness.plugin.run import Run, run_of

if TYPE_CHECKING:
    from harness.report.document import Document

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
        if not self._run.worker and any(selection.is_ours(item) for item in session.items):
            interruption.end_in_order()

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
            told = {**told, "repeated": str(report.outcome) == "rerun"}
            if not self._run.worker:
                interruption.end_in_order()  # the controller of a distributed run hears only now that some are ours
                self._run.add(told)
        elif str(report.when) == _CRASHED:
            self._run.crashes.append(outcome.crashed(report.nodeid, str(report.longrepr)))

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Let a second Ctrl-C not cost the report of what was seen, and nobody walk what somebody wants to leave."""
        self._run.is_interrupted = not excinfo.errisinstance(pytest.Session.Interrupted)  # as `--stepwise` stops
        if self._run.is_told:
            interruption.ignore_the_next()

    def pytest_unconfigure(self) -> None:
        """Leave the signals as they were."""
        interruption.end_at_once()

    def _note_progress(self, report: pytest.TestReport) -> None:
        if report.when == "setup":  # perhaps of another attempt
            self._run.finished.discard(report.nodeid)
        elif report.when == "teardown" or str(report.when) == _CRASHED:
            self._run.finished.add(report.nodeid)
            self._run.kept.catch_up()


def finish(session: pytest.Session) -> None:
    """
    Store the history of this process; where the outcomes are, write the verdict too and mind the exit code.

    Raises `pytest.UsageError` for what a worker found wrong with the run.
    """
    run = run_of(session.config)
    walking.walk_unopened(session.config)
    with interruption.undisturbed():
        run.kept.catch_up()
        if run.worker:
            distribution.tell_faults(session.config, run.kept.faults, run.visits)
            return
        distribution.raise_refusal(session.config)
        is_complete = run.expected <= run.finished and session.exitstatus in _COMPLETE
        document = run.finish(cut_short="" if is_complete else "the run was interrupted")
    if document is None:
        return
    session.config.stash[_DOCUMENT] = document
    if session.exitstatus == pytest.ExitCode.OK and _is_no_success(document):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def document_of(config: pytest.Config) -> "Document | None":
    """Give the verdict of a run that is over; None when no realtime test ran, or nothing was left to tell of it."""
    return config.stash.get(_DOCUMENT, None)


def _is_no_success(document: "Document") -> bool:
    """Tell whether a run whose tests all passed is none: of what only the whole of it shows, or what is missing."""
    if not document.exercised or document.cut_short or document.required_not_exercised:
        return True
    told_to_fail = document.facts.inconclusive == "fail"
    return any(reason != "inconclusive" or told_to_fail for reason in document.reasons)


def summarize(terminal: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the verdict in a few lines."""
    document = document_of(config)
    if document is None:
        return
    from harness.report.summary import lines

    colour = {"PASS": "green", "FAIL": "red"}.get(document.verdict, "yellow")
    terminal.section(f"realtime: {document.verdict}", sep="-", bold=True, **{colour: True})
    for line in lines(document):
        terminal.line(line)
    github.tell(terminal, document)

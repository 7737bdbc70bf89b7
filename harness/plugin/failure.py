"""How a failure of ours reads: the line of the test that met it and the paragraph that tells it, no code of ours."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.plugin import selection

if TYPE_CHECKING:
    from harness.topology.target import Target


_LOGS = pytest.StashKey[dict[str, str]]()
_LINES = 5
_ROUTINE = re.compile(r"\b(INFO|DEBUG)\b")
"""What a server says when all is well."""


def leave_out_our_code(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """End the traceback of an error of ours where our code begins, before pytest writes it; not for `--full-trace`."""
    error = call.excinfo
    if error is None or not _is_shortened(item, error):
        return
    entry, last = error.value.__traceback__, None
    while entry is not None:
        last = last if _is_our_code(entry.tb_frame.f_globals) else entry
        entry = entry.tb_next
    if last is not None:
        last.tb_next = None
        error.traceback = error.traceback.cut()


def tell(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport, target: "Target | None") -> None:
    """Put the bare paragraph on a report that would show no line of the project, and what went wrong in the servers."""
    error = call.excinfo
    if not report.failed or error is None:
        return
    from harness.errors import EnvironmentFault, NotExercised, UsageError, plain

    is_about_a_line = any(
        _is_of_project(item, entry.path) and not _is_our_code(entry.frame.f_globals) for entry in error.traceback
    )
    if _is_shortened(item, error) and (error.errisinstance(EnvironmentFault) or not is_about_a_line):
        report.longrepr = error.getrepr(style="value", chain=False)
    elif _is_shortened(item, error) and isinstance(item, pytest.Function) and selection.is_property(item):
        report.longrepr = _example_of(error.value)
    if target is not None and not error.errisinstance((UsageError, NotExercised)):
        before = item.stash.get(_LOGS, {})
        for name, log in target.logs().items():
            if lines := _worth_showing(before.get(name, "").splitlines(), log.splitlines()):
                report.sections.append((f"realtime: the {name} meanwhile", "\n".join(map(plain, lines))))


def _example_of(error: BaseException) -> str:
    """
    Tell the failure of a property by its paragraph and its example.

    Without the event loop's frames between the two, and without Hypothesis's list of lines that only failing examples
    ran: those are lines of ours.
    """
    notes: list[str] = []
    is_explained = False
    for note in getattr(error, "__notes__", []):
        is_explained = note.lstrip().startswith("Explanation:") or (is_explained and note.startswith(" "))
        notes += [] if is_explained else [note]
    return "\n".join([str(error), *notes])


def note_logs(item: pytest.Item, target: "Target") -> None:
    """Remember how the servers' logs end before a test, so that a failure shows only what came after."""
    item.stash[_LOGS] = target.logs()


def _worth_showing(before: list[str], now: list[str]) -> list[str]:
    """Give the last lines that are new and tell of trouble; the run's folder holds the whole log."""
    # Both are the ends of one log: what is new begins where the longest overlap stops.
    overlap = next((size for size in range(len(now), 0, -1) if before[-size:] == now[:size]), 0)
    return [line for line in now[overlap:] if line.strip() and not _ROUTINE.search(line)][-_LINES:]


def _is_shortened(item: pytest.Item, error: pytest.ExceptionInfo[BaseException]) -> bool:
    from harness.errors import GuaranteeBroken, HarnessError

    return error.errisinstance((GuaranteeBroken, HarnessError)) and not item.config.getoption("fulltrace")


def _is_our_code(namespace: Mapping[str, object]) -> bool:
    module = str(namespace.get("__name__", ""))
    return module.startswith("harness.") and not module.startswith("harness.scenarios.")


def _is_of_project(item: pytest.Item, file: Path | str) -> bool:
    path = Path(file)
    return path == item.path or (path.is_relative_to(item.config.rootpath) and "site-packages" not in path.parts)

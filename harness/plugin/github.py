"""What a run leaves with GitHub Actions: annotations in the log, and a summary on the page of the job."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.report.document import Document

_STEP_SUMMARY_HOLDS = 1024 * 1024
"""Bytes; GitHub drops the whole summary of a step that is larger."""


def tell(terminal: pytest.TerminalReporter, document: "Document") -> None:
    """Print annotations in a job of GitHub Actions, and append to the summary of a step that has one."""
    from harness.config.environment import is_github_job, step_summary

    if is_github_job():
        from harness.report.annotations import commands

        for command in commands(document):
            terminal.write_line(command)
    if (file := step_summary()) is not None:
        try:
            _append(file, document)
        except OSError as error:
            terminal.write_line(f"the step summary was not written: {error.strerror}")


def _append(file: Path, document: "Document") -> None:
    """Add our summary behind what other steps of the job wrote, as far as there is room."""
    from harness.report.authorization_map import FILE_NAME, read_map
    from harness.report.markdown import LIMIT, summary

    of_run = Path(document.facts.folder, FILE_NAME)
    drawn = read_map(of_run) if of_run.exists() else None
    taken = file.stat().st_size if file.exists() else 0
    text = summary(document, drawn=drawn, limit=min(LIMIT, _STEP_SUMMARY_HOLDS - taken - 1))
    if text:
        with file.open("ab") as stream:
            stream.write(b"\n" * (taken > 0) + text.encode())


def within_repository(folder: Path) -> str:
    """Give a folder as a path, with slashes, from the root of its repository; "" for that root and without one."""
    for above in (folder, *folder.parents):
        if (above / ".git").exists():
            return "" if above == folder else folder.relative_to(above).as_posix()
    return ""

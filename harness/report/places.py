"""Where a finding belongs: to which test, and where that test stands in the repository."""

import posixpath
import re
from typing import NamedTuple

from harness.checkers.findings import Finding
from harness.report.document import Document, Outcome, final

_OUTSIDE = re.compile(r"\.\./|/|[A-Za-z]:/")
"""How a path begins that leads out of the repository, on whatever platform."""


class Place(NamedTuple):
    """
    A line of a file, as a path from the root of the repository with slashes.

    `file` is "" for what lies outside the repository, as the shipped scenarios do; `line` is 0 where none is known.
    """

    file: str = ""
    line: int = 0


class Met(NamedTuple):
    """A finding, and the test that met it; None for one of the run as a whole."""

    finding: Finding
    outcome: Outcome | None


def place_of(outcome: Outcome, root: str) -> Place:
    """Say where a test stands; `root` is the rootdir, from the root of the repository."""
    path = posixpath.normpath(posixpath.join(root, outcome.file.replace("\\", "/")))
    is_inside = outcome.file and not _OUTSIDE.match(path)
    return Place(path, outcome.line) if is_inside else Place(line=outcome.line)


def met(document: Document) -> list[Met]:
    """List every finding of the last attempts, those that do not count included, and then those of the run."""
    of_tests = [Met(one, outcome) for outcome in final(document.outcomes) for one in outcome.findings]
    return of_tests + [Met(one, None) for one in of_run(document)]


def of_run(document: Document) -> list[Finding]:
    """List the findings that no test met: those of the run as a whole."""
    of_tests = {one for outcome in document.outcomes for one in outcome.findings}
    everything = (*document.findings, *document.advice, *document.tolerated)
    return list(dict.fromkeys(one for one in everything if one not in of_tests))

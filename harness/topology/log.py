"""The log of one server that we started: its end, and the error that quotes it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.errors import EnvironmentFault

LAST_LINES: Final = 20
_LAST_BYTES: Final = 16_384


@dataclass(frozen=True)
class Log:
    """A file into which a server's words go, and what that server is called."""

    name: str
    path: Path

    def last_lines(self) -> str:
        """Give the end of the log, at most `LAST_LINES` lines."""
        try:
            with self.path.open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - _LAST_BYTES))
                text = log.read().decode(errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-LAST_LINES:])

    def fault(self, what: str) -> EnvironmentFault:
        """Make the error that says `what` happened to the server and quotes the end of its log."""
        lines = self.last_lines()
        quoted = "".join(f"\n    {line}" for line in lines.splitlines()) if lines else " (its log is empty)"
        return EnvironmentFault(f"the {self.name} {what}; last lines of {self.path}:{quoted}")

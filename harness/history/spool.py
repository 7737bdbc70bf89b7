"""Write a history down while it grows, so that neither `kill -9` nor a power cut takes all of it along."""

from collections.abc import Iterable
from pathlib import Path

from harness.history.recorder import Recorder, encoded


class Part:
    """
    A file of lines that grows while a run goes on.

    Cheap enough for the end of every test: one write of what is new, handed to the operating system and not waited for.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.is_broken = False
        """Whether a write failed: the file ends somewhere in a line, and nothing is added to it any more."""

    def append(self, lines: Iterable[bytes]) -> None:
        """Add lines, each with its line break; raises `OSError` the first time that they cannot be written."""
        if self.is_broken:
            return
        try:
            with self._path.open("ab") as file:
                file.write(b"".join(lines))
        except OSError:
            self.is_broken = True
            raise


class Spool:
    """The part of a recorder's history that is on disk already, in a file of its own."""

    def __init__(self, recorder: Recorder, path: Path) -> None:
        self.recorder = recorder
        self.part = Part(path)
        self._written = 0

    def catch_up(self) -> None:
        """Append what was recorded since the last call; raises `OSError` as `Part.append`."""
        fresh = self.recorder.events[self._written :]
        if fresh:
            self.part.append(encoded(None if self._written else self.recorder.header, fresh))
            self._written += len(fresh)

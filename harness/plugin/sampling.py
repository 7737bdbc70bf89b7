"""
Show how far a sample is, in one line of the terminal that writes over itself.

Where lines stay, as in the log of a CI job, this is silent: `progress` says now and then that a long test goes on.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.users.sampling import Progress, Sample
    from harness.users.world import World

_REDRAWN_EVERY_SECONDS = 0.2


class Teller:
    """
    Writes progress to pytest's terminal, past the capture of output.

    Nothing is written where there is none, as in a worker of a distributed run.
    """

    def __init__(self, config: pytest.Config) -> None:
        reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
        self._reporter = reporter if getattr(reporter, "isatty", False) else None
        self._capture: Any = config.pluginmanager.get_plugin("capturemanager")
        self._last = time.monotonic()
        self._is_shown = False

    def tell(self, progress: "Progress") -> None:
        """Write how far it is, unless that was done a moment ago."""
        now = time.monotonic()
        if self._reporter is None or now - self._last < _REDRAWN_EVERY_SECONDS:
            return
        self._last = now
        with self._uncaptured():
            if not self._is_shown:
                self._reporter.ensure_newline()  # it may be in the middle of a line of dots
            self._is_shown = True
            self._reporter.rewrite(str(progress)[: shutil.get_terminal_size().columns - 1], erase=True)
            self._reporter.flush()

    def wipe(self) -> None:
        """Leave nothing of it on the line."""
        if self._reporter is not None and self._is_shown:
            with self._uncaptured():
                self._reporter.rewrite("", erase=True)
                self._reporter.rewrite("")
                self._reporter.flush()

    def _uncaptured(self) -> AbstractContextManager[None]:
        if self._capture is None:
            return nullcontext()
        uncaptured: AbstractContextManager[None] = self._capture.global_and_fixture_disabled()
        return uncaptured


@contextmanager
def open_sample(config: pytest.Config, world: "World") -> Iterator["Sample"]:
    """Make the sample of a test, and show how far it is while it is drawn."""
    from harness.users.sampling import Sample

    teller = Teller(config)
    try:
        yield Sample(world, teller.tell)
    finally:
        teller.wipe()

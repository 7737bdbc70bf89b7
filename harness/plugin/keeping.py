"""What a process of a run writes down while it goes on, so that no end of it takes everything along."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.history.events import Event
    from harness.history.recorder import Header, Recorder
    from harness.history.spool import Part, Spool
    from harness.report.document import Facts


class Keeping:
    """
    The parts of one process: a history for each of its recorders, and what tests came to where that arrives.

    A part that cannot be written fails no test: `faults` says why, once, and the run goes on in memory.
    """

    def __init__(self, folder: Callable[[], Path], worker: str) -> None:
        self.faults: list[str] = []
        self._folder = folder
        self._worker = worker
        self._spools: list[Spool] = []
        self._told: Part | None = None

    def take(self, recorder: "Recorder") -> None:
        """Write this recorder's history too; a project that overrides `target` brings several."""
        from harness.history.recorder import PART
        from harness.history.spool import Spool

        if any(spool.recorder is recorder for spool in self._spools):
            return
        words = ["history", self._worker, str(len(self._spools) or "")]
        name = "-".join(word for word in words if word)
        with self._noting():
            self._spools.append(Spool(recorder, self._folder() / f"{name}.jsonl{PART}"))
        self.catch_up()  # so that a run that is killed in its first test has left something to tell

    def has_history(self, folder: Path) -> bool:
        """Tell whether any process of the run had a target to write down."""
        from harness.history.recorder import PART

        return bool(self._spools) or (folder.is_dir() and any(folder.glob(f"history*{PART}")))

    def catch_up(self) -> None:
        """Write down what was recorded since the last call."""
        for spool in self._spools:
            with self._noting():
                spool.catch_up()

    def note(self, outcome: dict[str, Any], facts: "Callable[[], Facts]") -> None:
        """Write down what a test came to; before the first, the `facts` of the run."""
        from harness.history.spool import Part
        from harness.report.stored import OUTCOMES, as_json

        with self._noting():
            lines: list[Any] = [outcome]
            if self._told is None:
                self._told = Part(self._folder() / OUTCOMES)
                lines.insert(0, facts())
            self._told.append(as_json(line) + b"\n" for line in lines)

    def history(self) -> "tuple[Header, list[Event]]":
        """Give the whole history: that of all processes from the disk, of this one alone where writing it failed."""
        from harness.errors import UsageError
        from harness.history.recorder import Header, merge
        from harness.report.stored import read_parts

        if not self.faults or not self._spools:  # what other processes did write down is better than nothing
            try:
                return read_parts(self._folder())
            except UsageError as error:
                self.faults.append(str(error))
        header = self._spools[0].recorder.header if self._spools else Header()
        return header, merge(spool.recorder.events for spool in self._spools)

    @contextmanager
    def _noting(self) -> Iterator[None]:
        from harness.errors import EnvironmentFault
        from harness.report.files import fault_of

        try:
            yield
        except (OSError, EnvironmentFault) as error:
            # A folder that cannot be made says so itself; every test would say it again.
            sentence = str(fault_of(self._folder(), error) if isinstance(error, OSError) else error)
            self.faults += [sentence] * (sentence not in self.faults)

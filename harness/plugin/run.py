"""One run of pytest: its folder, its workers, what its tests came to; in a distributed run one such in each process."""

import os
import time
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.plugin.github import within_repository
from harness.plugin.keeping import Keeping
from harness.plugin.options import are_settled, declaration_of, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.config import Settings, TargetDeclaration
    from harness.history.events import Event
    from harness.history.recorder import Header
    from harness.report.document import Document, Facts

_RUN = pytest.StashKey["Run"]()


class Run:
    """
    What a run knows about itself; one in each process of it.

    `outcomes` is filled where reports arrive: in the one process, or in the controller of a distributed run.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        given = getattr(config, "workerinput", {})
        self.worker = str(given.get("workerid", ""))
        self.workers = int(given.get("workercount", 1))
        self.id = str(given.get("realtime_run") or f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}")
        self.origin = int(given.get("realtime_origin") or time.monotonic_ns())
        self.wall = float(given.get("realtime_wall") or time.time())
        self.outcomes: list[dict[str, Any]] = []
        self.crashes: list[dict[str, Any]] = []
        """Outcomes of tests that a worker did not survive; nobody can say whether they were realtime tests."""
        self.expected: set[str] = set()
        """The tests that were to run, ours and others, by node id."""
        self.finished: set[str] = set()
        """The tests that ran to their end, or took their process along."""
        self.is_opening = False
        """Whether this process is waiting for its target."""
        self.unopened = ""
        """Why this process has no target, where it could not be opened."""
        self.is_suspect = False
        """Whether something failed in this process."""
        self.is_walked = False
        """Whether the doctor has set out in this process: once, whatever comes of it."""
        self.is_interrupted = False
        """Whether somebody wants this process to end."""
        self.visits: list[dict[str, Any]] = []
        """What the doctor found: here, and in the controller of a distributed run on the targets of its workers."""
        self.kept = Keeping(lambda: self.folder, self.worker)

    def as_workerinput(self) -> dict[str, Any]:
        """Say what a worker must be told to take part in this run."""
        return {"realtime_run": self.id, "realtime_origin": self.origin, "realtime_wall": self.wall}

    @property
    def number(self) -> int:
        """Which worker this is, counted from 0: xdist calls them gw0, gw1 and so on."""
        return int("".join(filter(str.isdigit, self.worker)) or 0)

    @property
    def folder(self) -> Path:
        """The folder of this run's report, made when first asked for; raises `EnvironmentFault` when it cannot be."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            from harness.report.files import fault_of

            raise fault_of(self.path, error) from None
        return self.path

    @property
    def path(self) -> Path:
        """Where that folder is, or would be."""
        return settings_of(self._config).report / self.id

    def folder_of_worker(self) -> Path:
        """Make the folder for the logs of what this worker starts."""
        folder = self.folder / (f"logs-{self.worker}" if self.worker else "logs")
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def header(self, settings: "Settings", declaration: "TargetDeclaration") -> "Header":
        """Begin the history of a target, on a clock that all workers share."""
        from harness.history.recorder import Header

        return Header(
            run=self.id,
            seed=settings.seed,
            target=declaration.name,
            topology=declaration.topology,
            dialect=declaration.broadcaster.dialect,
            budgets={name: float(limit) for name, limit in declaration.budgets.delivery.items()},
            monotonic_origin=self.origin,
            wall_origin=self.wall,
        )

    def add(self, outcome: dict[str, Any]) -> None:
        """Take in what a test came to."""
        self.outcomes.append(outcome)
        self.kept.note(outcome, self._facts)

    @property
    def is_told(self) -> bool:
        """Whether there is anything to report: what a test came to, or one that was cut short, maybe at the start."""
        return bool(self.outcomes) or (are_settled(self._config) and (self.is_opening or self._has_history()))

    def _has_history(self) -> bool:
        return self.kept.has_history(self.path)

    def evidence_of(self, test: str) -> str:
        """Say where the report tells of a test, seen from where pytest was started."""
        from harness.report.document import anchor

        page, here = self.path / "report.html", self._config.invocation_params.dir
        return f"{page.relative_to(here) if page.is_relative_to(here) else page}#{anchor(test)}"

    def finish(self, *, cut_short: str = "") -> "Document | None":
        """Merge the histories, judge the run as a whole and write its report; None when no realtime test began."""
        if not self.is_told:
            return None
        import msgspec

        from harness.checkers.run import judge_run
        from harness.report.document import Outcome, Report
        from harness.report.files import write_run
        from harness.report.verdict import document_of, held_against
        from harness.report.visit import Visit, merged

        settings, declaration = settings_of(self._config), declaration_of(self._config)
        is_empty = not self.outcomes and not self._has_history()
        header, events = (self.header(settings, declaration), []) if is_empty else self.kept.history()
        facts = self._facts()
        document = document_of(
            msgspec.convert([*self.outcomes, *self.crashes], list[Outcome]),
            facts=msgspec.structs.replace(facts, versions=facts.versions | _images(events)),
            run=judge_run(header, events),
            cut_short=cut_short,
            require=settings_of(self._config).require,
        )
        for fault in self.kept.faults:
            document = held_against(document, "environment", fault)
        document = msgspec.structs.replace(document, doctor=merged(msgspec.convert(self.visits, list[Visit])))
        return write_run(self.path, Report(document, header, events))

    def _facts(self) -> "Facts":
        from harness.report.document import Facts

        settings, declaration = settings_of(self._config), declaration_of(self._config)
        return Facts(
            run=self.id,
            target=declaration.name,
            topology=declaration.topology,
            dialect=declaration.broadcaster.dialect,
            tier=settings.tier,
            seed=settings.seed,
            started=self.wall,
            seconds=(time.monotonic_ns() - self.origin) / 1e9,
            workers=self.workers,
            versions={name: metadata.version(name) for name in ("realtime-harness", "pytest")},
            folder=str(self.path),
            root=within_repository(self._config.rootpath),
            inconclusive=settings.inconclusive,
        )


def _images(events: "Iterable[Event]") -> dict[str, str]:
    """List what ran from an image, by the name of its server."""
    from harness.history.events import ProcessStarted

    started = (event for event in events if isinstance(event, ProcessStarted))
    return {event.process: event.detail for event in started if "sha256:" in event.detail}


def run_of(config: pytest.Config) -> Run:
    """Give the run that this process belongs to."""
    if _RUN not in config.stash:
        config.stash[_RUN] = Run(config)
    return config.stash[_RUN]

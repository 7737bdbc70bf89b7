"""
The loop of `realtime prove`: collected once, then the same tests on one defect after the other.

    collected ─▶ a worker a core, forked ─▶ its warm stacks ─▶ a fork an examination ─▶ results, as they come

A worker lives as long as its line to this process; an examination that does not end is ended.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Final

import msgspec
import pytest

from harness.errors import EnvironmentFault, HarnessError
from harness.faults.defects.defect import Defect
from harness.plugin import interruption
from harness.plugin.options import declaration_of, settings_of
from harness.plugin.run import run_of
from harness.plugin.selection import is_shipped
from harness.proving import orphans
from harness.proving.bench import Bench
from harness.proving.examination import examine
from harness.proving.result import Result

_PATIENCE: Final = 300.0
"""Seconds after which an examination is stuck: the whole suite may run in it, and much of it wait in vain."""
_GRACE: Final = 10.0

Told = Callable[[Result], None]


class Prover:
    """A plugin for one session of pytest: instead of running the tests once, it proves what they are worth."""

    def __init__(self, defects: Sequence[Defect], *, processes: int, told: Told) -> None:
        self._defects = defects
        self._processes = processes
        self._told = told
        self.tests = 0
        self.listed: int | None = None
        """How many tests there are, where nothing but a list of them was asked for."""
        self.fault = ""
        """Why nothing could be examined, where the target itself is not there."""
        self.folder = Path()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """
        Let properties stop at the first example that fails: nobody reads it.

        Leave out our cases of the protocol, which examine a broadcaster of their own that no defect is put into.
        """
        items[:] = [
            item for item in items if not (is_shipped(item.path) and "bench" in getattr(item, "fixturenames", ()))
        ]
        for item in items:
            _hurry(item)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Examine, in the order in which workers are free."""
        if session.testsfailed:
            raise session.Interrupted(f"{session.testsfailed} errors during collection")
        if session.config.getoption("collectonly"):
            self.listed = len(session.items)
            return True
        self.tests = len(session.items)
        self.folder = run_of(session.config).folder
        interruption.end_at_once()
        casts = len(self._defects)
        is_there = False
        with _workers(session, min(self._processes, casts), casts) as workers:
            for result in _dealt(list(self._defects), workers):
                if result.is_fault and not is_there:
                    self.fault = result.problem
                    break
                is_there = True
                self._told(result)
        return True


@dataclass(frozen=True)
class _Worker:
    process: ForkProcess
    line: Connection


@contextmanager
def _workers(session: pytest.Session, count: int, casts: int) -> Iterator[list[_Worker]]:
    """Fork so many workers, which end when they have nothing more to do."""
    context = multiprocessing.get_context("fork")
    workers: list[_Worker] = []
    folder = run_of(session.config).folder
    try:
        for number in range(count):
            ours, theirs = context.Pipe()
            ends = [ours, *(worker.line for worker in workers)]
            process = context.Process(target=_work, args=(session, theirs, ends, folder / f"stack-{number}", casts))
            process.start()
            theirs.close()
            workers.append(_Worker(process, ours))
        yield workers
    finally:
        for worker in workers:
            worker.line.close()
        for worker in workers:
            worker.process.join(_GRACE)
            worker.process.kill()


def _dealt(defects: list[Defect], workers: list[_Worker]) -> Iterator[Result]:
    """Hand out one defect after the other, and give the results as they come."""
    at_work: dict[Connection, Defect] = {}
    waiting = defects[::-1]
    for worker in workers:
        if waiting:
            at_work[worker.line] = waiting.pop()
            worker.line.send(at_work[worker.line])
    while at_work:
        for line in wait(list(at_work)):
            assert isinstance(line, Connection)  # noqa: S101 - what was put in
            defect = at_work.pop(line)
            try:
                yield _placed(line.recv(), defect)
            except EOFError:
                yield Result(defect=defect.id, problem="the process that examined it died")
                continue
            if waiting:
                at_work[line] = waiting.pop()
                line.send(at_work[line])
    for defect in waiting:
        yield Result(defect=defect.id, problem="no process was left to examine it")


def _placed(result: Result, defect: Defect) -> Result:
    """Say where a healthy target was examined."""
    places = [f"in dialect {defect.dialect}"] if defect.dialect else []
    places += ["behind the interceptor"] if defect.by == "interceptor" else []
    return result if defect.id else msgspec.structs.replace(result, where=" ".join(places))


def _work(session: pytest.Session, line: Connection, others: list[Connection], folder: Path, casts: int) -> None:
    """Examine what comes over the line, until it ends; `others` are the ends that only the command may hold."""
    for other in others:
        other.close()
    config = session.config
    orphans.adopt()
    folder.mkdir(parents=True, exist_ok=True)
    settings = settings_of(config)
    bench = Bench(declaration_of(config), seed=settings.seed, folder=folder, casts=casts, patience=settings.patience)
    try:
        while True:
            line.send(_examined(session, bench, line, folder))
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        pass
    finally:
        bench.stop()


def _examined(session: pytest.Session, bench: Bench, line: Connection, folder: Path) -> Result:
    """
    Examine the defect that comes next in a process of its own, and wait for the answer as long as it may take.

    Raises `EOFError` as soon as the line has ended: nobody would hear the answer.
    """
    defect: Defect = line.recv()
    began = time.monotonic()
    context = multiprocessing.get_context("fork")
    try:
        opened = bench.opened(defect)
        bench.prove_reached(lambda: opened(session.config))
    except HarnessError as error:
        return Result(defect=defect.id, problem=str(error), is_fault=isinstance(error, EnvironmentFault))
    before = orphans.children()
    ours, theirs = context.Pipe()

    def examination() -> None:
        orphans.stand_alone()
        ours.close()
        threading.Thread(target=_end_with, args=(theirs,), daemon=True).start()
        with (folder / "examinations.log").open("ab") as log:
            for descriptor in (1, 2):
                os.dup2(log.fileno(), descriptor)
        session.config.pluginmanager.register(_Announcer(theirs))
        theirs.send(examine(session, defect, opened))

    process = context.Process(target=examination)
    process.start()
    theirs.close()
    try:
        heard = _heard(ours, line, _PATIENCE * settings_of(session.config).patience, folder)
        if isinstance(heard, Result):
            process.join(_GRACE)
            return heard
    finally:
        process.kill()
        process.join()
        if process.pid is not None:
            orphans.end_group(process.pid)
        orphans.end_all_but(before)
        bench.go_on()
        ours.close()
    return Result(defect=defect.id, problem=heard, seconds=time.monotonic() - began)


def _heard(ours: Connection, line: Connection, limit: float, folder: Path) -> Result | str:
    """Give the result of an examination, or what is wrong with it, and in which test."""
    until, inside = time.monotonic() + limit, ""
    while ready := wait([ours, line], max(0.0, until - time.monotonic())):
        if line in ready:
            raise EOFError
        try:
            heard: Result | str = ours.recv()
        except EOFError:
            return f"the examination died{inside}; see {folder / 'examinations.log'}"
        if isinstance(heard, Result):
            return heard
        inside = f" in {heard}"
    return f"it did not end within {limit:g} s{inside}; --realtime-patience=2 doubles that"


def _end_with(line: Connection) -> None:
    """End this process, whatever a test does in it, once nobody waits for it."""
    wait([line])
    os.kill(os.getpid(), signal.SIGKILL)


class _Announcer:
    """Says which test begins, so that one that does not end can be named."""

    def __init__(self, line: Connection) -> None:
        self._line = line

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Say it."""
        self._line.send(nodeid)


def _hurry(item: pytest.Item) -> None:
    """Take shrinking and the memory of failing examples from a property."""
    test = getattr(item, "obj", None)
    if getattr(test, "hypothesis", None) is None:
        return
    from hypothesis import Phase, settings  # noqa: PLC0415 - heavy, and a suite may have no properties

    before = getattr(test, "_hypothesis_internal_use_settings", None)
    vars(test).pop("_hypothesis_internal_settings_applied", None)
    settings(before, phases=(Phase.explicit, Phase.generate), database=None)(test)

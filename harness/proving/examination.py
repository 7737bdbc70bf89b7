"""
One examination: the tests of a suite, one after the other, on a target with one defect, until it is convicted.

It runs in a process of its own, forked when everything was collected: a test may leave behind there what it likes.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from typing import Any

import msgspec
import pytest

from harness.checkers.findings import Finding
from harness.checkers.run import judge_run
from harness.faults.defects.defect import Defect
from harness.fixtures import OPEN_TARGET
from harness.plugin.run import run_of
from harness.proving.result import Result, conviction, failed
from harness.report.document import Outcome
from harness.topology.target import Target

HEALTHY = Defect("", "nothing is wrong", "backend", (), ())
Opened = Callable[[pytest.Config], Target]


class _Unkept:
    """Writes nothing down: of a run on a defect nobody needs the history."""

    faults: tuple[str, ...] = ()

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *arguments: None  # noqa: ARG005 - whatever is asked of it


def in_order(defect: Defect, items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Put the tests first that are likely to convict a defect."""
    return sorted(items, key=lambda item: not _is_likely(defect, item))


def examine(session: pytest.Session, defect: Defect, opened: Opened) -> Result:
    """Run the tests on the target that `opened` gives, until one convicts; all of them where nothing is wrong."""
    config, began = session.config, time.monotonic()
    targets: list[Target] = []

    def open_target(asked: pytest.Config) -> Target:
        targets.append(opened(asked))
        return targets[-1]

    config.stash[OPEN_TARGET] = open_target
    listener = _Listener(lambda text: _hidden(text, targets))
    config.pluginmanager.register(listener)
    run_of(config).kept = _Unkept()  # type: ignore[assignment]  # what it does there is nothing
    try:
        result = _until_convicted(session, defect, listener)
        if result.conviction is None:
            result = _over_all(result, defect, targets)
    finally:
        for target in targets:
            target.stop()
    return msgspec.structs.replace(result, seconds=time.monotonic() - began)


class _Listener:
    """Hears what each test came to; of one that is none of ours, whether it failed."""

    def __init__(self, hide: Callable[[str], str]) -> None:
        self.outcomes: list[Outcome] = []
        self._hide = hide

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        told: dict[str, Any] | None = getattr(report, "realtime", None)
        if told is not None:
            self.outcomes.append(msgspec.convert(told, Outcome))
        elif report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            reason = crash.message if crash else report.longreprtext[-300:]
            self.outcomes.append(Outcome(test=report.nodeid, verdict="FAIL", reason=self._hide(reason)))


def _hidden(text: str, targets: Iterable[Target]) -> str:
    """Take out what a target knows to be secret: any test may have got hold of it."""
    for target in targets:
        text = target.context.redactor.hide(text)
    return text


def _until_convicted(session: pytest.Session, defect: Defect, listener: _Listener) -> Result:
    others: list[str] = []
    doubts: list[str] = []
    left_out = 0
    items = in_order(defect, session.items)
    if defect.scenarios and not defect.id:  # another dialect is healthy too, where it is asked for
        items = [item for item in items if _is_likely(defect, item)] or items
    for number, (item, following) in enumerate(zip_longest(items, items[1:]), start=1):
        listener.outcomes.clear()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        found = conviction(defect, list(_findings(listener.outcomes)))
        if found is not None:
            return Result(defect=defect.id, tests=number, test=item.nodeid, conviction=found, others=tuple(others))
        others += filter(None, map(failed, listener.outcomes))
        left_out += any(one.verdict == "NOT EXERCISED" for one in listener.outcomes)
        doubts += (f"{one.test}: {one.reason}" for one in listener.outcomes if one.verdict == "INCONCLUSIVE")
    return Result(defect=defect.id, tests=len(items), left_out=left_out, others=tuple(others), doubts=tuple(doubts))


def _over_all(result: Result, defect: Defect, targets: list[Target]) -> Result:
    """Judge what only the whole of a run shows, its pooled latency above all."""
    for target in targets:
        findings = judge_run(target.history.header, target.history.events).findings
        found = conviction(defect, findings)
        if found is not None:
            return msgspec.structs.replace(result, conviction=found, test="the run as a whole")
        said = tuple(f"the run as a whole: {one.id}" for one in findings if one.counts)
        result = msgspec.structs.replace(result, others=(*result.others, *said))
    return result


def _findings(outcomes: Iterable[Outcome]) -> Iterator[Finding]:
    for outcome in outcomes:
        yield from outcome.findings


def _is_likely(defect: Defect, item: pytest.Item) -> bool:
    return any(part in item.nodeid for part in defect.scenarios)

"""Judge a run as a whole: pooled percentiles, and whether the run itself can be believed."""

import msgspec

from harness.checkers.findings import Finding
from harness.checkers.latency import Budget, Stage
from harness.history.events import Event
from harness.history.recorder import Header


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that must hold for a run to be believed, and what was seen of it."""

    name: str
    holds: bool
    seen: str


class RunJudgement(msgspec.Struct, frozen=True, kw_only=True):
    """What can be said of a whole run beyond its tests; `doubts` make its verdict INCONCLUSIVE."""

    budgets: tuple[Budget, ...] = ()
    stages: tuple[Stage, ...] = ()
    validity: tuple[Check, ...] = ()
    findings: tuple[Finding, ...] = ()
    doubts: tuple[str, ...] = ()


def judge_run(header: Header, events: list[Event]) -> RunJudgement:
    """Judge the merged history of a run on the terms of its header and of its tests."""
    del header, events
    return RunJudgement()

"""Judge a run as a whole: pooled percentiles, and whether the run itself can be believed."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from harness.checkers.findings import Finding
from harness.checkers.latency import Budget, Stage, claims, exceeded, loop_lag, undecided
from harness.checkers.outages import Recovery, recoveries
from harness.checkers.recovery import Shortfall, shortfalls
from harness.checkers.remarks import remarks
from harness.checkers.revocation import Lapse, lapses
from harness.checkers.stages import stages, where_it_was_spent
from harness.checkers.validity import Check, Reading, checks
from harness.history.events import Event, TestFinished
from harness.history.ledger import Ledger
from harness.history.recorder import Header
from harness.history.worlds import worlds

T = TypeVar("T")

__all__ = ["Check", "RunJudgement", "judge_run"]


class RunJudgement(msgspec.Struct, frozen=True, kw_only=True):
    """What can be said of a whole run beyond its tests; `doubts` make its verdict INCONCLUSIVE."""

    budgets: tuple[Budget, ...] = ()
    stages: tuple[Stage, ...] = ()
    validity: tuple[Check, ...] = ()
    findings: tuple[Finding, ...] = ()
    doubts: tuple[str, ...] = ()
    revocations: tuple[Lapse, ...] = ()
    """What became of every right that was lost, test by test."""
    recoveries: tuple[Recovery, ...] = ()
    """What came after every fault, test by test."""
    shortfalls: tuple[Shortfall, ...] = ()
    """What people missed while they were away, test by test."""
    remarks: tuple[str, ...] = ()
    """What is worth knowing, and judges nothing."""


def judge_run(header: Header, events: list[Event]) -> RunJudgement:
    """
    Judge the merged history of a run on the terms of its header and of its tests.

    The target's delivery budgets are judged once, over the deliveries of all tests in which no fault was at work and
    nobody went through the proxy of the faults, those with a budget of their own included. A percentile with too few
    samples is not claimed, which is no doubt.
    """
    readings = [Reading(world) for world in worlds(events)]
    timed = [one for reading in readings if reading.is_free_of_faults for one in reading.timings]
    budgets = claims(timed, header.budgets, lag=loop_lag(events))
    validity = checks(header, events, readings)
    invalid = [one for one in validity if one.invalidates and not one.holds]
    return RunJudgement(
        budgets=budgets,
        stages=stages(timed),
        validity=validity,
        findings=tuple(exceeded(budgets, where_it_was_spent(timed))),
        doubts=(
            *(f"the run is not valid: {one.name}: {one.seen}" for one in invalid),
            *undecided(budgets, must_claim=False),
        ),
        revocations=_of_tests(readings, lapses),
        recoveries=_of_tests(readings, recoveries),
        shortfalls=_of_tests(readings, shortfalls),
        remarks=remarks(events),
    )


def _of_tests(
    readings: Iterable[Reading], tell: Callable[[list[Event], Ledger, TestFinished], tuple[T, ...]]
) -> tuple[T, ...]:
    """Say something of every test that came to its end; no other has terms."""
    finished = ((one, one.finished) for one in readings)
    return tuple(told for one, terms in finished if terms for told in tell(one.events, one.ledger, terms))

"""Run the default guarantees over the events of one test, and merge what they say into one verdict."""

from collections import Counter
from collections.abc import Callable, Mapping

import msgspec

from harness.checkers import (
    authorization,
    backlog,
    calls,
    collector,
    consistency,
    delivery,
    disclosure,
    figures,
    frames,
    identity,
    isolation,
    latency,
    logins,
    membership,
    ordering,
    outages,
    payload,
    pings,
    reading,
    recovery,
    sending,
    silence,
    sockets,
    storing,
    subscription,
    unseen,
    whispers,
)
from harness.checkers.findings import Finding
from harness.checkers.latency import Budget
from harness.checkers.stages import where_it_was_spent
from harness.checkers.verdict import Verdict
from harness.history.events import Event, FrameIn, HttpAnswered, TestFinished, TestStarted
from harness.history.ledger import Ledger, read
from harness.history.worlds import terms


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict of one test, what led to it, and the counts that reconcile."""

    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    counts: dict[str, int] = {}
    doubts: tuple[str, ...] = ()
    """Why the verdict is not PASS although nothing was found."""
    budgets: tuple[Budget, ...] = ()
    """What became of the percentiles that the test claims itself."""

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The findings that count: not tolerated, not advice."""
        return tuple(one for one in self.findings if one.counts)


Checker = Callable[[list[Event], Ledger, TestFinished], tuple[list[Finding], Counter[str]]]
"""
A judge: the events of a world, the same read into a ledger, and the terms; its findings, and what it counted.
"""

CHECKERS: dict[str, Checker] = {
    "delivery": delivery.check,
    "ordering": ordering.check,
    "isolation": isolation.check,
    "authorization": authorization.check,
    "frames": frames.check,
    "pings": pings.check,
    "payload": payload.check,
    "consistency": consistency.check,
    "membership": membership.check,
    "storing": storing.check,
    "disclosure": disclosure.check,
    "sending": sending.check,
    "subscription": subscription.check,
    "whispers": whispers.check,
    "identity": identity.check,
    "calls": calls.check,
    "backlog": backlog.check,
    "figures": figures.check,
    "silence": silence.check,
    "unseen": unseen.check,
    "logins": logins.check,
    "reading": reading.check,
    "sockets": sockets.check,
    "recovery": recovery.check,
    "outages": outages.check,
}
"""Every default guarantee, by the name that reports call it."""

DOUBTS: dict[str, Callable[[list[Event]], list[str]]] = {"authorization": authorization.doubts}
"""What some of them need beside what they judge: reasons why what they did not find may be there all the same."""


@collector.paused()
def judge(events: list[Event], checkers: Mapping[str, Checker] = CHECKERS) -> Judgement:
    """
    Judge the events of one test by the default guarantees, or some of them, on the terms that the history itself holds.

    A history in which the target never said a word, one that was cut short, and a checker that crashes, make the
    verdict INCONCLUSIVE, never PASS (DESIGN.md, section 10).
    """
    started, finished = terms(events)
    reasons = list(finished.doubts) if finished else ["the test never came to its judgement"]
    if not any(isinstance(event, FrameIn | HttpAnswered) for event in events):
        reasons.append("nothing was observed: the target neither answered nor sent anything")
    ledger = read(events)
    findings: list[Finding] = []
    counts: Counter[str] = Counter()
    for name, check in checkers.items():
        try:
            found, counted = check(events, ledger, finished or TestFinished(n=0, at=0))
            doubted = DOUBTS[name](events) if name in DOUBTS else []
        except Exception as error:  # noqa: BLE001  whatever a checker stumbles over, the verdict is unknown, not lost
            reasons.append(f"the checker of {name} crashed: {type(error).__name__}: {error}")
        else:
            findings += found
            counts.update(counted)
            reasons += doubted
    budgets, exceeded, undecided = _claims(events, ledger, started)
    findings += exceeded
    reasons += undecided
    excused = started.tolerated if started else ()
    judged = tuple(_tolerate(one, excused, events) for one in findings)
    broken = any(one.counts for one in judged)
    verdict = Verdict.FAIL if broken else Verdict.INCONCLUSIVE if reasons else Verdict.PASS
    return Judgement(verdict=verdict, findings=judged, counts=dict(counts), doubts=tuple(reasons), budgets=budgets)


def _claims(
    events: list[Event], ledger: Ledger, started: TestStarted | None
) -> tuple[tuple[Budget, ...], list[Finding], list[str]]:
    """Judge the percentiles that the test claims itself: what became of them, what is broken, what is in doubt."""
    if started is None or not started.budget:
        return (), [], []
    try:
        timed = latency.timings_of_test(events, ledger)
        budgets = latency.claims_of_test(events, timed, started.budget)
        found = latency.exceeded(budgets, where_it_was_spent(timed))
    except Exception as error:  # noqa: BLE001  as for the checkers
        return (), [], [f"the judge of latency budgets crashed: {type(error).__name__}: {error}"]
    return budgets, found, latency.undecided(budgets, must_claim=True)


def _tolerate(one: Finding, tolerated: tuple[tuple[str, str], ...], events: list[Event]) -> Finding:
    reason = next((reason for prefix, reason in tolerated if one.matches(prefix)), "")
    return msgspec.structs.replace(one, tolerated=reason, test=events[-1].test if events else "")

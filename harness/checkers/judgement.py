"""Run the default guarantees over the events of one test, and merge what they say into one verdict."""

from collections import Counter
from collections.abc import Callable, Iterable

import msgspec

from harness.checkers import authorization, delivery, frames, isolation, ordering
from harness.checkers.verdict import Finding, FindingClass, Verdict
from harness.history.events import Event, FrameIn, HttpAnswered
from harness.history.ledger import Ledger, read


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict of one test, what led to it, and the counts that reconcile."""

    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    counts: dict[str, int] = {}
    doubts: tuple[str, ...] = ()
    """Why the verdict is not PASS although nothing was found."""

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The findings that count: not tolerated, not advice."""
        return tuple(one for one in self.findings if counts_against(one))


def counts_against(one: Finding) -> bool:
    """Tell whether a finding makes a verdict FAIL."""
    return not one.tolerated and one.kind is not FindingClass.ADVICE


def judge(
    events: list[Event],
    *,
    arrival: float,
    revocation: float,
    tolerated: Iterable[tuple[str, str]] = (),
    doubts: Iterable[str] = (),
) -> Judgement:
    """
    Judge the events of one test by the default guarantees.

    `arrival` and `revocation` are in seconds; `tolerated` pairs an observation id (or prefix) with a reason; `doubts`
    are reasons, known already, why a PASS would be a guess. A history in which the target never said a word, and a
    checker that crashes, make the verdict INCONCLUSIVE, never PASS (DESIGN.md, section 10).
    """
    ledger = read(events)
    findings: list[Finding] = []
    counts: Counter[str] = Counter()
    reasons, budget = list(doubts), round(revocation * 1e9)
    excused = tuple(tolerated)
    if not any(isinstance(event, FrameIn | HttpAnswered) for event in events):
        reasons.append("nothing was observed: the target neither answered nor sent anything")

    def deliver(ledger: Ledger) -> list[Finding]:
        found, counted = delivery.check(ledger, arrival=round(arrival * 1e9))
        counts.update(counted)
        return found

    checkers: tuple[tuple[str, Callable[[Ledger], list[Finding]]], ...] = (
        ("delivery", deliver),
        ("ordering", ordering.check),
        ("isolation", lambda ledger: isolation.check(ledger, revocation=budget)),
        ("authorization", lambda ledger: authorization.check(events, ledger, revocation=budget)),
        ("frames", lambda ledger: frames.check(events, ledger)),
    )
    for name, check in checkers:
        try:
            findings += check(ledger)
        except Exception as error:  # noqa: BLE001  whatever a checker stumbles over, the verdict is unknown, not lost
            reasons.append(f"the checker of {name} crashed: {type(error).__name__}: {error}")
    judged = tuple(_tolerate(one, excused, events) for one in findings)
    verdict = Verdict.FAIL if any(map(counts_against, judged)) else Verdict.INCONCLUSIVE if reasons else Verdict.PASS
    return Judgement(verdict=verdict, findings=judged, counts=dict(counts), doubts=tuple(reasons))


def _tolerate(one: Finding, tolerated: tuple[tuple[str, str], ...], events: list[Event]) -> Finding:
    reason = next((reason for prefix, reason in tolerated if one.matches(prefix)), "")
    return msgspec.structs.replace(one, tolerated=reason, test=events[-1].test if events else "")

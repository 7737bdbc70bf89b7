"""
What a load amounts to: PASS, FAIL or INCONCLUSIVE, sentence by sentence; pure.

Completeness and isolation are exact: one lost delivery of a million is one. Latencies are judged by the intervals of
`harness.statistics`, messages and not deliveries being the independent ones. Where our own lag is past a tenth of a
limit, nothing is said about that limit: an overloaded generator must not read as a slow server.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from harness.checkers.verdict import Verdict, gravest
from harness.load.ledger import Totals
from harness.load.samples import Samples
from harness.statistics.percentiles import Estimate, estimate, percentile, samples_needed

_SECOND: Final = 1_000_000_000
_OWN_SHARE: Final = 10
"""Our own lag may be this part of a limit (DESIGN.md, section 9)."""


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to the users, beside what they heard."""

    users: int
    listening: int
    turned_away: int
    """Those of them who may listen, and could not log in, connect or subscribe."""
    granted: int
    """Eavesdroppers who were let in."""
    eavesdroppers: int
    denied: int
    """Eavesdroppers whom the backend or the broadcaster sent away."""
    cut_off: int
    """Connections that ended from the other side while the load was on."""
    ended_early: bool = False


class Judged(msgspec.Struct, frozen=True):
    """One thing that was looked at; `is_security` makes a failure one of isolation."""

    name: str
    verdict: Verdict
    says: str
    is_security: bool = False


def judged(
    course: Course, totals: Totals, samples: Samples, limits: Mapping[str, float], *, arrival: float
) -> tuple[Judged, ...]:
    """Judge a run; `limits` are percentiles of delivery in seconds, `arrival` is the deadline of correctness."""
    lag = own_lag(samples)
    return (
        *_account(totals),
        *_people(course),
        *_sending(totals),
        *_completeness(totals, is_late_ours=lag > arrival / _OWN_SHARE),
        *_isolation(course, totals),
        *_latencies(totals, samples, limits, lag),
        *_length(course),
    )


def verdict_of(found: Iterable[Judged]) -> Verdict:
    """Give the gravest verdict; of nothing, INCONCLUSIVE."""
    return gravest(one.verdict for one in found)


def own_lag(samples: Samples) -> float:
    """
    Give the p99 of what is ours in a latency, in seconds.

    That is the slip of the sends and, where deliveries are unstamped, our queue as well.
    """
    slips = samples.stages["slip"]
    slip = percentile(slips, 0.99) / _SECOND if slips else 0.0
    queue = percentile(samples.lag, 0.99) / 1e6 if samples.unstamped else 0.0
    return slip + queue


def estimates(samples: Samples, quantile: float, messages: int) -> tuple[Estimate, Estimate]:
    """Estimate a percentile, in nanoseconds, of the earliest and of the latest ends."""
    low = estimate(samples.earliest, quantile, independent=max(1, messages))
    return low, estimate(samples.latest, quantile, independent=max(1, messages))


def _is(is_so: bool, broken: Verdict = Verdict.FAIL) -> Verdict:  # noqa: FBT001 - reads as a sentence
    return Verdict.PASS if is_so else broken


def _account(totals: Totals) -> Iterator[Judged]:
    for said in totals.disagreements:
        yield Judged("account", Verdict.INCONCLUSIVE, f"the account does not reconcile, the run is invalid: {said}")


def _people(course: Course) -> Iterator[Judged]:
    away, cut = course.turned_away, course.cut_off
    due = course.listening + away
    yield Judged("arrival", _is(not away), f"{course.listening} of {due} listeners logged in, connected and subscribed")
    yield Judged("connections", _is(not cut), f"{cut} connections were ended from the other side")


def _sending(totals: Totals) -> Iterator[Judged]:
    others = f"{totals.refused} refused, {totals.unknown} without a clear answer"
    says = f"{totals.taken} of {totals.messages} messages were taken; {others}"
    yield Judged("sending", _is(totals.taken == totals.messages), says)


def _completeness(totals: Totals, *, is_late_ours: bool) -> Iterator[Judged]:
    if not totals.owed:
        yield Judged("delivery", Verdict.INCONCLUSIVE, "no delivery was owed, so none was observed")
        return
    says = f"{totals.delivered} of {totals.owed} owed deliveries arrived, {totals.lost} lost, {totals.excused} excused"
    yield Judged("delivery", _is(not totals.lost), says)
    yield Judged("duplication", _is(not totals.duplicated), f"{totals.duplicated} deliveries came more than once")
    yield Judged("order", _is(not totals.out_of_order), f"{totals.out_of_order} deliveries out of order")
    late = Verdict.INCONCLUSIVE if is_late_ours else Verdict.FAIL
    yield Judged("deadline", _is(not totals.late, late), f"{totals.late} deliveries after the deadline")


def _isolation(course: Course, totals: Totals) -> Iterator[Judged]:
    yield Judged("echo", _is(not totals.echoed), f"{totals.echoed} messages came back to the sending socket")
    says = f"{totals.strangers} deliveries to a wrong person"
    yield Judged("isolation", _is(not totals.strangers), says, is_security=True)
    if not course.eavesdroppers:
        yield Judged("eavesdroppers", Verdict.PASS, "nobody was there to eavesdrop: not exercised")
        return
    says = f"{course.denied} of {course.eavesdroppers} eavesdroppers were denied, {course.granted} let in"
    if course.granted:
        yield Judged("eavesdroppers", Verdict.FAIL, says, is_security=True)
    else:
        is_decided = course.denied == course.eavesdroppers
        yield Judged("eavesdroppers", _is(is_decided, Verdict.INCONCLUSIVE), says)


def _latencies(totals: Totals, samples: Samples, limits: Mapping[str, float], lag: float) -> Iterator[Judged]:
    for name, limit in limits.items():
        quantile = float(name[1:]) / 100
        if not len(samples):
            yield Judged(name, Verdict.INCONCLUSIVE, "nothing was delivered")
            continue
        low, high = estimates(samples, quantile, totals.taken)
        says = f"{_ms(high.value)} ({_ms(low.lower)} to {_ms(high.upper)}), limit {limit * 1000:g} ms"
        if lag > limit / _OWN_SHARE:
            reason = f"our own lag is {lag * 1000:.3g} ms at p99, past a tenth of the limit"
            yield Judged(name, Verdict.INCONCLUSIVE, f"{says}; {reason}")
        elif (few := min(totals.taken, len(samples))) < (needed := samples_needed(quantile)):
            yield Judged(name, Verdict.INCONCLUSIVE, f"{says}; {few} messages are too few, {needed} are needed")
        else:
            yield Judged(name, _claimed(low, high, limit * _SECOND), says)


def _claimed(low: Estimate, high: Estimate, limit: float) -> Verdict:
    if high.upper is not None and high.upper <= limit:
        return Verdict.PASS
    return Verdict.FAIL if low.lower > limit else Verdict.INCONCLUSIVE


def _length(course: Course) -> Iterator[Judged]:
    if course.ended_early:
        yield Judged("duration", Verdict.INCONCLUSIVE, "the load was ended before its time")


def _ms(nanoseconds: float | None) -> str:
    return "?" if nanoseconds is None else f"{nanoseconds / 1e6:.3g} ms"

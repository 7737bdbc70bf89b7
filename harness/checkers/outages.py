"""
Outages: how long after the end of each fault everything is as it was before, against the budget of a recovery.

Timed are the first delivery, the last person who is back, and every roster that tells the truth again; and for how long
in all a roster showed somebody who was gone, or did not show somebody who was there. Judged is what the system makes
people wait for: a return from the fault's end on, or from the first attempt that is made after it, as a client pauses
between attempts by rules of its own. Whoever makes no attempt as the good client does is timed, and never judged.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.checkers.latency import shown
from harness.history.attendance import Attendance
from harness.history.events import Event, ReconnectAnswered, ReconnectAsked, SocketClosed, TestFinished
from harness.history.faults import Fault
from harness.history.ledger import Ledger
from harness.history.listenings import Listening

_SECOND = 1_000_000_000
_NORMAL = 1000


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """
    What came after one fault, which lasted `seconds`; every other time is in seconds from its end.

    `first_delivery`: until somebody heard a message; `people_back`: until the last of those who had lost a connection
    was subscribed again; `rosters`: until every presence roster was right; None where there was nothing to see.
    `away` counts those who did not come back. `false_online` and `false_offline` add up, roster by roster, the seconds
    from its beginning to the next fault in which somebody stood there who was gone, or was missing who was there.
    """

    fault: str
    what: str = ""
    people: tuple[str, ...] = ()
    server: str = ""
    seconds: float = 0.0
    first_delivery: float | None = None
    people_back: float | None = None
    away: int = 0
    rosters: float | None = None
    false_online: float = 0.0
    false_offline: float = 0.0
    limit: float = 0.0
    too_slow: tuple[str, ...] = ()
    """What took longer than the limit, in words."""
    test: str = ""


def check(events: list[Event], ledger: Ledger, terms: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every fault that ended, and count the returns."""
    found = recoveries(events, ledger, terms)
    returns = sum(isinstance(event, ReconnectAnswered) and event.outcome == "ok" for event in events)
    return [_too_slow(ledger, one) for one in found if one.too_slow], Counter({"returns": returns} if returns else {})


def recoveries(events: list[Event], ledger: Ledger, terms: TestFinished) -> tuple[Recovery, ...]:
    """Time what came after each fault of a world that ended."""
    faults = ledger.faults.all
    if not faults:
        return ()
    beginnings = [fault.began.at for fault in faults[1:]] + [ledger.last]
    tries = _Tries.read(events)
    return tuple(
        _recovery(_Window(events, ledger, terms, fault, fault.ended, max(until, fault.ended)), tries)
        for fault, until in zip(faults, beginnings, strict=True)
        if fault.ended is not None
    )


@dataclass
class _Tries:
    """When each person tried to come back, until when, if it ended, and how the last attempt did."""

    made: dict[str, list[tuple[int, int | None]]] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, events: list[Event]) -> "_Tries":
        """Find the attempts of everybody."""
        tries = cls()
        for event in events:
            if isinstance(event, ReconnectAsked):
                tries.last[event.who] = "unknown"
                tries.made.setdefault(event.who, []).append((event.at, None))
            elif isinstance(event, ReconnectAnswered):
                tries.last[event.who] = event.outcome
                made = tries.made[event.who]
                made[-1] = made[-1][0], event.at
        return tries

    def since(self, who: str, ended: int) -> int | None:
        """Say when a person tried that could succeed: at the end of the fault, or first after it; None when never."""
        possible = (asked for asked, answered in self.made.get(who, []) if answered is None or answered > ended)
        first = next(possible, None)
        return None if first is None else max(first, ended)


@dataclass
class _Window:
    """A fault, and the time from its end to the next one, or to the end of the history."""

    events: list[Event]
    ledger: Ledger
    terms: TestFinished
    fault: Fault
    ended: int
    until: int

    def losses(self) -> Iterator[tuple[Listening, Listening | None]]:
        """List what somebody listened to and lost to the fault, with what they listened to after it, if anything."""
        for one in self.ledger.listenings:
            ended = one.ended
            if isinstance(ended, SocketClosed) and self.is_lost(ended):
                again = (
                    other
                    for other in self.ledger.listenings
                    if (other.who, other.channel) == (one.who, one.channel) and other.since.at > ended.at
                )
                yield one, next(again, None)

    def is_lost(self, closed: SocketClosed) -> bool:
        """Tell whether a connection ended because of the fault, as far as anybody can say."""
        by_itself = not (closed.by == "us" and closed.code == _NORMAL)
        in_time = self.fault.began.at <= closed.at <= min(self.ended + self.terms.arrival, self.until)
        return by_itself and in_time and self.fault.touches(closed.who)

    def first_delivery(self) -> float | None:
        """Say when somebody whom the fault touched heard a message again."""
        arrived = (
            frame.arrived
            for frame, message in self.ledger.hearings
            if message is not None and self.ended <= frame.arrived <= self.until and self.fault.touches(frame.who)
        )
        first = min(arrived, default=None)
        return None if first is None else self.after(first)

    def after(self, at: int) -> float:
        """Give the seconds from the end of the fault; 0 for what was before."""
        return max(0, at - self.ended) / _SECOND


def _recovery(window: _Window, tries: _Tries) -> Recovery:
    fault, limit = window.fault, window.terms.recovery / _SECOND
    slow: list[str] = []
    back: list[int] = []
    away: set[str] = set()
    for lost, again in window.losses():
        began = tries.since(lost.who, window.ended)
        if again is None:
            away.add(lost.who)
            is_trying = began is not None and tries.last[lost.who] != "ok"
            at = window.until if is_trying else None
        else:
            back.append(again.since.at)
            at = again.since.at
        if began is not None and at is not None and (took := at - began) > window.terms.recovery:
            word = "was not back on" if again is None else "was back on"
            slow.append(f"{lost.who} {word} {evidence.spelled(lost.channel)} after {shown(took / _SECOND)}")
    settled = max([window.ended, *back])
    rosters = _Rosters.watch(window, settled)
    if rosters.wrong_for(settled) > window.terms.recovery:
        slow.append(f"a presence roster was wrong for {shown(rosters.wrong_for(settled) / _SECOND)}")
    return Recovery(
        fault=fault.began.fault,
        what=fault.began.what,
        people=fault.began.people,
        server=fault.began.server,
        seconds=(window.ended - fault.began.at) / _SECOND,
        first_delivery=window.first_delivery(),
        people_back=window.after(max(back)) if back else None,
        away=len(away),
        rosters=None if rosters.right is None else window.after(rosters.right),
        false_online=rosters.false_online / _SECOND,
        false_offline=rosters.false_offline / _SECOND,
        limit=limit,
        too_slow=tuple(dict.fromkeys(slow)),
        test=window.terms.test,
    )


@dataclass
class _Rosters:
    """How right the presence rosters were from the beginning of a fault to the next; times in nanoseconds."""

    right: int | None = None
    """When all of them were right after everybody was back; None when there is none, or they never were."""
    false_online: int = 0
    false_offline: int = 0
    last: int | None = None
    """When the time ended in which they never were; None when there is nothing to be wrong."""

    @classmethod
    def watch(cls, window: _Window, settled: int) -> "_Rosters":
        """Read the events up to the end of the window, and look at the rosters after each."""
        rosters, attendance = cls(), Attendance()
        seen: list[Event] = []
        wrong, since = Counter[bool](), 0
        for event in window.events:
            if event.at > window.until:
                break
            if seen and event.at > window.fault.began.at:
                span = event.at - max(since, window.fault.began.at)
                rosters.false_online += wrong[True] * span
                rosters.false_offline += wrong[False] * span
                if not wrong and event.at > settled and rosters.right is None:
                    rosters.right = max(since, settled)
            seen.append(event)
            since = event.at
            attendance.take(seen)
            wrong = Counter(gap.is_ghost for gap in attendance.gaps())
        if not attendance.visits:
            return cls()
        rosters.last = window.until
        return rosters

    def wrong_for(self, settled: int) -> int:
        """Say for how long they were wrong after everybody was back."""
        if self.last is None:
            return 0
        return (self.last if self.right is None else self.right) - settled


def _too_slow(ledger: Ledger, one: Recovery) -> Finding:
    whose = one.server or ", ".join(one.people) or "somebody"
    return finding(
        "recovery.too-slow",
        f"after {one.fault} of {whose} had ended, {one.too_slow[0]}",
        who=", ".join(one.people),
        where=one.server,
        expected=f"everybody is back, and every roster right, within {shown(one.limit)} of the end of a fault",
        evidence=[*evidence.bounded(one.too_slow), *evidence.during_faults(ledger)],
        about=[fault.began for fault in ledger.faults.all if fault.began.fault == one.fault],
    )

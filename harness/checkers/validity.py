"""
Whether a run can be believed at all: its record is whole, its totals reconcile, and the harness did not fool itself.

Some checks are published only. The budgets count a slow harness themselves, percentile by percentile (DESIGN.md,
section 9), and a clock that was set spoils no latency but those of the frames under way in that moment: everything is
timed by the monotonic clock, the time of day is for display.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import msgspec

from harness.checkers.authorization import denials
from harness.checkers.latency import Timing, shown, timings
from harness.history.events import ControlSeen, Event, FaultBegan, FrameIn, LoopLag, SocketOpened, TestFinished
from harness.history.ledger import Ledger, read
from harness.history.recorder import Header
from harness.history.worlds import terms
from harness.statistics.percentiles import percentile

_SECOND = 1_000_000_000
_CLOCK_STEP = 0.05
"""Seconds by which the time of day may differ more from the monotonic clock than the test before found."""
_CLOCK_DRIFT = 0.001
"""What a clock that is being corrected may run faster or slower: twice the 500 ppm that NTP allows itself."""
_SLIP_SHARE = 10


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """
    One thing that must hold for a run to be believed, and what was seen of it.

    Where `invalidates`, a run in which it does not hold is no PASS.
    """

    name: str
    holds: bool
    seen: str
    invalidates: bool = False


@dataclass(frozen=True)
class Reading:
    """The events of a world, and what they mean, read once for everything that is said of the run."""

    events: list[Event]

    @cached_property
    def ledger(self) -> Ledger:
        """What the events mean."""
        return read(self.events)

    @cached_property
    def timings(self) -> list[Timing]:
        """The times of its messages."""
        return timings(self.ledger)

    @property
    def is_free_of_faults(self) -> bool:
        """Tell whether nobody disturbed it on purpose, nor stood in between to do so, which takes time of its own."""
        return not any(
            isinstance(event, FaultBegan) or (isinstance(event, SocketOpened) and event.via) for event in self.events
        )

    @property
    def finished(self) -> TestFinished | None:
        """The terms of its judgement, if it came to one."""
        return terms(self.events)[1]


def checks(header: Header, events: Sequence[Event], readings: Sequence[Reading]) -> tuple[Check, ...]:
    """Look at everything that could make a run unbelievable."""
    return (
        _record(events),
        _acts(events),
        _deliveries(readings),
        _controls(readings),
        _cross_talk(readings),
        _slip(header, readings),
        _loop(events),
        _stamps(readings),
        _clock(header, events),
    )


def _record(events: Sequence[Event]) -> Check:
    """Every worker numbers its events from 1: whatever is missing leaves a gap."""
    numbers: dict[str, set[int]] = {}
    for event in events:
        numbers.setdefault(event.worker, set()).add(event.n)
    missing = sum(max(known) - len(known) for known in numbers.values())
    seen = f"{len(events)} events of {len(numbers)} worker{'s' * (len(numbers) != 1)}, {missing} missing"
    return Check(name="record is whole", holds=not missing, seen=seen, invalidates=True)


def _acts(events: Sequence[Event]) -> Check:
    """Whatever was answered was asked, once; a test that was cut short may have asked and heard no answer."""
    asked: Counter[tuple[str, str]] = Counter()
    answered: Counter[tuple[str, str]] = Counter()
    pairs = {"asked": asked, "answered": answered}
    for event in events:
        act, (_, _, part) = getattr(event, "act", ""), str(event.__struct_config__.tag).partition(".")
        if act and part in pairs:  # what else names an act belongs to one
            pairs[part][event.worker, act] += 1
    stray = sum((answered - asked).values())
    seen = f"{asked.total()} acts asked, {answered.total()} answered, {stray} answered without being asked"
    return Check(name="acts pair up", holds=not stray, seen=seen, invalidates=True)


def _deliveries(readings: Iterable[Reading]) -> Check:
    """Count what was owed, and every message frame, once more, beside the checker of deliveries."""
    counts: Counter[str] = Counter()
    for one in readings:
        _count_debts(one, counts)
        ledger = one.ledger
        counts["frames"] += sum(isinstance(event, FrameIn) and event.is_message for event in one.events)
        counts["matched"] += sum(
            len(frames) for message in ledger.messages for frames in ledger.heard_by(message).values()
        )
        counts["foreign"] += sum(hearing.message is None for hearing in ledger.hearings)
    words = ("delivered", "late", "lost", "unknown")
    holds = (
        counts["owed"] == sum(counts[word] for word in words)
        and counts["frames"] == counts["matched"] + counts["foreign"]
    )
    became = " + ".join(f"{counts[word]} {word}" for word in words)
    carried = f"{counts['matched']} of this run + {counts['foreign']} foreign"
    seen = f"{counts['owed']} owed = {became}; {counts['frames']} message frames = {carried}"
    return Check(name="totals reconcile", holds=holds, seen=seen, invalidates=True)


def _count_debts(one: Reading, counts: Counter[str]) -> None:
    arrival = one.finished.arrival if one.finished else None
    debts = one.ledger.debts()
    counts["owed"] += len(debts)
    heard = [timing for timing in one.timings if timing.frames]
    for timing in heard:
        late = sum(arrival is not None and _is_late(one.ledger, timing, frame, arrival) for frame in timing.frames)
        counts["late"] += late
        counts["delivered"] += len(timing.frames) - late
    arrived = {(timing.message.asked.act, frame.socket) for timing in heard for frame in timing.frames}
    for debt in debts:
        if (debt.message.asked.act, debt.listening.socket) not in arrived:
            is_known = debt.listening.ended is None and one.ledger.due(debt, arrival or 0) is not None
            counts["lost" if is_known else "unknown"] += 1


def _is_late(ledger: Ledger, timing: Timing, frame: FrameIn, arrival: int) -> bool:
    due = ledger.faults.due(timing.meant, arrival, timing.message.asked.who, frame.who)
    return due is not None and frame.earliest > due


def _controls(readings: Iterable[Reading]) -> Check:
    """A denial says something only of an endpoint that grants: each test with denials has seen that it does."""
    denied = [one for one in readings if one.finished is not None and denials(one.events)]
    controlled = sum(
        any(isinstance(event, ControlSeen) and event.outcome == "ok" for event in one.events) for one in denied
    )
    seen = f"{len(denied)} tests or examples saw denials, {controlled} of them a grant within the minute before"
    return Check(name="positive controls", holds=controlled == len(denied), seen=seen, invalidates=True)


def _cross_talk(readings: Sequence[Reading]) -> Check:
    """What people hear is of their own test; what a test before it sent must not reach the next."""
    ended: dict[tuple[str, str, str], int] = {}
    foreign = strays = 0
    for one in readings:
        began, worker = one.events[0].at, one.events[0].worker
        for frame, message in one.ledger.hearings:
            if message is None:
                foreign += 1
                strays += ended.get((worker, frame.channel, frame.message), began) < began
        if one.finished is not None:
            for sent in one.ledger.messages:
                if sent.id:
                    ended[worker, sent.asked.channel, sent.id] = one.finished.at
    seen = f"{foreign} foreign messages heard, {strays} of them of a test that was over"
    return Check(name="no cross-talk", holds=not strays, seen=seen, invalidates=True)


def _slip(header: Header, readings: Iterable[Reading]) -> Check:
    """How late the harness wrote its requests; past a tenth of the tightest budget it would count."""
    slips = sorted(timing.sent - timing.meant for one in readings for timing in one.timings if timing.sent)
    if not slips:
        return Check(name="schedule slip", holds=True, seen="no message was sent")
    at_p99 = percentile(slips, 0.99) / _SECOND
    tightest = min(header.budgets.values(), default=None)
    holds = tightest is None or at_p99 * _SLIP_SHARE <= tightest
    seen = f"p99 {shown(at_p99)}, worst {shown(slips[-1] / _SECOND)} of {len(slips)} messages"
    return Check(name="schedule slip", holds=holds, seen=seen)


def _loop(events: Iterable[Event]) -> Check:
    """How late our event loop woke up; it never judges a latency that has a kernel stamp."""
    lags = [event for event in events if isinstance(event, LoopLag)]
    if not lags:
        return Check(name="event loop", holds=True, seen="no test was long enough to see it lag")
    worst = max(lags, key=lambda one: one.worst)
    seen = f"worst lag {shown(worst.worst / _SECOND)}, in {worst.test or 'a test'}; published, never judged"
    return Check(name="event loop", holds=True, seen=seen)


def _stamps(readings: Iterable[Reading]) -> Check:
    """Where the times of arrival come from."""
    frames = [frame for one in readings for timing in one.timings for frame in timing.frames]
    stood_in = sum(frame.stamp == "seen" for frame in frames)
    exact = sum(frame.stamp == "kernel" and frame.exact for frame in frames)
    seen = f"{len(frames)} deliveries: {exact} stamped exactly by the kernel, {len(frames) - exact - stood_in} read"
    seen += f" together with others, {stood_in} timed when our code saw them"
    return Check(name="receive stamps", holds=True, seen=seen)


def _clock(header: Header, events: Iterable[Event]) -> Check:
    """Whether the time of day ran as the monotonic clock did, from one end of a test to the next."""
    looks = [(event.at / _SECOND, event.wall) for event in events if isinstance(event, TestFinished) and event.wall]
    if header.wall_origin:
        looks = [(0.0, header.wall_origin), *looks]
    steps = [
        abs((wall - earlier_wall) - (at - earlier_at)) - _CLOCK_DRIFT * (at - earlier_at)
        for (earlier_at, earlier_wall), (at, wall) in pairwise(looks)
    ]
    worst = max(steps, default=0.0)
    seen = f"looked at {len(looks)} times" + (f", set by {shown(worst)}" if worst > _CLOCK_STEP else "")
    return Check(name="clock", holds=worst <= _CLOCK_STEP, seen=seen)

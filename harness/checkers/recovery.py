"""
Recovery: what people missed while they were away, they find when they are back.

Whoever came back in order (subscribed, acknowledged, and read after that) has every message that was sent meanwhile:
live, or from the catch-up. One that is in neither is missed for good. Whoever never came back, or never read, may read
it yet, which is counted and never judged.
"""

from collections import Counter

import msgspec

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.history.events import Event, TestFinished
from harness.history.gaps import Gap, gaps
from harness.history.ledger import Ledger


class Shortfall(msgspec.Struct, frozen=True, kw_only=True):
    """How much one person missed of one channel, and what became of it: `missed` is the sum of the other three."""

    who: str
    channel: str
    missed: int
    caught_up: int
    heard_late: int
    in_neither: int
    for_good: int = 0
    """How many of those in neither a catch-up in order left out."""
    test: str = ""


def check(events: list[Event], ledger: Ledger, terms: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every gap; what one person missed for good of one channel is one finding."""
    found = gaps(events, ledger, terms.arrival)
    counts: Counter[str] = Counter()
    for gap in found:
        counts["missed"] += len(gap.missed)
        counts["heard late"] += len(gap.heard)
        counts["caught up"] += len(gap.caught_up)
        counts["in neither"] += len(gap.in_neither)
    return [_missed(ledger, gap) for gap in found if gap.for_good], counts


def shortfalls(events: list[Event], ledger: Ledger, terms: TestFinished) -> tuple[Shortfall, ...]:
    """Say in numbers what each person of a world missed."""
    return tuple(
        Shortfall(
            who=gap.who,
            channel=gap.channel,
            missed=len(gap.missed),
            caught_up=len(gap.caught_up),
            heard_late=len(gap.heard),
            in_neither=len(gap.in_neither),
            for_good=len(gap.for_good),
            test=terms.test,
        )
        for gap in gaps(events, ledger, terms.arrival)
    )


def _missed(ledger: Ledger, gap: Gap) -> Finding:
    messages, read = [message for message, _ in gap.for_good], gap.for_good[0][1]
    many = "a message" if len(messages) == 1 else f"{len(messages)} messages"
    return finding(
        "delivery.missed-for-good",
        f"{gap.who} missed {many} while away, came back, and did not find {'it' if len(messages) == 1 else 'them'} when"
        " catching up",
        who=gap.who,
        where=gap.channel,
        expected="whoever subscribes and then reads behind the last message seen has all that was sent meanwhile",
        evidence=[
            *evidence.bounded(messages, evidence.sent),
            f"{evidence.moment(read.asked)}  {gap.who} read behind {read.after or 'nothing'} and got {len(read.ids)}",
            _told(gap),
            *evidence.during_faults(ledger),
        ],
        about=[*(message.asked for message in messages), read],
    )


def _told(gap: Gap) -> str:
    return (
        f"missed {len(gap.missed)}: caught up {len(gap.caught_up)}, heard late {len(gap.heard)},"
        f" in neither {len(gap.in_neither)}"
    )

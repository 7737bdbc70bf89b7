"""
Ordering: what one person sends to one channel, each after the answer to the one before, is heard in that order.

Messages that were in flight at the same time have no order that anybody could owe, nor have those of which nobody knows
whether they were taken. First arrivals count; a duplicate is another checker's finding. No contract has edits or
deletions of messages, so there is no causal order between events about one message to judge.
"""

from collections import Counter

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.history.events import Event, FrameIn, TestFinished
from harness.history.ledger import Ledger, Message


def check(_: list[Event], ledger: Ledger, __: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every socket, sender and channel; one finding each, with the first inversion as evidence."""
    first: dict[tuple[str, str, str], list[tuple[FrameIn, Message]]] = {}
    for frame, message in ledger.hearings:
        if message is None or message.outcome != "ok" or ledger.heard(message, frame.socket)[0] is not frame:
            continue
        first.setdefault((frame.socket, message.asked.who, message.asked.channel), []).append((frame, message))
    found = [
        _reordered(socket, sender, channel, inversion)
        for (socket, sender, channel), heard in first.items()
        if (inversion := _inversion(heard))
    ]
    return found, Counter(reordered=len(found))


def _inversion(heard: list[tuple[FrameIn, Message]]) -> tuple[FrameIn, FrameIn] | None:
    """
    Find a message that had been answered before one was asked that was heard earlier.

    Neighbours are not enough: one that was in flight beside both may stand between them.
    """
    earlier, latest = heard[0]
    for frame, message in heard:
        if message.answered is not None and message.answered.n < latest.asked.n:
            return earlier, frame
        if message.asked.n > latest.asked.n:
            earlier, latest = frame, message
    return None


def _reordered(socket: str, sender: str, channel: str, inversion: tuple[FrameIn, FrameIn]) -> Finding:
    return finding(
        "ordering.reordered",
        f"{socket} heard messages of {sender} in another order than they were sent",
        who=socket.partition("#")[0],
        where=channel,
        expected="the order of sending, per sender and channel",
        evidence=[evidence.heard(frame) for frame in inversion],
        about=inversion,
    )

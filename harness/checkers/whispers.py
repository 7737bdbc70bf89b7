"""
Client events: what a client may not send reaches nobody, neither as another person nor as the server.

Every event that may not come through carries a mark of ours (`Whispered`), which is looked for in whatever the other
sockets heard since: a server may pass it on under another name, or on another channel.
"""

import re
from bisect import bisect_left
from collections import Counter
from typing import NamedTuple

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.checkers.weaknesses import weaknesses
from harness.history.events import Event, FrameIn, TestFinished, Whispered
from harness.history.ledger import Ledger


class _Delivered(NamedTuple):
    """A client event that nobody may hear, and the frames in which its mark was heard."""

    sent: Whispered
    frames: list[FrameIn]


def check(events: list[Event], _: Ledger, __: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every client event that may not come through; one that a server is known to pass on is advice."""
    forbidden = [one for one in events if isinstance(one, Whispered) and one.forbidden and one.mark]
    excused, found = weaknesses(events), []
    for one in _delivered(events, forbidden):
        if excused.excuse(one.sent.weakness):
            found += excused.tell(one.sent.weakness, _lines(one), [one.sent, *one.frames])
        else:
            found.append(_forged(one))
    return found, Counter({"forged events": len(forbidden)})


def _delivered(events: list[Event], forbidden: list[Whispered]) -> list[_Delivered]:
    """Find every mark in frames of other sockets, in one pass; a mark that was sent twice belongs to the latest."""
    if not forbidden:
        return []
    sent: dict[str, list[Whispered]] = {}
    for one in forbidden:
        sent.setdefault(one.mark, []).append(one)
    # Backwards: of two marks, one of which begins with the other, the whole one comes first, and is meant.
    wanted = re.compile("|".join(re.escape(mark) for mark in sorted(sent, reverse=True)))
    found: dict[int, _Delivered] = {}
    for frame in events:
        if not isinstance(frame, FrameIn):
            continue
        for mark in set(wanted.findall(frame.raw)):
            before = bisect_left(sent[mark], frame.n, key=lambda one: one.n)
            if before and sent[mark][before - 1].socket != frame.socket:
                cause = sent[mark][before - 1]
                found.setdefault(cause.n, _Delivered(cause, [])).frames.append(frame)
    return list(found.values())


def _forged(one: _Delivered) -> Finding:
    sent, first = one.sent, one.frames[0]
    return finding(
        "subscription.forged-event-delivered",
        f"{first.socket} heard {evidence.quoted(sent.event)} of {sent.who} on {evidence.spelled(first.channel)},"
        f" which may not come through: {sent.forbidden}",
        who=sent.who,
        where=sent.channel,
        expected=f"nobody hears it: {sent.forbidden}",
        evidence=_lines(one),
        about=[sent, *one.frames],
    )


def _lines(one: _Delivered) -> list[str]:
    sent = one.sent
    to = f"{evidence.quoted(sent.event)} to {evidence.spelled(sent.channel)}"
    return [f"{evidence.moment(sent.at)}  {sent.socket} sent {to}", *evidence.bounded(one.frames, evidence.heard)]

"""
Backlog: whoever stands still is cut off before the server keeps everything that is sent meanwhile.

A phone that froze with its connection open reads nothing and closes nothing. What waits for it fills buffers of the
network first, which are bounded, and then the memory of the server, which should be. Seen from outside: of what others
heard during the freeze, more came behind it, on the same connection, than buffers of a network hold.
"""

from collections import Counter

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.history.events import Event, FrameIn, TestFinished
from harness.history.faults import Fault
from harness.history.ledger import Ledger

LIMIT = 12_000_000
"""Bytes: those of both ends' socket buffers at their largest on Linux, of a proxy between them, and some."""

_MEGA = 1_000_000


def check(events: list[Event], ledger: Ledger, _: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Look at every freeze that ended; counts them."""
    frozen = [
        fault
        for fault in ledger.faults.all
        if fault.began.what == "freeze" and fault.ends_connections and fault.ended is not None
    ]
    frames = [event for event in events if isinstance(event, FrameIn)] if frozen else []
    found = [_kept(fault, socket, size) for fault in frozen for socket, size in _waiting(fault, frames).items()]
    return [one for one in found if one is not None], Counter({"freezes": len(frozen)} if frozen else {})


def _waiting(fault: Fault, frames: list[FrameIn]) -> Counter[str]:
    """
    Say how many bytes waited for each socket that the fault touched: others had them before it ended.

    They came when it ended, which is noted a little later than it happens.
    """
    began, ended = fault.began.at, fault.ended or 0
    others = {one.sha256 for one in frames if began < one.arrived < ended and one.who not in fault.began.people}
    waiting: Counter[str] = Counter()
    for one in frames:
        if one.who in fault.began.people and one.arrived > began and one.sha256 in others:
            waiting[one.socket] += one.size
    return waiting


def _kept(fault: Fault, socket: str, size: int) -> Finding | None:
    if size <= LIMIT:
        return None
    return finding(
        "protocol.backlog-unbounded",
        f"{size / _MEGA:.0f} MB were kept for {socket}, which read nothing, and sent when it did again",
        who=socket.partition("#")[0],
        expected=f"whoever reads nothing is cut off before {LIMIT / _MEGA:.0f} MB wait for them, and catches up",
        evidence=[f"{evidence.moment(fault.began.at)}  {fault.began.what} of {', '.join(fault.began.people)}"],
        about=[fault.began],
    )

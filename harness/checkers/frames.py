"""
Frames: what comes in can be read, and connections do not end by themselves.

A client must live with anything a server sends, so none of this stops a user; it is found here. Whoever lost a right
may be cut off: the protocol has no server-side unsubscribe. A connection that a fault ended did not end by itself.
"""

from collections import Counter

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.history.events import Event, FrameIn, SocketClosed, TestFinished
from harness.history.ledger import Ledger

_FINAL = range(4000, 4100)
"""Close codes after which no client comes back (PROTOCOL.md, 1.5)."""
_UNREADABLE = frozenset({1002, 1003, 1007, 1008, 1009})
"""Close codes with which our own parser gives up on a peer (RFC 6455, 7.4.1): bad frames, bad UTF-8, too large."""


def check(events: list[Event], ledger: Ledger, terms: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every frame that could not be understood and every established connection that ended without our doing."""
    frames = [event for event in events if isinstance(event, FrameIn)]
    found = [_malformed(event) for event in frames if event.problem]
    found += [ended for closed in ledger.closures if (ended := _ended(ledger, closed, terms.arrival))]
    return found, Counter(frames=len(frames))


def _malformed(frame: FrameIn) -> Finding:
    return finding(
        "protocol.malformed-frame",
        f"{frame.socket} got a frame that cannot be read: {frame.problem}",
        who=frame.who,
        where=frame.socket,
        expected="one JSON object with a string `event` in each frame",
        evidence=[f"{evidence.moment(frame.arrived)}  {frame.size} bytes: {evidence.quoted(frame.raw)}"],
        about=[frame],
    )


def _ended(ledger: Ledger, closed: SocketClosed, arrival: int) -> Finding | None:
    expected = "the connection lasts until the person leaves"
    if closed.by == "us" and closed.code in _UNREADABLE:
        id_, summary = "protocol.connection-broken", f"{closed.socket} had to give up on its connection"
    elif _is_banished(closed) and closed.socket in ledger.opened and not ledger.was_cut_off(closed):
        id_, summary = "protocol.told-not-to-return", f"{closed.socket} was told not to come back"
        expected = "4100 to 4299, or no code at all: whoever did nothing wrong may come back, also after a restart"
    elif closed.by == "them" and closed.socket in ledger.opened and not _is_explained(ledger, closed, arrival):
        # One that was refused before it had a socket id was never in use: whoever connected was told.
        id_, summary = "protocol.connection-closed", f"{closed.socket} was disconnected by the broadcaster"
    else:
        return None
    return finding(
        id_,
        summary,
        who=closed.who,
        where=closed.socket,
        expected=expected,
        evidence=[f"{evidence.moment(closed.at)}  close code {closed.code} {evidence.quoted(closed.reason)}"],
        about=[closed],
    )


def _is_banished(closed: SocketClosed) -> bool:
    """Tell whether somebody was told not to come back, although nothing that they did was wrong."""
    return closed.by == "them" and closed.code in _FINAL


def _is_explained(ledger: Ledger, closed: SocketClosed, arrival: int) -> bool:
    return ledger.was_cut_off(closed) or ledger.faults.explain(closed, ledger.opened[closed.socket], arrival)

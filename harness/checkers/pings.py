"""
Pings: whoever asks whether the other end is alive is told so.

A client that gets no answer takes its connection for dead and comes back, again and again (PROTOCOL.md, 1.4). Late
pongs are no finding here, nor those of a connection that ended; where a fault was at work, the silence may be its own.
"""

from collections import Counter

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.history.events import Event, FaultBegan, FenceAnswered, FenceAsked, FrameIn, SocketClosed, TestFinished
from harness.history.ledger import Ledger

PONG = "pusher:pong"


def check(events: list[Event], _: Ledger, terms: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every ping that a fence sent: a pong may be late, and must not stay away for good."""
    asked = {one.act: one for one in events if isinstance(one, FenceAsked) and one.way == "ping"}
    if any(isinstance(one, FaultBegan) for one in events):
        return [], Counter()
    closed = {one.socket for one in events if isinstance(one, SocketClosed)}
    pongs = {one.socket: one.n for one in events if isinstance(one, FrameIn) and one.event == PONG}
    given_up = [one for one in events if isinstance(one, FenceAnswered) and one.outcome != "ok" and one.act in asked]
    missed: dict[str, list[tuple[FenceAsked, FenceAnswered]]] = {}
    for answered in given_up:
        ping = asked[answered.act]
        is_overdue = answered.at - ping.at >= terms.arrival
        if is_overdue and ping.socket not in closed and pongs.get(ping.socket, -1) < ping.n:
            missed.setdefault(ping.socket, []).append((ping, answered))
    return [_unanswered(group) for group in missed.values()], Counter()


def _unanswered(group: list[tuple[FenceAsked, FenceAnswered]]) -> Finding:
    first = group[0][0]
    return finding(
        "protocol.ping-unanswered",
        f"{first.socket} sent a ping, and no pong came any more",
        who=first.who,
        where=first.socket,
        expected="pusher:pong for every pusher:ping",
        evidence=evidence.bounded(
            group,
            lambda one: (
                f"{evidence.moment(one[0].at)}  pusher:ping, given up after {(one[1].at - one[0].at) / 1e9:.3f} s"
            ),
        ),
        about=[event for pair in group for event in pair],
    )

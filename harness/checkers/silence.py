"""
Silence: a client that answers nothing any more is given up, and not before it had to speak (PROTOCOL.md, 1.4).

A phone in a tunnel closes nothing. Whoever is never given up stays listed, and costs a connection; whoever is given up
before the time that they were told to ping after is cut off for doing as they were told. A fault explains both.
"""

from collections import Counter

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.history.events import Event, FaultBegan, SilenceKept, TestFinished
from harness.history.ledger import Ledger


def check(events: list[Event], _: Ledger, __: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every silence; counts them."""
    kept = [event for event in events if isinstance(event, SilenceKept)]
    if not kept or any(isinstance(event, FaultBegan) for event in events):
        return [], Counter()
    return [wrong for one in kept if (wrong := _judge(one))], Counter(silences=len(kept))


def _judge(one: SilenceKept) -> Finding | None:
    if one.ended is None:
        id_, summary = "protocol.silence-unnoticed", f"was not given up within {one.waited:g} s"
    elif one.ended < one.advertised:
        id_, summary = "protocol.given-up-early", f"was given up after {one.ended:.1f} s"
    else:
        return None
    told = f"{one.advertised:g} s"
    return finding(
        id_,
        f"a connection of {one.who} that answered nothing any more {summary}, having been told to ping after {told}",
        who=one.who,
        expected=f"it is left alone for {told}, pinged, and given up when it does not answer",
        evidence=[f"{evidence.moment(one.at)}  activity_timeout {told}, waited for {one.waited:g} s"],
        about=[one],
    )

"""
Silence: a client that answers nothing any more is given up, and not before it had to speak (PROTOCOL.md, 1.4).

A phone in a tunnel closes nothing. Whoever is never given up stays listed, and costs a connection; whoever is given up
before the time that they were told to ping after is cut off for doing as they were told. A fault explains both.
Whoever subscribed to nothing is looked after by some servers only; that is advice.
"""

from collections import Counter

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.checkers.weaknesses import Weaknesses, weaknesses
from harness.history.events import Event, FaultBegan, SilenceKept, TestFinished
from harness.history.ledger import Ledger

_UNSUBSCRIBED = "CO-03"


def check(events: list[Event], _: Ledger, __: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every silence; counts them."""
    kept = [event for event in events if isinstance(event, SilenceKept)]
    if not kept or any(isinstance(event, FaultBegan) for event in events):
        return [], Counter()
    subscribed, bare = [one for one in kept if one.subscribed], [one for one in kept if not one.subscribed]
    found = [wrong for one in subscribed if (wrong := _judge(one))]
    unseen = [one for one in bare if one.ended is None]
    return [*found, *_unnoticed(unseen, weaknesses(events))], Counter(silences=len(kept))


def _unnoticed(unseen: list[SilenceKept], excused: Weaknesses) -> list[Finding]:
    """Tell of connections without a subscription that were not given up, once."""
    if not unseen:
        return []
    one, lines = unseen[0], [_moment(two) for two in unseen]
    if excused.excuse(_UNSUBSCRIBED):
        return excused.tell(_UNSUBSCRIBED, lines, unseen)
    return [
        finding(
            "protocol.unsubscribed-unnoticed",
            f"a connection of {one.who} that subscribed to nothing and answered nothing was not given up within"
            f" {one.waited:.1f} s, when another one was that had subscribed",
            who=one.who,
            expected="whoever is silent is given up, whether they subscribed to something or not",
            evidence=lines,
            about=unseen,
        )
    ]


def _moment(one: SilenceKept) -> str:
    return f"{evidence.moment(one.at)}  activity_timeout {one.advertised:g} s, waited for {one.waited:g} s"


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
        evidence=[_moment(one)],
        about=[one],
    )

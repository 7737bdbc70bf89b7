"""
Disclosure: no secret, and nothing private to somebody else, in a frame or an answer; nothing of the inside in an error.

What stood where was decided when it was recorded, before secrets were taken out; a finding names the kind of thing and
its place, never the value.
"""

from collections import Counter
from typing import Final

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.checkers.grouping import grouped, times
from harness.history.events import Disclosed, Event, TestFinished
from harness.history.ledger import Ledger

_INTERNALS: Final = frozenset({"a stack trace", "a debug page"})
"""What tells of the inside of an application; everything else is a secret or private."""
_SOMEBODY: Final = " of somebody else"


def check(events: list[Event], _: Ledger, __: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge whatever was seen; the same thing of the same person in the same place is one finding."""
    disclosed = [event for event in events if isinstance(event, Disclosed)]
    groups = grouped(disclosed, lambda one: (one.what, one.whose, one.place, one.channel, one.purpose))
    return [_told(group) for group in groups], +Counter(disclosures=len(disclosed))


def _told(group: list[Disclosed]) -> Finding:
    first = group[0]
    what = f"{first.what.removesuffix(_SOMEBODY)} of {first.whose}" if first.whose else first.what
    place = _place(first)
    if first.what in _INTERNALS:
        id_, expected = "payload.internals-disclosed", "an error says that it is one, and no more: APP_DEBUG is off"
    else:
        id_, expected = "payload.secret-disclosed", "what is broadcast, or answered, is chosen field by field"
    return finding(
        id_,
        f"{what} stood in {place}, {times(len(group))}",
        who=first.who,
        where=first.channel,
        expected=expected,
        evidence=evidence.bounded(group, _seen),
        about=group,
    )


def _place(one: Disclosed) -> str:
    if one.place == "frame":
        return f"a frame on {one.channel}" if one.channel else "a frame"
    return f"an answer to “{one.purpose}”" if one.purpose else "an answer"


def _seen(one: Disclosed) -> str:
    return f"{evidence.moment(one.at)}  {one.socket or one.who or 'somebody'} got {_place(one)} with {one.what} in it"

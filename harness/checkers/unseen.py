"""
Unseen listeners: whoever joins a presence channel without naming themselves takes nobody else off its list.

Some servers count nobody as soon as one connection has no user id (PROTOCOL.md, 2.2): whoever comes after that is told
of an empty channel, on which they themselves are not.
"""

from collections import Counter

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.checkers.grouping import grouped
from harness.checkers.weaknesses import weaknesses
from harness.history.events import Event, SocketClosed, SubscribeAnswered, TestFinished, Unsubscribed
from harness.history.ledger import Ledger

_WEAKNESS = "AZ-31"
_Emptied = tuple[SubscribeAnswered, SubscribeAnswered]
"""Somebody who came unseen, and somebody else's list that was empty while they were there."""


def check(events: list[Event], _: Ledger, __: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every list that is empty although it was given to a member; of each channel once."""
    excused, found = weaknesses(events), []
    for group in grouped(_emptied(events), lambda one: one[1].channel):
        about = [group[0][0], *(emptied for _, emptied in group)]
        if excused.excuse(_WEAKNESS):
            found += excused.tell(_WEAKNESS, _lines(group), about)
        else:
            found.append(_finding(group, about))
    return found, Counter()


def _emptied(events: list[Event]) -> list[_Emptied]:
    unseen: dict[str, dict[str, SubscribeAnswered]] = {}
    found: list[_Emptied] = []
    for event in events:
        match event:
            case SubscribeAnswered(outcome="ok", channel=channel) if channel.startswith("presence-"):
                here = unseen.setdefault(channel, {})
                if not event.me:
                    here.setdefault(event.socket, event)
                elif event.members == () and here:
                    found.append((next(iter(here.values())), event))
            case Unsubscribed():
                unseen.get(event.channel, {}).pop(event.socket, None)
            case SocketClosed():
                for here in unseen.values():
                    here.pop(event.socket, None)
            case _:
                pass
    return found


def _finding(group: list[_Emptied], about: list[SubscribeAnswered]) -> Finding:
    hidden, emptied = group[0]
    return finding(
        "membership.emptied",
        f"{emptied.socket} was told of no member of {evidence.spelled(emptied.channel)} at all, not even of"
        f" {emptied.who}, since {hidden.who} had joined without a name",
        who=hidden.who,
        where=emptied.channel,
        expected="a presence channel cannot be joined without channel_data, or whoever does is left out alone",
        evidence=_lines(group),
        about=about,
    )


def _lines(group: list[_Emptied]) -> list[str]:
    hidden = group[0][0]
    return [
        f"{evidence.moment(hidden.at)}  {hidden.socket} was let in without a user id",
        *evidence.bounded(group, lambda one: f"{evidence.moment(one[1].at)}  {one[1].socket} got an empty list"),
    ]

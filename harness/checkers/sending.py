"""
Sending: nobody gets a message in who may not publish there, and nobody writes in another's name.

Who may publish is whoever is in the conversation, by the roster of the moment in which they meant to send; who was
removed may until the revocation budget is spent. Of a conversation that nobody declared nothing is known.
"""

from collections import Counter
from typing import NamedTuple

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.checkers.grouping import grouped
from harness.history.events import Event, FrameIn, MessageAnswered, TestFinished
from harness.history.ledger import Ledger, Message


class _Taken(NamedTuple):
    """A message that the backend took, and its answer."""

    message: Message
    answered: MessageAnswered


class _Shown(NamedTuple):
    """A frame, and the message that it carries."""

    frame: FrameIn
    message: Message


def check(_: list[Event], ledger: Ledger, terms: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every message that the backend took, and the author that each frame shows."""
    answers = ((one, one.answered) for one in ledger.messages)
    taken = [_Taken(one, answered) for one, answered in answers if answered and answered.outcome == "ok"]
    found = [_outsider(ledger, one) for one in taken if _is_outsider(ledger, one, terms.revocation)]
    shown = [_Shown(frame, message) for frame, message in ledger.hearings if message is not None and frame.author]
    renamed = [one for one in shown if one.message.asked.author not in ("", one.frame.author)]
    found += [_renamed(group) for group in grouped(renamed, lambda one: (one.message.asked.act, one.frame.author))]
    return found, Counter()


def _is_outsider(ledger: Ledger, one: _Taken, revocation: int) -> bool:
    asked, since = one.message.asked, one.message.asked.meant - revocation
    return ledger.rosters.may_hear(asked.who, asked.channel, since=since, until=one.answered.at) is False


def _outsider(ledger: Ledger, one: _Taken) -> Finding:
    asked, people = one.message.asked, ledger.rosters.participants(one.message.asked.channel)
    is_deleted = ledger.rosters.deleted.get(asked.channel, asked.meant) < asked.meant
    where = "to a conversation that had been deleted" if is_deleted else "to a conversation without being in it"
    may = f"only {', '.join(people)} may" if people else "nobody may"
    heard = [frame for frames in ledger.heard_by(one.message).values() for frame in frames]
    return finding(
        "authorization.sent-by-outsider",
        f"{asked.who} sent {where}, the backend took it, and {'somebody' if heard else 'nobody'} heard it",
        who=asked.who,
        where=asked.channel,
        expected=f"403 or 404: {may} publish there",
        evidence=[evidence.sent(one.message), *evidence.bounded(heard, evidence.heard)],
        about=[asked, one.answered, *heard],
    )


def _renamed(group: list[_Shown]) -> Finding:
    first, asked = group[0].frame, group[0].message.asked
    frames = [one.frame for one in group]
    return finding(
        "authorization.sent-in-another-name",
        f"a message of {asked.who}, whose id is {evidence.quoted(asked.author)}, shows {evidence.quoted(first.author)}"
        " as its author",
        who=asked.who,
        where=asked.channel,
        expected="the author is whoever the token belongs to, whatever the request says",
        evidence=[evidence.sent(group[0].message), *evidence.bounded(frames, evidence.heard)],
        about=[asked, *frames],
    )

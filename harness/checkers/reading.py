"""
Reading: nobody reads a conversation that they are not in.

Who is in it is decided by the roster between the question and the answer; who was removed may read until the revocation
budget is spent. Of a conversation that nobody declared nothing is known.
"""

from collections import Counter

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.history.events import Event, MessagesRead, TestFinished
from harness.history.ledger import Ledger


def check(events: list[Event], ledger: Ledger, terms: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every list of messages that somebody was given."""
    reads = [one for one in events if isinstance(one, MessagesRead)]
    return [_outsider(ledger, one) for one in reads if _is_outsider(ledger, one, terms.revocation)], Counter()


def _is_outsider(ledger: Ledger, one: MessagesRead, revocation: int) -> bool:
    channel = ledger.rosters.channels.get(one.conversation, "")
    return ledger.rosters.may_hear(one.who, channel, since=one.asked - revocation, until=one.at) is False


def _outsider(ledger: Ledger, one: MessagesRead) -> Finding:
    channel = ledger.rosters.channels[one.conversation]
    people = ledger.rosters.participants(channel)
    may = f"only {', '.join(people)} may" if people else "nobody may"
    return finding(
        "authorization.read-by-outsider",
        f"{one.who} read conversation {one.conversation} without being in it",
        who=one.who,
        where=channel,
        expected=f"403 or 404: {may} read there",
        evidence=[f"{evidence.moment(one.at)}  {one.who} was given {len(one.ids)} messages"],
        about=[one],
    )

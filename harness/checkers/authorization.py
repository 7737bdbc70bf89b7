"""
Authorization: what the endpoint signs, it signs for the people of the conversation, and the signature verifies.

Every grant that anybody in a test was given is judged, whatever the test went on to do with it: a signature for an
outsider is a leak before anything is heard. A denial is judged by whoever expected a grant.
"""

from collections import Counter

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.history.events import Event, HttpAnswered, TestFinished
from harness.history.ledger import Ledger


def check(events: list[Event], ledger: Ledger, terms: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every grant, and count them."""
    grants = [
        event
        for event in events
        if isinstance(event, HttpAnswered) and event.purpose == "authorize" and event.outcome == "ok"
    ]
    found = [one for grant in grants if (one := _judge(ledger, grant, terms.revocation))]
    return found, Counter(granted=len(grants))


def _judge(ledger: Ledger, grant: HttpAnswered, revocation: int) -> Finding | None:
    """Find what is wrong with one grant; an answer without a signature in it grants nothing."""
    if grant.signature == "absent":
        return None
    seen = f"{evidence.moment(grant.at)}  {grant.status}, with a signature that is {grant.signature}"
    if ledger.rosters.may_hear(grant.who, grant.channel, since=grant.at - revocation, until=grant.at) is False:
        people = ", ".join(ledger.rosters.participants(grant.channel)) or "nobody"
        return finding(
            "authorization.granted-to-outsider",
            f"{grant.who} is not in the conversation and got a signature for {evidence.quoted(grant.channel)}",
            who=grant.who,
            where=grant.channel,
            expected=f"403, and no signature: only {people} may join",
            evidence=[seen],
        )
    if grant.signature == "invalid":
        return finding(
            "authorization.signature-invalid",
            f"{grant.who} was granted {evidence.quoted(grant.channel)} with a signature that does not verify",
            who=grant.who,
            where=grant.channel,
            expected="signed with the broadcaster's secret for this socket and channel; if the broadcaster takes it,"
            " it is the secret that we were told which is wrong",
            evidence=[seen],
        )
    return None

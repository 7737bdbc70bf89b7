"""Identity: a presence channel shows people as the backend knows them, not as they call themselves."""

from collections import Counter

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.history.events import Event, HttpAnswered, TestFinished
from harness.history.ledger import Ledger


def check(events: list[Event], _: Ledger, __: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every grant in whose signed data stands what its asker had made up."""
    return [_spoofed(one) for one in events if isinstance(one, HttpAnswered) and one.is_echoed], Counter()


def _spoofed(answer: HttpAnswered) -> Finding:
    return finding(
        "membership.identity-spoofed",
        f"{answer.who} was signed for {evidence.spelled(answer.channel)} under a name or an id of their own choice",
        who=answer.who,
        where=answer.channel,
        expected="what is signed is who the token belongs to, whatever the request says",
        evidence=[evidence.signed(answer)],
        about=[answer],
    )

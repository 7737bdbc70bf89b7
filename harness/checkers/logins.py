"""Logins: a token is its owner's, however many people log in at the same moment."""

from collections import Counter

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.history.events import Event, Identified, TestFinished
from harness.history.ledger import Ledger


def check(events: list[Event], _ledger: Ledger, _terms: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge whom the backend took people for, once for each person and whoever they were taken for."""
    told = [one for one in events if isinstance(one, Identified) and one.expected]
    wrong = {(one.who, one.user_id): one for one in reversed(told) if one.user_id != one.expected}
    return [_another(one) for one in reversed(wrong.values())], Counter()


def _another(one: Identified) -> Finding:
    return finding(
        "authorization.logged-in-as-another",
        f"{one.who} logged in, and is taken for {evidence.quoted(one.user_id)}",
        who=one.who,
        expected=f"“{one.expected}”, whose e-mail address and password were given",
        evidence=[f"{evidence.moment(one.at)}  the backend says who {one.who} is: {evidence.quoted(one.user_id)}"],
        about=[one],
    )

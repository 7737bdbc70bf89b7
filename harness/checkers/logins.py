"""Logins: a token is its owner's, however many people log in at the same moment, and whoever guesses is stopped."""

from collections import Counter

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.history.events import Event, Identified, PasswordsGuessed, TestFinished
from harness.history.ledger import Ledger


def check(events: list[Event], _ledger: Ledger, _terms: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge whom the backend took people for, once for each person and whoever it was, and how often one may guess."""
    told = [one for one in events if isinstance(one, Identified) and one.expected]
    wrong = {(one.who, one.user_id): one for one in reversed(told) if one.user_id != one.expected}
    endless = [one for one in events if isinstance(one, PasswordsGuessed) and one.stopped is None]
    return [*(_another(one) for one in reversed(wrong.values())), *map(_unlimited, endless[:1])], Counter()


def _unlimited(one: PasswordsGuessed) -> Finding:
    return finding(
        "authorization.login-unlimited",
        f"{one.who} tried {one.limit + 1} wrong passwords, one after the other, and was not stopped",
        who=one.who,
        expected=f"429 after {one.limit}, which is the `login_limit` of this target",
        evidence=[f"{evidence.moment(one.at)}  {one.limit + 1} logins with a wrong password, none answered with 429"],
        about=[one],
    )


def _another(one: Identified) -> Finding:
    return finding(
        "authorization.logged-in-as-another",
        f"{one.who} logged in, and is taken for {evidence.quoted(one.user_id)}",
        who=one.who,
        expected=f"“{one.expected}”, whose e-mail address and password were given",
        evidence=[f"{evidence.moment(one.at)}  the backend says who {one.who} is: {evidence.quoted(one.user_id)}"],
        about=[one],
    )

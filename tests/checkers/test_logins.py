"""Logins: whoever is taken for somebody else is told, once."""

from typing import Any

from harness.checkers import logins
from harness.history.events import Identified, TestFinished
from harness.history.ledger import read


def check(events: list[Any]) -> list[Any]:
    """Judge events."""
    return logins.check(events, read(events), TestFinished(n=1, at=0))[0]


def test_a_token_of_somebody_else_is_found_once(history: Any) -> None:
    """However often the backend says so; the first time is the evidence."""
    (found,) = check(history("authorization.logged-in-as-another"))

    assert (found.id, found.kind, found.who) == ("authorization.logged-in-as-another", "security", "alice")
    assert found.summary == "alice logged in, and is taken for “2”"
    assert found.expected == "“1”, whose e-mail address and password were given"
    assert found.evidence[0].endswith("the backend says who alice is: “2”")
    assert [one.id for one in found.suspects] == ["AU-11", "AU-12"]


def test_guessing_without_end_is_told_once(history: Any) -> None:
    """As advice, with what the target had said."""
    (found,) = check(history("authorization.login-unlimited"))

    assert (found.kind, found.who, [one.id for one in found.suspects]) == ("advice", "alice", ["AU-13"])
    assert found.summary == "alice tried 6 wrong passwords, one after the other, and was not stopped"
    assert found.expected == "429 after 5, which is the `login_limit` of this target"


def test_nobody_is_judged_of_whom_nobody_knows_who_they_are(story: Any) -> None:
    """Without an expected id there is nothing to compare, and an equal one is as it should be."""
    story.record(Identified, who="alice", user_id="7")
    story.record(Identified, who="bob", user_id="2", expected="2")

    assert check(story.events) == []

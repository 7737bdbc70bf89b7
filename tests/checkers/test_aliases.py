"""What it means that a channel was signed under a name that is not its own."""

from typing import Any

import pytest

from harness.checkers import aliases, authorization
from harness.history.events import AliasFollowed, HttpAnswered, TestFinished
from harness.history.ledger import read

REVOCATION = 5_000_000_000


def check(events: list[Any]) -> list[Any]:
    """Judge the grants."""
    return authorization.check(events, read(events), TestFinished(n=1, at=0, revocation=REVOCATION))[0]


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("authorization.alias-granted", "advice", "a dead channel"),
        ("authorization.alias-granted--refused-by-the-broadcaster", "advice", "a flaw of the contract"),
        ("authorization.alias-granted--not-followed-to-the-end", "advice", "could not be followed to the end"),
        ("authorization.alias-leaks", "security", "heard there what was sent to it and was heard on it from there"),
    ],
)
def test_the_finding_says_where_the_name_leads(history: Any, name: str, kind: str, words: str) -> None:
    """A leak is of class security, all else advice, for somebody who may join."""
    (found,) = check(history(name))

    assert (found.id, found.kind, found.who) == (name.partition("--")[0], kind, "bob")
    assert words in found.summary


def test_the_name_is_told_apart_by_code_points(history: Any) -> None:
    """Some characters look alike in any font, and some like nothing."""
    (found,) = check(history("authorization.alias-granted--refused-by-the-broadcaster"))

    assert found.evidence[-1].endswith("at character 32: U+000A where the end is due")


def test_an_outsider_is_an_outsider_under_any_name(history: Any) -> None:
    """Class security, with what came of following the name."""
    (found,) = check(history("authorization.granted-to-outsider--under-another-name"))

    assert (found.id, found.kind, found.who) == ("authorization.granted-to-outsider", "security", "eve")
    assert "another name of" in found.summary
    assert any("let in eve#9" in line for line in found.evidence)


def _answer(**facts: Any) -> HttpAnswered:
    said = {"channel": "private-x", "signature": "valid", "credential": "live", "entitled": "no"} | facts
    return HttpAnswered(n=3, at=3, who="bob", act="1", purpose="authorize", status=200, outcome="ok", **said)


def test_what_is_a_name_in_its_own_right_is_no_alias(history: Any) -> None:
    """A declared conversation's channel, one into which a rule lets the person, and one that nobody followed."""
    events = history("authorization.alias-granted")
    ledger, chat = read(events), "private-chat.6.conversation.123"
    one = AliasFollowed(n=2, at=2, who="bob", channel="private-x", canonical=chat, subscribed="ok")
    own = AliasFollowed(n=2, at=2, who="bob", channel=chat, canonical=chat, subscribed="ok")
    followed = aliases.Aliases([one, own])

    assert followed.of(_answer(), ledger) is one
    assert followed.of(_answer(entitled="yes"), ledger) is None
    assert followed.of(_answer(channel=chat), ledger) is None
    assert followed.of(_answer(channel="private-y"), ledger) is None


def test_without_a_known_channel_nothing_is_compared(history: Any) -> None:
    """Whose channel a name reads like is not always known, and then nobody can say what its asker is to it."""
    ledger = read(history("authorization.alias-granted"))
    one = AliasFollowed(n=2, at=2, who="bob", channel="private-x", canonical="", subscribed="ok")

    assert aliases.standing(one, _answer(), ledger, REVOCATION) is None
    assert len(aliases.where_it_leads(one)) == 2

"""What it means that a channel was signed under a name that is not its own."""

from typing import Any

import msgspec
import pytest

from harness.checkers import aliases, authorization
from harness.history.events import AliasFollowed, HttpAnswered, TestFinished
from harness.history.ledger import read

REVOCATION = 5_000_000_000
CHAT = "private-chat.6.conversation.123"


def check(events: list[Any]) -> list[Any]:
    """Judge the grants."""
    return authorization.check(events, read(events), TestFinished(n=1, at=0, revocation=REVOCATION))[0]


THERE = "what was sent to the channel was heard under it, what was said under it not heard on the channel"
BACK = "what was sent to the channel was not heard under it, what was said under it heard on the channel"
BOTH = "what was sent to the channel was heard under it, what was said under it heard on the channel"
NEITHER = "what was sent to the channel was not heard under it, what was said under it not heard on the channel"
DEAD = (
    "and could subscribe to it and heard nothing: a dead channel, on which whoever uses this spelling waits for ever"
    " while everything looks green"
)
FLAW = "and the broadcaster does not let it in: a flaw of the contract, which opens nothing"
OPEN = "and where that leads could not be followed to the end"


@pytest.mark.parametrize(
    ("facts", "meaning", "lines"),
    [
        ({}, DEAD, ["let in bob#9", NEITHER]),
        ({"subscribed": "refused"}, FLAW, ["refused bob#9"]),
        ({"subscribed": "unknown"}, OPEN, ["gave no answer to bob#9"]),
        ({"reason": "cut off"}, OPEN, ["let in bob#9", NEITHER, "not followed to the end: “cut off”"]),
        ({"heard_there": True}, "and heard there what was sent to it: it leaks", ["let in bob#9", THERE]),
        ({"heard_back": True}, "and was heard on it from there: it leaks", ["let in bob#9", BACK]),
        (
            {"heard_there": True, "heard_back": True},
            "and heard there what was sent to it and was heard on it from there: it leaks",
            ["let in bob#9", BOTH],
        ),
    ],
)
def test_the_finding_says_where_the_name_leads(
    story: Any, facts: dict[str, Any], meaning: str, lines: list[str]
) -> None:
    """A leak is of class security, all else advice, for somebody who may join."""
    story.follow("bob", f"{CHAT}x", **facts)

    (found,) = check(story.events)
    id_, kind = ("alias-leaks", "security") if "leaks" in meaning else ("alias-granted", "advice")
    assert (found.id, found.kind, found.who, found.where) == (f"authorization.{id_}", kind, "bob", f"{CHAT}x")
    assert found.summary == f"bob got a signature for “{CHAT}x”, which is not the name of “{CHAT}”, {meaning}"
    assert found.expected == (
        "a denial, and no signature: a channel has one name, and nothing that reads like it is signed"
    )
    assert found.evidence == (
        "+0.005 s  200, with a signature that is valid",
        f"+0.006 s  the broadcaster {lines[0]} under this name",
        *lines[1:],
        f"it differs from “{CHAT}” at character 32: U+0078 where the end is due",
    )
    assert found.events == (5, 6)


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
    ledger = read(events)
    one = AliasFollowed(n=2, at=2, who="bob", channel="private-x", canonical=CHAT, subscribed="ok")
    own = AliasFollowed(n=2, at=2, who="bob", channel=CHAT, canonical=CHAT, subscribed="ok")
    followed = aliases.Aliases([one, own])

    assert followed.of(_answer(), ledger) is one
    assert followed.of(_answer(entitled="yes"), ledger) is None
    assert followed.of(_answer(entitled="anyone"), ledger) is None
    assert followed.of(_answer(channel=CHAT), ledger) is None
    assert followed.of(_answer(channel="private-y"), ledger) is None


@pytest.mark.parametrize(("granted", "at"), [(1, 2), (3, 4), (5, 4)])
def test_a_grant_is_told_by_what_followed_it(history: Any, granted: int, at: int) -> None:
    """The first look behind it, or the latest where nobody looked anew."""
    looks = [AliasFollowed(n=n, at=n, who="bob", channel="private-x", canonical=CHAT, subscribed="ok") for n in (2, 4)]
    answer = msgspec.structs.replace(_answer(), n=granted)

    followed = aliases.Aliases(list(looks)).of(answer, read(history("authorization.alias-granted")))
    assert followed is not None
    assert followed.at == at


@pytest.mark.parametrize(("beyond", "standing"), [(0, "insider"), (1, "outsider")])
def test_who_left_is_an_outsider_when_the_budget_is_spent(story: Any, beyond: int, standing: str) -> None:
    """To the nanosecond, as under the channel's own name."""
    story.roster("alice", "carol", change="removed", person="bob")
    one = AliasFollowed(n=9, at=9, who="bob", channel="private-x", canonical=CHAT, subscribed="ok")
    answer = msgspec.structs.replace(_answer(), at=story.now + REVOCATION + beyond)

    assert aliases.standing(one, answer, read(story.events), REVOCATION) == standing


def test_without_a_known_channel_nothing_is_compared(history: Any) -> None:
    """Whose channel a name reads like is not always known, and then nobody can say what its asker is to it."""
    ledger = read(history("authorization.alias-granted"))
    one = AliasFollowed(n=2, at=2, who="bob", channel="private-x", canonical="", subscribed="ok")

    assert aliases.standing(one, _answer(), ledger, REVOCATION) is None
    assert len(aliases.where_it_leads(one)) == 2

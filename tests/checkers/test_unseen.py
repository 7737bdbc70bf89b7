"""Unseen listeners: a list that is empty while one of them is there is found, once a channel."""

from typing import Any

import pytest

from harness.checkers import unseen
from harness.history.events import TestFinished
from harness.history.ledger import read

ROOM, ELSEWHERE = "presence-company.6", "presence-company.7"
KNOWN = "subscription.known-weakness"


def check(events: list[Any]) -> list[Any]:
    """Judge events."""
    found, counts = unseen.check(events, read(events), TestFinished(n=1, at=0))
    assert counts == {}
    return found


def test_an_emptied_list_is_told(history: Any) -> None:
    """It names who came unseen, and to whom nobody was listed any more."""
    (found,) = check(history("membership.emptied"))

    assert (found.id, found.who, found.where) == ("membership.emptied", "bob", ROOM)
    assert found.summary == (
        f"alice#1 was told of no member of “{ROOM}” at all, not even of alice, since bob had joined without a name"
    )
    assert found.evidence == ("+0.006 s  bob#1 was let in without a user id", "+0.009 s  alice#1 got an empty list")
    assert found.expected


def test_what_a_server_is_known_for_is_advice(history: Any) -> None:
    """Once, with every list as its evidence."""
    (found,) = check(history("subscription.known-weakness--unseen"))

    assert (found.id, len(found.evidence), len(found.events)) == (KNOWN, 3, 3)


@pytest.mark.parametrize(
    ("weaknesses", "found"),
    [((), [("membership.emptied", ROOM, 3), ("membership.emptied", ELSEWHERE, 3)]), (("AZ-31",), [(KNOWN, "", 3)])],
)
def test_each_channel_is_one_finding(story: Any, weaknesses: tuple[str, ...], found: list[Any]) -> None:
    """However many lists were empty, and whoever came unseen besides; what is known is told of the first alone."""
    story.know(*weaknesses)
    for channel in (ROOM, ELSEWHERE):
        for socket, me in (("bob#1", ""), ("bob#2", ""), ("alice#1", "1"), ("carol#1", "3")):
            story.attend(socket, me, channel=channel)

    assert [(one.id, one.where, len(one.evidence)) for one in check(story.events)] == found


@pytest.mark.parametrize("way", ["full", "nobody", "left", "closed", "refused", "elsewhere", "private"])
def test_other_lists_are_none_of_its_business(story: Any, way: str) -> None:
    """A list that holds somebody, one without an unseen listener by then, and channels that list nobody."""
    story.leave("bob#1", ROOM)
    if way != "nobody":
        outcome = "refused" if way == "refused" else "ok"
        channel = {"elsewhere": ELSEWHERE, "private": "private-x"}.get(way, ROOM)
        story.attend("bob#1", "", channel=channel, outcome=outcome)
    if way == "left":
        story.leave("bob#1", ROOM)
    if way == "closed":
        story.close("bob#1")
    members = ("1",) if way == "full" else ()
    story.attend("alice#1", "1", *members, channel="private-x" if way == "private" else ROOM)

    assert check(story.events) == []

"""Openings: what a socket could hear by which token, until something on the socket ended it."""

from typing import Any

from harness.history.events import MembershipAnswered, SubscribeAnswered
from harness.history.openings import Opening, Openings

CHAT = "private-chat.6.conversation.123"
OTHER = "private-chat.6.conversation.124"


def openings(story: Any) -> Openings:
    """Read a story."""
    read = Openings()
    for event in story.events:
        read.take(event)
    return read


def kinds(found: list[Opening]) -> list[tuple[str, int, str]]:
    """Say of openings on which socket they were, with which token, and what ended them."""
    return [(one.socket, one.token, type(one.ended).__name__) for one in found]


def test_an_opening_is_known_by_its_person_and_its_token(story: Any) -> None:
    """What was not acknowledged is none; without a token it is a person's only."""
    story.join("bob#1", token=7)
    story.join("bob#2")
    story.join("bob#3", token=7, outcome="refused")
    story.subscribe("bob#1", channel=OTHER, token=7)

    read = openings(story)
    assert kinds(read.of_person["bob", CHAT]) == [("bob#1", 7, "NoneType"), ("bob#2", 0, "NoneType")]
    assert {token: [one.channel for one in found] for token, found in read.of_token.items()} == {7: [CHAT, OTHER]}


def test_leaving_ends_a_channel_and_closing_all_of_them(story: Any) -> None:
    """What had ended does not end again; what never began does not end at all."""
    story.join("bob#1")
    story.subscribe("bob#1", channel=OTHER)
    story.leave("bob#1")
    story.leave("bob#2")
    story.close("bob#1")
    story.close("bob#2")

    read = openings(story)
    assert kinds(read.of_person["bob", CHAT]) == [("bob#1", 0, "Unsubscribed")]
    assert kinds(read.of_person["bob", OTHER]) == [("bob#1", 0, "SocketClosed")]


def test_being_acknowledged_again_opens_anew(story: Any) -> None:
    """With the token of that time; the opening before it hears nothing from that event on."""
    story.join("bob#1", token=7)
    story.subscribe("bob#1", token=8)
    story.leave("bob#1")
    story.subscribe("bob#1", token=9)

    found = openings(story).of_person["bob", CHAT]
    acknowledged = [event for event in story.events if isinstance(event, SubscribeAnswered)]
    assert kinds(found) == [("bob#1", 7, "SubscribeAnswered"), ("bob#1", 8, "Unsubscribed"), ("bob#1", 9, "NoneType")]
    assert [one.next for one in found] == [acknowledged[1].n, acknowledged[2].n, None]


def test_losing_a_right_ends_no_opening(story: Any) -> None:
    """That is the point: the socket may hear on."""
    story.join("carol#1")
    story.roster("alice", "bob", change="removed", person="carol")

    assert isinstance(story.events[-1], MembershipAnswered)
    assert kinds(openings(story).of_person["carol", CHAT]) == [("carol#1", 0, "NoneType")]

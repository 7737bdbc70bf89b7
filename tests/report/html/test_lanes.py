"""Who stands where in a trace."""

from typing import Any

from harness.history.events import Note
from harness.report.html.lanes import Lanes


def test_people_stand_between_the_servers(story: Any) -> None:
    """One lane for a person with one socket; with several, or none, a lane of her own and one a socket."""
    story.authorize("eve")
    story.authorize("bob")
    story.join("alice#1", "bob#1", "bob#2", "carol#1", "carol#2")
    lanes = Lanes(story.events)

    people = ["eve", "bob", "bob#1", "bob#2", "alice", "carol#1", "carol#2"]
    assert [lane.name for lane in lanes.all] == ["backend", *people, "broadcaster"]
    assert lanes.all[lanes.broadcaster].name == "broadcaster"
    assert [lanes.of_socket(one) for one in ("alice#1", "bob#1", "dave#1")] == [5, 3, Lanes.NOWHERE]


def test_an_event_stands_on_its_socket_or_at_its_person(story: Any) -> None:
    """What nobody did stands nowhere in particular."""
    story.join("bob#1", "bob#2")
    lanes = Lanes(story.events)

    events = [
        Note(n=1, at=1, words="", who=who, socket=socket) for who, socket in (("bob", "bob#2"), ("bob", ""), ("", ""))
    ]
    assert [lanes.of(event) for event in events] == [2, 1, Lanes.NOWHERE]

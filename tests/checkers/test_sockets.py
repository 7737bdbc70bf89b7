"""Sockets: an id that was given twice is found, with everybody who was given it."""

from typing import Any

from harness.checkers import sockets
from harness.history.events import TestFinished
from harness.history.ledger import read


def check(events: list[Any]) -> list[Any]:
    """Judge events."""
    return sockets.check(events, read(events), TestFinished(n=1, at=0))[0]


def test_a_repeated_id_is_found(history: Any) -> None:
    """One finding of class security for all who share it."""
    (found,) = check(history("protocol.socket-id-repeated"))

    assert (found.id, found.kind, found.who) == ("protocol.socket-id-repeated", "security", "carol")
    assert found.summary == "bob#1, carol#1 were given the same id, “7.7”"
    assert [line.partition("  ")[2] for line in found.evidence] == ["bob#1 was given it", "carol#1 was given it"]
    assert [one.id for one in found.suspects] == ["CO-07"]


def test_ids_of_their_own_are_as_they_should_be(story: Any) -> None:
    """Also on further devices of one person."""
    story.connect("bob#1", "bob#2", "carol#1")

    assert check(story.events) == []

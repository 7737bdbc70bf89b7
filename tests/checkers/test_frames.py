"""Frames: what cannot be read and connections that end by themselves are found."""

from typing import Any

import pytest

from harness.checkers import frames
from harness.history.events import TestFinished
from harness.history.ledger import read


def check(events: list[Any]) -> list[Any]:
    """Judge events."""
    return frames.check(events, read(events), TestFinished(n=1, at=0))[0]


@pytest.mark.parametrize(
    ("name", "kind", "summary", "line"),
    [
        (
            "protocol.malformed-frame",
            "protocol",
            "bob#1 got a frame that cannot be read: not JSON",
            '+0.007 s  9 bytes: “{"event":”',
        ),
        (
            "protocol.connection-broken",
            "protocol",
            "bob#1 had to give up on its connection",
            "+0.010 s  close code 1007 “invalid start byte at position 0”",
        ),
        (
            "protocol.connection-closed",
            "delivery",
            "bob#1 was disconnected by the broadcaster",
            "+0.010 s  close code 4201 “Pong reply not received in time”",
        ),
    ],
)
def test_each_way_of_failing_is_found(history: Any, name: str, kind: str, summary: str, line: str) -> None:
    """The finding names socket and person and shows bytes or close code."""
    (found,) = check(history(name))

    assert (found.id, found.kind, found.summary, found.evidence) == (name, kind, summary, (line,))
    assert (found.who, found.where) == ("bob", "bob#1")


@pytest.mark.parametrize("name", ["accepted--everybody-hears-it", "accepted--never-established"])
def test_ordinary_frames_and_refused_connections_are_no_finding(history: Any, name: str) -> None:
    """A connection without a socket id was never in use; whoever opened it was told."""
    assert check(history(name)) == []


@pytest.mark.parametrize("code", [1002, 1003, 1007, 1008, 1009])
def test_our_own_close_with_an_error_blames_the_peer(story: Any, code: int) -> None:
    """Each code with which a client gives up means that what came could not be read, established or not."""
    story.close("bob#1", code=code)

    assert [one.id for one in check(story.events)] == ["protocol.connection-broken"]


@pytest.mark.parametrize("code", [1000, 1001, 1006, 4009])
def test_an_ordinary_close_of_ours_is_no_finding(story: Any, code: int) -> None:
    """Leaving is no failure."""
    story.join("bob#1")
    story.close("bob#1", code=code)

    assert check(story.events) == []


def test_a_peer_that_closes_with_an_error_code_closed_it(story: Any) -> None:
    """The same codes from the broadcaster are its decision, not our failure to read."""
    story.join("bob#1")
    story.close("bob#1", code=1009, by="them")

    assert [one.id for one in check(story.events)] == ["protocol.connection-closed"]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (3999, "protocol.connection-closed"),
        (4000, "protocol.told-not-to-return"),
        (4099, "protocol.told-not-to-return"),
        (4100, "protocol.connection-closed"),
    ],
)
def test_whoever_did_nothing_wrong_may_come_back(story: Any, code: int, found: str) -> None:
    """4000 to 4099 say that they may not."""
    story.join("bob#1")
    story.close("bob#1", code=code, by="them")

    (one,) = check(story.events)
    assert one.id == found
    assert ("whoever did nothing wrong may come back" in one.expected) == (found == "protocol.told-not-to-return")


@pytest.mark.parametrize("name", ["accepted--cut-off-after-a-logout", "accepted--cut-off-with-the-conversation"])
def test_whoever_lost_a_right_may_be_cut_off(history: Any, name: str) -> None:
    """It is all that a backend can do, as the protocol has no server-side unsubscribe."""
    assert check(history(name)) == []


def test_nobody_else_may_be_cut_off(story: Any) -> None:
    """Not the others, and not whoever connected again since."""
    story.join("bob#1", "carol#1")
    story.roster("alice", "bob", change="removed", person="carol")
    story.connect("carol#2")
    for socket in ("bob#1", "carol#1", "carol#2"):
        story.close(socket, by="them")

    assert [one.where for one in check(story.events)] == ["bob#1", "carol#2"]

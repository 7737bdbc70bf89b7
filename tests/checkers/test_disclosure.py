"""Disclosure: what stood where it must not is told by its kind and its place, never by its value."""

from typing import Any

import pytest

from harness.checkers import disclosure
from harness.history.events import TestFinished
from harness.history.ledger import read

CHAT = "private-chat.6.conversation.123"


def check(events: list[Any]) -> list[Any]:
    """Judge events."""
    return disclosure.check(events, read(events), TestFinished(n=1, at=0))[0]


@pytest.mark.parametrize(
    ("name", "summary", "last"),
    [
        (
            "payload.secret-disclosed",
            f"a password hash stood in a frame on {CHAT}, 2 times",
            f"+0.015 s  carol#1 got a frame on {CHAT} with a password hash in it",
        ),
        (
            "payload.secret-disclosed--in-an-answer",
            "an e-mail address of alice stood in an answer to “read”, once",
            "+0.005 s  bob got an answer to “read” with an e-mail address of somebody else in it",
        ),
        (
            "payload.internals-disclosed",
            "a stack trace stood in an answer to “send”, once",
            "+0.005 s  bob got an answer to “send” with a stack trace in it",
        ),
    ],
)
def test_each_way_of_telling_too_much_is_found(history: Any, name: str, summary: str, last: str) -> None:
    """Whatever stood in a frame for several people is one finding, of class security."""
    (found,) = check(history(name))

    assert (found.id, found.kind) == (name.partition("--")[0], "security")
    assert (found.who, found.summary, found.evidence[-1]) == ("bob", summary, last)
    assert found.expected
    assert len(found.events) == len(found.evidence)


def test_a_debug_page_is_of_the_inside(story: Any) -> None:
    """As a stack trace is."""
    story.disclose("a debug page", place="answer")

    assert [one.id for one in check(story.events)] == ["payload.internals-disclosed"]


def test_what_differs_in_kind_person_or_place_is_told_apart(story: Any) -> None:
    """And what stood where nobody knows is told without a place."""
    for whose in ("alice", "bob", "alice"):
        story.disclose("a bearer token", place="frame", whose=whose)
    story.disclose("a bearer token", place="answer", whose="alice")
    story.disclose("a password", place="answer", whose="alice")

    found = check(story.events)
    assert [one.summary for one in found] == [
        "a bearer token of alice stood in a frame, 2 times",
        "a bearer token of bob stood in a frame, once",
        "a bearer token of alice stood in an answer, once",
        "a password of alice stood in an answer, once",
    ]
    assert found[0].evidence[0].endswith("somebody got a frame with a bearer token in it")


def test_nothing_disclosed_is_no_finding(history: Any) -> None:
    """And is not counted."""
    events = history("accepted--everybody-hears-it")

    assert disclosure.check(events, read(events), TestFinished(n=1, at=0)) == ([], {})

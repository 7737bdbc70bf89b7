"""Ordering: per sender and channel; what was in flight together has no order that anybody could owe."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.checkers import ordering
from harness.history.events import TestFinished
from harness.history.ledger import read


def check(ledger: Any) -> list[Any]:
    """Judge a ledger."""
    return ordering.check([], ledger, TestFinished(n=1, at=0))[0]


def inversions(story: Any) -> int:
    """Count the findings of a story."""
    return len(check(read(story.events)))


def test_a_reversal_is_found_with_both_frames(ledger: Any) -> None:
    """The finding names listener and sender and shows what was heard in which order."""
    (found,) = check(ledger("ordering.reordered"))

    assert found.summary == "bob#1 heard messages of alice in another order than they were sent"
    assert (found.id, found.who, found.where) == ("ordering.reordered", "bob", "private-chat.6.conversation.123")
    assert ["“two”" in found.evidence[0], "“one”" in found.evidence[1], len(found.evidence)] == [True, True, 2]


def test_one_in_flight_beside_both_hides_nothing(ledger: Any) -> None:
    """Two messages the wrong way round are found although a third, which has no order with either, came between."""
    (found,) = check(ledger("ordering.reordered--around-one-in-flight"))

    assert ["“two”" in found.evidence[0], "“one”" in found.evidence[1]] == [True, True]


@pytest.mark.parametrize(
    "name",
    [
        "accepted--sent-at-the-same-time",
        "accepted--send-without-an-answer",
        "accepted--a-message-of-others",
        "accepted--everybody-hears-it",
    ],
)
def test_what_has_no_order_is_not_judged(ledger: Any, name: str) -> None:
    """Messages in flight together, unanswered ones, messages of others and a single one are all in order."""
    assert check(ledger(name)) == []


def test_the_first_arrival_counts(story: Any) -> None:
    """A copy that comes late does not turn the order round; it is a duplicate."""
    story.join("bob#1")
    story.send("one")
    story.send("two")
    for message, text in (("1", "one"), ("2", "two"), ("1", "one")):
        story.hear("bob#1", message, text)

    assert inversions(story) == 0


def test_a_doubled_message_hides_no_reversal(story: Any) -> None:
    """The same message on two sockets is two first arrivals: each socket is judged for itself."""
    story.join("bob#1", "carol#1")
    story.send("one")
    story.send("two")
    for socket, order in (("bob#1", "21"), ("carol#1", "12")):
        for message in order:
            story.hear(socket, message, "")

    (found,) = check(read(story.events))
    assert found.who == "bob"


def test_two_senders_owe_each_other_no_order(story: Any) -> None:
    """Only what one person sends is in order."""
    story.join("carol#1")
    story.send("one", who="alice")
    story.send("two", who="bob")
    story.hear("carol#1", "2", "two")
    story.hear("carol#1", "1", "one")

    assert inversions(story) == 0


def test_an_unanswered_message_heard_first_says_nothing(story: Any) -> None:
    """A message of which nobody knows whether it was taken has no place in the order, before or after."""
    story.join("bob#1")
    story.answer(story.ask("one"), outcome="unknown", status=500, with_id=False)
    story.send("two")
    story.answer(story.ask("three"), outcome="unknown", status=500, with_id=False)
    for message, text in (("8", "three"), ("1", "two"), ("7", "one")):
        story.hear("bob#1", message, text)

    assert inversions(story) == 0


@given(st.permutations(range(5)))
def test_any_order_but_the_sent_one_is_found(stories: Any, order: list[int]) -> None:
    """Of messages sent one after the other, exactly the sorted arrival is accepted."""
    story = stories.Story()
    story.join("bob#1")
    for text in range(5):
        story.send(str(text))
    for index in order:
        story.hear("bob#1", str(index + 1), str(index))

    assert inversions(story) == (order != sorted(order))


def test_a_stranger_in_between_hides_nothing(story: Any) -> None:
    """What is skipped, be it a message of others, ends no looking."""
    story.join("bob#1")
    story.hear("bob#1", "77", "not ours")
    story.send("one")
    story.send("two")
    story.hear("bob#1", "2", "two")
    story.hear("bob#1", "1", "one")

    assert inversions(story) == 1

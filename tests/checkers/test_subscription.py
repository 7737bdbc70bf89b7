"""Subscriptions with what was not signed for them."""

from typing import Any

import pytest

from harness.checkers import subscription
from harness.history.events import SubscribeAsked, TestFinished
from harness.history.ledger import read


def check(events: list[Any]) -> list[Any]:
    """Judge the forgeries."""
    return subscription.check(events, read(events), TestFinished(n=1, at=0))[0]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("subscription.forgery-accepted", "a signature cut short by one digit, and with 1 more"),
        ("subscription.forgery-accepted--without-a-word-of-its-kind", "a signature that does not verify"),
    ],
)
def test_a_forgery_that_was_let_in_is_found(history: Any, name: str, words: str) -> None:
    """One finding of class security a person, channel and kind; the refused ones are none."""
    (found,) = check(history(name))

    assert (found.id, found.kind, found.who) == ("subscription.forgery-accepted", "security", "carol")
    assert found.summary.endswith(f"with {words}")


def test_a_missing_signature_is_called_so(history: Any) -> None:
    """Somebody who sent none sees in the evidence that they sent none."""
    (found,) = check(history("subscription.forgery-accepted"))

    assert found.evidence[1].endswith("was let in with no signature")


def test_a_known_weakness_is_told_once_and_is_advice(history: Any) -> None:
    """Two channels, one weakness: one piece of advice, and nothing that is held against the broadcaster."""
    events = history("subscription.known-weakness")

    (found,) = check(events)

    assert (found.id, found.kind) == ("subscription.known-weakness", "advice")


def test_a_name_that_is_none_is_advice(history: Any, story: Any) -> None:
    """All of them together; on a server that is known to take any, that."""
    (found,) = check(history("subscription.name-unchecked"))

    assert (found.id, found.kind, found.who) == ("subscription.name-unchecked", "advice", "eve")
    assert found.summary.endswith("(300 characters), which names no channel, and to 1 more")
    assert len(found.evidence) == 2
    story.know("CO-18")
    story.forge("eve#1", channel="a b", channel_kind="public", forgery="", weakness="CO-18")
    assert [one.id for one in check(story.events)] == ["subscription.known-weakness"]


def test_what_was_refused_is_right(history: Any) -> None:
    """A forgery that was refused, and a world without any."""
    assert check(history("accepted--forgeries-refused")) == []
    assert check(history("membership.identity-spoofed")) == []


@pytest.mark.parametrize(
    ("facts", "forged"),
    [
        ({}, False),
        ({"signature": "unverifiable"}, False),
        ({"signature": "invalid"}, True),
        ({"signature": "absent"}, True),
        ({"signature": "absent", "channel_kind": "public"}, False),
        ({"forgery": "the signature of another socket"}, True),
    ],
)
def test_a_forgery_is_what_was_not_signed_for_it(facts: dict[str, Any], forged: bool) -> None:  # noqa: FBT001  a table's column
    """A public channel needs no signature; one that verifies may have been made for something else."""
    asked = {"channel": "private-x", "channel_kind": "private", "signature": "valid"} | facts

    assert subscription.is_forged(SubscribeAsked(n=1, at=1, who="bob", act="1", **asked)) is forged

"""Authorization: a signature for an outsider is found, and one that does not verify."""

from typing import Any

import pytest

from harness.checkers import authorization
from harness.history.events import TestFinished
from harness.history.ledger import read

REVOCATION = 5_000_000_000
TERMS = TestFinished(n=1, at=0, revocation=REVOCATION)


def check(events: list[Any]) -> list[Any]:
    """Judge events."""
    return authorization.check(events, read(events), TERMS)[0]


@pytest.mark.parametrize(
    ("name", "who", "kind", "summary", "expected"),
    [
        (
            "authorization.granted-to-outsider",
            "eve",
            "security",
            "eve is not in the conversation and got a signature for “private-chat.6.conversation.123”",
            "403, and no signature: only alice, bob, carol may join",
        ),
        (
            "authorization.signature-invalid",
            "bob",
            "delivery",
            "bob was granted “private-chat.6.conversation.123” with a signature that does not verify",
            (
                "signed with the broadcaster's secret for this socket and channel; if the broadcaster takes it,"
                " it is the secret that we were told which is wrong"
            ),
        ),
    ],
)
def test_each_way_of_failing_is_found(
    history: Any, name: str, who: str, kind: str, summary: str, expected: str
) -> None:
    """The finding names the person and the channel, and what should have been answered."""
    (found,) = check(history(name))

    assert (found.id, found.who, found.kind, found.summary, found.expected) == (name, who, kind, summary, expected)
    assert found.hop.startswith("3, authorize")
    assert found.where == "private-chat.6.conversation.123"
    assert "200, with a signature that is" in found.evidence[0]


def test_grants_to_participants_and_denials_are_no_finding(history: Any) -> None:
    """So are grants that cannot be verified, channels that nobody declared, and a removal younger than its budget."""
    assert check(history("accepted--grants-and-denials")) == []


def test_a_grant_after_the_revocation_budget_is_found(story: Any) -> None:
    """Somebody removed long enough ago is an outsider; with nobody left, nobody may join."""
    story.roster(change="removed", person="bob")
    story.wait(5_001)
    story.authorize("bob")

    (found,) = check(story.events)
    assert found.id == "authorization.granted-to-outsider"
    assert found.expected == "403, and no signature: only nobody may join"


def test_other_requests_are_none_of_its_business(story: Any) -> None:
    """A refused authorization, and an answer to another purpose, grant nothing."""
    story.authorize("eve", status=403, signature="unverifiable")
    story.hear("bob#1")

    assert check(story.events) == []

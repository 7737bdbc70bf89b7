"""Why the endpoint failed: each suspect is named where the history speaks for it, and no other."""

from typing import Any

import pytest

from harness.diagnosis.endpoint import WEIGHERS

ERROR, UNDECIDED = "authorization.error", "authorization.no-decision"


def said(weight: Any) -> str:
    """Give the likelihood."""
    return weight.likelihood if weight else ""


@pytest.mark.parametrize("suspect", sorted(WEIGHERS))
def test_nothing_is_said_of_a_finding_about_nothing(weigh_bare: Any, suspect: str) -> None:
    """Without an answer there is nothing to look into."""
    assert weigh_bare(suspect) is None


@pytest.mark.parametrize(
    ("channel", "likelihood"),
    [
        ("private-chat.6.conversation.99999999999999999999", "likely"),
        ("private-chat.6.conversation.-1", "likely"),
        ("private-chat.6.conversation.123", "unlikely"),
    ],
)
def test_a_strange_number_speaks_for_its_own_defect(story: Any, weigh: Any, channel: str, likelihood: str) -> None:
    """AZ-15 where the name holds one."""
    story.authorize("alice", signature="absent", status=500, channel=channel)
    story.control()

    assert said(weigh(ERROR, "AZ-15")) == likelihood


@pytest.mark.parametrize(("credential", "likelihood"), [("live", "unlikely"), ("absent", "likely")])
def test_an_error_without_a_token_speaks_for_the_guard(
    story: Any, weigh: Any, credential: str, likelihood: str
) -> None:
    """AU-07: the guard redirects, or crashes."""
    story.authorize("alice", signature="absent", status=500, credential=credential)
    story.control()

    assert said(weigh(ERROR, "AU-07")) == likelihood


def test_of_a_redirect_the_guard_stays_as_possible_as_it_was(story: Any, weigh: Any) -> None:
    """AU-07 is the first suspect there already."""
    story.authorize("alice", signature="absent", status=302, credential="absent", entitled="no")
    story.control()

    assert weigh(UNDECIDED, "AU-07") is None


@pytest.mark.parametrize(("status", "likelihood"), [(None, "likely"), (500, "unlikely")])
def test_silence_speaks_for_a_database_that_is_waited_for(
    story: Any, weigh: Any, status: int | None, likelihood: str
) -> None:
    """OP-12 and OP-13: what was answered was not waited for."""
    story.authorize("alice", signature="absent", status=status)
    story.control()

    assert (said(weigh(ERROR, "OP-12")), said(weigh(ERROR, "OP-13"))) == (likelihood, likelihood)


def test_a_slow_database_speaks_for_what_was_decided_without_it(story: Any, weigh: Any) -> None:
    """OP-13: eve was let in just then."""
    story.fault("slow-database#1", server="backend")
    story.authorize("eve")
    story.heal("slow-database#1")

    weight = weigh("authorization.granted-to-outsider", "OP-13")
    assert said(weight) == "likely"
    assert weight.because == "the database was slow just then, on purpose"


@pytest.mark.parametrize(("at_once", "likelihood"), [(6, "likely"), (5, "unlikely")])
def test_many_at_once_speak_for_an_endpoint_that_is_overrun(
    story: Any, weigh: Any, at_once: int, likelihood: str
) -> None:
    """OP-18: by how many questions were open when this one failed; those of before do not count."""
    story.authorize("alice")
    asked = [story.ask_authorization(f"new-{number}") for number in range(at_once)]
    story.authorized(asked[0], signature="absent", status=503)
    story.control()

    assert said(weigh(ERROR, "OP-18")) == likelihood


def test_whoever_asks_while_it_is_decided_counts(story: Any, weigh: Any) -> None:
    """A storm rises behind the first question too."""
    first = story.ask_authorization("alice")
    others = [story.ask_authorization(f"new-{number}") for number in range(6)]
    for other in others:
        story.authorized(other)
    story.authorized(first, signature="absent", status=503)
    story.control()

    assert said(weigh(ERROR, "OP-18")) == "likely"

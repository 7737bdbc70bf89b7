"""Why a forgery was let through: what was sent tells which check is missing."""

from typing import Any

import pytest

from harness.diagnosis.forgeries import WEIGHERS

CHAT = "private-chat.6.conversation.123"
LET_IN, FORGED = "isolation.subscribed-by-outsider", "subscription.forgery-accepted"


def said(weight: Any) -> tuple[str, str]:
    """Give likelihood and reason."""
    return (weight.likelihood, weight.because) if weight else ("", "")


@pytest.mark.parametrize(
    ("signature", "unchecked", "replayed"),
    [("valid", "unlikely", "unlikely"), ("invalid", "likely", "likely"), ("absent", "likely", "unlikely")],
)
def test_what_was_sent_tells_whether_it_was_checked(
    story: Any, weigh: Any, signature: str, unchecked: str, replayed: str
) -> None:
    """AZ-25 when it cannot have been; AZ-23 and AZ-24 when a signature for something else was there to be replayed."""
    story.authorize("bob")
    story.connect("eve#1")
    story.forge("eve#1", signature=signature)

    assert said(weigh(LET_IN, "AZ-25"))[0] == unchecked
    assert said(weigh(LET_IN, "AZ-23"))[0] == replayed


def test_without_a_signature_to_replay_there_was_no_replay(story: Any, weigh: Any) -> None:
    """AZ-24: nobody had been given one."""
    story.connect("eve#1")
    story.forge("eve#1", signature="invalid")

    assert weigh(LET_IN, "AZ-24") is None


def test_what_a_forgery_was_made_for_is_missing(story: Any, weigh: Any) -> None:
    """One check would have refused it, whatever the others do."""
    story.connect("carol#1")
    story.forge("carol#1", forgery="a signature under another key", weakness="AZ-26")

    because = "what was sent: a signature under another key"
    assert said(weigh(FORGED, "AZ-26")) == ("likely", because)
    assert {said(weigh(FORGED, one)) for one in ("AZ-23", "AZ-24", "AZ-25", "AZ-27", "AZ-29")} == {
        ("unlikely", because)
    }


def test_a_forgery_that_names_no_check_may_have_been_let_in_by_any(story: Any, weigh: Any) -> None:
    """What kind of signature it was says more of AZ-25 than of what altered data would need."""
    story.connect("carol#1")
    story.forge("carol#1")

    assert said(weigh(FORGED, "AZ-25"))[0] == "likely"
    assert [weigh(FORGED, one) for one in ("AZ-26", "AZ-27", "AZ-29")] == [None] * 3


def test_what_an_outsider_forged_tells_how_they_came_in(story: Any, weigh: Any) -> None:
    """The finding is about the acknowledgement, and the attempt before it knows; a signature may go without a word."""
    story.connect("eve#1")
    story.forge("eve#1", signature="absent", weakness="AZ-25")

    assert said(weigh(LET_IN, "AZ-25")) == ("likely", "what was sent: a signature that is absent")
    assert said(weigh(LET_IN, "AZ-23"))[0] == "unlikely"


def test_a_forged_event_tells_who_may_send_too_much(story: Any, weigh: Any) -> None:
    """AZ-32 for somebody who never joined."""
    story.join("bob#1")
    story.whisper("eve#1", "the mark", weakness="AZ-32")
    story.hear("bob#1", "", "", event="client-typing", is_message=False, raw="with the mark in it")

    id_ = "subscription.forged-event-delivered"
    assert said(weigh(id_, "AZ-32")) == ("likely", "what was sent: “client-typing”, although its sender never joined")
    assert said(weigh(id_, "AZ-35"))[0] == "unlikely"


def test_a_name_that_the_endpoint_signed_is_no_forgery(story: Any, weigh: Any) -> None:
    """AZ-30, and not AZ-29."""
    story.authorize("bob", channel="presence-company.6", rule="company", entitled="yes", is_echoed=True)

    because = "the endpoint signed what bob had made up"
    assert said(weigh("membership.identity-spoofed", "AZ-30")) == ("likely", because)
    assert said(weigh("membership.identity-spoofed", "AZ-29")) == ("unlikely", because)


@pytest.mark.parametrize("suspect", sorted(WEIGHERS))
def test_nothing_is_said_of_a_finding_about_nothing(weigh_bare: Any, suspect: str) -> None:
    """Nothing was sent."""
    assert weigh_bare(suspect) is None

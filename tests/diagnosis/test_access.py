"""Why somebody heard, or was granted, what they may not: each suspect is named where the history speaks for it."""

from typing import Any

import pytest

from harness.checkers.findings import finding
from harness.diagnosis.access import WEIGHERS
from harness.diagnosis.clues import Clues
from harness.history.events import HttpAnswered, MembershipAnswered

CHAT = "private-chat.6.conversation.123"
GRANTED, HEARD = "authorization.granted-to-outsider", "isolation.heard-by-outsider"
LET_IN, DENIED = "isolation.subscribed-by-outsider", "authorization.denied-to-insider"


def said(weight: Any) -> tuple[str, str]:
    """Give likelihood and reason."""
    return (weight.likelihood, weight.because) if weight else ("", "")


@pytest.mark.parametrize("suspect", sorted(WEIGHERS))
def test_nothing_is_said_of_a_finding_about_nothing(weigh_bare: Any, suspect: str) -> None:
    """Without a grant, a subscription or a frame there is nothing for a suspect to look like."""
    assert said(weigh_bare(suspect))[0] in {"", "unlikely"}


def test_a_rule_that_two_outsiders_pass_is_true_for_everybody(story: Any, weigh: Any) -> None:
    """AZ-01; a denial of the same channel speaks against it."""
    story.authorize("eve")
    assert weigh(GRANTED, "AZ-01") is None
    story.authorize("mallory")
    assert said(weigh(GRANTED, "AZ-01")) == ("likely", "eve, mallory were all granted it")


def test_a_denial_clears_rule_and_endpoint(story: Any, weigh: Any) -> None:
    """AZ-01, AZ-02 and AU-10 all say yes to whoever asks."""
    story.authorize("eve")
    story.authorize("mallory", status=403, signature="absent")

    assert [said(weigh(GRANTED, one))[0] for one in ("AZ-01", "AZ-02", "AU-10")] == ["unlikely"] * 3


def test_an_endpoint_that_signs_unknown_names_never_decides(story: Any, weigh: Any) -> None:
    """AZ-02: no rule matches, and it was signed."""
    story.authorize("eve")
    facts = {"status": 200, "outcome": "ok", "signature": "valid", "entitled": "no", "rule": ""}
    story.record(HttpAnswered, who="eve", act="99", purpose="authorize", channel="private-nobody", **facts)

    assert said(weigh(GRANTED, "AZ-02")) == ("likely", "“private-nobody”, which no rule knows, was signed as well")


def test_a_yes_without_a_signature_is_a_driver_that_does_nothing(story: Any, weigh: Any) -> None:
    """AU-10; signatures that verify speak against it."""
    story.authorize("eve")
    assert said(weigh(GRANTED, "AU-10")) == ("unlikely", "its signatures verify")
    story.authorize("bob", signature="absent")
    assert said(weigh(GRANTED, "AU-10"))[0] == "likely"


def test_a_grant_right_behind_anothers_says_nothing(story: Any, weigh: Any) -> None:
    """AU-12: bob may, and was granted it just before, as the positive control of every denial is."""
    story.authorize("bob")
    story.authorize("eve")

    assert weigh(GRANTED, "AU-12") is None


def test_a_grant_where_a_denial_was_before_anothers_is_perhaps_his(story: Any, weigh: Any) -> None:
    """AU-12: eve was denied it herself until bob, who may, had been granted it."""
    story.authorize("eve", status=403, signature="absent")
    story.authorize("bob")
    story.authorize("eve")

    likelihood, because = said(weigh(GRANTED, "AU-12"))
    assert likelihood == "likely"
    assert because.startswith("eve was denied it until bob had been granted it, at ")


def test_a_grant_that_nobody_had_before_is_nobodys(story: Any, weigh: Any) -> None:
    """AU-12 needs somebody to be remembered."""
    story.authorize("eve")

    assert said(weigh(GRANTED, "AU-12")) == ("unlikely", "nobody else had been granted it before")


def test_a_signature_that_is_good_no_more_may_be_that_of_before(story: Any, weigh: Any) -> None:
    """AU-12: bob was given one that verified, and then, on another connection perhaps, one that does not."""
    story.authorize("bob")
    story.authorize("bob", signature="invalid")

    likelihood, because = said(weigh("authorization.signature-invalid", "AU-12"))
    assert (likelihood, because[:64]) == ("likely", "bob had been granted it before, with a signature that verifies, ")


def test_a_participant_of_another_conversation_may_have_come_over(story: Any, weigh: Any) -> None:
    """AZ-06; somebody without a conversation did not."""
    story.authorize("eve")
    assert said(weigh(GRANTED, "AZ-06")) == ("unlikely", "eve is in no conversation")
    other = {"conversation": "124", "channel": "private-chat.6.conversation.124", "participants": ("eve",)}
    story.record(MembershipAnswered, act="99", outcome="ok", **other)
    assert said(weigh(GRANTED, "AZ-06"))[0] == "likely"


@pytest.mark.parametrize("suspect", ["AZ-01", "AZ-02", "AZ-04", "AZ-06"])
@pytest.mark.parametrize("signature", ["invalid", "absent"])
def test_who_came_in_past_the_rule_says_nothing_against_it(
    story: Any, weigh: Any, suspect: str, signature: str
) -> None:
    """AZ-01, AZ-02 and AZ-06 give signatures that verify; eve had none, though she is in another conversation."""
    other = {"conversation": "124", "channel": "private-chat.6.conversation.124", "participants": ("eve",)}
    story.record(MembershipAnswered, act="99", outcome="ok", **other)
    story.connect("eve#1")
    story.forge("eve#1", signature=signature)

    told = f"eve#1 came in past the rule, with a signature that is {signature}"
    assert said(weigh(LET_IN, suspect)) == ("unlikely", told)


@pytest.mark.parametrize(
    ("channel", "twin", "elsewhere"),
    [
        ("chat.6.conversation.123", "likely", "likely"),
        ("private-x", "unlikely", "likely"),
        (CHAT, "unlikely", "unlikely"),
    ],
)
def test_the_channel_tells_where_it_went(story: Any, channel: str, twin: str, elsewhere: str) -> None:
    """AZ-03 for a public one, DE-10 for any that is not the conversation's own."""
    story.join("bob#1")
    asked = story.ask()
    story.answer(asked)
    frame = story.hear("eve#1", channel=channel)
    broken = finding(HEARD, "eve heard it", who="eve", where=channel, about=[asked, frame])
    clues = Clues(story.events)

    assert said(WEIGHERS["AZ-03"](broken, clues))[0] == twin
    assert said(WEIGHERS["DE-10"](broken, clues))[0] == elsewhere


@pytest.mark.parametrize(
    ("persona", "foreign", "elsewhere"),
    [("other company", "likely", ""), ("colleague", "unlikely", "unlikely"), ("", "", "")],
)
def test_somebody_of_another_company_has_come_past_the_company(
    story: Any, weigh: Any, persona: str, foreign: str, elsewhere: str
) -> None:
    """AZ-04; AZ-05 is possible then, and neither is with a colleague."""
    story.authorize("mallory", persona=persona)

    assert said(weigh(GRANTED, "AZ-04"))[0] == foreign
    assert said(weigh(GRANTED, "AZ-05"))[0] == elsewhere


def test_ones_own_number_under_another_company_is_no_other_conversation(story: Any, weigh: Any) -> None:
    """AZ-04, and not AZ-06, although alice is in a conversation."""
    shape = "private-chat.{other company}.conversation.{own}"
    story.authorize(
        "alice", channel="private-chat.7.conversation.123", entitled="no", persona="participant", shape=shape
    )

    assert said(weigh(GRANTED, "AZ-04"))[0] == "likely"
    assert said(weigh(GRANTED, "AZ-06"))[0] == "unlikely"


@pytest.mark.parametrize(("encoding", "likelihood"), [("duplicated", ""), ("array", ""), ("form", "likely")])
def test_the_rule_may_have_been_asked_about_another_name(
    story: Any, weigh: Any, encoding: str, likelihood: str
) -> None:
    """AZ-01 is not spoken for by a request that names two channels."""
    for who in ("eve", "mallory"):
        story.authorize(who, encoding=encoding)

    assert said(weigh(GRANTED, "AZ-01"))[0] == likelihood


def test_a_denial_is_no_grant_in_anothers_name(story: Any, weigh: Any) -> None:
    """AU-12 may deny an insider, which tells nothing of whom it takes them for."""
    story.deny("bob")

    assert weigh(DENIED, "AU-12") is None


def test_who_had_been_in_the_conversation_may_have_come_back(story: Any, weigh: Any) -> None:
    """AZ-07, also under another name of the channel; of a channel that nobody declared it says nothing."""
    story.roster("alice", "bob", change="removed", person="carol")
    story.wait(10_000)
    story.authorize("carol")
    told = ("likely", "carol had been in the conversation, and was no longer")
    assert said(weigh(GRANTED, "AZ-07")) == told

    story.events.pop()
    story.follow("carol", f"{CHAT}abc")
    assert said(weigh(GRANTED, "AZ-07")) == told


@pytest.mark.parametrize(
    ("channel", "because"),
    [(CHAT, ("unlikely", "eve never was in the conversation")), ("private-orders.1", ("", ""))],
)
def test_who_never_was_there_was_not_removed(story: Any, weigh: Any, channel: str, because: tuple[str, str]) -> None:
    """AZ-07 speaks of conversations only."""
    story.authorize("eve", channel=channel, entitled="no")

    assert said(weigh(GRANTED, "AZ-07")) == because


def test_who_was_added_may_be_denied_by_a_cache(story: Any, weigh: Any) -> None:
    """AZ-10; whoever was there from the beginning is not, and of a company's channel it says nothing."""
    story.roster("alice", "bob", "carol", "dave", change="added", person="dave")
    story.deny("dave")
    assert said(weigh(DENIED, "AZ-10")) == ("likely", "dave was added at +0.004 s")

    del story.events[-2:]
    story.deny("bob")
    assert said(weigh(DENIED, "AZ-10")) == ("unlikely", "bob was in the conversation from its beginning")

    del story.events[-2:]
    story.deny("bob", channel="presence-company.6", rule="company", entitled="yes")
    assert weigh(DENIED, "AZ-10") is None


@pytest.mark.parametrize(("again", "likelihood"), [(False, "likely"), (True, "unlikely")])
def test_who_subscribed_anew_was_not_left_subscribed(story: Any, weigh: Any, again: bool, likelihood: str) -> None:  # noqa: FBT001  a table's column
    """AZ-08: an open subscription that outlived the removal."""
    story.join("carol#1")
    story.roster("alice", "bob", change="removed", person="carol")
    story.wait(10_000)
    if again:
        story.join("carol#2")
    story.send()
    story.hear("carol#1")

    assert said(weigh("isolation.heard-after-removal", "AZ-08"))[0] == likelihood


def test_one_signature_that_verifies_clears_the_cache(story: Any, weigh: Any) -> None:
    """OP-04: old credentials spoil every signature."""
    story.authorize("bob", signature="invalid")
    assert said(weigh("authorization.signature-invalid", "OP-04"))[0] == "likely"
    story.authorize("bob")
    assert said(weigh("authorization.signature-invalid", "OP-04"))[0] == "unlikely"

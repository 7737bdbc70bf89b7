"""Why somebody heard, or was granted, what they may not: each suspect is named where the history speaks for it."""

from typing import Any

import pytest

from harness.checkers.findings import finding
from harness.diagnosis.access import WEIGHERS
from harness.diagnosis.clues import Clues
from harness.history.events import HttpAnswered, MembershipAnswered, SubscribeAnswered, SubscribeAsked

CHAT = "private-chat.6.conversation.123"
GRANTED, HEARD = "authorization.granted-to-outsider", "isolation.heard-by-outsider"
LET_IN = "isolation.subscribed-by-outsider"


def said(weight: Any) -> tuple[str, str]:
    """Give likelihood and reason."""
    return (weight.likelihood, weight.because) if weight else ("", "")


def subscribe(story: Any, socket: str, signature: str) -> None:
    """Let a socket subscribe with a signature of this kind, and the broadcaster agree."""
    story.connect(socket)
    who, act = socket.partition("#")[0], story.recorder.new_act()
    fields = {"who": who, "socket": socket, "act": act, "channel": CHAT}
    story.record(SubscribeAsked, **fields, channel_kind="private", signature=signature)
    story.record(SubscribeAnswered, **fields, outcome="ok")


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


def test_a_participant_of_another_conversation_may_have_come_over(story: Any, weigh: Any) -> None:
    """AZ-06; somebody without a conversation did not."""
    story.authorize("eve")
    assert said(weigh(GRANTED, "AZ-06")) == ("unlikely", "eve is in no conversation")
    other = {"conversation": "124", "channel": "private-chat.6.conversation.124", "participants": ("eve",)}
    story.record(MembershipAnswered, act="99", outcome="ok", **other)
    assert said(weigh(GRANTED, "AZ-06"))[0] == "likely"


@pytest.mark.parametrize(
    ("signature", "unchecked", "replayed"),
    [("valid", "unlikely", "unlikely"), ("invalid", "likely", "likely"), ("absent", "likely", "unlikely")],
)
def test_what_was_sent_tells_whether_it_was_checked(
    story: Any, weigh: Any, signature: str, unchecked: str, replayed: str
) -> None:
    """AZ-25 when it cannot have been; AZ-23 and AZ-24 when a signature for something else was there to be replayed."""
    story.authorize("bob")
    subscribe(story, "eve#1", signature)

    assert said(weigh(LET_IN, "AZ-25"))[0] == unchecked
    assert said(weigh(LET_IN, "AZ-23"))[0] == replayed


@pytest.mark.parametrize("suspect", ["AZ-01", "AZ-02", "AZ-06"])
@pytest.mark.parametrize("signature", ["invalid", "absent"])
def test_who_came_in_past_the_rule_says_nothing_against_it(
    story: Any, weigh: Any, suspect: str, signature: str
) -> None:
    """AZ-01, AZ-02 and AZ-06 give signatures that verify; eve had none, though she is in another conversation."""
    other = {"conversation": "124", "channel": "private-chat.6.conversation.124", "participants": ("eve",)}
    story.record(MembershipAnswered, act="99", outcome="ok", **other)
    subscribe(story, "eve#1", signature)

    told = f"eve#1 came in past the rule, with a signature that is {signature}"
    assert said(weigh(LET_IN, suspect)) == ("unlikely", told)


def test_without_a_signature_to_replay_there_was_no_replay(story: Any, weigh: Any) -> None:
    """AZ-24: nobody had been given one."""
    subscribe(story, "eve#1", "invalid")

    assert weigh(LET_IN, "AZ-24") is None


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

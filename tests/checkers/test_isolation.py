"""Isolation: outsiders, removed members, unacknowledged subscriptions and wrong channels are found, races are not."""

from typing import Any

import msgspec
import pytest

from harness.checkers import isolation
from harness.history.events import SubscribeAnswered, TestFinished
from harness.history.ledger import read

CHAT = "private-chat.6.conversation.123"
OTHER = "private-chat.6.conversation.124"
TWIN = "chat.6.conversation.123"
COMPANY = "presence-company.6"
SECOND = 1_000_000_000
REVOCATION = 5 * SECOND
TERMS = TestFinished(n=1, at=0, revocation=REVOCATION)


def check(events: list[Any]) -> list[Any]:
    """Judge with the budget that the histories are made for."""
    return isolation.check(events, read(events), TERMS)[0]


def ids(story: Any) -> list[str]:
    """Judge a story."""
    return [one.id for one in check(story.events)]


@pytest.mark.parametrize(
    ("name", "who", "where"),
    [
        ("isolation.heard-by-outsider", "eve", CHAT),
        ("isolation.heard-after-removal", "carol", CHAT),
        ("isolation.heard-without-subscription", "carol", CHAT),
        ("isolation.heard-without-subscription--refused", "carol", CHAT),
        ("isolation.heard-on-wrong-channel", "bob", OTHER),
        ("isolation.foreign-heard-by-outsider", "eve", CHAT),
        ("isolation.foreign-heard-by-outsider--client-event", "eve", CHAT),
        ("isolation.subscribed-by-outsider", "eve", CHAT),
        ("isolation.subscribed-by-outsider--after-removal", "carol", CHAT),
        ("isolation.heard-on-public-twin", "mallory", TWIN),
        ("isolation.heard-on-public-twin--by-a-participant", "bob", TWIN),
        ("isolation.subscribed-by-outsider--by-rule", "mallory", COMPANY),
        ("isolation.foreign-heard-by-outsider--by-rule", "mallory", COMPANY),
        ("isolation.heard-after-logout", "bob", CHAT),
        ("isolation.heard-after-logout--expired", "bob", COMPANY),
        ("isolation.heard-after-logout--account-deleted", "bob", CHAT),
        ("isolation.heard-after-deletion", "bob", CHAT),
    ],
)
def test_each_way_of_leaking_is_found_with_person_and_channel(history: Any, name: str, who: str, where: str) -> None:
    """Each recorded leak is one finding of class security."""
    (found,) = check(history(name))

    assert (found.id, found.who, found.where, found.kind) == (name.partition("--")[0], who, where, "security")


@pytest.mark.parametrize(
    "name",
    [
        "accepted--everybody-hears-it",
        "accepted--removed-within-the-budget",
        "accepted--while-being-added",
        "accepted--under-way-when-leaving",
        "accepted--a-message-of-others",
        "accepted--listening-by-rule",
        "accepted--cut-off-after-a-logout",
        "accepted--subscribed-anew-after-a-logout",
        "accepted--a-logout-of-which-nobody-knows",
        "accepted--a-deletion-of-which-nobody-knows",
        "accepted--held-up-until-after-a-removal",
    ],
)
def test_what_is_allowed_or_cannot_be_known_is_no_finding(history: Any, name: str) -> None:
    """Participants, removals within the budget, and changes under way raise no alarm."""
    assert check(history(name)) == []


@pytest.mark.parametrize(("beyond", "found"), [(0, []), (1, ["isolation.heard-after-removal"])])
def test_the_revocation_budget_ends_to_the_nanosecond(story: Any, beyond: int, found: list[str]) -> None:
    """A frame that arrives when the budget is spent is still allowed, one that arrives later is not."""
    story.join("carol#1")
    story.roster("alice", "bob", change="removed", person="carol")
    moment = story.now + REVOCATION + beyond
    story.hear("carol#1", "77", arrived=moment, earliest=moment)

    assert ids(story) == found


@pytest.mark.parametrize(("beyond", "found"), [(0, []), (1, ["isolation.subscribed-by-outsider"])])
def test_subscribing_is_allowed_until_the_budget_is_spent(story: Any, beyond: int, found: list[str]) -> None:
    """Who was removed may subscribe until then, since the signature may have been granted before."""
    story.roster("alice", "bob", change="removed", person="carol")
    story.now += REVOCATION - 3_000_000 + beyond
    story.join("carol#1")

    assert ids(story) == found


@pytest.mark.parametrize(
    ("who", "canonical", "found"),
    [
        ("bob", CHAT, []),
        ("eve", CHAT, ["isolation.subscribed-by-outsider"]),
        ("bob", "", ["isolation.subscribed-by-outsider"]),
    ],
)
def test_a_participant_may_follow_another_name(story: Any, who: str, canonical: str, found: list[str]) -> None:
    """What becomes of it says what it is; for an outsider, or with nowhere to follow it to, it is a way in."""
    story.join(f"{who}#9", channel=f"{CHAT}.x")
    story.follow(who, f"{CHAT}.x", canonical=canonical)

    assert ids(story) == found


def test_a_frame_is_judged_on_the_earliest_moment_it_may_have_arrived(story: Any) -> None:
    """A frame that was read together with others may have come in time, unless its message was meant too late."""
    story.join("bob#1", "carol#1")
    removed = story.now
    story.roster("alice", "bob", change="removed", person="carol")
    story.wait(6_000)
    story.hear("carol#1", "77", "of others", earliest=removed, exact=False)
    assert ids(story) == []

    story.send()
    story.hear("carol#1", earliest=removed, exact=False)
    assert ids(story) == ["isolation.heard-after-removal"]


def test_a_frame_that_may_have_come_after_an_addition_is_no_leak(story: Any) -> None:
    """Of a frame read together with others only the latest moment is known for sure."""
    story.join("bob#1")
    before = story.now
    story.roster("alice", "bob", "carol", "dave", change="added", person="dave")
    story.join("dave#1")
    story.hear("dave#1", "77", earliest=before, exact=False)

    assert ids(story) == []


def test_whoever_is_added_later_was_an_outsider_before(story: Any) -> None:
    """What dave hears before somebody asks to add him is a leak, and so is his subscription; afterwards he may."""
    story.join("dave#1")
    story.send()
    story.hear("dave#1")
    story.roster("alice", "bob", "carol", "dave", change="added", person="dave")
    story.hear("dave#1")

    assert ids(story) == ["isolation.heard-by-outsider", "isolation.subscribed-by-outsider"]


def test_a_message_of_the_conversation_is_a_leak_on_any_channel(story: Any) -> None:
    """An outsider who hears it on a channel of his own has heard it; that outweighs the wrong channel."""
    story.join("mallory#1", channel=OTHER)
    story.send()
    story.hear("mallory#1", channel=OTHER)

    (found,) = check(story.events)
    assert (found.id, found.where) == ("isolation.heard-by-outsider", OTHER)
    assert found.expected == f"only alice, bob, carol may hear {CHAT}"


def test_an_empty_conversation_is_open_to_nobody(story: Any) -> None:
    """When everybody has been removed, whoever hears is an outsider, and the expectation says so."""
    story.roster(change="removed", person="alice")
    story.connect("eve#1")
    story.hear("eve#1", "77")

    (found,) = check(story.events)
    assert found.expected == f"only nobody may hear {CHAT}"


def test_nothing_is_known_about_a_channel_that_nobody_declared(story: Any) -> None:
    """Who may hear it is unknown, so only a missing subscription is found."""
    story.join("eve#1", channel="private-user.4")
    story.hear_event("eve#1", channel="private-user.4")
    assert ids(story) == []

    story.hear_event("eve#1", channel="private-user.5")
    assert ids(story) == ["isolation.heard-without-subscription"]


@pytest.mark.parametrize("event", ["pusher:subscription_error", "pusher_internal:member_added"])
def test_what_the_protocol_itself_says_about_a_channel_is_no_hearing(story: Any, event: str) -> None:
    """An answer to a subscription names the channel, and nothing of it was heard."""
    story.connect("eve#1")
    story.hear_event("eve#1", event)

    assert ids(story) == []


def test_a_leak_tells_what_was_heard_and_who_may(history: Any) -> None:
    """Evidence is the message and the hearing; for a missing subscription also the hop that is missing."""
    (outsider,) = check(history("isolation.heard-by-outsider"))
    (foreign,) = check(history("isolation.foreign-heard-by-outsider"))
    (wrong,) = check(history("isolation.heard-on-wrong-channel"))
    (refused,) = check(history("isolation.heard-without-subscription--refused"))
    (subscribed,) = check(history("isolation.subscribed-by-outsider"))
    (removed,) = check(history("isolation.heard-after-removal"))

    assert outsider.summary == "eve is not in the conversation and heard it on eve#1"
    assert ["alice sent" in outsider.evidence[0], "eve#1 heard" in outsider.evidence[1]] == [True, True]
    assert foreign.evidence[0] == "no message of this run"
    assert wrong.summary == f"bob#1 heard a message of {CHAT} on {OTHER}"
    assert wrong.expected == f"it is heard on {CHAT} only"
    assert refused.summary == f"carol#1 heard {CHAT} without an acknowledged subscription"
    assert refused.expected == "no frame of a channel before its subscription succeeded, none when it was refused"
    assert refused.evidence[2].endswith("(hop 4, subscribe): 4009 Connection is unauthorized")
    assert subscribed.summary == f"eve may not hear {CHAT} and could subscribe to it with eve#1"
    assert subscribed.expected == "authorization denied, or the subscription refused"
    assert subscribed.evidence == (f"+0.009 s  subscription to {CHAT} acknowledged",)
    assert removed.expected.startswith("nothing 5 s after the removal: the protocol has no server-side unsubscribe")


@pytest.mark.parametrize("guard", ["private-", "presence-", "private-encrypted-"])
def test_the_public_twin_is_the_name_without_its_guard(story: Any, guard: str) -> None:
    """Whatever the guard; another channel of a similar name is a wrong channel and no twin."""
    channel, heard = f"{guard}room.1", ("room.1", f"my-{guard}room.1")
    for where in heard:
        story.join("bob#1", channel=where)
    asked = story.ask()
    story.events[-1] = msgspec.structs.replace(asked, channel=channel)
    story.answer(asked)
    for where in heard:
        story.hear("bob#1", channel=where)

    twin, wrong = check(story.events)
    assert (twin.id, twin.where) == ("isolation.heard-on-public-twin", "room.1")
    assert twin.summary == f"bob#1 heard a message of {channel} on room.1, where anybody may listen"
    assert (wrong.id, wrong.where) == ("isolation.heard-on-wrong-channel", heard[1])


def test_a_message_of_a_public_channel_has_no_twin(story: Any) -> None:
    """It is open to everybody, and may be heard there."""
    story.join("eve#1", channel="room.1")
    asked = story.ask()
    story.events[-1] = msgspec.structs.replace(asked, channel="room.1")
    story.answer(asked)
    story.hear("eve#1", channel="room.1")

    assert ids(story) == []


def test_the_people_of_a_conversation_go_before_what_a_rule_said(story: Any) -> None:
    """Who is in it may hear it, also when its name is nobody's; another channel, or another person, is not barred."""
    story.deny("bob", entitled="no")
    story.deny("mallory", entitled="no", channel=COMPANY)
    story.deny("eve", entitled="roster", channel=COMPANY)
    story.join("bob#1")
    story.hear("bob#1", "77")
    for socket, channel in (("eve#1", COMPANY), ("mallory#1", OTHER)):
        story.join(socket, channel=channel)
        story.hear_event(socket, channel=channel)

    assert ids(story) == []


def test_who_is_barred_by_a_rule_is_told_so(history: Any) -> None:
    """There is no conversation whose people could be named."""
    (found,) = check(history("isolation.foreign-heard-by-outsider--by-rule"))

    assert found.summary == f"mallory, whom no rule lets in, heard {COMPANY} on mallory#1"
    assert found.expected == f"the declared rules do not let mallory join {COMPANY}"


def test_a_finding_names_the_events_that_it_is_about(story: Any) -> None:
    """The message and the frame of a hearing, the frame alone of one that is not ours, or the acknowledgement."""
    story.join("eve#1")
    (acknowledged,) = [event for event in story.events if isinstance(event, SubscribeAnswered)]
    asked = story.ask()
    story.answer(asked)
    frame, foreign = story.hear("eve#1"), story.hear("eve#1", "77")

    numbers = [one.events for one in check(story.events)]
    assert numbers == [(asked.n, frame.n), (foreign.n,), (acknowledged.n,)]


def test_a_public_channel_is_its_own_twin(story: Any) -> None:
    """A message of one that is heard on another is on the wrong channel, and no more."""
    story.join("bob#1", channel="news")
    story.join("bob#2", channel="weather")
    asked = story.ask()
    story.events[-1] = msgspec.structs.replace(asked, channel="news")
    story.answer(asked)
    story.hear("bob#2", channel="weather")

    assert [one.id for one in check(story.events)] == ["isolation.heard-on-wrong-channel"]


@pytest.mark.parametrize(("beyond", "found"), [(0, []), (1, ["isolation.heard-after-logout"])])
def test_the_end_of_a_token_takes_effect_within_the_budget(story: Any, beyond: int, found: list[str]) -> None:
    """To the nanosecond, as with a removal."""
    story.log_in("bob", 7)
    story.join("bob#1", token=7)
    story.credential("bob", "log-out", token=7)
    moment = story.now + REVOCATION + beyond
    story.hear("bob#1", "77", arrived=moment, earliest=moment)

    assert ids(story) == found


def test_every_device_whose_token_was_revoked_is_found(history: Any) -> None:
    """One finding for each socket that heard it."""
    found = check(history("isolation.heard-after-logout--revoked-elsewhere"))

    assert [(one.id, one.summary.split()[0]) for one in found] == [
        ("isolation.heard-after-logout", "bob#1"),
        ("isolation.heard-after-logout", "bob#2"),
    ]


def test_a_right_that_outlived_its_end_tells_when_that_was_and_what_can_be_done(history: Any) -> None:
    """A log-out and a deletion are events of their own; the protocol itself can take nothing away."""
    (logout,) = check(history("isolation.heard-after-logout"))
    (deletion,) = check(history("isolation.heard-after-deletion"))

    assert logout.summary == f"bob#1 heard {CHAT} 6.003 s after the token that opened it was logged out"
    assert logout.evidence[0] == "+0.010 s  a token of bob was logged out"
    assert len(logout.events) == 3
    assert deletion.summary == "bob heard a conversation that had been deleted, on bob#1"
    assert deletion.evidence[0] == "+0.011 s  the conversation was deleted"
    for found, end in ((logout, "end of its token"), (deletion, "deletion")):
        assert found.expected.startswith(f"nothing 5 s after the {end}: the protocol has no server-side unsubscribe")
        assert "terminate_connections" in found.expected


def test_who_was_removed_before_the_deletion_heard_it_after_the_removal(story: Any) -> None:
    """And who was never in it is an outsider still."""
    story.join("carol#1", "eve#1")
    story.roster("alice", "bob", change="removed", person="carol")
    story.wait(1_000)
    story.roster(change="deleted")
    story.wait(6_000)
    story.hear_event("carol#1")
    story.hear_event("eve#1")

    assert ids(story)[:2] == ["isolation.heard-after-removal", "isolation.foreign-heard-by-outsider"]

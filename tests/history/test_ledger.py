"""What a history means: who is owed what, who heard what, and which message a frame carries."""

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.history.events import Event, FaultBegan, FaultEnded, MembershipAnswered, MessageAsked
from harness.history.faults import Fault
from harness.history.ledger import Ledger, read
from harness.history.recorder import load

CHAT = "private-chat.6.conversation.123"
OTHER = "private-chat.6.conversation.124"
HISTORIES = sorted((Path(__file__).parents[1] / "checkers" / "histories").glob("*.jsonl"))


@cache
def recorded(name: str) -> list[Event]:
    """Load a recorded history."""
    return next(load(path)[1] for path in HISTORIES if path.stem == name)


def owed(story: Any) -> list[tuple[str, str]]:
    """List which text is owed to which socket."""
    return [(debt.message.asked.text, debt.listening.socket) for debt in read(story.events).debts()]


def test_no_events_no_ledger() -> None:
    """Reading nothing gives nothing, at time nought."""
    assert read([]) == Ledger()


# What is owed


def test_a_delivery_is_owed_to_whoever_listens(story: Any) -> None:
    """Every socket with an acknowledged subscription, several of one person too, but not the sender's own."""
    story.join("alice#1", "alice#2", "bob#1", "bob#2")
    story.join("carol#1", channel=OTHER)
    story.send(excluded="alice#1")

    assert owed(story) == [("Hello", "alice#2"), ("Hello", "bob#1"), ("Hello", "bob#2")]


def test_only_what_was_meant_after_the_acknowledgement_is_owed(story: Any) -> None:
    """A message that was meant before, or in the same instant, may have been sent before the broadcaster knew."""
    story.ask("before")
    story.join("bob#1")
    acknowledged = story.now
    story.now -= 1_000_000
    same = story.ask("in the same instant")
    after = story.ask("after")
    for asked in (story.events[3], same, after):
        story.answer(asked)

    assert same.meant == acknowledged
    assert owed(story) == [("after", "bob#1")]


def test_only_what_was_taken_is_owed(story: Any) -> None:
    """A refused message, one with an error answer and one without any owe nothing."""
    story.join("bob#1")
    story.answer(story.ask("refused"), outcome="refused", status=422, with_id=False)
    story.answer(story.ask("unknown"), outcome="unknown", status=500, with_id=False)
    story.ask("unanswered")
    story.send("taken")

    assert owed(story) == [("taken", "bob#1")]
    assert [message.outcome for message in read(story.events).messages] == ["refused", "unknown", "unknown", "ok"]


@pytest.mark.parametrize("way", ["leaves", "closes", "is removed", "may be removed"])
def test_whoever_goes_is_owed_what_was_meant_before(story: Any, way: str) -> None:
    """What is under way then is in doubt, what comes later is not owed; the other socket is not touched."""
    story.join("bob#1", "carol#1")
    story.send("under way")
    if way == "leaves":
        story.leave("bob#1")
    elif way == "closes":
        story.close("bob#1")
    else:
        outcome = "ok" if way == "is removed" else "silence"
        story.roster("alice", "carol", change="removed", person="bob", outcome=outcome)
    story.send("later")

    assert owed(story) == [("under way", "bob#1"), ("under way", "carol#1"), ("later", "carol#1")]
    ended = {one.socket: one.ended is not None for one in read(story.events).listenings}
    assert ended == {"bob#1": True, "carol#1": False}


@pytest.mark.parametrize("outcome", ["ok", "silence"])
def test_a_deletion_ends_what_everybody_is_owed(story: Any, outcome: str) -> None:
    """What is under way is in doubt, what comes later is not owed, also where nobody knows whether it was deleted."""
    story.join("bob#1", "carol#1")
    story.send("under way")
    story.roster(change="deleted", outcome=outcome)
    story.send("later")

    assert owed(story) == [("under way", "bob#1"), ("under way", "carol#1")]
    assert all(one.ended for one in read(story.events).listenings)


def test_what_a_message_would_owe_can_be_asked_whatever_became_of_it(story: Any) -> None:
    """In the order of the messages that are asked about."""
    story.join("bob#1", "carol#1")
    story.answer(story.ask("failed"), outcome="unknown", status=500, with_id=False)
    story.send("taken")
    ledger = read(story.events)

    debts = ledger.debts_of(reversed(ledger.messages))
    assert [(debt.message.asked.text, debt.listening.socket) for debt in debts] == [
        *(("taken", socket) for socket in ("bob#1", "carol#1")),
        *(("failed", socket) for socket in ("bob#1", "carol#1")),
    ]


def test_who_lost_a_right_may_have_been_cut_off(story: Any) -> None:
    """A log-out, an expiry, a removal and a deletion are reasons; a connection that was never open has none."""
    story.log_in("dave", 7, ends=1)
    story.connect("alice#1", "bob#1", "carol#1", "dave#1", "eve#1")
    story.wait(1_000)
    story.credential("alice", "log-out", token=8)
    story.roster("alice", "bob", change="removed", person="carol")
    for socket in ("alice#1", "bob#1", "carol#1", "dave#1", "eve#1", "carol#9"):
        story.close(socket, by="them")
    story.connect("bob#2")
    story.roster(change="deleted", outcome="silence")
    story.close("bob#2", by="them")

    ledger = read(story.events)
    assert [one.socket for one in ledger.closures if ledger.was_cut_off(one)] == ["alice#1", "carol#1", "bob#2"]


def test_leaving_ends_one_channel_and_closing_all(story: Any) -> None:
    """The first end counts: what came after it changes nothing."""
    story.join("bob#1")
    story.join("bob#1", channel=OTHER)
    story.leave("bob#1")
    left = story.events[-1]
    story.close("bob#1")
    closed = story.events[-1]

    ledger = read(story.events)
    assert [one.ended for one in ledger.listenings] == [left, closed]
    assert ledger.closures == [closed]


def test_an_outsider_is_owed_nothing(story: Any) -> None:
    """Who should never have been able to subscribe has nothing to lose; dave is owed what follows his addition."""
    story.join("eve#1", "dave#1")
    story.send("first")
    story.roster("alice", "bob", "carol", "dave", change="added", person="dave")
    story.send("second")

    assert owed(story) == [("second", "dave#1")]


def test_on_an_undeclared_channel_every_listener_is_owed(story: Any) -> None:
    """When nobody said who may hear, an acknowledged subscription is the right."""
    story.events.clear()
    story.join("eve#1")
    story.send()

    assert owed(story) == [("Hello", "eve#1")]


def test_subscribing_twice_is_one_listening_and_again_after_leaving_another(story: Any) -> None:
    """A socket is owed a message once, however often its subscription was acknowledged."""
    story.join("bob#1", "bob#1")
    story.send("one")
    story.leave("bob#1")
    story.join("bob#1")
    story.send("two")

    assert owed(story) == [("one", "bob#1"), ("two", "bob#1")]
    assert len(read(story.events).listenings) == 2


def test_a_refused_subscription_is_no_listening(story: Any) -> None:
    """It is kept as a refusal, and the attempt as an attempt."""
    story.join("bob#1", outcome="refused", code=4009)
    story.join("carol#1", outcome="unknown")

    ledger = read(story.events)
    assert (ledger.listenings, len(ledger.refusals), len(ledger.attempts)) == ([], 2, 2)
    assert set(ledger.opened) == {"bob#1", "carol#1"}


# Which message a frame carries


def heard(story: Any) -> list[str | None]:
    """Tell the text of the message that each frame was joined with."""
    return [one.message.asked.text if one.message else None for one in read(story.events).hearings]


def test_frames_are_joined_by_the_id_of_the_answer(story: Any) -> None:
    """They usually come before it; the text does not matter then, nor does the channel."""
    asked = story.ask("one")
    story.hear("bob#1", "1", "something else", channel=OTHER)
    story.hear("bob#1", "2", "one")
    story.answer(asked)

    assert heard(story) == ["one", None]


def test_without_an_id_channel_and_text_decide(story: Any) -> None:
    """After an error answer nobody knows the id, so the exact text on the exact channel must do."""
    story.answer(story.ask("one"), outcome="unknown", status=500, with_id=False)
    story.ask("two")
    for text, channel in (("one", CHAT), ("two", CHAT), ("one", OTHER), ("on", CHAT)):
        story.hear("bob#1", "9", text, channel=channel)

    assert heard(story) == ["one", "two", None, None]


def test_a_text_that_messages_share_says_nothing(story: Any) -> None:
    """None of the twins is joined or owed; one that has an id is known by it."""
    story.join("bob#1")
    for with_id in (False, False, False, True):
        story.answer(story.ask("twin"), with_id=with_id)
    story.hear("bob#1", "1", "twin")
    story.hear("bob#1", "", "twin")

    ledger = read(story.events)
    assert [message.is_ambiguous for message in ledger.messages] == [True, True, True, False]
    assert [message.outcome for message in ledger.messages] == ["unknown", "unknown", "unknown", "ok"]
    assert [one.message is ledger.messages[3] for one in ledger.hearings] == [True, False]
    assert ledger.hearings[1].message is None
    assert owed(story) == [("twin", "bob#1")]


def test_an_answer_to_nothing_is_passed_over(story: Any) -> None:
    """Its question may lie before the part of the history that is read."""
    asked = story.ask()
    story.events.remove(asked)
    story.answer(asked)

    assert read(story.events).messages == []


def test_hearings_can_be_looked_up_by_message_and_socket(story: Any) -> None:
    """In the order seen, nothing for who heard nothing."""
    story.send("one")
    story.send("two")
    first, second = story.hear("bob#1", "1"), story.hear("bob#1", "1")
    third = story.hear("carol#1", "1")

    ledger = read(story.events)
    one, two = ledger.messages
    assert ledger.heard(one, "bob#1") == [first, second]
    assert ledger.heard_by(one) == {"bob#1": [first, second], "carol#1": [third]}
    assert ledger.heard(one, "eve#1") == ledger.heard(two, "bob#1") == []


# The rest


def test_other_frames_of_a_channel_are_kept_apart(story: Any) -> None:
    """Client events are no messages; what the protocol itself says, and frames without a channel, are neither."""
    typing = story.hear_event("bob#1")
    for event in ("pusher:subscription_error", "pusher_internal:member_added"):
        story.hear_event("bob#1", event)
    story.hear_event("bob#1", "news", channel="")
    story.hear("bob#1")

    ledger = read(story.events)
    assert ledger.other_frames == [typing]
    assert len(ledger.hearings) == 1


def test_a_socket_was_listening_from_its_acknowledgement_on(story: Any) -> None:
    """For this socket and this channel, from that event on, also after leaving."""
    story.join("bob#1")
    acknowledged = story.events[-1].n
    story.leave("bob#1")

    ledger = read(story.events)
    assert [ledger.was_listening("bob#1", CHAT, acknowledged + step) for step in (-1, 0, 9)] == [False, True, True]
    assert not ledger.was_listening("bob#2", CHAT, acknowledged)
    assert not ledger.was_listening("bob#1", OTHER, acknowledged)


def test_faults_and_the_last_moment_are_known(story: Any) -> None:
    """Faults by their beginning, and when the history ended."""
    began = story.record(FaultBegan, fault="cut(bob)")
    ended = story.record(FaultEnded, fault="cut(bob)")

    ledger = read(story.events)
    assert (ledger.faults.all, ledger.last) == ([Fault(began, ended.at)], story.now)


# Reading on


def meaning(ledger: Ledger) -> dict[str, Any]:
    """Tell all that a ledger says, in values that can be compared."""
    return {
        "messages": [(one.asked, one.answered, one.outcome) for one in ledger.messages],
        "listenings": ledger.listenings,
        "hearings": [(frame, message and message.asked.act) for frame, message in ledger.hearings],
        "heard": [ledger.heard_by(message) for message in ledger.messages],
        "debts": [(debt.message.asked, debt.listening.since) for debt in ledger.debts()],
        "sockets": (ledger.opened, ledger.closures, ledger.attempts, ledger.refusals),
        "rest": (ledger.other_frames, ledger.faults, ledger.last),
        "people": {
            channel: [(who, ledger.rosters.participants(channel), stays) for who, stays in people.items()]
            for channel, people in ledger.rosters.stays.items()
        },
    }


@pytest.mark.parametrize("name", [path.stem for path in HISTORIES])
@settings(deadline=None)
@given(data=st.data())
def test_reading_on_ends_where_reading_at_once_does(name: str, data: st.DataObject) -> None:
    """Wherever a recorded history is cut, and at every cut: nothing that was concluded too early remains."""
    events = recorded(name)
    cuts = data.draw(st.sets(st.integers(0, len(events)), max_size=5))
    ledger = Ledger()
    for cut in (*sorted(cuts), len(events)):
        ledger.take(events[:cut])
        assert meaning(ledger) == meaning(read(events[:cut]))


def test_a_change_that_is_answered_later_is_judged_by_its_answer(story: Any) -> None:
    """A removal ends what is owed while nobody knows how it ended, and does not when it turns out to be refused."""
    story.join("bob#1")
    story.roster("alice", "carol", change="removed", person="bob", outcome="silence")
    asked = story.events[-1]
    ledger = read(story.events)
    assert [one.ended for one in ledger.listenings] == [asked]

    story.record(MembershipAnswered, act=asked.act, outcome="refused", conversation="123", channel=CHAT)
    story.send("later")
    ledger.take(story.events)
    assert [one.ended for one in ledger.listenings] == [None]
    assert [debt.message.asked.text for debt in ledger.debts()] == ["later"]


def test_debts_come_message_by_message(story: Any) -> None:
    """In the order of sending, whatever the channel and whenever each was meant."""
    story.join("bob#1")
    story.join("carol#1", channel=OTHER)
    for text in ("one", "two", "three"):
        story.send(text)
    channels = {"one": CHAT, "two": OTHER, "three": CHAT}
    story.events[:] = [
        msgspec.structs.replace(event, channel=channels[event.text]) if isinstance(event, MessageAsked) else event
        for event in story.events
    ]

    assert owed(story) == [("one", "bob#1"), ("two", "carol#1"), ("three", "bob#1")]


def test_attempts_and_refusals_can_be_looked_up(story: Any) -> None:
    """By socket and channel; the latest refusal counts."""
    story.join("bob#1", "bob#1", outcome="refused", code=4009)
    latest = story.events[-1]
    story.join("carol#1")
    ledger = read(story.events)

    assert [ledger.has_attempted(socket, CHAT) for socket in ("bob#1", "carol#1", "eve#1")] == [True, True, False]
    assert [ledger.refusal(socket, CHAT) for socket in ("bob#1", "carol#1")] == [latest, None]
    assert not ledger.has_attempted("bob#1", OTHER)

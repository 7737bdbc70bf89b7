"""The revocation clock: how long a lost right went on working, by an open subscription or by asking anew."""

from typing import Any

import pytest

from harness.checkers.revocation import Lapse, lapses
from harness.history.events import TestFinished
from harness.history.ledger import read

CHAT = "private-chat.6.conversation.123"
OTHER = "private-chat.6.conversation.124"


def timed(story: Any) -> list[Lapse]:
    """Time what was lost in a story, against a budget of 5 s."""
    terms = TestFinished(n=1, at=0, test="test_told", revocation=5_000_000_000)
    return list(lapses(story.events, read(story.events), terms))


def remove_carol(story: Any) -> None:
    """Remove carol from the conversation."""
    story.roster("alice", "bob", change="removed", person="carol")


def test_nothing_lost_is_nothing_timed(story: Any) -> None:
    """Whatever is heard."""
    story.join("bob#1")
    story.send()
    story.hear("bob#1")

    assert timed(story) == []


def test_an_open_subscription_is_timed_to_the_last_that_it_heard(story: Any) -> None:
    """Of messages and of client events; the messages are counted that were taken since."""
    story.join("carol#1")
    story.send()
    story.hear("carol#1")
    remove_carol(story)
    story.wait(1_000)
    story.send()
    story.hear("carol#1", "2")
    story.wait(6_000)
    story.hear_event("carol#1")

    (lapse,) = timed(story)
    assert lapse == Lapse(
        lost="removed",
        way="open subscription",
        who="carol",
        channel=CHAT,
        limit=5.0,
        seconds=7.004,
        messages=1,
        test="test_told",
    )
    assert not lapse.holds


def test_silence_is_timed_as_nothing(story: Any) -> None:
    """And a socket that the broadcaster closed says when; what came before the loss does not count."""
    story.join("bob#1", "carol#1", "carol#2")
    story.hear("carol#1", "77")
    remove_carol(story)
    story.wait(100)
    story.close("carol#1", by="them")
    story.close("carol#2", by="them")

    (lapse,) = timed(story)
    assert (lapse.seconds, lapse.closed, lapse.messages, lapse.holds) == (None, 0.102, 0, True)


@pytest.mark.parametrize(("by", "others"), [("us", False), ("them", True)])
def test_a_socket_that_is_open_still_or_left_by_us_was_not_closed(story: Any, by: str, others: Any) -> None:
    """Of several, all must be."""
    story.join("carol#1", *(["carol#2"] if others else []))
    remove_carol(story)
    story.close("carol#1", by=by)

    assert [one.closed for one in timed(story)] == [None]


def test_a_socket_that_is_closed_before_the_answer_was_closed_at_once(story: Any) -> None:
    """The backend does that before it answers; what was left before the question was not open."""
    story.join("carol#1", "carol#2")
    story.leave("carol#2")
    before = len(story.events)
    remove_carol(story)
    story.close("carol#1", by="them")
    story.events.insert(before + 1, story.events.pop())
    at = story.events[before].at
    for place, event in enumerate(story.events[before:]):
        story.events[before + place] = type(event)(**{**_fields(event), "at": at + place})

    (lapse,) = timed(story)
    assert lapse.closed == 0.0


def _fields(event: Any) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}


def test_the_end_of_a_token_is_timed_wherever_it_opened_something(story: Any) -> None:
    """On every guarded channel; a public one is everybody's, and what another token opened lives on."""
    story.log_in("bob", 7)
    story.log_in("bob", 8)
    story.join("bob#1", token=7)
    story.subscribe("bob#1", channel=OTHER, token=7)
    story.subscribe("bob#1", channel="news", token=7)
    story.join("bob#2", token=8)
    story.credential("bob", "log-out", token=7)
    story.send()
    story.hear("bob#1")
    story.hear("bob#2")

    found = timed(story)
    assert [(one.lost, one.way, one.channel, one.seconds, one.messages) for one in found] == [
        ("logged out", "open subscription", CHAT, 0.003, 1),
        ("logged out", "open subscription", OTHER, None, 0),
    ]


def test_what_was_opened_anew_with_a_living_token_is_not_counted(history: Any) -> None:
    """Bob hears on the same socket, by the right that he has now."""
    events = history("accepted--subscribed-anew-after-a-logout")

    (lapse,) = lapses(events, read(events), TestFinished(n=1, at=0))
    assert (lapse.seconds, lapse.messages) == (None, 1)


def test_asking_anew_is_timed_to_the_first_denial_and_the_last_grant(story: Any) -> None:
    """On a socket of before it is a re-authorization, once the person connected again a reconnect."""
    story.join("carol#1")
    remove_carol(story)
    story.authorize("carol")
    story.deny("carol")
    story.deny("carol", 500)
    story.connect("carol#2")
    story.deny("carol")
    story.deny("carol")
    story.authorize("carol", signature="unverifiable")

    _, again, reconnect = timed(story)
    assert (again.way, again.seconds, again.denied) == ("re-authorization", 0.002, 0.004)
    assert (reconnect.way, reconnect.seconds, reconnect.denied) == ("reconnect", 0.013, 0.009)


def test_a_subscription_that_came_after_the_loss_is_timed_too(story: Any) -> None:
    """Acknowledged it worked, and goes on while it hears; a refusal is a denial."""
    story.join("carol#1")
    remove_carol(story)
    story.leave("carol#1")
    story.subscribe("carol#1")
    story.hear("carol#1", "77")
    story.subscribe("carol#1", outcome="refused")
    story.join("carol#2")
    story.join("carol#3", outcome="refused", channel=OTHER)

    before, again, reconnect = timed(story)
    assert (before.way, before.seconds) == ("open subscription", None)
    assert (again.seconds, again.denied) == (0.004, 0.006)
    assert (reconnect.seconds, reconnect.denied) == (0.009, None)


def test_a_refusal_is_of_the_token_or_of_the_place_that_was_lost(story: Any) -> None:
    """Not of what happened before, nor of what another token, or another right, asked for."""
    story.log_in("carol", 7)
    story.join("carol#1", token=7, outcome="refused")
    story.credential("carol", "log-out", token=7)
    story.subscribe("carol#1", token=7, outcome="refused", channel=OTHER)
    story.subscribe("carol#1", token=8, outcome="refused", channel=OTHER)
    remove_carol(story)
    story.subscribe("carol#1", token=8, outcome="refused")
    story.roster("alice", "bob", "carol", change="added", person="carol")
    story.subscribe("carol#1", token=8, outcome="refused")

    assert [(one.lost, one.way, one.channel, one.denied) for one in timed(story)] == [
        ("logged out", "re-authorization", OTHER, 0.002),
        ("removed", "re-authorization", CHAT, 0.002),
    ]


@pytest.mark.parametrize(
    "facts",
    [{"credential": "dead"}, {"channel": OTHER}, {"signature": "invalid"}],
)
def test_only_the_endpoints_word_on_that_right_counts(story: Any, facts: dict[str, Any]) -> None:
    """Not of another channel or another credential, and no signature that opens nothing."""
    remove_carol(story)
    story.authorize("carol", **facts)

    assert timed(story) == []


def test_a_dead_token_is_denied_wherever_it_asks(story: Any) -> None:
    """Until the next credential is lost; one that lives is another matter."""
    story.credential("bob", "log-out")
    story.deny("bob", 401, credential="dead")
    story.deny("bob", 401, credential="dead", channel=OTHER)
    story.deny("bob", 403, credential="live")
    story.credential("bob", "revoke")
    story.deny("bob", 401, credential="dead")

    assert [(one.lost, one.channel, one.denied) for one in timed(story)] == [
        ("logged out", CHAT, 0.002),
        ("logged out", OTHER, 0.004),
        ("revoked", CHAT, 0.002),
    ]


def test_the_clock_stops_when_somebody_is_let_in_again(story: Any) -> None:
    """What is heard, asked, opened or sent then is by the new right."""
    story.join("carol#1")
    remove_carol(story)
    story.send()
    story.hear("carol#1")
    story.roster("alice", "bob", "carol", change="added", person="carol")
    story.send()
    story.hear("carol#1", "2")
    story.authorize("carol")
    story.join("carol#2")

    (lapse,) = timed(story)
    assert (lapse.seconds, lapse.messages) == (0.003, 1)


def test_a_frame_that_may_have_come_before_the_loss_is_timed_as_such(story: Any) -> None:
    """As isolation judges it: by the earliest moment at which it may have arrived, and not before it was meant."""
    story.join("carol#1")
    before = story.now
    remove_carol(story)
    story.wait(1_000)
    story.hear("carol#1", "77", earliest=before, exact=False)
    assert [one.seconds for one in timed(story)] == [None]

    story.answer(story.ask(), outcome="unknown", status=500, with_id=False)
    story.hear("carol#1", earliest=before, exact=False)
    (lapse,) = timed(story)
    assert (lapse.seconds, lapse.messages) == (1.002, 0)

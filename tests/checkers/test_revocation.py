"""The revocation clock: how long a lost right went on working, by an open subscription or by asking anew."""

from typing import Any

import pytest

from harness.checkers.revocation import Lapse, lapses
from harness.history.events import SubscribeAnswered, TestFinished
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


def let_carol_in_again(story: Any) -> None:
    """Add carol to the conversation that she was removed from."""
    story.roster("alice", "bob", "carol", change="added", person="carol")


STEPS = {
    "connect": lambda story: story.connect("carol#1"),
    "subscribe": lambda story: story.subscribe("carol#1"),
    "refuse": lambda story: story.subscribe("carol#1", outcome="refused"),
    "leave": lambda story: story.leave("carol#1"),
    "cut": lambda story: story.close("carol#1", by="them"),
    "deny": lambda story: story.deny("carol"),
    "remove": remove_carol,
    "return": let_carol_in_again,
}


def tell(story: Any, steps: str) -> None:
    """Tell what happens to carol step by step; `-2` puts the clock back by two milliseconds."""
    for step in steps.split():
        if step in STEPS:
            STEPS[step](story)
        else:
            story.wait(int(step))


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
    story.subscribe("bob#1", channel="news", token=7)
    story.subscribe("bob#1", channel=OTHER, token=7)
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


@pytest.mark.parametrize(
    ("steps", "way", "denied"),
    [
        ("connect subscribe leave -1 remove", "open subscription", None),
        ("connect remove -2 subscribe", "open subscription", None),
        ("connect -1 remove deny", "re-authorization", 0.002),
        ("connect remove -2 refuse", "", None),
        ("remove connect subscribe -1 return", "", None),
        ("connect remove refuse -1 return", "", None),
        ("connect remove return refuse", "", None),
        ("remove connect refuse", "reconnect", 0.003),
    ],
)
def test_what_happens_at_the_very_moment_is_timed_too(story: Any, steps: str, way: str, denied: float | None) -> None:
    """What was open when it was asked for was open before; what is as late as the end of a loss comes after it."""
    tell(story, steps)

    assert [(one.way, one.seconds, one.denied) for one in timed(story)] == ([(way, None, denied)] if way else [])


def test_every_socket_of_somebody_counts(story: Any) -> None:
    """The last that one of them heard, and nothing was closed while one of them is open."""
    story.join("carol#1", "carol#2", "carol#3")
    story.leave("carol#1")
    remove_carol(story)
    story.hear("carol#2", "77")
    story.close("carol#3", by="them")

    (lapse,) = timed(story)
    assert (lapse.seconds, lapse.closed) == (0.001, None)


def test_only_what_was_subscribed_before_is_said_to_be_closed(story: Any) -> None:
    """A subscription that came after the loss is another way, which is denied rather than closed."""
    tell(story, "connect subscribe remove leave subscribe cut")

    assert [(one.way, one.seconds, one.closed) for one in timed(story)] == [
        ("open subscription", None, None),
        ("re-authorization", 0.003, None),
    ]


def test_the_clock_of_a_token_goes_on_when_the_next_is_lost(story: Any) -> None:
    """It never comes to life again, so whatever it opened counts until it is opened anew with another."""
    story.log_in("bob", 7)
    story.log_in("bob", 8)
    story.join("bob#1", token=7)
    story.credential("bob", "log-out", token=7)
    story.credential("bob", "log-out", token=8)
    story.send()
    story.hear("bob#1")
    story.subscribe("bob#1", token=7, outcome="refused")
    story.subscribe("bob#1", token=9)
    story.hear("bob#1", "77")

    assert [(one.way, one.seconds, one.denied, one.messages) for one in timed(story)] == [
        ("open subscription", 0.005, None, 1),
        ("re-authorization", None, 0.007, 1),
    ]


def test_a_loss_is_told_by_person_and_channel(story: Any) -> None:
    """Whatever opened first, and with whosever token."""
    story.log_in("bob", 7)
    for socket, channel in (("carol#1", CHAT), ("bob#1", OTHER), ("bob#1", CHAT)):
        story.join(socket, channel=channel, token=7)
    story.credential("bob", "log-out", token=7)
    story.subscribe("bob#1", channel=CHAT, token=7)

    assert [(one.who, one.channel, one.way) for one in timed(story)] == [
        ("bob", CHAT, "open subscription"),
        ("bob", CHAT, "re-authorization"),
        ("bob", OTHER, "open subscription"),
        ("carol", CHAT, "open subscription"),
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
    """Not of what happened before, nor of what another token, or another right, or nobody asked for."""
    story.log_in("carol", 1)
    story.join("carol#1", token=1, outcome="refused")
    story.credential("carol", "log-out", token=1)
    story.subscribe("carol#1", token=1, outcome="refused", channel=OTHER)
    story.subscribe("carol#1", token=8, outcome="refused", channel=OTHER)
    story.record(SubscribeAnswered, who="carol", socket="carol#1", act="unasked", channel=CHAT, outcome="refused")
    remove_carol(story)
    story.subscribe("carol#1", token=8, outcome="refused")
    let_carol_in_again(story)
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
    story.deny("bob", 403, credential="live")
    story.deny("bob", 401, credential="dead", channel=OTHER)
    story.credential("bob", "revoke")
    story.deny("bob", 401, credential="dead")

    assert [(one.lost, one.channel, one.denied) for one in timed(story)] == [
        ("logged out", CHAT, 0.002),
        ("logged out", OTHER, 0.006),
        ("revoked", CHAT, 0.002),
    ]


def test_the_clock_stops_when_somebody_is_let_in_again(story: Any) -> None:
    """What is heard, asked, opened or sent then is by the new right."""
    story.join("carol#1")
    remove_carol(story)
    story.send()
    story.hear("carol#1")
    story.wait(5)
    between = story.now
    let_carol_in_again(story)
    story.hear("carol#1", "77", earliest=between, exact=False)
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


def test_only_the_frames_behind_its_acknowledgement_are_heard_by_a_subscription(story: Any) -> None:
    """One of before is none of its hearings, even where it holds a text that is sent after the loss."""
    story.connect("carol#1")
    story.hear("carol#1", "77")
    story.subscribe("carol#1")
    remove_carol(story)
    story.answer(story.ask(), outcome="unknown", status=500, with_id=False)
    assert [one.seconds for one in timed(story)] == [None]

    story.hear("carol#1", "78", "Another")
    assert [one.seconds for one in timed(story)] == [0.003]

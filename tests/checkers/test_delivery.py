"""Delivery: lost, late, doubled and echoed messages are found; what nobody can know is only counted."""

from typing import Any

import pytest

from harness.checkers import delivery
from harness.history.events import TestFinished
from harness.history.ledger import read

SECOND = 1_000_000_000
ARRIVAL = 2 * SECOND
TERMS = TestFinished(n=1, at=0, arrival=ARRIVAL)


def check(ledger: Any) -> tuple[list[str], dict[str, int]]:
    """Judge; gives the ids found and the counts that are not zero."""
    findings, counts = delivery.check([], ledger, TERMS)
    return [one.id for one in findings], {word: count for word, count in counts.items() if count}


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("delivery.lost", {"owed": 2, "delivered": 1, "lost": 1, "messages ok": 1}),
        ("delivery.never-broadcast", {"owed": 1, "lost": 1, "messages ok": 1}),
        ("delivery.late", {"owed": 1, "late": 1, "messages ok": 1}),
        ("delivery.duplicated", {"owed": 1, "delivered": 1, "duplicated": 1, "messages ok": 1}),
        ("delivery.own-echo", {"owed": 1, "delivered": 1, "own echo": 1, "messages ok": 1}),
    ],
)
def test_each_way_of_failing_is_found_and_counted(ledger: Any, name: str, counts: dict[str, int]) -> None:
    """A history named after an observation has exactly that finding, and its counts say so."""
    assert check(ledger(name)) == ([name], counts)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("accepted--everybody-hears-it", {"owed": 2, "delivered": 2, "messages ok": 1}),
        ("accepted--in-flight-at-a-disconnect", {"owed": 2, "delivered": 1, "unknown": 1, "messages ok": 1}),
        ("accepted--in-flight-at-a-removal", {"owed": 3, "delivered": 1, "unknown": 2, "messages ok": 1}),
        ("accepted--send-refused", {"messages refused": 1}),
        ("accepted--send-without-an-answer", {"messages unknown": 2, "indeterminate heard": 2}),
        ("accepted--sender-left-out", {"owed": 1, "delivered": 1, "messages ok": 1}),
        ("accepted--a-message-of-others", {"foreign": 1}),
    ],
)
def test_what_is_in_order_or_unknown_is_only_counted(ledger: Any, name: str, counts: dict[str, int]) -> None:
    """Nothing is found; a message of others is foreign, an unanswered one indeterminate."""
    assert check(ledger(name)) == ([], counts)


@pytest.mark.parametrize(("beyond", "ids"), [(0, []), (1, ["delivery.late"])])
def test_the_deadline_itself_is_in_time(story: Any, beyond: int, ids: list[str]) -> None:
    """A nanosecond past the arrival deadline, counted from when the message was meant, is late."""
    story.join("bob#1")
    asked = story.ask()
    story.answer(asked)
    moment = asked.meant + ARRIVAL + beyond
    story.hear("bob#1", arrived=moment, earliest=moment)

    assert check(read(story.events))[0] == ids


def test_lateness_is_judged_on_the_lower_end(story: Any) -> None:
    """A frame that may have arrived in time is not late, and the first one to come counts."""
    story.join("bob#1", "carol#1")
    meant = story.ask().meant
    story.answer(story.events[-1])
    story.hear("bob#1", arrived=meant + 3 * SECOND, earliest=meant + SECOND, exact=False)
    story.hear("carol#1", arrived=meant + SECOND, earliest=meant + SECOND)
    story.hear("carol#1", arrived=meant + 3 * SECOND, earliest=meant + 3 * SECOND)

    assert check(read(story.events))[0] == ["delivery.duplicated"]


def test_a_refused_message_that_is_heard_is_only_counted(story: Any) -> None:
    """After a no it may have been stored or broadcast all the same, twice even; whoever heard it is counted once."""
    story.join("bob#1")
    story.answer(story.ask(), outcome="refused", status=422, with_id=False)
    story.hear("bob#1", "9")
    story.hear("bob#1", "9")

    assert check(read(story.events)) == ([], {"messages refused": 1, "indeterminate heard": 1})


def test_what_nobody_heard_was_never_broadcast(story: Any) -> None:
    """Every listener has a finding of their own, and none of them says that the frame was lost on the way."""
    story.join("bob#1", "carol#1")
    story.send()

    assert check(read(story.events)) == (
        ["delivery.never-broadcast"] * 2,
        {"owed": 2, "lost": 2, "messages ok": 1},
    )


def test_every_copy_is_counted_and_an_echo_once(story: Any) -> None:
    """Three copies are two too many; however often the sender hears itself, it is one echo and no duplicate."""
    story.join("alice#1", "bob#1")
    story.send(excluded="alice#1")
    for socket in ("bob#1", "alice#1") * 3:
        story.hear(socket)

    ids, counts = check(read(story.events))
    assert sorted(ids) == ["delivery.duplicated", "delivery.own-echo"]
    assert (counts["duplicated"], counts["own echo"]) == (2, 1)


def test_a_loss_is_a_paragraph_that_a_stranger_can_act_on(ledger: Any) -> None:
    """It says who should have heard what, since when they listened, who heard it instead, and what the backend said."""
    (lost,), _ = delivery.check([], ledger("delivery.lost"), TERMS)

    assert (lost.who, lost.where) == ("carol", "private-chat.6.conversation.123")
    assert "carol#1" in lost.summary
    assert "nobody else" not in lost.summary
    assert lost.expected == "carol#1 hears it: subscribed since +0.009 s, still connected at +0.016 s"
    assert lost.evidence == (
        "+0.010 s  alice sent “Hello” to private-chat.6.conversation.123 → 201, id 1",
        "meanwhile +0.012 s  bob#1 heard “Hello” on private-chat.6.conversation.123",
    )


def test_a_broadcast_that_never_was_says_so(ledger: Any) -> None:
    """Without another listener who heard it, the summary does not blame the way to the socket."""
    (lost,), _ = delivery.check([], ledger("delivery.never-broadcast"), TERMS)

    assert lost.summary.endswith("and nobody else heard it either")
    assert lost.hop.startswith("6")


def test_a_late_arrival_is_told_by_its_stamp(story: Any) -> None:
    """The time it took ends when the frame arrived, not when it may have, nor when our code had it."""
    story.join("bob#1")
    meant = story.ask().meant
    story.answer(story.events[-1])
    story.hear("bob#1", arrived=meant + 4 * SECOND, earliest=meant + 3 * SECOND, exact=False)

    (late,), _ = delivery.check([], read(story.events), TERMS)
    assert late.summary == "a message took 4.000 s to reach bob on bob#1"


def test_a_loss_tells_the_faults_that_were_at_work(story: Any) -> None:
    """A stranger should not look for a cause that the run itself put there."""
    story.join("bob#1")
    story.fault("cut#1", "bob")
    story.heal("cut#1")
    story.send()

    (lost,), _ = delivery.check([], read(story.events), TERMS)
    assert lost.evidence[-1] == "fault +0.007 s  cut#1 of bob, until +0.008 s"


def test_late_doubled_and_echoed_messages_name_person_and_figures(ledger: Any) -> None:
    """The other findings carry the time, the number of copies or the socket, and where it was."""
    (late,), _ = delivery.check([], ledger("delivery.late"), TERMS)
    (doubled,), _ = delivery.check([], ledger("delivery.duplicated"), TERMS)
    (echo,), _ = delivery.check([], ledger("delivery.own-echo"), TERMS)

    assert late.summary == "a message took 2.502 s to reach bob on bob#1"
    assert late.expected == "arrival within 2 s after it was meant"
    assert doubled.summary == "bob#1 heard one message 2 times"
    assert echo.summary == "alice heard the message that alice#1 itself had sent"
    assert [one.who for one in (late, doubled, echo)] == ["bob", "bob", "alice"]
    assert {one.where for one in (late, doubled, echo)} == {"private-chat.6.conversation.123"}
    assert [len(one.evidence) for one in (late, doubled, echo)] == [2, 3, 2]

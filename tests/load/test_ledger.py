"""The account of a load: each delivery once, whatever comes twice, late, elsewhere, or not at all."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.load.ledger import Heard, Ledger, Totals

ARRIVAL = 1000


def account(members: int = 3, conversations: int = 1) -> Ledger:
    """Open an account; device n of conversation c is number 10·c + n."""
    ledger = Ledger(conversations, arrival=ARRIVAL)
    for conversation in range(conversations):
        for number in range(members):
            assert ledger.join(10 * conversation + number, conversation) == number
    return ledger


def sent(ledger: Ledger, *, sender: int = 0, at: int = 0, is_taken: bool | None = True) -> int:
    """Send a message that is answered at once."""
    message = ledger.meant(sender // 10, sender, at)
    ledger.begun(message, at + 1)
    ledger.answered(message, at + 2, is_taken=is_taken)
    return message


def test_everything_that_is_owed_arrives() -> None:
    """Nothing is owed to the sending socket; the deadline itself is in time."""
    ledger = account()
    message = sent(ledger)

    assert not ledger.is_settled
    assert [ledger.heard(device, message, ARRIVAL) for device in (1, 2)] == [Heard.DELIVERED] * 2
    assert ledger.is_settled

    totals = ledger.totals()
    assert (totals.owed, totals.delivered, totals.lost, totals.late, totals.heard) == (2, 2, 0, 0, 2)
    assert totals.disagreements == ()
    assert (ledger.messages, ledger.meant_at(message), ledger.conversation(message)) == (1, 0, 0)
    assert list(ledger.members(0)) == [0, 1, 2]


def test_what_did_not_come_is_lost_and_named() -> None:
    """As message and device, and no more of them than were asked for."""
    ledger = account()
    first, second = sent(ledger), sent(ledger, sender=1, at=5)
    ledger.heard(1, first, 10)

    assert ledger.totals().lost == 3
    assert list(ledger.missing(10)) == [(first, 2), (second, 0), (second, 2)]
    assert list(ledger.missing(1)) == [(first, 2)]


def test_what_comes_again_is_a_duplicate_each_time() -> None:
    """Also beyond what a cell can count."""
    ledger = account()
    message = sent(ledger)
    heard = Counter(ledger.heard(1, message, 5) for _ in range(100))

    assert heard == {Heard.DELIVERED: 1, Heard.DUPLICATED: 99}
    totals = ledger.totals()
    assert (totals.duplicated, totals.lost, totals.heard, totals.disagreements) == (99, 1, 100, ())


def test_who_owes_silence_is_found() -> None:
    """An own echo, somebody of another conversation, an eavesdropper, a wrong channel, and what is not ours."""
    ledger = account(conversations=2)
    message = sent(ledger)

    assert ledger.heard(0, message, 5) is Heard.ECHOED
    assert ledger.heard(11, message, 5) is Heard.STRANGER
    assert ledger.heard(99, message, 5) is Heard.STRANGER
    assert ledger.heard(1, message, 5, is_elsewhere=True) is Heard.STRANGER
    assert ledger.heard(1, 77, 5) is Heard.FOREIGN
    ledger.foreign()

    totals = ledger.totals()
    assert (totals.echoed, totals.strangers, totals.foreign, totals.heard) == (1, 3, 2, 6)
    assert totals.disagreements == ()


def test_behind_the_deadline_is_late() -> None:
    """It is delivered all the same."""
    ledger = account(2)
    message = sent(ledger)
    ledger.heard(1, message, ARRIVAL + 1)

    assert (ledger.totals().late, ledger.totals().lost) == (1, 0)


def test_who_watches_is_told_what_is_overdue() -> None:
    """Of messages that were taken and whose deadline has passed, each counted once."""
    ledger = account()
    first = sent(ledger)
    sent(ledger, at=5, is_taken=False)
    sent(ledger, at=500)
    ledger.heard(1, first, 10)

    assert ledger.overdue(ARRIVAL) == 0
    assert ledger.overdue(ARRIVAL + 100) == 1
    assert ledger.overdue(ARRIVAL + 501) == ledger.overdue(ARRIVAL + 600) == 3


def test_order_is_owed_to_what_was_answered_before() -> None:
    """By each sender for itself; what was in flight at the same time may come in any order."""
    ledger = account(3)
    first, second = sent(ledger, at=0), sent(ledger, at=10)
    other = sent(ledger, sender=1, at=20)
    ledger.heard(2, second, 30)
    ledger.heard(2, first, 31)
    ledger.heard(2, other, 32)
    together = [ledger.meant(0, 0, 40), ledger.meant(0, 0, 41)]
    for message in reversed(together):
        ledger.begun(message, 42)
        ledger.heard(1, message, 43)
        ledger.answered(message, 44, is_taken=True)

    assert ledger.totals().out_of_order == 1


def test_who_went_is_owed_nothing_from_then_on() -> None:
    """What was under way is excused, what had arrived counts, and what is meant later is not due."""
    ledger = account(4, conversations=2)
    before, under_way = sent(ledger), sent(ledger, at=1)
    elsewhere = sent(ledger, sender=10)
    ledger.heard(1, before, 2)
    ledger.leave(1, 3)
    ledger.leave(1, 4)
    ledger.leave(77, 4)
    later = sent(ledger, at=5)
    own = sent(ledger, sender=1, at=6)

    assert not ledger.is_here(1)
    assert ledger.is_here(2)
    totals = ledger.totals()
    assert (totals.owed, totals.delivered, totals.excused) == (3 + 3 + 3 + 2 + 3, 1, 1)
    assert (before, 1) not in ledger.missing(100)
    assert (under_way, 1) not in ledger.missing(100)
    assert totals.disagreements == ()
    assert ledger.heard(1, later, 9) is Heard.DELIVERED  # it was in a buffer when the connection ended
    assert ledger.heard(1, own, 9) is Heard.ECHOED
    assert ledger.position(11, elsewhere) == 1
    assert ledger.totals().disagreements == ()


@pytest.mark.parametrize(("is_taken", "refused", "unknown"), [(False, 1, 0), (None, 0, 1)])
def test_what_nobody_took_is_not_owed(is_taken: bool | None, refused: int, unknown: int) -> None:  # noqa: FBT001
    """Whether it arrives or not; what happened to it is told apart."""
    ledger = account()
    message = sent(ledger, is_taken=is_taken)
    ledger.heard(1, message, 5)

    totals = ledger.totals()
    assert (totals.owed, totals.lost, totals.unsure) == (0, 0, 2)
    assert (totals.taken, totals.refused, totals.unknown) == (0, refused, unknown)
    assert list(ledger.missing(5)) == []


def test_a_message_without_an_answer_is_unknown() -> None:
    """The run ended while its request was open."""
    ledger = account()
    ledger.meant(0, 0, 0)

    assert ledger.totals().unknown == 1


def test_an_account_that_does_not_reconcile_says_so() -> None:
    """A frame that is in no cell, and a cell that nobody was owed, are both found."""
    ledger = account()
    sent(ledger)
    ledger.heard_frames += 1
    ledger._due += 1

    heard, due = ledger.totals().disagreements
    assert "1 frames were heard, and 0 deliveries" in heard
    assert "3 deliveries were due when their messages were meant, and 2 are" in due


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 13), st.integers(0, 5), st.booleans()), max_size=200))
def test_the_account_is_that_of_a_model_with_an_object_a_delivery(frames: list[tuple[int, int, bool]]) -> None:
    """Six messages in two conversations, heard by anybody anyhow."""
    ledger = account(4, conversations=2)
    senders = [0, 1, 10, 11, 2, 0]
    for sender in senders:
        sent(ledger, sender=sender)
    heard: Counter[tuple[int, int]] = Counter()
    strangers = 0
    for device, message, is_elsewhere in frames:
        ledger.heard(device, message, 5, is_elsewhere=is_elsewhere)
        if is_elsewhere or device // 10 != senders[message] // 10 or device % 10 > 3:
            strangers += 1
        else:
            heard[device, message] += 1
    owed = {
        (10 * (sender // 10) + position, number)
        for number, sender in enumerate(senders)
        for position in range(4)
        if position != sender % 10
    }

    totals: Totals = ledger.totals()
    assert totals.delivered == len(owed & heard.keys())
    assert totals.lost == len(owed - heard.keys())
    assert totals.duplicated == sum(count - 1 for one, count in heard.items() if one in owed)
    assert totals.echoed == sum(count for one, count in heard.items() if one not in owed)
    assert totals.strangers == strangers
    assert totals.disagreements == ()

"""Percentiles are judged on the ends of intervals that speak against the claim, and never on what is our own doing."""

from typing import Any

import pytest

from harness.checkers.latency import (
    Budget,
    claims,
    claims_of_test,
    exceeded,
    loop_lag,
    quantile_of,
    shown,
    timings,
    timings_of_test,
    undecided,
)
from harness.errors import UsageError
from harness.history.events import LoopLag, MessageAnswered, Sampled
from harness.history.ledger import read

MILLISECOND = 1_000_000


@pytest.fixture
def chat(story: Any) -> Any:
    """Begin a story in which bob and carol listen; `chat.say(…)` lets them hear a message."""
    story.join("bob#1", "carol#1")

    def say(*, bob: int | None, carol: int | None = None, slip: int = 0, **fields: Any) -> None:
        asked = story.ask()
        number = str(len(story.events))
        for socket, took in (("bob#1", bob), ("carol#1", carol)):
            if took is not None:
                stamp = asked.meant + took * MILLISECOND
                times = {"arrived": stamp, "earliest": stamp} | fields
                story.hear(socket, number, **times)
        sent = asked.meant + slip * MILLISECOND
        story.record(MessageAnswered, act=asked.act, outcome="ok", status=201, message=number, sent=sent)

    story.say = say
    return story


def judged(story: Any, **limits: float) -> dict[str, Budget]:
    """Judge what was told as a test that claims these limits."""
    timed = timings_of_test(story.events, read(story.events))
    return {budget.percentile: budget for budget in claims_of_test(story.events, timed, limits)}


def test_times_are_those_of_the_first_frame_on_each_socket_that_was_owed_it(chat: Any) -> None:
    """A message that nobody heard has its time of sending; one that the backend refused is none."""
    chat.say(bob=10, carol=20)
    chat.hear("bob#1", chat.events[-1].message)
    chat.say(bob=None)
    chat.answer(chat.ask(), outcome="refused", status=422, with_id=False)

    heard, unheard = timings(read(chat.events))
    assert [frame.socket for frame in heard.frames] == ["bob#1", "carol#1"]
    assert [(frame.arrived - heard.meant) // MILLISECOND for frame in heard.frames] == [10, 20]
    assert (unheard.frames, unheard.sent) == ((), unheard.meant)


def test_a_percentile_within_its_limit_is_so_by_its_upper_bound(chat: Any) -> None:
    """Five messages are enough for a median; everything that the report shows is in seconds."""
    for took in (10, 11, 12, 13, 14):
        chat.say(bob=took)

    budget = judged(chat, p50=0.014)["p50"]
    assert (budget.claim, budget.value, budget.lower, budget.upper) == ("within", 0.012, 0.010, 0.014)
    assert (budget.samples, budget.messages, budget.needed, budget.slip, budget.why) == (5, 5, 5, 0, "")
    assert str(budget) == "p50 12 ms [10 ms, 14 ms] of 14 ms (n = 5)"
    assert judged(chat, p50=0.0139)["p50"].claim == "undecided"
    assert judged(chat, p50=0.0099)["p50"].claim == "beyond"


def test_deliveries_of_one_message_are_one_sample(chat: Any) -> None:
    """Four messages to two people are eight deliveries, and still too few for a median."""
    for _ in range(4):
        chat.say(bob=10, carol=10)

    budget = judged(chat, p50=1)["p50"]
    assert (budget.claim, budget.samples, budget.messages, budget.upper) == ("not claimed", 8, 4, None)
    assert budget.why == "messages heard: 4; nothing is claimed of fewer than 5"
    assert str(budget) == "p50 10 ms [0 µs, ?] of 1 s (n = 8)"


def test_frames_that_were_read_together_decide_by_both_ends(chat: Any) -> None:
    """Within needs the latest moment, beyond the earliest."""
    for _ in range(5):
        chat.say(bob=30, earliest=0, exact=False)

    for limit, claim in ((0.030, "within"), (0.020, "undecided")):
        budget = judged(chat, p50=limit)["p50"]
        assert (budget.claim, budget.lower, budget.upper) == (claim, 0, 0.030)
    assert budget.why == "the limit lies between the bounds"


@pytest.mark.parametrize(("slip", "claim"), [(2, "beyond"), (3, "undecided")])
def test_our_own_slip_counts_past_a_tenth_of_the_limit(chat: Any, slip: int, claim: str) -> None:
    """Then nothing is said of the system, however slow it looks."""
    for _ in range(5):
        chat.say(bob=30, slip=slip)

    budget = judged(chat, p50=0.020)["p50"]
    assert (budget.claim, budget.slip) == (claim, slip / 1000)
    assert ("the harness itself was 3 ms late" in budget.why) is (claim == "undecided")


def test_nothing_becomes_undecided_that_is_not_claimed(chat: Any) -> None:
    """Too few samples stay too few, whatever the slip; a message without a known time of writing has no slip."""
    chat.say(bob=30, slip=20)
    assert judged(chat, p50=0.020)["p50"].claim == "not claimed"
    (timed,) = timings(read(chat.events))
    assert claims([], {"p95": 1})[0].value == 0
    for _ in range(5):
        chat.say(bob=10, slip=-(chat.now + MILLISECOND) // MILLISECOND)
    assert timings(read(chat.events))[-1].sent == 0
    assert timed.sent


@pytest.mark.parametrize(("stamp", "claim"), [("kernel", "beyond"), ("seen", "undecided")])
def test_the_lag_of_our_loop_counts_only_where_it_stands_in_for_a_stamp(chat: Any, stamp: str, claim: str) -> None:
    """With a kernel stamp it is published and no more; the worst test speaks for a run."""
    for _ in range(5):
        chat.say(bob=30, stamp=stamp)
    chat.record(LoopLag, worst=90 * MILLISECOND, p99=3 * MILLISECOND, wakes=9)
    chat.record(LoopLag, worst=1, p99=1, wakes=9)

    assert judged(chat, p50=0.020)["p50"].claim == claim
    assert loop_lag(chat.events) == 3 * MILLISECOND


def test_planned_looks_share_the_error(chat: Any) -> None:
    """With five planned a median needs seven messages, and what comes behind the last look is not looked at."""
    chat.record(Sampled, look=0, looks=5)
    for _ in range(7):
        chat.say(bob=10)
    assert (judged(chat, p50=0.010)["p50"].claim, judged(chat, p50=0.010)["p50"].needed) == ("within", 7)
    chat.record(Sampled, look=1, looks=5, samples=7)
    for _ in range(9):
        chat.say(bob=500)

    assert (judged(chat, p50=0.010)["p50"].claim, judged(chat, p50=0.010)["p50"].samples) == ("within", 7)


def test_what_is_beyond_is_a_finding_and_what_is_open_a_doubt(chat: Any) -> None:
    """Too few samples are in doubt only where the percentile must be claimed."""
    for _ in range(5):
        chat.say(bob=30)
    budgets = judged(chat, p50=0.020, p51=0.030, p99=1).values()

    (found,) = exceeded(budgets, ["at p95: slow"])
    assert (found.id, found.kind, found.evidence) == ("latency.budget-exceeded", "slo", ("at p95: slow",))
    assert found.summary == "the delivery latency is beyond its budget: p50 30 ms [30 ms, 30 ms] of 20 ms (n = 5)"
    assert found.expected == "p50 within 20 ms"
    assert undecided(budgets, must_claim=False) == []
    (doubt,) = undecided(budgets, must_claim=True)
    assert doubt.startswith("delivery latency p99 30 ms")
    assert undecided(judged(chat, p50=0.020).values(), must_claim=True) == []


def test_without_a_delivery_there_is_no_value(chat: Any) -> None:
    """The line says so instead of showing a nought."""
    assert str(judged(chat, p95=0.25)["p95"]) == "p95 of 250 ms: no delivery was made"


@pytest.mark.parametrize(("name", "quantile"), [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("p7", 0.07)])
def test_names_of_percentiles(name: str, quantile: float) -> None:
    """A name is a share in percent, exactly."""
    assert quantile_of(name) == quantile


@pytest.mark.parametrize("name", ["zz", "p", "p0", "p100", "p-5", "pnan", "pinf"])
def test_what_is_no_percentile_is_refused_by_name(name: str) -> None:
    """A stored history is somebody's file: a budget in it may be called anything."""
    with pytest.raises(UsageError, match=f"a budget for '{name}', which is no percentile"):
        quantile_of(name)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.0, "0 µs"), (51e-6, "51 µs"), (0.0031, "3.1 ms"), (0.25, "250 ms"), (1.25, "1.25 s")]
)
def test_durations_are_shown_in_the_unit_that_people_use(seconds: float, words: str) -> None:
    """Three digits are enough."""
    assert shown(seconds) == words


def test_a_loop_that_never_lagged_takes_nothing_back(chat: Any) -> None:
    """Without a look at the loop its lag is zero, and a microsecond of it changes no claim."""
    for _ in range(5):
        chat.say(bob=10, stamp="seen")

    assert loop_lag(chat.events) == 0
    timed = timings(read(chat.events))
    for limit, claim in ((0.020, "within"), (0.005, "beyond")):
        (budget,) = claims(timed, {"p50": limit}, lag=1_000)
        assert budget.claim == claim

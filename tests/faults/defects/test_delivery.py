"""Defects of delivery happen as often as they say, by their seed alone, and one run is enough to see them."""

import importlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import comb
from random import Random
from typing import Any

import pytest

from harness.config.budgets import Budgets
from harness.faults.defects.behaviour import Behaviour, Contract, Given, Passing
from harness.faults.defects.delivery import (
    DOUBLED_IN,
    LATE_IN,
    LATE_SECONDS,
    LOST_IN,
    Doubling,
    Echoing,
    Hesitating,
    Losing,
    LosingFirst,
    Swapping,
    Twins,
)
from harness.protocol.messages import decode
from harness.statistics.percentiles import Claim, decide

MESSAGES: int = importlib.import_module("harness.scenarios.test_intermittent").MESSAGES
ENOUGH = 0.99
"""How sure one run must be."""


@dataclass(eq=False)
class Line:
    """A connection that keeps what it is told."""

    socket_id: str = "1.1"
    channels: tuple[str, ...] = ()
    members: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    holds: list[float] = field(default_factory=list)
    due: list[Callable[[], None]] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Keep a frame."""
        self.said.append(text)

    def hold(self, seconds: float) -> None:
        """Keep for how long."""
        self.holds.append(seconds)

    def later(self, _seconds: float, act: Callable[[], None]) -> None:
        """Keep what is to be done."""
        self.due.append(act)

    def cut(self, code: int, reason: str) -> None:
        """Refuse: no defect of delivery does that."""
        raise AssertionError(code, reason)


def made(kind: type[Behaviour], *links: Line, seed: int = 1) -> Behaviour:
    """Make a behaviour that sees these connections."""
    return kind(Given("key", "secret", Contract(), Random(seed), lambda: links))  # noqa: S311 - repeatable


def frame(number: int, link: Line, event: str = "MessageSent", channel: str = "private-x") -> Passing:
    """Let a frame pass."""
    text = json.dumps({"event": event, "channel": channel, "data": json.dumps({"id": number, "body": f"{number}"})})
    return Passing(text, decode(text), link)


def through(behaviour: Behaviour, numbers: Iterator[int] | range, link: Line) -> list[int]:
    """Let messages pass, and give the numbers of those that come out."""
    passed = (text for number in numbers for text in behaviour.to_client(frame(number, link)))
    return [json.loads(json.loads(text)["data"])["id"] for text in passed]


def at_least(count: int, trials: int, chance: float) -> float:
    """Give the chance of so many successes or more."""
    return 1 - sum(comb(trials, k) * chance**k * (1 - chance) ** (trials - k) for k in range(count))


@pytest.mark.parametrize("one_in", [LOST_IN, DOUBLED_IN])
def test_what_happens_once_in_a_while_happens_in_one_run(one_in: int) -> None:
    """One loss, or one duplicate, is a finding: the run of many messages hardly ever has none."""
    assert at_least(1, MESSAGES, 1 / one_in) >= ENOUGH


def test_a_run_shows_that_one_in_ten_is_late() -> None:
    """The percentile that the target agrees to is beyond its limit for sure, for nearly every number of late ones."""
    limit = Budgets().delivery["p99"]
    few = 0.001

    def is_caught(late: int) -> bool:
        latencies = [few] * (MESSAGES - late) + [LATE_SECONDS] * late
        return decide([(one, one) for one in latencies], 0.99, limit)[0] is Claim.BEYOND

    needed = next(late for late in range(MESSAGES) if is_caught(late))
    assert at_least(needed, MESSAGES, 1 / LATE_IN) >= ENOUGH


@pytest.mark.parametrize(("kind", "one_in", "sign"), [(Losing, LOST_IN, -1), (Doubling, DOUBLED_IN, 1)])
def test_a_defect_is_as_frequent_as_it_says(kind: type[Behaviour], one_in: int, sign: int) -> None:
    """Over two hundred seeds the rate is right to a twentieth, and the same seed does the same."""
    link = Line()
    counts = [len(through(made(kind, seed=seed), range(MESSAGES), link)) - MESSAGES for seed in range(200)]

    assert all(count * sign > 0 for count in counts)
    assert sign * sum(counts) / len(counts) == pytest.approx(MESSAGES / one_in, rel=0.05)
    assert len(through(made(kind, seed=7), range(MESSAGES), link)) - MESSAGES == counts[7]


def test_only_messages_get_lost() -> None:
    """What the protocol itself says passes, and so does what clients tell each other."""
    behaviour = made(Losing)
    others = [frame(1, Line(), event) for event in ("pusher:pong", "client-typing", "pusher_internal:member_added")]

    assert [list(behaviour.to_client(one)) for one in others * 100] == [[one.text] for one in others * 100]


def test_one_in_ten_holds_the_line() -> None:
    """What is behind it waits as well: nothing is out of order."""
    link = Line()
    came = through(made(Hesitating), range(MESSAGES), link)

    assert came == list(range(MESSAGES))
    assert set(link.holds) == {LATE_SECONDS}
    assert len(link.holds) == pytest.approx(MESSAGES / LATE_IN, rel=0.5)


def test_the_first_message_of_each_subscription_gets_lost() -> None:
    """On every connection, and again when it subscribes anew."""
    behaviour, link = made(LosingFirst), Line()
    for _ in range(2):
        list(behaviour.to_client(frame(0, link, "pusher_internal:subscription_succeeded")))
        assert through(behaviour, range(3), link) == [1, 2]
    list(behaviour.to_client(frame(0, link, "pusher_internal:subscription_succeeded")))
    behaviour.ended(link)
    assert through(behaviour, range(1), link) == [0]


def test_two_messages_change_places() -> None:
    """The last of an odd number goes out by itself, when nothing has overtaken it."""
    behaviour, link = made(Swapping), Line()

    assert through(behaviour, range(5), link) == [1, 0, 3, 2]
    for act in link.due:
        act()
    assert [json.loads(json.loads(text)["data"])["id"] for text in link.said] == [4]


def test_the_public_twin_gets_one_copy() -> None:
    """However many hear the message itself."""
    links = (Line(), Line(), Line(channels=("x",)))
    behaviour = made(Twins, *links)
    for link in links[:2]:
        through(behaviour, range(1), link)

    assert [json.loads(text)["channel"] for text in links[2].said] == ["x"]


def test_a_sender_who_listens_hears_their_own_message() -> None:
    """By the socket that they named; whoever listens elsewhere hears it once."""
    sender, other = Line("1.1", ("private-x",)), Line("2.2", ("private-x",))
    behaviour: Any = made(Echoing, sender, other)
    behaviour.remember("0", "1.1")
    through(behaviour, range(1), other)

    assert len(sender.said) == 1
    assert other.said == []

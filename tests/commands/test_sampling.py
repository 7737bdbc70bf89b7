"""Two targets are measured in turns, and what one of them does wrong is kept with it."""

import asyncio
from collections.abc import Callable

import msgspec
import pytest

from harness.checkers.verdict import FindingClass
from harness.commands import sampling
from harness.commands.sampling import Side, check_measurable, measure, turns
from harness.config import May, TargetDeclaration, own_target
from harness.errors import EnvironmentFault, NotExercised
from harness.history.events import FrameIn, MessageAsked
from harness.history.recorder import Recorder
from harness.topology.embedded import EmbeddedStack
from harness.topology.remote import attach
from harness.topology.target import Target

Detours = Callable[..., TargetDeclaration]


def side(letter: str, declaration: TargetDeclaration, *, patience: float = 1.0) -> Side:
    """Attach to a stack that runs."""
    return Side(letter, Target(attach(declaration), Recorder(), patience=patience))


def measured(a: Side, b: Side, *, rounds: int = 2, messages: int = 3) -> int:
    """Measure both, and count the blocks."""
    blocks: list[None] = []
    asyncio.run(measure((a, b), rounds=rounds, messages=messages, step=lambda: blocks.append(None)))
    return len(blocks)


def test_the_targets_take_turns() -> None:
    """A B for the warm-up, then A B B A A B B A: each is first as often as the other."""
    blocks = turns(4)

    assert "".join("AB"[side] for _, side in blocks) == "AB" + "ABBAABBA"
    assert [number for number, _ in blocks] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_every_counted_message_is_a_sample(stack: EmbeddedStack) -> None:
    """An interval of seconds each, round by round; nothing is broken, and the warm-up is in the history alone."""
    a, b = side("A", stack.target), side("B", stack.target)

    assert measured(a, b) == 6
    for one in (a, b):
        assert [len(samples) for samples in one.rounds] == [3, 3]
        assert all(0 < low <= high < 2 for samples in one.rounds for low, high in samples)
        assert (one.breaches, one.doubts) == ([], [])
        asked = [event for event in one.target.history.events if isinstance(event, MessageAsked)]
        assert {event.test for event in asked} == {f"block {number} of {one.letter}" for number in range(3)}
        assert len({event.text for event in asked}) == len(asked) == 9


def test_a_message_that_comes_twice_is_a_breach(stack: EmbeddedStack, detoured: Detours) -> None:
    """The class, the id and the round stand beside what was seen; the other target stays without blame."""
    twice = detoured(change=lambda chunk: chunk * 2 if b"block 1 of B, message 2" in chunk else chunk)
    a, b = side("A", stack.target), side("B", twice)
    measured(a, b)

    assert a.breaches == []
    (breach,) = b.breaches
    assert (breach.round, breach.kind, breach.id) == (1, FindingClass.DELIVERY, "delivery.duplicated")
    assert [len(samples) for samples in b.rounds] == [3, 3]


def test_a_lost_message_ends_its_block(stack: EmbeddedStack, detoured: Detours) -> None:
    """What came before it counts, and the next block is measured again."""
    budgets = msgspec.structs.replace(stack.target.budgets, arrival=0.3)
    lossy = detoured(change=lambda chunk: b"" if b"block 1 of B, message 3" in chunk else chunk)
    a, b = side("A", stack.target), side("B", msgspec.structs.replace(lossy, budgets=budgets))
    measured(a, b)

    assert {one.id.partition(".")[0] for one in b.breaches} == {"delivery"}
    assert {one.round for one in b.breaches} == {1}
    assert [len(samples) for samples in b.rounds] == [2, 3]


def test_a_target_that_refuses_everything_ends_the_measuring(stack: EmbeddedStack) -> None:
    """One refused login, not one for every block; what was refused is a breach without an id."""
    cast = tuple(msgspec.structs.replace(person, password="not-the-password") for person in stack.target.cast)
    a, b = side("A", stack.target), side("B", msgspec.structs.replace(stack.target, cast=cast))

    assert measured(a, b) == 2
    (breach,) = b.breaches
    assert (breach.round, breach.id) == (0, "")
    assert breach.summary.startswith("the login of ")
    assert b.rounds == []


def test_a_block_whose_pongs_never_come_is_a_breach(stack: EmbeddedStack, detoured: Detours) -> None:
    """They leave it open whether something would have come before them, and are a finding themselves."""
    mute = detoured(change=lambda chunk: b"" if b"pusher:pong" in chunk else chunk)
    a, b = side("A", stack.target), side("B", mute, patience=0.1)
    measured(a, b, rounds=1, messages=1)

    assert {one.id for one in b.breaches} == {"protocol.ping-unanswered"}


def test_a_target_that_is_not_there_is_an_environment_fault(stack: EmbeddedStack) -> None:
    """It says nothing about the product."""
    backend = msgspec.structs.replace(stack.target.backend, url="http://127.0.0.1:1")
    absent = msgspec.structs.replace(stack.target, backend=backend)

    with pytest.raises(EnvironmentFault):
        measured(side("A", stack.target), side("B", absent))


def test_somebody_elses_target_is_measured_politely(stack: EmbeddedStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a grant of `load` its messages keep a distance, and so do those of the other, to be alike."""
    monkeypatch.setattr(sampling, "_POLITE_SECONDS", 0.05)
    remote = msgspec.structs.replace(stack.target, topology="remote", may=May(write=True, create=True))
    a, b = side("A", stack.target), side("B", remote)
    measured(a, b, rounds=1)

    for one in (a, b):
        heard = [event for event in one.target.history.events if isinstance(event, FrameIn) and event.is_message]
        times = [event.arrived for event in heard if event.test.startswith("block 1")]
        assert len(times) == 3
        assert times[-1] - times[0] > 0.05e9


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"production": True}, "is production"), ({"topology": "remote", "may": May(write=False)}, "write")],
)
def test_what_takes_no_messages_is_not_measured(changes: dict[str, object], reason: str) -> None:
    """The reason is that of every report; what takes them is not complained about."""
    ours = own_target("theirs", "embedded")
    check_measurable(side("A", ours).target)
    with pytest.raises(NotExercised, match=reason):
        check_measurable(side("A", msgspec.structs.replace(ours, **changes)).target)

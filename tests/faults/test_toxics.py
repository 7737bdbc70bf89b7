"""What each toxic says of an item; what it then does to the bytes of real sockets is in test_proxy.py."""

import math
from collections.abc import Callable

import pytest

from harness.errors import UsageError
from harness.faults.toxics import (
    TOXICS,
    Bandwidth,
    Blackhole,
    CloseAfter,
    Flow,
    Freeze,
    Item,
    Latency,
    Leave,
    Slicing,
    SlowOpen,
    Toxic,
    together,
)

BYTES = Item("data", 7, arrived=100.0, data=b"0123456789")
OPENING = Item("open", 1, arrived=100.0)
FRESH = Flow("1↑")


@pytest.mark.parametrize(
    ("toxic", "flow", "leave"),
    [
        (Latency(0.2), FRESH, Leave(at=100.2)),
        (Bandwidth(1000), FRESH, Leave(size=20)),
        (Bandwidth(1000), Flow("1↑", passed=20, last=101.0, size=20), Leave(at=101.02, size=20)),
        (Bandwidth(3), FRESH, Leave(size=1)),
        (Slicing(4, pause=0.5), FRESH, Leave(size=4)),
        (Slicing(4, pause=0.5), Flow("1↑", passed=4, last=101.0, size=4), Leave(at=101.5, size=4)),
        (Freeze(), FRESH, Leave(at=math.inf)),
        (Blackhole(), FRESH, Leave(loses=True)),
        (SlowOpen(2), FRESH, Leave()),
        (CloseAfter(12), Flow("1↑", passed=10), Leave(size=2, closes=True)),
        (CloseAfter(12), Flow("1↑", passed=20), Leave(size=0, closes=True)),
    ],
)
def test_a_toxic_decides_about_bytes(toxic: Toxic, flow: Flow, leave: Leave) -> None:
    """By its settings, when they arrived and what went before."""
    assert toxic.leave(BYTES, flow) == leave


def test_openings_and_ends_wait_like_bytes_and_cost_none() -> None:
    """A slow network is slow for them too; only an opening is slow to open, and neither counts as bytes passed."""
    assert Latency(0.2).leave(OPENING, FRESH) == Leave(at=100.2)
    assert SlowOpen(2).leave(OPENING, FRESH) == Leave(at=102.0)
    assert CloseAfter(0).leave(OPENING, FRESH) == Leave()


def test_jitter_is_drawn_from_the_seed() -> None:
    """The same seed draws the same for the same item; another seed, direction or item draws something else."""
    toxic = Latency(0.2, jitter=0.1, seed=5)
    drawn = toxic.leave(BYTES, FRESH).at
    assert toxic.leave(BYTES, FRESH).at == drawn
    others = (
        Latency(0.2, jitter=0.1, seed=6).leave(BYTES, FRESH).at,
        toxic.leave(BYTES, Flow("1↓")).at,
        toxic.leave(BYTES._replace(number=8), FRESH).at,
    )
    assert len({drawn, *others}) == 4
    assert all(100.2 <= at <= 100.3 for at in (drawn, *others))


def test_several_toxics_combine() -> None:
    """The latest moment and the smallest piece; a connection closes only behind the last of its bytes."""
    assert together(()) == Leave()
    assert together([Leave(at=1.0, size=5), Leave(at=2.0), Leave(size=3)]) == Leave(at=2.0, size=3)
    assert together([Leave(), Leave(loses=True)]).loses
    assert not together([Leave(size=5, closes=True), Leave(size=3)]).closes
    assert together([Leave(size=3, closes=True), Leave(size=3)]).closes


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Latency(-0.1), "latency is -0.1; write a number that is not below 0"),
        (lambda: Latency(0.1, jitter=math.nan), "jitter is nan; write a number that is not below 0"),
        (lambda: Latency("1s"), "latency is '1s'; write a number that is not below 0"),  # type: ignore[arg-type]
        (lambda: Bandwidth(0), "bytes_per_second is 0; write a number above 0"),
        (lambda: Bandwidth(math.inf), "bytes_per_second is inf; write a number above 0"),
        (lambda: Slicing(0), "size is 0; write a whole number above 0"),
        (lambda: Slicing(size=True), "size is True; write a whole number above 0"),
        (lambda: Slicing(1, pause=-1), "pause is -1; write a number that is not below 0"),
        (lambda: SlowOpen(-1), "seconds is -1; write a number that is not below 0"),
        (lambda: CloseAfter(1.5), "bytes is 1.5; write a whole number that is not below 0"),  # type: ignore[arg-type]
    ],
)
def test_a_setting_that_cannot_be_is_a_mistake(make: Callable[[], Toxic], sentence: str) -> None:
    """One sentence says which it is, what was found and what is allowed."""
    with pytest.raises(UsageError) as mistake:
        make()
    assert str(mistake.value) == sentence


def test_toxics_are_known_by_their_names() -> None:
    """So they are written to the process that has the bytes."""
    assert all(kind.__name__ == name for name, kind in TOXICS.items())
    assert len(TOXICS) == 7

"""
When messages are meant to be sent: an open-loop schedule, decided before the first of them; pure.

Nothing that happens moves it, so a slow answer delays no later message and no latency is left out. A profile is a rate
over time, made of straight lines. Arrivals are put where the integral of the rate reaches the next point: of whole
numbers for even ones, of a unit Poisson process for random ones (the time-rescaling theorem).
"""

import math
import random
from array import array
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

import msgspec

from harness.errors import UsageError

_NANOSECONDS = 1e9
_STEPS = 4
_CALM = 0.2
"""The share of the rate before and behind a spike."""
_SPIKE = (0.4, 0.6)
"""Where a spike begins and ends, as shares of the duration."""
_WARM_UP = 0.1
"""The share of a soak in which the rate is reached."""


class Shape(StrEnum):
    """How the rate goes; the rate that is asked for is the highest."""

    CONSTANT = "constant"
    RAMP = "ramp"
    STEP = "step"
    SPIKE = "spike"
    SOAK = "soak"


class Arrivals(StrEnum):
    """How the messages lie: at even distances, or by chance as people write who know nothing of each other."""

    EVEN = "even"
    POISSON = "poisson"


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule to be: `rate` in messages a second, `seconds` long; `seed` decides what is random."""

    rate: float
    seconds: float
    shape: Shape = Shape.CONSTANT
    arrivals: Arrivals = Arrivals.EVEN
    seed: int = 0


class Line(NamedTuple):
    """A part of a profile: so many seconds in which the rate goes from one to another in a straight line."""

    seconds: float
    first: float
    last: float

    @property
    def messages(self) -> float:
        """How many messages it is worth."""
        return self.seconds * (self.first + self.last) / 2

    def when(self, messages: float) -> float:
        """Say after how many seconds it was worth so many messages, of which it has enough."""
        slope = (self.last - self.first) / self.seconds
        # The root of first·t + slope·t²/2 = messages that stays exact as the slope goes to nought.
        return 2 * messages / (self.first + math.sqrt(max(0.0, self.first**2 + 2 * slope * messages)))


def lines(profile: Profile) -> tuple[Line, ...]:
    """Give the rate over time."""
    rate, seconds = profile.rate, profile.seconds
    match profile.shape:
        case Shape.RAMP:
            return (Line(seconds, 0, rate),)
        case Shape.STEP:
            return tuple(Line(seconds / _STEPS, *(rate * step / _STEPS,) * 2) for step in range(1, _STEPS + 1))
        case Shape.SPIKE:
            begin, end = (share * seconds for share in _SPIKE)
            calm = rate * _CALM
            return Line(begin, calm, calm), Line(end - begin, rate, rate), Line(seconds - end, calm, calm)
        case Shape.SOAK:
            return Line(_WARM_UP * seconds, 0, rate), Line((1 - _WARM_UP) * seconds, rate, rate)
        case _:
            return (Line(seconds, rate, rate),)


def schedule(profile: Profile) -> "array[int]":
    """
    Give the moments at which messages are meant to be sent, ascending, in nanoseconds from the start.

    Raises `UsageError` for a rate or a duration that is not above nought, and for a profile without a message.
    """
    if not (profile.rate > 0 and profile.seconds > 0):
        raise UsageError(f"a rate of {profile.rate:g}/s for {profile.seconds:g} s is no load; both must be above 0")
    found = array("q", (round(when * _NANOSECONDS) for when in _moments(profile)))
    if not found:
        raise UsageError(
            f"a {profile.shape} of {profile.rate:g}/s for {profile.seconds:g} s has no message in it; "
            "make it longer or faster"
        )
    return found


def _moments(profile: Profile) -> Iterator[float]:
    points = _points(profile)
    due, before, began = next(points), 0.0, 0.0
    for line in lines(profile):
        while due < before + line.messages:
            yield began + line.when(due - before)
            due = next(points)
        before += line.messages
        began += line.seconds


def _points(profile: Profile) -> Iterator[float]:
    """Give the points that the integral of the rate passes; even ones lie in the middle of what each is worth."""
    if profile.arrivals is Arrivals.EVEN:
        count = 0
        while True:
            yield count + 0.5
            count += 1
    drawn, point = random.Random(profile.seed), 0.0  # noqa: S311 - a schedule, which shall be the same again
    while True:
        point += drawn.expovariate(1)
        yield point

"""The course of a run: tests, faults, processes, and how well the harness itself kept time."""

from typing import ClassVar

import msgspec

from harness.history.events.event import Event


class TestStarted(Event, frozen=True, kw_only=True, tag="test.started"):
    """A test, or one example of a property, began to use the target: its world opened."""

    __test__: ClassVar[bool] = False  # pytest takes classes called so for tests

    tolerated: tuple[tuple[str, str], ...] = ()
    """Observation ids, or prefixes of them, that do not count in this test, each with the reason."""
    budget: dict[str, float] = msgspec.field(default_factory=dict)
    """Percentile limits of this test alone (`p95`), in seconds; empty when it claims none."""
    weaknesses: tuple[str, ...] = ()
    """Defects (`AZ-26`) that servers of this target's dialect are known to have: reported, never held against it."""


class TestFinished(Event, frozen=True, kw_only=True, tag="test.finished"):
    """The judgement of a test was closed: what is owed and absent now is lost. Holds the terms of the judgement."""

    __test__: ClassVar[bool] = False

    arrival: int = 10_000_000_000
    """Nanoseconds after its *meant* time within which a message must have arrived."""
    revocation: int = 5_000_000_000
    """Nanoseconds after which a lost right must have taken effect."""
    recovery: int = 5_000_000_000
    """Nanoseconds from the end of a fault within which everybody must be back."""
    doubts: tuple[str, ...] = ()
    """What was found in doubt while the history settled: reasons why a PASS would be a guess."""
    wall: float = 0.0
    """The time of day in seconds since the epoch, to see whether somebody set the clock; 0 when nobody looked."""


class ProcessMeasured(Event, frozen=True, kw_only=True, tag="process.measured"):
    """How many files, sockets included, a process of ours had open, and how much memory it held."""

    process: str
    descriptors: int
    memory: int
    """Bytes that are resident."""


class FaultBegan(Event, frozen=True, kw_only=True, tag="fault.began"):
    """
    A fault of the network or of a process began: `fault` names it, once in its test, for the event that ends it.

    `people` are those whose network it is; where it is a process's, `server` names that (`broadcaster`), and it touches
    everybody. `settings` and `seed` are what it takes to have the same fault again. `to` says which connections a fault
    of the network touches: those to the `broadcaster`, the `backend`, or `both`.
    """

    fault: str
    what: str = ""
    """`cut`, `freeze`, `slow`, `pause`, `kill` …"""
    people: tuple[str, ...] = ()
    server: str = ""
    to: str = ""
    settings: dict[str, float] = msgspec.field(default_factory=dict)
    seed: int = 0


class FaultEnded(Event, frozen=True, kw_only=True, tag="fault.ended"):
    """That fault ended."""

    fault: str


class ProcessStarted(Event, frozen=True, kw_only=True, tag="process.started"):
    """A process or a remote service became ready."""

    process: str
    detail: str = ""


class ProcessExited(Event, frozen=True, kw_only=True, tag="process.exited"):
    """A process of ours ended while it was needed."""

    process: str
    detail: str = ""


class Sampled(Event, frozen=True, kw_only=True, tag="sample"):
    """
    A test drew messages until its percentiles were decided, and looked at them, `looks` times at most.

    `look` counts the looks from 1, and is 0 when the plan was made, before the first message. `samples` is how many
    messages had been drawn.
    """

    look: int
    looks: int
    samples: int = 0


class Throttled(Event, frozen=True, kw_only=True, tag="http.throttled"):
    """The target answered a request of act `act` with 429, and was waited for as many `seconds` as it asked for."""

    act: str
    purpose: str
    seconds: float


class LeftBehind(Event, frozen=True, kw_only=True, tag="left-behind"):
    """Something that we made on a target (`conversation 17`, `person bob`) and could not delete, and why."""

    what: str
    why: str


class LoopLag(Event, frozen=True, kw_only=True, tag="loop.lag"):
    """How many nanoseconds late our event loop woke up in a test: of so many `wakes` the worst, and the p99."""

    worst: int
    p99: int
    wakes: int


class Note(Event, frozen=True, kw_only=True, tag="note"):
    """Something worth reading, never worth judging."""

    words: str

"""What tests came to, as the plugin gathers it, and reports made of it."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from harness.checkers.findings import Finding, finding
from harness.checkers.verdict import FindingClass
from harness.history.events import Event
from harness.history.recorder import Header
from harness.report.document import Facts, Outcome, Report
from harness.report.verdict import document_of
from harness.report.visit import Cause, Hop, Visit


@pytest.fixture
def outcome() -> Callable[..., Outcome]:
    """Make the outcome of a test."""

    def make(verdict: Any = "PASS", *found: Finding, test: str = "test_x", **fields: Any) -> Outcome:
        return Outcome(test=test, verdict=verdict, findings=found, **fields)

    return make


@pytest.fixture
def found() -> Callable[..., Finding]:
    """Make a finding."""

    def make(
        id_: str = "delivery.lost", *, summary: str = "", tolerated: str = "", advice: bool = False, **fields: Any
    ) -> Finding:
        stated = finding(id_, summary or f"{id_} was seen", **fields)
        kind = FindingClass.ADVICE if advice else stated.kind
        return msgspec.structs.replace(stated, tolerated=tolerated, kind=kind)

    return make


@pytest.fixture
def report() -> Callable[..., Report]:
    """Make the report of a run with these outcomes."""

    def make(
        *outcomes: Outcome,
        events: tuple[Event, ...] = (),
        facts: Facts | None = None,
        doctor: tuple[Visit, ...] = (),
        **options: Any,
    ) -> Report:
        known = Facts(
            run="run-1", target="staging", topology="remote", dialect="reverb", seed=7, folder="reports/run-1"
        )
        document = msgspec.structs.replace(document_of(outcomes, facts=facts or known, **options), doctor=doctor)
        return Report(document, Header(run="run-1"), list(events))

    return make


@pytest.fixture
def visit() -> Callable[..., Visit]:
    """Make what a doctor found: one hop works, and at the next stands `text` wherever a target can say something."""

    def make(text: str = "4001") -> Visit:
        cause = Cause(id="3", says="the key is wrong", likelihood="likely", because=text, mend=f"take {text}")
        broken = Hop(hop="key", state="broken", came=text, causes=(cause,))
        return Visit(hops=(Hop(hop="upgrade", state="fine", came=text), broken))

    return make

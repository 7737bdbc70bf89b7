"""Outcomes of tests, as the plugin gathers them."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from harness.checkers.verdict import FindingClass, finding

Outcome = dict[str, Any]


@pytest.fixture
def outcome() -> Callable[..., Outcome]:
    """Make the outcome of a test."""

    def make(verdict: str = "PASS", *found: Outcome, test: str = "test_x", **fields: Any) -> Outcome:
        return {"test": test, "verdict": verdict, "reason": "", "counts": {}, "findings": [*found], **fields}

    return make


@pytest.fixture
def found() -> Callable[..., Outcome]:
    """Make a finding as it travels in an outcome."""

    def make(id_: str = "delivery.lost", *, tolerated: str = "", advice: bool = False) -> Outcome:
        stated = finding(id_, f"{id_} was seen")
        kind = FindingClass.ADVICE if advice else stated.kind
        built: Outcome = msgspec.to_builtins(msgspec.structs.replace(stated, tolerated=tolerated, kind=kind))
        return built

    return make

"""Recorded histories and their judges."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.history.events import Event
from harness.history.ledger import Ledger, read
from harness.history.recorder import load

HISTORIES = Path(__file__).parent / "histories"


@pytest.fixture(scope="session")
def history() -> Callable[[str], list[Event]]:
    """Load the events of a recorded history by its name."""
    return lambda name: load(HISTORIES / f"{name}.jsonl")[1]


@pytest.fixture(scope="session")
def ledger(history: Callable[[str], list[Event]]) -> Callable[[str], Ledger]:
    """Read a recorded history into a ledger."""
    return lambda name: read(history(name))

"""What tests of a load's result share: one that is summed up."""

from array import array
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from harness.config import load, target_declaration
from harness.load.generator import Run
from harness.load.judging import Course
from harness.load.ledger import Ledger
from harness.load.profile import Profile
from harness.load.result import Result, result_of
from harness.load.samples import Samples

MILLISECOND = 1_000_000


def made(folder: Path, *, stranger: bool = False, limit: float = 0.1) -> Result:
    """Sum up a run of four hundred messages from one to another, ten milliseconds each."""
    ledger, samples = Ledger(1, arrival=10**9), Samples()
    for device in (0, 1):
        ledger.join(device, 0)
    for number in range(400):
        message = ledger.meant(0, 0, number * 10 * MILLISECOND)
        ledger.answered(message, ledger.meant_at(message) + 1, is_taken=True)
        ledger.heard(1, message, ledger.meant_at(message) + 10 * MILLISECOND)
        samples.add(message, 1, earliest=10 * MILLISECOND, latest=10 * MILLISECOND, lag=50_000)
        samples.stage("slip", MILLISECOND // 10)
    if stranger:
        ledger.heard(7, 0, 5)
    course = Course(users=2, listening=2, turned_away=0, granted=0, eavesdroppers=0, denied=0, cut_off=0)
    target = target_declaration(load({"target": "embedded"}, {}, folder, folder))
    budgets = msgspec.structs.replace(target.budgets, delivery={"p99": limit})  # type: ignore[dict-item]
    meant = array("q", (ledger.meant_at(number) for number in range(400)))
    run = Run(course, ledger.totals(), samples, meant, 0, 4.0, 2, ("no <b>reason</b>",), (), 0.01)
    target = msgspec.structs.replace(target, budgets=budgets)
    return result_of(run, target, Profile(rate=100, seconds=4), conversations=1)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Result]:
    """Make results: with a `stranger` who heard something, or by another `limit` in seconds."""

    def make(*, stranger: bool = False, limit: float = 0.1) -> Result:
        return made(tmp_path, stranger=stranger, limit=limit)

    return make

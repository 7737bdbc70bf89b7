"""The rig convicts each client of exactly its fault, and finds none in one that has none."""

import pytest

from harness.checkers.verdict import Verdict
from harness.rig.exercise import Word
from harness.rig.result import Sheet
from tests.rig.visitor import FAULTS


@pytest.mark.parametrize("fault", FAULTS)
def test_a_client_is_convicted_of_exactly_its_fault(fault: str, sheets: dict[str, Sheet]) -> None:
    """What it does wrong fails, with what it should have been; all else passes, or is left open with the reason."""
    assert {one.id: one.reason for one in sheets[fault].of(Word.FAIL)}.keys() == FAULTS[fault]


def test_a_good_client_passes_everything_that_it_does(sheets: dict[str, Sheet]) -> None:
    """Only what it does not do at all is not exercised."""
    sheet = sheets["none"]

    assert sheet.verdict is Verdict.PASS
    assert [one.id for one in sheet.results if one.word is not Word.PASS] == ["subscribe.signin"]

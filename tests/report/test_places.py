"""Which test met a finding, and where it stands."""

from typing import Any

import pytest

from harness.checkers.run import RunJudgement
from harness.report.places import Place, met, of_run, place_of


@pytest.mark.parametrize(
    ("root", "file", "place"),
    [
        ("", "tests/test_x.py", "tests/test_x.py"),
        ("services/chat", "tests/test_x.py", "services/chat/tests/test_x.py"),
        ("services/chat", "../shared/test_x.py", "services/shared/test_x.py"),
        ("", "tests\\test_x.py", "tests/test_x.py"),
        ("", "../lib/harness/scenarios/test_x.py", ""),
        ("a", "../../test_x.py", ""),
        ("", "/opt/test_x.py", ""),
        ("", "C:\\lib\\test_x.py", ""),
        ("services", "", ""),
    ],
)
def test_a_place_is_a_path_in_the_repository(outcome: Any, root: str, file: str, place: str) -> None:
    """From its root, with slashes; what lies outside has no path there."""
    assert place_of(outcome(file=file, line=7), root) == Place(place, 7)


def test_each_finding_stands_beside_its_test(outcome: Any, found: Any, report: Any) -> None:
    """Those of repeated attempts are left out, and those of the run come last, without a test."""
    lost, late, slow = found(), found("delivery.late", tolerated="known"), found("ordering.reordered", who="bob")
    first, last = outcome("FAIL", found(who="eve"), repeated=True), outcome("FAIL", lost, late)
    document = report(first, last, run=RunJudgement(findings=(slow,))).document

    assert met(document) == [(lost, last), (late, last), (slow, None)]
    assert of_run(document) == [slow]

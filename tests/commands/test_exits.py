"""One exit code for everything that a run may have found."""

from typing import Any

import pytest

from harness.commands.exits import Exit, exit_of_error, exit_of_verdict, gravest
from harness.errors import EnvironmentFault, HarnessError, Inconclusive, NotExercised, UsageError


@pytest.mark.parametrize(
    ("codes", "winner"),
    [
        ([Exit.PASS, Exit.INCONCLUSIVE], Exit.INCONCLUSIVE),
        ([Exit.INCONCLUSIVE, Exit.ENVIRONMENT], Exit.ENVIRONMENT),
        ([Exit.ENVIRONMENT, Exit.FAILURE], Exit.FAILURE),
        ([Exit.FAILURE, Exit.SECURITY, Exit.ENVIRONMENT], Exit.SECURITY),
        ([Exit.PASS], Exit.PASS),
        ([], Exit.INCONCLUSIVE),
    ],
)
def test_the_gravest_wins(codes: list[Exit], winner: Exit) -> None:
    """Security, failure, environment, inconclusive, pass; and nothing is not a pass."""
    assert gravest(codes) is winner


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), Exit.USAGE),
        (EnvironmentFault("x"), Exit.ENVIRONMENT),
        (Inconclusive("x"), Exit.INCONCLUSIVE),
        (NotExercised("x"), Exit.USAGE),
        (HarnessError("x"), Exit.USAGE),
    ],
)
def test_an_error_has_the_code_of_whose_fault_it_is(error: HarnessError, code: Exit) -> None:
    """What was asked wrongly is usage, what failed around us is the environment."""
    assert exit_of_error(error) is code


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        ({"verdict": "PASS", "findings": [], "exit_code": 0}, Exit.PASS),
        ({"verdict": "PASS", "findings": [{"class": "security"}]}, Exit.PASS),
        ({"verdict": "FAIL", "findings": [{"class": "delivery"}], "exit_code": 1}, Exit.FAILURE),
        ({"verdict": "FAIL", "findings": [{"class": "delivery"}, {"class": "security"}]}, Exit.SECURITY),
        ({"verdict": "FAIL", "findings": "none"}, Exit.FAILURE),
        ({"verdict": "INCONCLUSIVE", "findings": []}, Exit.INCONCLUSIVE),
        ({"verdict": "INCONCLUSIVE", "exit_code": 3}, Exit.ENVIRONMENT),
        ({"verdict": "PASS", "exit_code": 3}, Exit.ENVIRONMENT),
        ({"verdict": "PASS", "exit_code": False}, Exit.PASS),
        ({"verdict": "FINE"}, Exit.INCONCLUSIVE),
        ({}, Exit.INCONCLUSIVE),
    ],
)
def test_a_verdict_is_mapped_by_the_worst_that_it_says(verdict: dict[str, Any], code: Exit) -> None:
    """A verdict that cannot be read is never a pass; a tolerated security finding does not fail one."""
    assert exit_of_verdict(verdict) is code

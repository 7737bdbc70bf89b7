"""One exit code for everything that a run may have found."""

from typing import Any

import pytest

from harness.checkers.findings import finding
from harness.commands.exits import Exit, exit_of_error, exit_of_verdict, gravest
from harness.errors import EnvironmentFault, HarnessError, Inconclusive, NotExercised, UsageError
from harness.report.document import Document, Facts


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
    ("fields", "code"),
    [
        ({"verdict": "PASS"}, Exit.PASS),
        ({"verdict": "FAIL", "findings": ("delivery.lost",), "exit_code": 1}, Exit.FAILURE),
        ({"verdict": "FAIL", "findings": ("delivery.lost", "isolation.heard-by-outsider")}, Exit.SECURITY),
        ({"verdict": "FAIL"}, Exit.FAILURE),
        ({"verdict": "INCONCLUSIVE"}, Exit.INCONCLUSIVE),
        ({"verdict": "INCONCLUSIVE", "exit_code": 3}, Exit.ENVIRONMENT),
        ({"verdict": "PASS", "exit_code": 3}, Exit.ENVIRONMENT),
    ],
)
def test_a_verdict_is_mapped_by_the_worst_that_it_says(fields: dict[str, Any], code: Exit) -> None:
    """Whatever of verdict, findings and exit code is gravest; a verdict of another version may disagree with itself."""
    findings = tuple(finding(id_, "seen") for id_ in fields.pop("findings", ()))
    document = Document(**({"exit_code": 0, "facts": Facts(), "findings": findings} | fields))

    assert exit_of_verdict(document) is code

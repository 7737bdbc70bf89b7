"""The exit codes of the command `realtime` (DESIGN.md, section 5)."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Final

from harness.checkers.verdict import FindingClass, Verdict
from harness.errors import EnvironmentFault, HarnessError, Inconclusive
from harness.report.document import Document


class Exit(IntEnum):
    """What the command ends with."""

    PASS = 0
    FAILURE = 1
    USAGE = 2
    ENVIRONMENT = 3
    INCONCLUSIVE = 4
    SECURITY = 5


_GRAVEST_FIRST: Final = (Exit.USAGE, Exit.SECURITY, Exit.FAILURE, Exit.ENVIRONMENT, Exit.INCONCLUSIVE, Exit.PASS)
_OF_VERDICT: Final = {
    Verdict.PASS: Exit.PASS,
    Verdict.FAIL: Exit.FAILURE,
    Verdict.INCONCLUSIVE: Exit.INCONCLUSIVE,
}


def gravest(codes: Iterable[Exit]) -> Exit:
    """Of several codes give the one that wins; of none, `INCONCLUSIVE`, for nothing observed is never a pass."""
    found = set(codes)
    return next((code for code in _GRAVEST_FIRST if code in found), Exit.INCONCLUSIVE)


def exit_of_error(error: HarnessError) -> Exit:
    """Give the code of an error that ended a command."""
    if isinstance(error, EnvironmentFault):
        return Exit.ENVIRONMENT
    return Exit.INCONCLUSIVE if isinstance(error, Inconclusive) else Exit.USAGE


def exit_of_verdict(document: Document) -> Exit:
    """Give the code of a run's verdict: of its verdict, its findings and its own `exit_code` the gravest."""
    codes = [_OF_VERDICT[document.verdict], Exit(document.exit_code)]
    codes += [Exit.SECURITY for one in document.findings if one.kind is FindingClass.SECURITY]
    return gravest(codes)

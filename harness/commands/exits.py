"""The exit codes of the command `realtime` (DESIGN.md, section 5)."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Any, Final

from harness.errors import EnvironmentFault, HarnessError, Inconclusive


class Exit(IntEnum):
    """What the command ends with."""

    PASS = 0
    FAILURE = 1
    USAGE = 2
    ENVIRONMENT = 3
    INCONCLUSIVE = 4
    SECURITY = 5


_GRAVEST_FIRST: Final = (Exit.USAGE, Exit.SECURITY, Exit.FAILURE, Exit.ENVIRONMENT, Exit.INCONCLUSIVE, Exit.PASS)
_OF_VERDICT: Final = {"PASS": Exit.PASS, "FAIL": Exit.FAILURE, "INCONCLUSIVE": Exit.INCONCLUSIVE}


def gravest(codes: Iterable[Exit]) -> Exit:
    """Of several codes give the one that wins; of none, `INCONCLUSIVE`, for nothing observed is never a pass."""
    found = set(codes)
    return next((code for code in _GRAVEST_FIRST if code in found), Exit.INCONCLUSIVE)


def exit_of_error(error: HarnessError) -> Exit:
    """Give the code of an error that ended a command."""
    if isinstance(error, EnvironmentFault):
        return Exit.ENVIRONMENT
    return Exit.INCONCLUSIVE if isinstance(error, Inconclusive) else Exit.USAGE


def exit_of_verdict(verdict: dict[str, Any]) -> Exit:
    """
    Give the code of a run's `verdict.json`: of its verdict, its findings and its own `exit_code` the gravest.

    A verdict that is none of the three words counts as inconclusive.
    """
    codes = [_OF_VERDICT.get(str(verdict.get("verdict")), Exit.INCONCLUSIVE)]
    findings = verdict.get("findings")
    if codes == [Exit.FAILURE] and isinstance(findings, list):
        codes += [Exit.SECURITY for one in findings if isinstance(one, dict) and one.get("class") == "security"]
    own = verdict.get("exit_code")
    codes += [code for code in Exit if code == own and not isinstance(own, bool)]
    return gravest(codes)

"""Verdicts and classes: the words that every judge, report and exit code shares (DESIGN.md, sections 2 and 10)."""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """What is said of a guarantee, a test and a run; nothing observed is never PASS."""

    PASS = "PASS"  # noqa: S105  no password
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"


_GRAVITY = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)


def gravest(verdicts: Iterable[Verdict]) -> Verdict:
    """Merge verdicts: FAIL before INCONCLUSIVE before PASS; of none at all, INCONCLUSIVE."""
    return min(verdicts, key=_GRAVITY.index, default=Verdict.INCONCLUSIVE)


class FindingClass(StrEnum):
    """What kind of guarantee broke; `advice` never changes a verdict."""

    SECURITY = "security"
    DELIVERY = "delivery"
    SLO = "slo"
    PROTOCOL = "protocol"
    ENVIRONMENT = "environment"
    ADVICE = "advice"

"""What a run looked at, one line a guarantee: a gate must say what it verified, and what nobody tried."""

from collections import Counter
from typing import NamedTuple

from harness.checkers.observations import OBSERVATIONS
from harness.report.document import Document, final

_LOOKED_AT: dict[str, tuple[tuple[str, ...], str]] = {
    "delivery": (("owed",), "deliveries owed"),
    "ordering": (("delivered",), "deliveries made"),
    "isolation": (("hearings",), "messages heard"),
    "authorization": (("granted", "denied"), "answers"),
    "protocol": (("frames",), "frames"),
    "payload": (("payloads compared",), "payloads compared"),
    "consistency": (("reads",), "reads"),
    "membership": (("presence subscriptions",), "presence subscriptions"),
    "recovery": (("returns",), "returns of people"),
    "subscription": (("forgeries", "forged events"), "forgeries"),
}
"""Which counts say how often a guarantee was put to the test, by the first word of its observations."""


class Guarantee(NamedTuple):
    """
    One guarantee: how often it was put to the test, and how often it broke.

    `looked_at` is None for a guarantee whose checker does not count that; `unit` says what was counted.
    """

    name: str
    looked_at: int | None
    unit: str
    broken: int
    tolerated: int

    @property
    def state(self) -> str:
        """Say it in a word or two; what nobody put to the test is not verified."""
        if self.broken or self.tolerated:
            return "broken" if self.broken else "broken, tolerated"
        if self.looked_at is None:
            return "nothing found"
        return "verified" if self.looked_at else "nothing observed"


def guarantees(document: Document) -> list[Guarantee]:
    """List every guarantee that a checker judges, in the order of the observations."""
    broken = Counter(_name(one.id) for one in document.findings)
    tolerated = Counter(_name(one.id) for one in document.tolerated)
    names = dict.fromkeys(map(_name, [*OBSERVATIONS, *broken, *tolerated]))
    listed = []
    for name in names:
        keys, unit = _LOOKED_AT.get(name, ((), ""))
        looked_at: int | None = sum(document.counts.get(key, 0) for key in keys) if keys else None
        if name == "latency":
            looked_at, unit = _percentiles(document), "percentiles decided"
        listed.append(Guarantee(name, looked_at, unit, broken[name], tolerated[name]))
    return listed


def _percentiles(document: Document) -> int:
    """Count the percentiles of which something could be said, of the run and of its tests."""
    of_tests = (budget for outcome in final(document.outcomes) for budget in outcome.budgets)
    return sum(budget.claim in {"within", "beyond"} for budget in (*document.budgets, *of_tests))


def _name(observation: str) -> str:
    return observation.partition(".")[0]

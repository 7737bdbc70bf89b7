"""
Look at a growing sample more than once without being more often wrong; pure.

Whoever looks until the answer pleases is wrong more often than they say. So the looks are planned before the first
sample, at most five, and share the error equally: the answers of all of them together hold with probability 1 - error
(DESIGN.md, section 10). The plan is kept to also when a look decides and ends the sampling early.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.statistics.percentiles import Claim, samples_needed

LOOKS = 5
"""The most looks that a plan may have; with more, each has so little of the error that it says nothing."""
CAP = 10
"""How many times the samples of the first look may be taken at most."""


@dataclass(frozen=True, slots=True)
class Plan:
    """
    After how many samples to look, ascending.

    At the first there are just enough for the strictest percentile to be claimed, at the last one gives up.
    """

    sizes: tuple[int, ...]

    @property
    def looks(self) -> int:
        """How many looks share the error."""
        return len(self.sizes)

    @property
    def cap(self) -> int:
        """The samples after which nobody goes on."""
        return self.sizes[-1]


def plan(quantiles: Iterable[float], *, error: float = 0.05, looks: int = LOOKS, cap: int = CAP) -> Plan:
    """
    Plan the looks for percentiles that are claimed together; the looks lie equally far apart in ratio.

    p95 is looked at after 90 samples at the earliest and 900 at the latest, p99 after 459 and 4590. Raises ValueError
    for no quantiles, or for looks that are not 1 to `LOOKS`.
    """
    if not 1 <= looks <= LOOKS:
        raise ValueError(f"a plan has 1 to {LOOKS} looks, not {looks}")
    first = max((samples_needed(quantile, error=error, looks=looks) for quantile in quantiles), default=0)
    if not first:
        raise ValueError("no percentile, no plan")
    return Plan(tuple(round(first * cap ** (look / max(1, looks - 1))) for look in range(looks)))


def is_decided(claims: Iterable[Claim]) -> bool:
    """
    Tell whether more samples could change nothing: every percentile is within its limit, or one is beyond.

    Whatever comes after that, the whole is no PASS, so nobody waits for a system that is too slow.
    """
    found = set(claims)
    return Claim.BEYOND in found or found <= {Claim.WITHIN}

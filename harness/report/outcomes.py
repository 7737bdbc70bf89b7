"""What the worlds of one test come to together: a property has one an example, everything else has one."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from harness.checkers.findings import Finding
from harness.checkers.judgement import Judgement
from harness.checkers.latency import Budget
from harness.checkers.verdict import Verdict

_EXCUSE = "the test is expected to fail: "


class Summed(msgspec.Struct, frozen=True, kw_only=True):
    """The judgements of one test in one; the fields are those of an `Outcome`."""

    counts: dict[str, int]
    findings: tuple[Finding, ...]
    doubts: tuple[str, ...]
    budgets: tuple[Budget, ...]

    @property
    def verdict(self) -> Verdict:
        """Say what was found: something that counts, something in doubt, or neither."""
        if any(one.counts for one in self.findings):
            return Verdict.FAIL
        return Verdict.INCONCLUSIVE if self.doubts else Verdict.PASS


def summed(judgements: Sequence[Judgement], *, excuse: str = "") -> Summed:
    """
    Sum up the worlds of one test; with an `excuse`, as an `xfail` has one, what they found does not count.

    Hypothesis repeats and shrinks a failing example: the last world that broke is the one that it shows.
    """
    counts: Counter[str] = Counter()
    for judgement in judgements:
        counts.update(judgement.counts)
    findings = next((one.findings for one in reversed(judgements) if one.findings), ())
    if excuse:
        findings = tuple(msgspec.structs.replace(one, tolerated=one.tolerated or excuse) for one in findings)
    return Summed(
        counts=dict(counts),
        findings=findings,
        doubts=next((one.doubts for one in reversed(judgements) if one.doubts), ()),
        budgets=next((one.budgets for one in reversed(judgements) if one.budgets), ()),
    )


def expected_to_fail(why: str) -> str:
    """Word the excuse of a test that is expected to fail."""
    return f"{_EXCUSE}{why}"


def excuse_of(findings: Sequence[Finding]) -> str:
    """Find the excuse of a test that was expected to fail on findings of it, "" when it had none."""
    return next((one.tolerated for one in findings if one.tolerated.startswith(_EXCUSE)), "")

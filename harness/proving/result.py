"""What became of a defect, and of the suite as a whole: pure values, from which every report is made."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from harness.checkers.findings import Finding
from harness.faults.defects.defect import Defect
from harness.report.document import Outcome

Word = Literal["caught", "caught otherwise", "survived", "not tried"]
_FAILED = ("FAIL", "ERROR", "ENVIRONMENT")
_SUSPECTS_LOOKED_AT = 3


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the suite said of a target with one defect; the empty id stands for the healthy one.

    `tests` is how many ran before it was convicted, or at all, and `left_out` how many of all were not exercised.
    `conviction` is the finding that names it, made in
    `test`; `others` are tests that failed for another reason. `problem` says why there is no answer.
    """

    defect: str
    where: str = ""
    """Where a healthy target was examined, if not as it is: in another dialect, or behind the interceptor."""
    tests: int = 0
    left_out: int = 0
    seconds: float = 0.0
    test: str = ""
    conviction: Finding | None = None
    others: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    problem: str = ""
    is_fault: bool = False
    """Whether that lies in what surrounds the target, and not in the tests."""

    @property
    def word(self) -> Word:
        """Say in a word what became of it."""
        if self.problem:
            return "not tried"
        if self.conviction is not None:
            return "caught"
        return "caught otherwise" if self.others else "survived"


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a suite is worth: which defects it caught, and whether it cried wolf.

    `untried` names defects that this target cannot be given, each with the reason.
    """

    target: str
    topology: str
    tier: str
    seed: int
    seconds: float
    tests: int
    defects: tuple[Defect, ...]
    healthy: tuple[Result, ...]
    results: tuple[Result, ...]
    untried: dict[str, str] = {}

    @property
    def caught(self) -> list[Result]:
        """List the defects that were convicted by what convicts them."""
        return [one for one in self.results if one.word == "caught"]

    @property
    def missed(self) -> list[Result]:
        """List those that were not, for whatever reason."""
        return [one for one in self.results if one.word != "caught"]

    @property
    def false_alarms(self) -> list[str]:
        """Name the tests that failed on the healthy target, and what kept it from being judged."""
        return [said for one in self.healthy for said in (*one.others, *filter(None, (one.problem,)))]

    @property
    def score(self) -> float:
        """Give the share of the defects that were caught, from 0 to 1."""
        return len(self.caught) / len(self.results) if self.results else 0.0

    @property
    def holds(self) -> bool:
        """Tell whether everything that was tried was caught, and nothing else."""
        return bool(self.results) and not self.missed and not self.false_alarms

    def defect(self, id_: str) -> Defect:
        """Give what is known of a defect."""
        return next(one for one in self.defects if one.id == id_)


def convicts(defect: Defect, finding: Finding) -> bool:
    """
    Tell whether a finding is the one that this defect must lead to.

    Its observation is one that the defect declares, and the defect is among the first suspects that it names.
    """
    named = [one.id for one in finding.suspects[:_SUSPECTS_LOOKED_AT]]
    is_declared = any(finding.matches(observation) for observation in defect.convicted_by)
    return is_declared and defect.id.partition(":")[0] in named


def conviction(defect: Defect, findings: Sequence[Finding]) -> Finding | None:
    """Give the first finding that convicts a defect; a tolerated one does not."""
    return next((one for one in findings if not one.tolerated and convicts(defect, one)), None)


def failed(outcome: Outcome) -> str:
    """Say how a test failed, empty when it did not."""
    if outcome.verdict not in _FAILED:
        return ""
    seen = ", ".join(dict.fromkeys(one.id for one in outcome.findings if one.counts)) or outcome.reason
    return f"{outcome.test}: {outcome.verdict}: {seen.partition(chr(10))[0][:300]}"

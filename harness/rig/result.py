"""What a run of the rig came to: pure values, from which every report is made."""

import msgspec

from harness.checkers.verdict import Verdict
from harness.rig.exercise import Word
from harness.rig.log import Entry

_VERDICTS = {Word.FAIL: Verdict.FAIL, Word.INCONCLUSIVE: Verdict.INCONCLUSIVE, Word.PASS: Verdict.PASS}


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one exercise, with what passed on the wire meanwhile."""

    id: str
    says: str
    word: Word
    reason: str
    remarks: tuple[str, ...] = ()
    seconds: float = 0.0
    log: tuple[Entry, ...] = ()


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run."""

    dialect: str
    key: str
    channels: tuple[str, ...]
    pace: float
    seed: int
    seconds: float
    results: tuple[Result, ...]
    interrupted: bool = False

    @property
    def verdict(self) -> Verdict:
        """Give the gravest of all words; what was not exercised says nothing, and nothing is never a pass."""
        words = {one.word for one in self.results}
        found = next((word for word in _VERDICTS if word in words), Word.INCONCLUSIVE)
        return Verdict.INCONCLUSIVE if self.interrupted and found is Word.PASS else _VERDICTS[found]

    def of(self, word: Word) -> list[Result]:
        """List the exercises of which this was said."""
        return [one for one in self.results if one.word is word]

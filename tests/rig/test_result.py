"""The verdict of a run is its gravest word, and nothing is never a pass."""

import pytest

from harness.checkers.verdict import Verdict
from harness.rig.exercise import Word
from harness.rig.log import Entry
from harness.rig.result import Result, Sheet

ENTRY = Entry(at=1.5, who="socket 1", what="in", text='{"event":"<script>alert(1)</script>"}', event="x")


def result(word: Word = Word.PASS, id_: str = "connect.url", reason: str = "because", *remarks: str) -> Result:
    """Make a result."""
    return Result(id=id_, says="It does right.", word=word, reason=reason, remarks=remarks, log=(ENTRY,))


def sheet(*results: Result, interrupted: bool = False) -> Sheet:
    """Make a sheet."""
    return Sheet(
        dialect="reverb",
        key="k",
        channels=("private-<b>",),
        pace=1.0,
        seed=1,
        seconds=2.0,
        results=results,
        interrupted=interrupted,
    )


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ([Word.PASS, Word.NOT_EXERCISED], Verdict.PASS),
        ([Word.PASS, Word.INCONCLUSIVE], Verdict.INCONCLUSIVE),
        ([Word.INCONCLUSIVE, Word.FAIL, Word.PASS], Verdict.FAIL),
        ([Word.NOT_EXERCISED], Verdict.INCONCLUSIVE),
        ([], Verdict.INCONCLUSIVE),
    ],
)
def test_the_gravest_word_decides(words: list[Word], verdict: Verdict) -> None:
    """What was not exercised says nothing."""
    assert sheet(*map(result, words)).verdict is verdict


def test_a_run_that_was_interrupted_passes_nothing() -> None:
    """But what failed by then has failed."""
    assert sheet(result(), interrupted=True).verdict is Verdict.INCONCLUSIVE
    assert sheet(result(Word.FAIL), interrupted=True).verdict is Verdict.FAIL

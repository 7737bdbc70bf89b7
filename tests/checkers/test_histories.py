"""Every checker has been seen refusing: recorded runs, one or more for each way of failing."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from harness.checkers.judgement import judge
from harness.checkers.observations import OBSERVATIONS
from harness.checkers.verdict import FindingClass, Verdict
from harness.history.recorder import load

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.jsonl"))
NAMES = {path.stem: path.stem.partition("--")[0] for path in HISTORIES}


def test_every_observation_has_been_seen() -> None:
    """There is a history for each way in which a checker can fail, and none for a way that does not exist."""
    assert set(NAMES.values()) == {*OBSERVATIONS, "accepted", "inconclusive"}


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
def test_a_history_is_judged_as_its_name_says(path: Path) -> None:
    """A history named after an observation is refused for that alone; accepted ones pass without a finding."""
    judgement = judge(load(path)[1])

    expected = NAMES[path.stem]
    found = {finding.id for finding in judgement.findings}
    assert found == ({expected} & set(OBSERVATIONS))
    advice = {one.id: Verdict.PASS for one in OBSERVATIONS.values() if one.kind is FindingClass.ADVICE}
    others = {"accepted": Verdict.PASS, "inconclusive": Verdict.INCONCLUSIVE}
    assert judgement.verdict == (others | advice).get(expected, Verdict.FAIL)


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
def test_the_counts_reconcile(path: Path) -> None:
    """Every owed delivery was made, late, lost, or is unknown."""
    counts = judge(load(path)[1]).counts

    outcomes = sum(counts.get(word, 0) for word in ("delivered", "late", "lost", "unknown"))
    assert outcomes == counts.get("owed", 0)


def test_the_files_hold_what_is_told(stories: Any) -> None:
    """Each file is what `python tests/checkers/histories/tell.py` would write; only the real run is told by nobody."""
    assert set(NAMES) - set(stories.STORIES) == {"accepted--a-real-run"}
    for name in stories.STORIES:
        told = stories.tell(name)
        recorded = next(path for path in HISTORIES if path.stem == name)
        assert load(recorded) == (told.recorder.header, told.events), name


def test_every_word_is_as_recorded(stories: Any) -> None:
    """What the judges say is what judgements.json holds; after a change `tell.py` writes it anew, for the review."""
    recorded = json.loads(stories.JUDGEMENTS.read_text("utf-8"))

    said = stories.judged()
    assert list(said) == list(recorded)
    for name, judgement in said.items():
        assert judgement == recorded[name], name


def test_a_judge_cannot_reach_for_a_network() -> None:
    """Tests of pure packages run with sockets blocked: neither connecting nor binding goes through."""
    with socket.socket() as wire:
        for reach in (wire.connect, wire.bind):
            with pytest.raises(AssertionError, match="a pure package reached for the network"):
                reach(("127.0.0.1", 9))


def test_histories_are_small_enough_to_be_read() -> None:
    """A history that was told takes thirty lines at most."""
    assert all(len(path.read_bytes().splitlines()) <= 30 for path in HISTORIES if "real-run" not in path.stem)

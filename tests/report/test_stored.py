"""A run's folder reads back as its report, also when nobody was left to write one."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UsageError
from harness.history.recorder import PART, Header, encoded, store
from harness.report.document import Facts
from harness.report.stored import as_json, read_run, read_verdict, render

HEADER = b'{"schema":"realtime-history/1","run":"r1","target":"told"}\n'


@pytest.fixture
def told(story: Any) -> Any:
    """Tell a history in which bob hears alice."""
    story.join("alice#1", "bob#1")
    story.send(excluded="alice#1")
    story.hear("bob#1")
    story.finish()
    return story


def test_a_verdict_reads_back_as_it_was_written(tmp_path: Path, report: Any, outcome: Any, found: Any) -> None:
    """With its findings, and half a surrogate pair as its escape."""
    made = report(outcome("FAIL", found(evidence=["seen"]), reason="مرحبا half \ud83d"), cut_short="stopped")
    (tmp_path / "verdict.json").write_bytes(render(made))
    read = read_verdict(tmp_path / "verdict.json")

    assert read.findings == made.document.findings
    assert read.outcomes[0].reason == "مرحبا half \\ud83d"
    assert json.loads(render(made))["schema"] == "realtime-verdict/1"
    assert as_json({"a": ("half \ud83d", 1)}) == b'{"a":["half \\\\ud83d",1]}'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no verdict of realtime-verdict/1"),
        (b"<html>", "is no verdict"),
        (b"\x00\xff\xfe", "is no verdict"),
        (b"[]", "is no verdict"),
        (b"{}", "is of schema ''; this version reads realtime-verdict/1"),
        (b'{"schema": "realtime-verdict/2"}', "is of schema 'realtime-verdict/2'"),
        (b'{"schema": "realtime-verdict/1", "verdict": "FINE"}', "is no verdict.*FINE"),
        (b'{"schema": "realtime-verdict/1"', "is no verdict"),
    ],
)
def test_what_is_no_verdict_is_refused_by_name(tmp_path: Path, told: Any, content: bytes, words: str) -> None:
    """The sentence names the file and what it should hold."""
    store(tmp_path / "history.jsonl", told.recorder.header, told.events)
    (tmp_path / "verdict.json").write_bytes(content)

    with pytest.raises(UsageError, match=rf"verdict\.json {words}"):
        read_run(tmp_path)


def test_a_folder_without_a_history_tells_nothing(tmp_path: Path) -> None:
    """A file is no folder, nor is a name that is too long; a folder of something else holds no run."""
    (tmp_path / "file").touch()
    (tmp_path / "verdict.json").mkdir()

    refused = {tmp_path / "file": "is no folder of a run", tmp_path / ("x" * 5000): "is no folder of a run"}
    for folder, words in (refused | {tmp_path: "holds neither history.jsonl nor"}).items():
        with pytest.raises(UsageError, match=words):
            read_run(folder)
    store(tmp_path / "history.jsonl", Header(), [])
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        read_run(tmp_path)


def test_of_a_killed_run_a_verdict_is_made(tmp_path: Path, told: Any, outcome: Any) -> None:
    """From what tests came to, and from the history of those that nobody was left to tell of; it is no PASS."""
    whole = b"".join(encoded(told.recorder.header, told.events))
    (tmp_path / f"history-gw0.jsonl{PART}").write_bytes(whole + b'{"kind":"no')
    (tmp_path / f"history-gw1.jsonl{PART}").touch()
    facts, first = as_json(Facts(run="r1", tier="pr", seed=7)), as_json(outcome(test="test_first"))
    (tmp_path / f"outcomes.jsonl{PART}").write_bytes(facts + b"\n" + first + b"\n" + first[:20])

    made = read_run(tmp_path)

    document = made.document
    assert [(one.test, one.verdict) for one in document.outcomes] == [("test_first", "PASS"), ("test_told", "PASS")]
    assert (document.cut_short, document.verdict, document.exit_code) == ("the run was interrupted", "INCONCLUSIVE", 4)
    assert (document.facts.tier, document.counts["delivered"]) == ("pr", 1)
    assert document.facts.seconds == made.events[-1].at / 1e9
    assert made.events == told.events


@pytest.mark.parametrize("parts", [(), ("history.jsonl",)])
def test_a_run_killed_at_its_end_still_has_its_history(tmp_path: Path, told: Any, parts: tuple[str, ...]) -> None:
    """The history was whole, and the verdict not yet written; without either there is nothing."""
    (tmp_path / f"outcomes.jsonl{PART}").touch()
    for name in parts:
        store(tmp_path / name, told.recorder.header, told.events)

    if not parts:
        with pytest.raises(UsageError, match="nothing can be told"):
            read_run(tmp_path)
        return
    assert read_run(tmp_path).document.facts.target == "told"


def test_a_history_alone_is_judged(tmp_path: Path, told: Any) -> None:
    """Somebody kept the history and nothing else; nobody knows which tests were to run."""
    store(tmp_path / "history.jsonl", told.recorder.header, told.events)
    document = read_run(tmp_path).document

    assert (document.facts.run, document.facts.workers, document.facts.folder) == ("told", 1, str(tmp_path))
    assert (document.tests, document.verdict) == ({"PASS": 1}, "INCONCLUSIVE")
    assert document.cut_short == "no verdict says which tests were to run"


@pytest.mark.parametrize("line", [b"[]\n", b'{"test": 1}\n', b"\xff\n"])
def test_outcomes_that_are_none_are_refused(tmp_path: Path, line: bytes) -> None:
    """The file is named."""
    (tmp_path / f"history.jsonl{PART}").write_bytes(HEADER)
    (tmp_path / f"outcomes.jsonl{PART}").write_bytes(b"{}\n" + line)

    with pytest.raises(UsageError, match=r"outcomes\.jsonl\.part is not what a run writes"):
        read_run(tmp_path)

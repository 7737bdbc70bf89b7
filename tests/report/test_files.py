"""What is left of a run: whole files or none, and a verdict that says what could not be written."""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.history.events import Event, Note
from harness.history.recorder import PART, load
from harness.report import files
from harness.report.document import Report
from harness.report.files import ARTEFACTS, renderer, replace_file, write_history, write_report, write_run
from harness.report.stored import read_run

Write = Callable[[Report], Any]


def notes(count: int, words: str = "x") -> list[Event]:
    """Make a history of notes."""
    return [Note(n=number, at=number, words=words) for number in range(1, count + 1)]


def broken(_: Report) -> str:
    """Make no artefact."""
    raise ValueError("no such colour")


def verdict_in_words(report: Report) -> str:
    """Make an artefact that says what its verdict is."""
    return f"{report.document.verdict} half \ud83d"


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave two artefacts: the verdict, and one that shows what verdict it was made from."""
    ours = {"words": verdict_in_words, "broken": broken}
    monkeypatch.setattr(files, "ARTEFACTS", {"words.txt": "words", "verdict.json": ARTEFACTS["verdict.json"]})
    monkeypatch.setattr(files, "renderer", lambda name: ours.get(files.ARTEFACTS[name]) or renderer(name))


def verdict(folder: Path) -> dict[str, Any]:
    """Read what the run came to."""
    told: dict[str, Any] = json.loads((folder / "verdict.json").read_bytes())
    return told


def test_a_run_is_whole_files_and_no_parts(tmp_path: Path, report: Any, outcome: Any) -> None:
    """History and artefacts stand under their names; what was written meanwhile is gone; `latest` points here."""
    folder = tmp_path / "run-1"
    folder.mkdir()
    for name in (f"history-gw0.jsonl{PART}", f"outcomes.jsonl{PART}"):
        (folder / name).touch()

    written = write_run(folder, report(outcome(reason="مرحبا"), events=notes(2)))

    assert {path.name for path in folder.iterdir()} == {"history.jsonl", "verdict.json", "words.txt"}
    assert written == read_run(folder).document
    assert "مرحبا" in (folder / "verdict.json").read_text("utf-8")
    assert (tmp_path / "latest").readlink() == Path("run-1")
    assert {path.name for path in tmp_path.iterdir()} == {"run-1", "latest"}


def test_latest_follows_the_newest_run_and_leaves_a_folder_alone(tmp_path: Path, report: Any, outcome: Any) -> None:
    """The link is relative, so that the folder can be moved; a folder of that name is somebody's."""
    for name in ("run-1", "run-2"):
        (tmp_path / name).mkdir()
        write_run(tmp_path / name, report(outcome()))
    assert (tmp_path / "latest").readlink() == Path("run-2")

    (tmp_path / "latest").unlink()
    (tmp_path / "latest" / "kept").mkdir(parents=True)
    write_run(tmp_path / "run-1", report(outcome()))

    assert (tmp_path / "latest" / "kept").is_dir()
    assert {path.name for path in tmp_path.iterdir()} == {"run-1", "run-2", "latest"}


@pytest.mark.parametrize(("words", "kept"), [("x", "history.jsonl"), ("x" * 1000, "history.jsonl.gz")])
def test_a_large_history_is_compressed(
    tmp_path: Path, report: Any, monkeypatch: pytest.MonkeyPatch, words: str, kept: str
) -> None:
    """A folder never holds both, whatever stood there before, and both read the same; the time is no part of it."""
    monkeypatch.setattr(files, "_LARGE", 4000)
    header, events = report().header, notes(20, words)
    for name in ("history.jsonl", "history.jsonl.gz"):
        (tmp_path / name).touch()

    write_history(tmp_path, header, events)
    first = (tmp_path / kept).read_bytes()
    write_history(tmp_path, header, events)

    assert [path.name for path in tmp_path.iterdir()] == [kept]
    assert load(tmp_path / kept) == (header, events)
    assert (tmp_path / kept).read_bytes() == first
    if kept.endswith(".gz"):
        assert len(gzip.decompress(first)) > 10 * len(first)


def test_an_artefact_that_crashes_costs_no_other(
    tmp_path: Path, report: Any, outcome: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run is INCONCLUSIVE at least, says why, and every other artefact says the same."""
    monkeypatch.setitem(files.ARTEFACTS, "report.html", "broken")
    document = write_run(tmp_path, report(outcome()))

    assert document.doubts == ("report.html could not be written: ValueError: no such colour",)
    assert (document.verdict, document.exit_code) == ("INCONCLUSIVE", 4)
    assert verdict(tmp_path)["doubts"] == list(document.doubts)
    assert (tmp_path / "words.txt").read_text() == "INCONCLUSIVE half \\ud83d"
    assert not (tmp_path / "report.html").exists()
    assert write_run(tmp_path, report(outcome("FAIL"))).exit_code == 1


def test_what_is_left_out_stays_as_it_is(tmp_path: Path, report: Any, outcome: Any) -> None:
    """A verdict that stands there is the one of its time."""
    (tmp_path / "verdict.json").write_text("mine")
    write_report(tmp_path, report(outcome()), without=["verdict.json"])

    assert (tmp_path / "verdict.json").read_text() == "mine"
    assert (tmp_path / "words.txt").exists()


@pytest.mark.parametrize(
    ("full", "left"),
    [("history.jsonl", {"verdict.json", "words.txt"}), ("words.txt", {"history.jsonl", "verdict.json"})],
)
def test_a_full_disk_is_a_fault_of_the_environment(
    tmp_path: Path, report: Any, outcome: Any, monkeypatch: pytest.MonkeyPatch, full: str, left: set[str]
) -> None:
    """What still fits says so, and nothing that is there says otherwise; what the parts hold stays."""
    folder = tmp_path / "run-1"
    folder.mkdir()
    (folder / f"outcomes.jsonl{PART}").touch()
    real = replace_file

    def little_room(path: Path, chunks: Iterable[bytes], **options: Any) -> None:
        """Write through `/dev/full` what is too large for the disk."""
        real(path, chunks if path.name != full else no_space(), **options)

    monkeypatch.setattr(files, "replace_file", little_room)
    document = write_run(folder, report(outcome(), events=notes(3)))

    sentence = f"the report cannot be written to {folder}: No space left on device; make room there, or name another"
    assert document.doubts[0].startswith(sentence)
    assert (document.verdict, document.exit_code, document.facts.folder) == ("INCONCLUSIVE", 3, "")
    assert {path.name for path in folder.iterdir()} == left | {f"outcomes.jsonl{PART}"}
    assert verdict(folder)["exit_code"] == 3
    assert write_run(folder, report(outcome("FAIL"))).exit_code == 1


def no_space() -> Iterator[bytes]:
    """Fail as a full disk does."""
    yield b"half of it"
    with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123
        full.write(b"x")


def test_a_folder_that_is_not_there_is_no_traceback(tmp_path: Path, report: Any, outcome: Any) -> None:
    """The verdict is given all the same."""
    assert write_run(tmp_path / "never" / "made", report(outcome())).exit_code == 3


def test_every_artefact_has_somebody_who_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The verdict is the last: where it stands, everything else has been tried."""
    monkeypatch.undo()

    assert [callable(renderer(name)) for name in ARTEFACTS] == [True] * len(ARTEFACTS)
    assert list(ARTEFACTS)[-1] == "verdict.json"

"""What is left of a run: one history, one verdict, and a link to the latest."""

import json
from pathlib import Path
from typing import Any

from harness.history.events import Note
from harness.history.recorder import Header, Recorder, load
from harness.report.files import merge_history, store_part, write_report


def recorded(worker: str, *times: int) -> Recorder:
    """Record a note at each of these times."""
    recorder = Recorder(Header(run="r1"), worker=worker)
    for at in times:
        recorder.record(Note, at=at, words="")
    return recorder


def test_the_histories_of_workers_become_one(tmp_path: Path) -> None:
    """By time, with the header of the first; the parts are gone then."""
    for worker, times in (("gw1", (10, 40)), ("gw0", (20, 30))):
        store_part(tmp_path, worker, recorded(worker, *times))
    merge_history(tmp_path)

    header, events = load(tmp_path / "history.jsonl")
    assert header.run == "r1"
    assert [(event.at, event.worker) for event in events] == [(10, "gw1"), (20, "gw0"), (30, "gw0"), (40, "gw1")]
    assert [path.name for path in tmp_path.iterdir()] == ["history.jsonl"]


def test_one_process_writes_its_history_at_once(tmp_path: Path) -> None:
    """There is nothing to merge, and nothing is lost by trying."""
    store_part(tmp_path, "", recorded("", 10))
    merge_history(tmp_path)

    assert len(load(tmp_path / "history.jsonl")[1]) == 1


def test_the_verdict_is_written_where_it_says(tmp_path: Path, outcome: Any, report: Any) -> None:
    """With facts and schema, letters of all scripts as they are."""
    folder = tmp_path / "run-1"
    folder.mkdir()
    write_report(folder, report(outcome(reason="مرحبا"), cut_short="stopped"))

    text = (folder / "verdict.json").read_text("utf-8")
    assert "مرحبا" in text
    written = json.loads(text)
    assert (written["schema"], written["facts"]["seed"]) == ("realtime-verdict/1", 7)
    assert written["cut_short"] == "stopped"


def test_half_a_surrogate_pair_does_not_cost_the_verdict(tmp_path: Path, outcome: Any, report: Any) -> None:
    """It is written as its escape."""
    write_report(tmp_path, report(outcome(reason="half \ud83d")))

    assert "half \\ud83d" in (tmp_path / "verdict.json").read_text("utf-8")


def test_latest_follows_the_newest_run(tmp_path: Path, outcome: Any, report: Any) -> None:
    """The link is relative, so that the folder can be moved, and nothing else is left beside it."""
    for name in ("run-1", "run-2"):
        (tmp_path / name).mkdir()
        write_report(tmp_path / name, report(outcome()))

    assert (tmp_path / "latest").readlink() == Path("run-2")
    assert {path.name for path in tmp_path.iterdir()} == {"run-1", "run-2", "latest"}


def test_a_latest_that_cannot_be_replaced_is_left_alone(tmp_path: Path, outcome: Any, report: Any) -> None:
    """A folder of that name is somebody's; the report is written all the same, without litter."""
    folder = tmp_path / "run-1"
    for path in (folder, tmp_path / "latest" / "kept"):
        path.mkdir(parents=True)
    write_report(folder, report(outcome()))

    assert (tmp_path / "latest" / "kept").is_dir()
    assert (folder / "verdict.json").is_file()
    assert {path.name for path in tmp_path.iterdir()} == {"run-1", "latest"}

"""A history is on disk before its run is over."""

from pathlib import Path

import pytest

from harness.history.events import Note
from harness.history.recorder import PART, Header, Recorder, load
from harness.history.spool import Part, Spool


def test_what_is_new_is_appended(tmp_path: Path) -> None:
    """Header first, then every event once; a call without anything new touches no file."""
    path, recorder = tmp_path / f"history.jsonl{PART}", Recorder(Header(run="r"), clock=lambda: 0)
    spool = Spool(recorder, path)

    spool.catch_up()
    assert not path.exists()
    for words in ("one", "two"):
        recorder.record(Note, words=words)
        spool.catch_up()
    spool.catch_up()

    assert load(path) == (recorder.header, recorder.events)


def test_after_a_failed_write_nothing_is_added(tmp_path: Path) -> None:
    """The file may end within a line, and another one behind it would be lost with it; the error is raised once."""
    part = Part(tmp_path / "missing" / "lines")

    with pytest.raises(FileNotFoundError):
        part.append([b"one\n"])
    (tmp_path / "missing").mkdir()
    part.append([b"two\n"])

    assert part.is_broken
    assert not (tmp_path / "missing" / "lines").exists()

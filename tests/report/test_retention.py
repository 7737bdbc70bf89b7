"""Old runs go, and nothing else does."""

import os
from pathlib import Path

from harness.report.retention import KEPT, forget_old_runs, newest_run


def run_folder(parent: Path, name: str, *files: str) -> Path:
    """Make a folder with these files in it."""
    folder = parent / name
    folder.mkdir()
    for file in files:
        (folder / file).touch()
    return folder


def test_the_newest_runs_are_kept(tmp_path: Path) -> None:
    """Twenty of them, this one among them; older ones are removed with all that is in them, proofs like verdicts."""
    files = ["prove.json", *["verdict.json"] * (KEPT + 2)]
    runs = [run_folder(tmp_path, f"20260101-0000{number:02}-7", file) for number, file in enumerate(files)]
    (runs[0] / "logs").mkdir()

    forget_old_runs(runs[-1])

    assert sorted(tmp_path.iterdir()) == runs[3:]


def test_what_is_none_of_ours_stays(tmp_path: Path) -> None:
    """A folder with a name of its own, one without anything of ours in it, a file, a link, and a run that goes on."""
    runs = [run_folder(tmp_path, f"20260101-0000{number:02}-7", "verdict.json") for number in range(KEPT)]
    others = [
        run_folder(tmp_path, "release-1.4", "verdict.json"),
        run_folder(tmp_path, "20250101-000000-1", "photo.jpg"),
        run_folder(tmp_path, "20250101-000000-2", "history.jsonl.part"),
    ]
    (tmp_path / "20250101-000000-3").touch()
    (tmp_path / "20250101-000000-4").symlink_to("release-1.4")
    os.utime(others[1], (0, 0))
    killed = run_folder(tmp_path, "20250101-000000-5", "history-gw0.jsonl.part")
    os.utime(killed, (0, 0))

    forget_old_runs(runs[-1])

    assert not killed.exists()
    assert all(path.exists() for path in (*runs, *others))
    assert len(list(tmp_path.iterdir())) == KEPT + len(others) + 2


def test_an_old_run_that_is_written_again_stays(tmp_path: Path) -> None:
    """The run at hand is never removed; a folder that is gone is nobody's fault."""
    runs = [run_folder(tmp_path, f"20260101-0000{number:02}-7", "verdict.json") for number in range(KEPT + 1)]

    forget_old_runs(runs[0])
    forget_old_runs(tmp_path / "gone" / "too")

    assert runs[0].exists()


def test_the_newest_run_may_be_one_that_was_killed(tmp_path: Path) -> None:
    """It has a part of a history and no verdict; a folder without any, and one of another name, is no run."""
    for name, file in (
        ("20260101-000000-1", "history.jsonl"),
        ("20260102-000000-1", "history.jsonl.part"),
        ("20260103-000000-1", "x.log"),
        ("zz", "history.jsonl"),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).touch()

    assert newest_run(tmp_path) == tmp_path / "20260102-000000-1"
    assert newest_run(tmp_path / "zz") is None
    assert newest_run(tmp_path / "nowhere") is None

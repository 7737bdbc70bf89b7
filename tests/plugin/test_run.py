"""What a run leaves behind: one folder with its history, its verdict and its servers' logs, and no secret."""

import json
from collections.abc import Callable

import pytest

from harness.report.files import ARTEFACTS

Run = Callable[..., pytest.RunResult]


MINIATURE = """
    import pathlib

    async def test_passes(alice): ...

    async def test_fails(alice, bob, eve, conversation, target):
        await bob.join(conversation)
        broadcaster = target.declaration.broadcaster
        secrets = [alice.session.token.partition("|")[2], alice.person.password, broadcaster.secret]
        pathlib.Path("secrets").write_text("\\n".join(secrets))
        await eve.join(conversation)
"""


def test_a_run_has_a_folder_without_secrets_and_the_newest_is_latest(project: pytest.Pytester, run: Run) -> None:
    """
    Every run has a folder of its own, and `latest` points at the newest.

    The history's header names run, seed and target; neither token, password nor app secret is written down.
    """
    project.makepyfile(MINIATURE)

    run("--realtime-report=out", "--realtime-seed=3").assert_outcomes(passed=1, failed=1)
    second = run("--realtime-report=out", "-k", "passes")

    second.stdout.fnmatch_lines(
        ["realtime: target embedded (embedded), tier *", "*on target embedded (embedded), seed 1: *"]
    )
    folders = sorted(path for path in (project.path / "out").glob("2*") if not path.is_symlink())
    assert len(folders) == 2
    assert (project.path / "out" / "latest").resolve() == folders[1]
    for folder, seed in zip(folders, (3, 1), strict=True):
        assert {path.name for path in folder.iterdir()} == {*ARTEFACTS, "history.jsonl", "logs"}
        header = json.loads((folder / "history.jsonl").read_text().partition("\n")[0])
        assert (header["run"], header["seed"], header["target"]) == (folder.name, seed, "embedded")
    written = [path.read_text() for path in folders[0].rglob("*") if path.is_file()]
    for secret in (project.path / "secrets").read_text().split():
        assert len(secret) >= 12
        assert not [text for text in written if secret in text]


def test_a_report_folder_of_ours_is_kept_out_of_git(project: pytest.Pytester, run: Run) -> None:
    """A folder that we make ignores itself; one that was there is the project's business."""
    project.makepyfile("async def test_it(alice): ...")
    project.mkdir("theirs")

    for folder in ("ours", "theirs"):
        run(f"--realtime-report={folder}").assert_outcomes(passed=1)

    assert (project.path / "ours" / ".gitignore").read_text().splitlines()[-1] == "*"
    assert not (project.path / "theirs" / ".gitignore").exists()

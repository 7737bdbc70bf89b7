"""What a run leaves with GitHub Actions."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.plugin.github import within_repository

Run = Callable[..., pytest.RunResult]

FAILING = """
    async def test_wrong(alice):
        assert alice.name == "eve"
"""


def test_a_job_gets_annotations_and_a_summary(
    project: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The command stands at the start of a line; the summary comes behind what other steps wrote."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    (tmp_path / "summary").write_text("another step\n")
    project.makepyfile(FAILING)

    result = run()

    assert [line.split("::")[1] for line in result.outlines if line.startswith("::error")] == [
        "error file=test_a_job_gets_annotations_and_a_summary.py,line=1,title=realtime%3A FAIL"
    ]
    written = (tmp_path / "summary").read_text()
    assert written.startswith("another step\n\n## realtime: FAIL\n")
    assert written.endswith((project.path / "reports" / "latest" / "summary.md").read_text())


def test_a_summary_tells_who_was_let_in(
    project: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The page of the job says as much of the authorization map as the run's own summary."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    project.makepyfile("async def test_it(alice, conversation): await alice.join(conversation)")

    run()

    written = (tmp_path / "summary").read_text()
    assert "Authorization map" in written
    assert written == (project.path / "reports" / "latest" / "summary.md").read_text()


def test_elsewhere_nothing_is_printed(project: pytest.Pytester, run: Run) -> None:
    """Without a job of GitHub's there are no commands."""
    project.makepyfile(FAILING)

    assert not [line for line in run().outlines if line.startswith("::")]


@pytest.mark.parametrize(("taken", "shown"), [(1024 * 1024 - 100, False), (1024 * 1024 - 150_000, True)])
def test_the_summary_of_a_step_is_never_too_large(
    project: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, taken: int, shown: bool
) -> None:
    """GitHub would drop all of it: what does not fit is not written."""
    file = tmp_path / "summary"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    file.write_bytes(b"x" * taken)
    project.makepyfile(FAILING)

    run()

    assert file.stat().st_size <= 1024 * 1024
    assert (b"## realtime" in file.read_bytes()) is shown


def test_a_summary_that_cannot_be_written_is_told(
    project: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In one sentence; the run comes to what it came to."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    project.makepyfile("async def test_it(alice): ...")

    result = run()

    assert result.ret == 0
    result.stdout.fnmatch_lines(["the step summary was not written: Is a directory"])


def test_a_folder_is_named_from_the_root_of_its_repository(tmp_path: Path) -> None:
    """Whether `.git` is a folder, or the file of a work tree; the root itself, and no repository, have no name."""
    inner = tmp_path / "services" / "chat"
    inner.mkdir(parents=True)
    (tmp_path / ".git").write_text("gitdir: elsewhere")

    assert within_repository(inner) == "services/chat"
    assert within_repository(tmp_path) == ""
    (tmp_path / ".git").unlink()
    assert within_repository(inner) == ""

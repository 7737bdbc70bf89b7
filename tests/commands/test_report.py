"""`realtime report` writes a stored run's report again, or judges it anew; bad input is one sentence and a code."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from harness.cli import main
from harness.history.recorder import PART, encoded
from harness.report import files
from harness.report.document import Facts, Outcome, Report
from harness.report.files import write_run
from harness.report.stored import as_json
from harness.report.verdict import document_of

Run = Callable[..., Result]


@pytest.fixture
def story(stories: Any) -> Any:
    """Tell a history in which bob never hears what he is owed."""
    story = stories.Story()
    story.join("alice#1", "bob#1", "carol#1")
    story.send(excluded="alice#1")
    story.hear("carol#1")
    story.finish()
    return story


@pytest.fixture
def folder(tmp_path: Path, story: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the folder of a run that once passed, and stand in its project."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(files, "ARTEFACTS", {name: files.ARTEFACTS[name] for name in ("summary.md", "verdict.json")})
    (tmp_path / "pyproject.toml").touch()
    folder = tmp_path / "reports" / "20260101-000000-1"
    folder.mkdir(parents=True)
    document = document_of([Outcome(test="test_told", verdict="PASS")], facts=Facts(target="told", folder=str(folder)))
    write_run(folder, Report(document, story.recorder.header, story.events))
    return folder


@pytest.fixture
def run() -> Run:
    """Give a function that runs the command."""
    return lambda *arguments: CliRunner().invoke(main, ["report", *map(str, arguments)])


def content(folder: Path) -> dict[str, bytes]:
    """Read everything in a folder."""
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_latest_run_is_judged_anew(run: Run, folder: Path) -> None:
    """The exit code is that of the new verdict, what changed is said, and nothing is written."""
    before = content(folder)
    result = run("--recheck")

    assert result.exit_code == 1, result.output
    assert result.output.startswith("FAIL delivery  ")
    assert "changed: test_told: PASS → FAIL delivery.lost\nchanged: the run: PASS → FAIL\n" in result.output
    assert content(folder) == before
    assert run(folder, "--recheck", "--checker", "ordering", "--checker", "frames").exit_code == 0


def test_a_recheck_is_written_beside_what_was_said_then(run: Run, folder: Path) -> None:
    """The verdict of its time stays; the new one is in a folder of its own, once more each time."""
    before = content(folder)
    for _ in range(2):
        assert run(folder, "--recheck", "--write").exit_code == 1

    assert {name: (folder / name).read_bytes() for name in before} == before
    assert {path.name for path in (folder / "recheck").iterdir()} == {"summary.md", "verdict.json"}
    assert json.loads((folder / "recheck" / "verdict.json").read_bytes())["verdict"] == "FAIL"


def test_the_verdict_is_printed_for_programs(run: Run, folder: Path) -> None:
    """One JSON object on standard output, as the file has it."""
    stored, judged = run(folder, "--json"), run(folder, "--json", "--recheck")

    assert json.loads(stored.stdout) == json.loads((folder / "verdict.json").read_bytes())
    assert json.loads(judged.stdout)["verdict"] == "FAIL"


def test_artefacts_are_made_again(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From history and verdict, which stay as they are; one that cannot be made is said, with a code of its own."""
    before = content(folder)
    (folder / "summary.md").unlink()
    assert run(folder).exit_code == 0
    assert content(folder) == before

    monkeypatch.setitem(files.ARTEFACTS, "report.html", "harness.nothing:render")
    result = run(folder)

    assert (result.exit_code, content(folder)["verdict.json"]) == (4, before["verdict.json"])
    assert "in doubt: report.html could not be written" in result.output


def test_a_killed_run_gets_its_history_and_report(run: Run, folder: Path, story: Any) -> None:
    """The parts stay, for the run may go on; what is made of them says that it was interrupted."""
    for path in folder.iterdir():
        path.unlink()
    (folder / f"history.jsonl{PART}").write_bytes(b"".join(encoded(story.recorder.header, story.events)) + b'{"ki')
    (folder / f"outcomes.jsonl{PART}").write_bytes(as_json(Facts(folder=str(folder))) + b"\n")
    for _ in range(2):
        result = run(folder)
        assert result.exit_code == 0
        assert "the run was interrupted, so what was left is not proven" in result.output

    assert {"history.jsonl", f"history.jsonl{PART}", "summary.md", "verdict.json"} <= content(folder).keys()
    assert json.loads((folder / "verdict.json").read_bytes())["findings"][0]["id"] == "delivery.lost"


BAD: dict[str, tuple[str, bytes | None, str]] = {
    "truncated": ("history.jsonl", b'{"schema":"realtime-history/1"}\n{"kind":"note","n":2', "line 2, is no event"),
    "of another program": ("history.jsonl", b'{"name":"package","version":"1"}\n', "is no history"),
    "binary": ("history.jsonl", b"\x00\xff\x00\xff", "is no history"),
    "empty": ("history.jsonl", b"", "is no history"),
    "of a later version": ("history.jsonl", b'{"schema":"realtime-history/2"}\n', "is of schema 'realtime-history/2'"),
    "a compressed one cut short": ("history.jsonl.gz", b"\x1f\x8b\x08\x00\x00", "is cut short or no gzip file"),
    "missing": ("history.jsonl", None, "holds neither history.jsonl nor history.jsonl.gz"),
    "a foreign verdict": ("verdict.json", b"[1, 2]", "verdict.json is no verdict of realtime-verdict/1"),
    "a verdict of a later version": ("verdict.json", b'{"schema":"realtime-verdict/9"}', "'realtime-verdict/9'"),
}


@pytest.mark.parametrize("recheck", [[], ["--recheck"]])
@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_sentence(run: Run, folder: Path, name: str, recheck: list[str]) -> None:
    """It names the file and what is wrong; exit code 2, and nothing is written."""
    file, bad, words = BAD[name]
    for history in folder.glob("history.*"):
        if file.startswith("history"):
            history.unlink()
    if bad is not None:
        (folder / file).write_bytes(bad)
    before = content(folder)

    result = run(folder, *recheck)

    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith("realtime: ")
    assert words in result.stderr
    assert content(folder) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "nowhere is no folder of a run"),
        (["pyproject.toml"], "pyproject.toml is no folder of a run"),
        (["--recheck", "--checker", "deliverance"], "'deliverance' is no checker; known are delivery, "),
        (["--checker", "delivery"], "--checker belongs to --recheck"),
        (["--write"], "--write belongs to --recheck"),
        (["--recheck", "--write", "--checker", "delivery"], "leave out --checker or --write"),
    ],
)
def test_a_wrong_question_is_one_sentence(run: Run, folder: Path, arguments: list[str], words: str) -> None:
    """Exit code 2; an unknown name is answered with those that are known."""
    result = run(*arguments)

    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert words in result.stderr


@pytest.mark.parametrize("arguments", [[], ["--recheck", "--write"]])
def test_a_full_disk_is_the_environments_fault(folder: Path, arguments: list[str]) -> None:
    """One sentence, exit code 3, and no half of a file; what stood there is whole."""
    before = content(folder)
    ended = subprocess.run(
        [sys.executable, "-m", "harness", "report", str(folder), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        # The nearest thing to a full disk that needs no rights: no file may grow past a few bytes.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)),
    )

    assert ended.returncode == 3, ended
    assert ended.stderr.startswith("realtime: the report cannot be written to ")
    assert (ended.stderr.count("\n"), "Traceback" in ended.stderr) == (1, False)
    assert content(folder) == before

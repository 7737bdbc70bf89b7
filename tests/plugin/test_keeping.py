"""What a process writes down while its run goes on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.history.events import Note
from harness.history.recorder import Header, Recorder, load
from harness.plugin.keeping import Keeping
from harness.report.document import Facts
from harness.report.stored import read_run

Run = Callable[..., pytest.RunResult]
Read = Callable[[], dict[str, Any]]


def recorder(*words: str, worker: str = "") -> Recorder:
    """Record notes, one a nanosecond."""
    made = Recorder(Header(run="r1"), worker=worker)
    for at, one in enumerate(words):
        made.record(Note, at=at, words=one)
    return made


def words(keeping: Keeping) -> list[str]:
    """Read what is kept of a history."""
    return [event.words for event in keeping.history()[1] if isinstance(event, Note)]


def test_every_recorder_has_a_part_of_its_own(tmp_path: Path) -> None:
    """One that is taken twice has one; the history is that of all, also of other processes."""
    keeping, other = Keeping(lambda: tmp_path, "gw0"), Keeping(lambda: tmp_path, "gw1")
    first, second = recorder("a", worker="gw0"), recorder("b", "c", worker="gw0")
    for one in (first, second, first):
        keeping.take(one)
    other.take(recorder("d", "e", "f", worker="gw1"))
    for one in (keeping, other):
        one.catch_up()
    first.record(Note, at=9, words="late")
    keeping.catch_up()

    assert {path.name for path in tmp_path.iterdir()} == {
        "history-gw0.jsonl.part",
        "history-gw0-1.jsonl.part",
        "history-gw1.jsonl.part",
    }
    assert sorted(words(other)) == ["a", "b", "c", "d", "e", "f", "late"]
    assert load(tmp_path / "history-gw0.jsonl.part")[1] == first.events


def test_what_tests_came_to_is_written_behind_the_facts(tmp_path: Path) -> None:
    """They are asked for once; the folder reads as that of a run that was interrupted."""
    keeping = Keeping(lambda: tmp_path, "")
    asked: list[Facts] = []

    def facts() -> Facts:
        asked.append(Facts(run="r1", tier="pr"))
        return asked[-1]

    for test in ("test_a", "test_b half \ud83d"):
        keeping.note({"test": test, "verdict": "PASS"}, facts)

    keeping.take(recorder("a"))
    keeping.catch_up()
    document = read_run(tmp_path).document
    assert [one.test for one in document.outcomes] == ["test_a", "test_b half \\ud83d"]
    assert (document.facts.tier, len(asked)) == ("pr", 1)


def test_a_part_that_cannot_be_written_costs_no_test(tmp_path: Path) -> None:
    """Why is said once, and the history of this process is whole all the same."""
    folder = tmp_path / "gone"
    keeping = Keeping(lambda: folder, "")
    kept = recorder("a")
    keeping.take(kept)
    for number in range(3):
        keeping.catch_up()
        keeping.note({"test": f"test_{number}", "verdict": "PASS"}, Facts)
        kept.record(Note, at=number, words="more")

    assert len(keeping.faults) == 1
    assert keeping.faults[0].startswith(f"the report cannot be written to {folder}: No such file or directory; ")
    assert words(keeping) == ["a", "more", "more", "more"]


def test_a_part_that_is_no_history_is_told(tmp_path: Path) -> None:
    """Somebody else wrote into the folder; what this process knows is kept."""
    keeping = Keeping(lambda: tmp_path, "")
    keeping.take(recorder("a"))
    keeping.catch_up()
    (tmp_path / "history-x.jsonl.part").write_text("<html>\n")

    assert words(keeping) == ["a"]
    assert "history-x.jsonl.part is no history" in keeping.faults[0]


def test_without_anything_kept_the_history_is_empty(tmp_path: Path) -> None:
    """The controller of a distributed run records nothing itself."""
    assert Keeping(lambda: tmp_path, "").history() == (Header(), [])


FULL = """
import os
import pathlib

import pytest

NAMES = ["history.jsonl", "report.html", "junit.xml", "summary.md", "realtime.sarif", "verdict.json"]
PARTS = ["history.jsonl.part", "history-gw0.jsonl.part", "outcomes.jsonl.part"]

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call():
    folder = next(pathlib.Path("reports").glob("2*"))
    for name in [*PARTS, *(f".{name}.{os.getpid()}" for name in NAMES)]:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to("/dev/full")
"""


@pytest.mark.parametrize("options", [(), ("-n1",)])
def test_a_full_disk_takes_no_verdict_along(
    project: pytest.Pytester, run: Run, verdict: Read, options: tuple[str, ...]
) -> None:
    """
    Tests that passed are told, the report's absence is the environment's fault, and nobody sees a traceback.

    The report of a run of which only a worker could not write says so.
    """
    if options:
        pytest.importorskip("xdist")
    project.makeconftest(FULL)
    project.makepyfile(
        """
        from chat import exchange

        async def test_it(alice, bob, conversation):
            await exchange(alice, bob, conversation)
        """
    )

    result = run(*options)

    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "*- realtime: INCONCLUSIVE -*",
            "INCONCLUSIVE environment  *",
            "in doubt: the report cannot be written to *: No space left on device; *",
        ]
    )
    for word in ("Traceback", "INTERNALERROR"):
        result.stdout.no_fnmatch_line(f"*{word}*")
    if options:
        assert (verdict()["verdict"], verdict()["exit_code"], verdict()["tests"]) == ("INCONCLUSIVE", 3, {"PASS": 1})
        return
    folder = next((project.path / "reports").glob("2*"))
    left = {path.name for path in folder.iterdir() if not path.is_symlink()}
    assert left - {"authz-map.json"} == {"logs"}  # what still fits and is true all the same may stay

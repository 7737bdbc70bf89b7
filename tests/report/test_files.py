"""What is left of a run: one history, one verdict, and a link to the latest."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.history.events import Note
from harness.history.recorder import Header, Recorder, load
from harness.report.files import merge_history, store_part, summarize, write_report

# What a run comes to


@pytest.mark.parametrize(
    ("verdicts", "verdict", "code", "reasons"),
    [
        (["PASS"], "PASS", 0, []),
        (["PASS", "NOT EXERCISED"], "PASS", 0, []),
        (["PASS", "INCONCLUSIVE"], "INCONCLUSIVE", 4, ["inconclusive"]),
        (["INCONCLUSIVE", "ENVIRONMENT"], "INCONCLUSIVE", 3, ["environment", "inconclusive"]),
        (["PASS", "ENVIRONMENT"], "INCONCLUSIVE", 3, ["environment"]),
        (["ENVIRONMENT"], "INCONCLUSIVE", 3, ["environment", "inconclusive"]),
        (["INCONCLUSIVE", "FAIL", "ENVIRONMENT"], "FAIL", 1, ["failure", "environment", "inconclusive"]),
        (["PASS", "ERROR"], "FAIL", 1, ["failure"]),
        (["NOT EXERCISED"], "INCONCLUSIVE", 4, ["inconclusive"]),
        ([], "INCONCLUSIVE", 4, ["inconclusive"]),
    ],
)
def test_the_gravest_outcome_decides(outcome: Any, verdicts: list[str], verdict: str, code: int, reasons: Any) -> None:
    """Failure before environment before inconclusive; a run that exercised nothing proves nothing."""
    summary = summarize([outcome(one) for one in verdicts])

    assert (summary["verdict"], summary["exit_code"], summary["reasons"]) == (verdict, code, reasons)
    assert sum(summary["tests"].values()) == len(verdicts)
    assert summary["exercised"] == sum(one in {"PASS", "FAIL", "INCONCLUSIVE"} for one in verdicts)


def test_a_leak_outweighs_everything(outcome: Any, found: Any) -> None:
    """A finding of class security ends the run with a code of its own."""
    leak = outcome("FAIL", found("isolation.heard-by-outsider"))
    summary = summarize([leak, outcome("ENVIRONMENT"), outcome("INCONCLUSIVE")])

    assert (summary["verdict"], summary["exit_code"]) == ("FAIL", 5)
    assert summary["reasons"] == ["security", "failure", "environment", "inconclusive"]


def test_a_broken_guarantee_fails_a_run_whatever_its_test_came_to(outcome: Any, found: Any) -> None:
    """A test that was inconclusive for another reason does not hide what was found in it."""
    summary = summarize([outcome("INCONCLUSIVE", found())])

    assert (summary["verdict"], summary["exit_code"], len(summary["findings"])) == ("FAIL", 1, 1)


def test_tolerated_findings_and_advice_are_told_and_do_not_count(outcome: Any, found: Any) -> None:
    """Each is listed in its own place."""
    excused, advice = found("isolation.heard-by-outsider", tolerated="known"), found(advice=True)
    summary = summarize([outcome("PASS", excused, advice)])

    assert (summary["verdict"], summary["findings"]) == ("PASS", [])
    assert (summary["tolerated"], summary["advice"]) == ([excused], [advice])


def test_counts_of_all_tests_are_added_up(outcome: Any) -> None:
    """Every word that some test counted is in the sum."""
    summary = summarize([outcome(counts={"owed": 2, "lost": 1}), outcome(counts={"owed": 3, "late": 1})])

    assert summary["counts"] == {"owed": 5, "lost": 1, "late": 1}


def test_what_was_not_looked_at_is_listed_with_its_reason(outcome: Any) -> None:
    """A gate must say what it did not look at."""
    summary = summarize([outcome("NOT EXERCISED", test="test_y", reason="the target declares no secret"), outcome()])

    assert summary["not_exercised"] == [{"test": "test_y", "reason": "the target declares no secret"}]
    assert len(summary["outcomes"]) == 2


def test_a_pass_on_a_second_attempt_is_flaky(outcome: Any, found: Any) -> None:
    """The first attempt does not count as a failure, but the run is no PASS; one that failed again is not flaky."""
    first = outcome("FAIL", found(), repeated=True, counts={"lost": 1})
    flaky = summarize([first, outcome(counts={"lost": 0})])
    failed = summarize([first, outcome("FAIL", found())])

    assert (flaky["verdict"], flaky["flaky"], flaky["findings"]) == ("INCONCLUSIVE", ["test_x"], [])
    assert (flaky["counts"], flaky["tests"]) == ({"lost": 0}, {"PASS": 1})
    assert (failed["verdict"], failed["flaky"]) == ("FAIL", [])


def test_a_run_that_was_cut_short_is_no_pass(outcome: Any) -> None:
    """What was left is not proven; a failure that was seen stays one."""
    assert summarize([outcome()], cut_short="stopped by a key")["exit_code"] == 4
    assert summarize([outcome("FAIL")], cut_short="stopped by a key")["exit_code"] == 1


def test_what_was_tolerated_in_vain_is_noted(outcome: Any) -> None:
    """A tolerated guarantee that did not break may be tolerated no longer."""
    summary = summarize([outcome(unbroken=["ordering"])])

    assert summary["unbroken"] == [{"test": "test_x", "observation": "ordering"}]
    assert summary["verdict"] == "PASS"


@pytest.mark.parametrize(
    ("verdict", "missing"),
    [
        ("PASS", ["faults"]),
        ("FAIL", ["faults"]),
        ("NOT EXERCISED", ["secret", "faults"]),
        ("ERROR", ["secret", "faults"]),
    ],
)
def test_what_was_required_must_be_exercised(outcome: Any, verdict: str, missing: list[str]) -> None:
    """By a test that needs it and came to a verdict; else the run is no PASS."""
    needy = outcome(verdict, needs=["secret", "create"])
    summary = summarize([outcome(), needy], require=("secret", "faults"))

    assert (summary["required_not_exercised"], summary["reasons"][-1]) == (missing, "inconclusive")
    assert summarize([outcome(), needy], require=())["required_not_exercised"] == []


# What is written


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


def test_the_verdict_is_written_where_it_says(tmp_path: Path, outcome: Any) -> None:
    """With facts, folder and schema; what is returned is what the file holds, letters of all scripts as they are."""
    folder = tmp_path / "run-1"
    folder.mkdir()
    summary = write_report(folder, [outcome(reason="مرحبا")], facts={"seed": 7}, cut_short="stopped")

    text = (folder / "verdict.json").read_text("utf-8")
    assert json.loads(text) == summary
    assert "مرحبا" in text
    assert (summary["schema"], summary["seed"], summary["folder"]) == ("realtime-verdict/1", 7, str(folder))
    assert summary["cut_short"] == "stopped"


def test_half_a_surrogate_pair_does_not_cost_the_verdict(tmp_path: Path, outcome: Any) -> None:
    """It is written as its escape."""
    write_report(tmp_path, [outcome(reason="half \ud83d")], facts={})

    assert "half \\ud83d" in (tmp_path / "verdict.json").read_text("utf-8")


def test_latest_follows_the_newest_run(tmp_path: Path, outcome: Any) -> None:
    """The link is relative, so that the folder can be moved, and nothing else is left beside it."""
    for name in ("run-1", "run-2"):
        (tmp_path / name).mkdir()
        write_report(tmp_path / name, [outcome()], facts={})

    assert (tmp_path / "latest").readlink() == Path("run-2")
    assert {path.name for path in tmp_path.iterdir()} == {"run-1", "run-2", "latest"}


def test_a_latest_that_cannot_be_replaced_is_left_alone(tmp_path: Path, outcome: Any) -> None:
    """A folder of that name is somebody's; the report is written all the same, without litter."""
    folder = tmp_path / "run-1"
    for path in (folder, tmp_path / "latest" / "kept"):
        path.mkdir(parents=True)
    write_report(folder, [outcome()], facts={})

    assert (tmp_path / "latest" / "kept").is_dir()
    assert (folder / "verdict.json").is_file()
    assert {path.name for path in tmp_path.iterdir()} == {"run-1", "latest"}

"""What was measured becomes a verdict, words and a document."""

import errno
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.checkers.verdict import FindingClass
from harness.commands.comparison import as_json, as_text, conclude, write_folder
from harness.commands.exits import Exit
from harness.commands.sampling import Breach, Side
from harness.config import own_target
from harness.errors import EnvironmentFault
from harness.history.recorder import Header, Recorder, load
from harness.statistics.comparison import Answer
from harness.topology.remote import attach
from harness.topology.target import Target

LOST = Breach(2, FindingClass.DELIVERY, "delivery.lost", "a message owed to bob never arrived")
LEAKED = Breach(0, FindingClass.SECURITY, "isolation.leaked", "mallory heard what she must not")


def side(letter: str, milliseconds: float = 2.0, *, rounds: int = 4, name: str = "embedded") -> Side:
    """Make a side that was measured: rounds of ten around a latency, with a little noise."""
    target = Target(attach(own_target(name, "embedded")), Recorder(Header(target=name)))
    one = [((milliseconds + step / 100) / 1000,) * 2 for step in range(10)]
    return Side(letter, target, rounds=[one] * rounds)


@pytest.mark.parametrize(
    ("milliseconds", "rounds", "verdict", "code"),
    [
        (2.0, 4, Answer.PASS, Exit.PASS),
        (3.0, 4, Answer.FAIL, Exit.FAILURE),
        (1.0, 4, Answer.PASS, Exit.PASS),
        (2.0, 3, Answer.INCONCLUSIVE, Exit.INCONCLUSIVE),
    ],
)
def test_without_findings_the_latencies_decide(milliseconds: float, rounds: int, verdict: Answer, code: Exit) -> None:
    """The verdict, its reason and the exit code are those of the comparison."""
    concluded = conclude(side("A"), side("B", milliseconds, rounds=rounds))

    assert (concluded.verdict, concluded.exit) == (verdict, code)
    assert concluded.why == concluded.latency.why


@pytest.mark.parametrize(
    ("breaches", "code", "why"),
    [
        ([LOST], Exit.FAILURE, "B broke a guarantee"),
        ([LOST, LEAKED], Exit.SECURITY, "B broke a guarantee, 2 times"),
    ],
)
def test_what_b_broke_fails_it_however_fast_it_is(breaches: list[Breach], code: Exit, why: str) -> None:
    """Correctness is not averaged, and outranks a run that was cut short."""
    b = side("B", 1.0)
    b.breaches += breaches

    for cut_short in ("", "interrupted"):
        concluded = conclude(side("A"), b, cut_short=cut_short)
        assert (concluded.verdict, concluded.exit, concluded.why) == (Answer.FAIL, code, why)


def test_what_a_broke_is_told_and_decides_nothing() -> None:
    """The question is whether B is worse."""
    a, b = side("A"), side("B")
    a.breaches.append(LOST)
    concluded = conclude(a, b)

    assert concluded.verdict is Answer.PASS
    assert "A broke   delivery.lost (delivery) in round 2: a message owed to bob" in as_text(concluded, a, b)


@pytest.mark.parametrize("doubtful", ["A", "B"])
def test_a_doubt_about_either_is_no_pass(doubtful: str) -> None:
    """Nor a failure: what could not be judged says nothing."""
    a, b = side("A"), side("B", 3.0)
    {"A": a, "B": b}[doubtful].doubts.append("block 3: no pong came")
    concluded = conclude(a, b)

    assert (concluded.verdict, concluded.exit) == (Answer.INCONCLUSIVE, Exit.INCONCLUSIVE)
    assert concluded.why == f"{doubtful} could not be judged, block 3: no pong came"
    assert f"{doubtful} unclear: block 3: no pong came" in as_text(concluded, a, b)


def test_what_was_cut_short_is_inconclusive() -> None:
    """Whatever was seen by then; the code is that of what cut it."""
    cut = conclude(side("A"), side("B", 3.0), cut_short="interrupted")
    assert (cut.verdict, cut.exit, cut.why) == (Answer.INCONCLUSIVE, Exit.INCONCLUSIVE, "interrupted")
    assert conclude(side("A"), side("B"), cut_short="died", code_when_cut=Exit.ENVIRONMENT).exit is Exit.ENVIRONMENT


def test_the_text_begins_with_the_verdict() -> None:
    """Then come shift, interval, bound, spread and numbers, on one line, and a row for each target."""
    a, b = side("A", name="a-long-name"), side("B")
    verdict, head, *rows = as_text(conclude(a, b), a, b).splitlines()

    assert verdict == (
        "PASS  delivery of B is within the bound: shift +0.000 ms [+0.000, +0.000] of 2.045 ms (ratio 1.000), "
        "bound 0.205 ms = 10% of A's p50, A/A spread 0.000 ms, p = 0.5, n = 40 + 40, 4 rounds A B B A …"
    )
    assert head.split() == ["target", "n", "p50", "p95", "max", "ms"]
    assert [row.split() for row in rows] == [
        ["A", "a-long-name", "40", "2.040", "2.090", "2.090"],
        ["B", "embedded", "40", "2.040", "2.090", "2.090"],
    ]


def test_a_bound_that_was_widened_says_so() -> None:
    """It is then twice the spread."""
    a, b = side("A"), side("B")
    a.rounds = [*side("A", 2.0, rounds=2).rounds, *side("A", 3.0, rounds=2).rounds]
    assert "ms = twice the A/A spread, A/A spread" in as_text(conclude(a, b), a, b)


def test_without_samples_there_are_no_figures() -> None:
    """A dash is no zero; the verdict says what is missing."""
    a, b = side("A", rounds=0), side("B", 1500.0)
    lines = as_text(conclude(a, b), a, b).splitlines()

    assert lines[0].startswith("INCONCLUSIVE  too few samples: 0 rounds of A and 4 of B count")
    assert lines[2].split() == ["A", "embedded", "0", "-", "-", "-"]
    assert lines[3].split() == ["B", "embedded", "40", "1500", "1500", "1500"]


def test_the_text_stays_short_and_plain() -> None:
    """At most forty lines, and what a target wrote cannot command a terminal or a CI runner."""
    a, b = side("A"), side("B")
    for one in (a, b):
        one.breaches += [replace(LOST, round=0, summary="::error::\x1b[2J")] * 30
    text = as_text(conclude(a, b), a, b)

    assert len(text.splitlines()) <= 39
    assert "\x1b" not in text
    assert "B broke   delivery.lost (delivery) in the warm-up: ::error::\\x1b[2J" in text
    assert "… 22 more of A in compare.json" in text


def test_the_document_holds_every_figure_and_sample() -> None:
    """Seconds, and null for a figure that does not exist."""
    a, b = side("A"), side("B", rounds=0)
    b.breaches.append(LEAKED)
    b.doubts.append("block 1: unclear")
    document: dict[str, Any] = json.loads(as_json(conclude(a, b), a, b, {"seed": 7}))

    assert (document["schema"], document["verdict"], document["exit_code"]) == ("realtime-compare/1", "FAIL", 5)
    assert (document["seed"], document["latency"]["shift"], document["latency"]["is_faster"]) == (7, None, False)
    assert document["latency"]["rounds"] == [4, 0]
    first, second = document["targets"]["A"], document["targets"]["B"]
    assert (first["name"], first["topology"], first["dialect"]) == ("embedded", "embedded", "reverb")
    assert first["rounds"][0][0] == [0.002, 0.002]
    assert second["breaches"] == [{"round": 0, "kind": "security", "id": "isolation.leaked", "summary": LEAKED.summary}]
    assert second["doubts"] == ["block 1: unclear"]


def test_the_folder_gets_the_document_and_both_histories(tmp_path: Path) -> None:
    """Under their final names, and nothing else."""
    write_folder(tmp_path, b"{}\n", side("A", name="old"), side("B", name="new"))

    assert sorted(path.name for path in tmp_path.iterdir()) == ["compare.json", "history-A.jsonl", "history-B.jsonl"]
    header, events = load(tmp_path / "history-B.jsonl")
    assert (header.target, len(events)) == ("new", 1)
    assert (tmp_path / "compare.json").read_bytes() == b"{}\n"


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence names the file."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left on the device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(EnvironmentFault, match=r"history-A\.jsonl cannot be written: no space left"):
        write_folder(tmp_path, b"{}\n", side("A"))
    assert list(tmp_path.iterdir()) == []

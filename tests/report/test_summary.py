"""The last lines of a run: verdict, counts, the worst offenders, and what was not looked at."""

from typing import Any

import pytest

from harness.checkers.latency import Budget
from harness.checkers.run import Check, RunJudgement
from harness.report.document import Facts
from harness.report.headline import headline
from harness.report.summary import LIMIT, WIDTH, lines

LAST = ["report    reports/run-1/report.html", "recheck   realtime report reports/run-1 --recheck"]


@pytest.fixture
def told(report: Any) -> Any:
    """Give a function that writes the lines of a run with these outcomes."""
    return lambda *outcomes, **options: lines(report(*outcomes, **options).document)


def test_a_run_is_told_in_figures(told: Any, report: Any, outcome: Any) -> None:
    """The verdict with what it stands on, how much was exercised, on which target, and where all of it is."""
    counts = {"messages ok": 3, "owed": 6, "delivered": 2, "lost": 1, "late": 1, "duplicated": 4, "unknown": 2}
    one = outcome(counts=counts)

    assert told(one) == [
        headline(report(one).document),
        (
            "1 tests exercised on target staging (remote), seed 7: 3 messages, 2 of 6 owed deliveries made "
            "(1 lost, 1 late, 4 doubled, 2 unknown)"
        ),
        *LAST,
    ]


def test_findings_are_grouped_and_the_gravest_stands_first(told: Any, outcome: Any, found: Any) -> None:
    """One line an observation: how often it was made, class, hop, and the first time with its test."""
    lost = found("delivery.lost", summary="bob never heard it")
    written = told(outcome("FAIL", lost, lost, found("isolation.heard-by-outsider", summary="eve heard it")))

    assert written[2:-2] == [
        "FAIL isolation.heard-by-outsider (security, hop 7, deliver (broadcaster → socket)): eve heard it",
        "FAIL delivery.lost 2 times (delivery, hop 7, deliver (broadcaster → socket)): bob never heard it",
    ]


@pytest.mark.parametrize(
    ("outcomes", "line"),
    [
        (
            [("FAIL", "GuaranteeBroken: eve got a signature\n  hop  3")],
            "FAIL test_x: GuaranteeBroken: eve got a signature",
        ),
        ([("ENVIRONMENT", "it died\nlast lines")] * 3, "ENVIRONMENT (3): it died"),
        ([("ERROR", "no fixture")], "ERROR (1): no fixture"),
        ([("INCONCLUSIVE", "Inconclusive: no pong came")], "INCONCLUSIVE test_x: no pong came"),
        ([("NOT EXERCISED", "no secret"), ("PASS", "")], "not exercised (1): no secret"),
    ],
)
def test_what_kept_a_test_from_passing_is_told(told: Any, outcome: Any, outcomes: Any, line: str) -> None:
    """By its first line; what many tests share is told once, with their number."""
    assert line in told(*[outcome(word, reason=reason) for word, reason in outcomes])


def test_doubts_come_with_how_to_look_again(told: Any, outcome: Any) -> None:
    """Pytest shows only failures, so the whole reason of an inconclusive test stands here."""
    written = told(outcome("INCONCLUSIVE", test="test_y", reason="Inconclusive: no pong came\n    replay  pytest y"))

    assert written[2:-2] == ["INCONCLUSIVE test_y: no pong came", "    replay  pytest y"]


def test_what_only_the_whole_run_shows_is_told(told: Any, outcome: Any) -> None:
    """Doubts, checks that do not hold, percentiles that did not keep their limit; what is not claimed is no news."""
    known: dict[str, Any] = {"limit": 0.25, "value": 0.4, "lower": 0.3, "upper": 0.5, "samples": 600, "needed": 59}
    budgets = tuple(
        Budget(percentile=name, claim=claim, why="because", **known)
        for name, claim in (("p50", "within"), ("p90", "not claimed"), ("p95", "undecided"), ("p99", "beyond"))
    )
    validity = (Check(name="slip", holds=False, seen="12 %"), Check(name="controls", holds=True, seen="all"))
    written = told(outcome(), run=RunJudgement(budgets=budgets, validity=validity, doubts=("the clock stepped",)))

    assert written[2:-2] == [
        "in doubt: the clock stepped",
        "does not hold: slip: 12 %",
        f"budget {budgets[2]}: undecided because",
        f"budget {budgets[3]}: beyond because",
    ]


def test_a_run_that_proves_nothing_says_so(told: Any, outcome: Any) -> None:
    """So does one that was cut short, what was required in vain, a late pass, and what was tolerated in vain."""
    assert "no realtime test was exercised, so nothing is proven" in told()
    assert "stopped by a key, so what was left is not proven" in told(outcome(), cut_short="stopped by a key")
    assert "required but not exercised: faults" in told(outcome(), require=("faults",))
    assert any("flaky" in line and "test_x" in line for line in told(outcome("FAIL", repeated=True), outcome()))
    assert "tolerated in vain: test_x tolerates ordering, which did not break" in told(outcome(unbroken=("ordering",)))


@pytest.mark.parametrize("count", [1, 3, 30, 300])
def test_no_session_is_longer(told: Any, outcome: Any, found: Any, count: int) -> None:
    """Whatever happened, the first and the last lines stand, and every list says how much of it is missing."""
    words = ("FAIL", "ERROR", "ENVIRONMENT", "INCONCLUSIVE", "NOT EXERCISED", "PASS")
    outcomes = [
        outcome(word, test=f"{word}-{number}", reason=f"{word} {number}\nmore", unbroken=(f"unbroken-{number}",))
        for word in words
        for number in range(count)
    ]
    broken = outcome("FAIL", *[found()] * count, test="broken")
    doubts = tuple(f"doubt {number}" for number in range(count))
    validity = tuple(Check(name=f"check {number}", holds=False, seen="x" * 400) for number in range(count))
    written = told(broken, *outcomes, run=RunJudgement(doubts=doubts, validity=validity), require=("faults", "secret"))

    assert len(written) <= LIMIT - 1
    assert max(map(len, written)) <= WIDTH
    assert written[-2:] == LAST
    assert any(line.startswith("… ") for line in written) is (count > 1)
    for word in words[:-1]:
        assert any(line.lower().startswith(word.lower()) for line in written)


@pytest.mark.parametrize("verdict", ["INCONCLUSIVE", "NOT EXERCISED", "FAIL", "ERROR"])
def test_no_text_of_a_target_reaches_the_terminal_as_it_is(told: Any, outcome: Any, found: Any, verdict: str) -> None:
    """Control and bidirectional characters become escapes, and no line is a command to a CI runner."""
    evil = "a\n::error::\x1b[2J\u202e"
    written = told(outcome(verdict, found(summary=evil), test=evil, reason=evil, unbroken=(evil,)), cut_short=evil)

    assert all(line.replace("\u200b", "").isprintable() for line in written)
    assert not any(line.lstrip().startswith("::") for line in written)


def test_a_run_without_a_report_names_none(report: Any, outcome: Any) -> None:
    """Where nothing could be written, there is nothing to open."""
    assert not any("report.html" in line for line in lines(report(outcome(), facts=Facts()).document))


def test_the_doctor_has_a_paragraph(told: Any, outcome: Any, visit: Any) -> None:
    """Behind what failed; a long remedy is wrapped and not cut."""
    long = " ".join(["word"] * 90)
    written = told(outcome("FAIL", reason="it broke"), doctor=(visit(long),))
    began = written.index("doctor: first look at: the key is wrong [3, likely]")

    assert written[began - 1] == "FAIL test_x: it broke"
    mend = next(index for index, line in enumerate(written) if line.startswith("  mend      take word"))
    assert " ".join(" ".join(written[mend : mend + 3]).split()) == f"mend take {long}"
    assert max(map(len, written)) <= WIDTH

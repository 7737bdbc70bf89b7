"""The last lines of a run: counts, findings, doubts, and what was not looked at."""

from typing import Any

import pytest

from harness.report.document import Facts
from harness.report.summary import lines
from harness.report.verdict import document_of

FACTS = Facts(seed=7, folder="reports/run-1", target="staging", topology="remote")


def told(*outcomes: Any, **options: Any) -> list[str]:
    """Summarize outcomes as a run does, and write the lines."""
    return lines(document_of(outcomes, facts=FACTS, **options))


def test_a_run_is_told_in_figures(outcome: Any) -> None:
    """How many tests, messages and deliveries; target, seed and folder come last."""
    counts = {"messages ok": 3, "owed": 6, "delivered": 2, "lost": 1, "late": 1, "duplicated": 4, "unknown": 2}

    assert told(outcome(counts=counts)) == [
        "1 tests exercised, 3 messages sent, 2 of 6 owed deliveries made (1 lost, 1 late, 4 duplicated, 2 unknown)",
        "target staging (remote), seed 7, report reports/run-1",
    ]


def test_a_run_without_messages_has_noughts(outcome: Any) -> None:
    """What nobody counted is nought."""
    assert told(outcome())[0].endswith(
        "0 messages sent, 0 of 0 owed deliveries made (0 lost, 0 late, 0 duplicated, 0 unknown)"
    )


def test_findings_are_told_with_class_and_hop(outcome: Any, found: Any) -> None:
    """Ten of them; how many more there are, and where, is said."""
    written = told(outcome("FAIL", *[found("ordering.reordered")] * 12))

    line = "FAIL ordering.reordered (delivery, hop 7, deliver (broadcaster → socket)): ordering.reordered was seen"
    assert written[1:-1] == [line] * 10 + ["… 2 more findings in verdict.json"]
    assert "more findings" not in "".join(told(outcome("FAIL", *[found()] * 10)))


def test_failures_without_a_finding_are_told_too(outcome: Any) -> None:
    """An expectation that failed is no finding of a checker's: its test and first line stand here, ten at most."""
    failed = outcome("FAIL", test="test_y", reason="GuaranteeBroken: eve got a signature\n  hop  3")
    written = told(*[failed] * 12)

    assert written[1:-1] == ["FAIL test_y: GuaranteeBroken: eve got a signature"] * 10 + [
        "… 2 more failed tests in verdict.json"
    ]
    assert "more failed tests" not in "".join(told(*[failed] * 10))


@pytest.mark.parametrize("verdict", ["ENVIRONMENT", "ERROR"])
def test_tests_without_a_judgement_are_told_once_a_reason(outcome: Any, verdict: str) -> None:
    """With the number of tests; ten reasons at most, and the first line of each; a repeated attempt is none."""
    died = [outcome(verdict, reason="EnvironmentFault: it died\nlast lines")] * 3
    others = [outcome(verdict, reason=f"reason {number}") for number in range(11)]
    written = told(*died, outcome(verdict, reason="gone", repeated=True), *others)

    assert written[1:3] == [f"{verdict} (3): EnvironmentFault: it died", f"{verdict} (1): reason 0"]
    assert written[11:13] == [
        "… 2 more reasons in verdict.json",
        "no realtime test was exercised, so nothing is proven",
    ]


def test_what_was_required_in_vain_is_named(outcome: Any) -> None:
    """One line for each capability."""
    line = "required but not exercised: faults: no test that ran needs it"
    assert told(outcome(), require=("faults",))[1:-1] == [line]


def test_doubts_are_told_line_by_line(outcome: Any) -> None:
    """Pytest shows only failures, so the reason of an inconclusive test stands here."""
    written = told(outcome("INCONCLUSIVE", test="test_y", reason="Inconclusive: no pong came\n  replay  pytest y"))

    assert written[1:-1] == ["INCONCLUSIVE test_y: no pong came", "  replay  pytest y"]


def test_what_was_not_looked_at_is_told_once_a_reason(outcome: Any) -> None:
    """With the number of tests that it kept from running."""
    skipped = [outcome("NOT EXERCISED", reason=reason) for reason in ("no secret", "no faults", "no secret")]

    assert told(outcome(), *skipped)[1:-1] == ["not exercised (2): no secret", "not exercised (1): no faults"]


def test_a_run_that_proves_nothing_says_so(outcome: Any) -> None:
    """So does one that was cut short, a test that passed only on a rerun, and what was tolerated in vain."""
    assert "no realtime test was exercised, so nothing is proven" in told()
    assert "stopped by a key, so what was left is not proven" in told(outcome(), cut_short="stopped by a key")
    assert "flaky, passed only when it was run again: test_x" in told(outcome("FAIL", repeated=True), outcome())
    assert "tolerated in vain: test_x tolerates ordering, which did not break" in told(outcome(unbroken=("ordering",)))


@pytest.mark.parametrize("verdict", ["INCONCLUSIVE", "NOT EXERCISED", "FAIL", "ERROR"])
def test_no_text_of_a_target_reaches_the_terminal_as_it_is(outcome: Any, found: Any, verdict: str) -> None:
    """Control and bidirectional characters become escapes, and no line is a command to a CI runner."""
    evil = "a\n::error::\x1b[2J\u202e"
    finding = found(summary=evil)
    written = told(outcome(verdict, finding, test=evil, reason=evil, unbroken=(evil,)), cut_short=evil)

    assert all(line.replace("\u200b", "").isprintable() for line in written)
    assert not any(line.lstrip().startswith("::") for line in written)

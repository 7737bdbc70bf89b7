"""Workflow commands of GitHub Actions."""

import re
from typing import Any

import pytest

from harness.checkers.run import RunJudgement
from harness.report.annotations import commands
from harness.report.document import Facts


def test_a_finding_stands_on_the_line_of_its_test(outcome: Any, found: Any, report: Any) -> None:
    """With the path from the root of the repository, what was expected, and how to see it again."""
    lost = found(summary="1 message was lost", expected="all of them")
    failed = outcome("FAIL", lost, file="tests/test_x.py", line=7, replay="pytest test_x")
    facts = Facts(root="services/chat")

    (line,) = commands(report(failed, facts=facts).document)
    _, properties, message = line.split("::")

    assert properties == "error file=services/chat/tests/test_x.py,line=7,title=realtime%3A delivery.lost"
    hop = "hop 7, deliver (broadcaster → socket)"
    assert message == f"1 message was lost ({hop})%0Aexpected all of them%0Atest_x%0Areplay pytest test_x"


def test_the_gravest_come_first(outcome: Any, found: Any, report: Any) -> None:
    """Leaks before other findings, those before tests that failed without one, and warnings last."""
    document = report(
        outcome("INCONCLUSIVE", test="a", reason="Inconclusive: no pong came\nmore"),
        outcome("ENVIRONMENT", test="b", reason="EnvironmentFault: it died"),
        outcome("ERROR", test="c", reason="NameError: x"),
        outcome("FAIL", test="d", reason="AssertionError: 1"),
        outcome("FAIL", found(), test="e", reason="GuaranteeBroken: lost"),
        outcome("FAIL", found("isolation.heard-by-outsider"), test="f"),
        cut_short="the run was interrupted",
    ).document
    written = commands(document)

    assert [re.sub(r"title=realtime%3A ", "", one).split("::")[1] for one in written] == [
        "error isolation.heard-by-outsider", "error delivery.lost", "error FAIL", "error ERROR", "error ENVIRONMENT",
        "warning INCONCLUSIVE", "warning INCONCLUSIVE",
    ]  # fmt: skip
    assert written[-2].endswith("::no pong came%0Aa")
    assert written[-1].endswith("::the run was interrupted, so what was left is not proven")


def test_what_does_not_stop_a_release_is_no_annotation(outcome: Any, found: Any, report: Any) -> None:
    """Neither what a test tolerates, nor advice, nor an attempt that another one followed, nor what nobody tried."""
    excused = outcome("PASS", found(tolerated="known"), found(advice=True))
    document = report(excused, outcome("FAIL", found(), test="y", repeated=True), outcome("NOT EXERCISED")).document

    assert commands(document) == []


def test_ten_are_enough(outcome: Any, found: Any, report: Any) -> None:
    """The last one says how many there are besides; ten stand as they are."""
    ten = commands(report(*[outcome("FAIL", found(), test=str(number)) for number in range(10)]).document)
    twelve = commands(report(*[outcome("FAIL", found(), test=str(number)) for number in range(12)]).document)

    assert (len(ten), len(twelve)) == (10, 10)
    assert ten[-1].startswith("::error")
    assert twelve[-1] == "::warning title=realtime%3A FAIL::3 more in summary.md"


def test_a_finding_of_the_run_has_no_file(outcome: Any, found: Any, report: Any) -> None:
    """Nor has one of a test outside the repository."""
    of_run = report(outcome(), run=RunJudgement(findings=(found(),))).document
    outside = report(outcome("FAIL", found(), file="../lib/test_x.py")).document

    assert all(one.startswith("::error title=") for one in commands(of_run) + commands(outside))


@pytest.mark.parametrize(
    "evil", ["a\n::warning::b", "a\r::stop-commands::b", "100%0A::error::b", "a,line=9::b", "\x1b\u202e\ud800"]
)
def test_no_text_of_a_target_is_a_command(outcome: Any, found: Any, report: Any, evil: str) -> None:
    """One finding is one line with the properties that are ours, whatever it says."""
    one = outcome("FAIL", found(summary=evil), test=evil, file=f"{evil}.py", line=3, replay=evil)
    (line,) = commands(report(one).document)

    _, properties, message = line.split("::", 2)
    assert re.fullmatch(r"error file=[^,:]*,line=3,title=[^,:]*", properties)
    assert not set(line) & set("\r\n\x1b\u202e\ud800")
    assert not re.search(r"%(?!25|0A)", message)

"""JUnit XML, as CI systems read it."""

import json
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from junitparser import xunit2

from harness.checkers.latency import Budget
from harness.checkers.run import RunJudgement
from harness.report.document import Facts
from harness.report.junit import render

RESULTS = {"failure", "error", "skipped"}
INTERIM = {"flakyFailure", "flakyError", "rerunFailure", "rerunError"}
ALLOWED = {
    "testsuites": ({"testsuite"}, {"name", "time", "tests", "failures", "errors"}),
    "testsuite": (
        {"properties", "testcase"},
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
    ),
    "properties": ({"property"}, set()),
    "property": (set(), {"name", "value"}),
    "testcase": ({"properties", "system-out", *RESULTS, *INTERIM}, {"name", "classname", "time", "file", "line"}),
    "system-out": (set(), set()),
    "stackTrace": (set(), set()),
    **dict.fromkeys(RESULTS, (set(), {"type", "message"})),
    **dict.fromkeys(INTERIM, ({"stackTrace"}, {"type", "message"})),
}
"""What Jenkins' junit-10.xsd lets stand in what, of that which we write; `properties` of a testcase are pytest's."""


@pytest.fixture
def written(report: Any) -> Any:
    """Give a function that writes a run as JUnit, holds it against the schema, and gives its testcases by name."""

    def write(*outcomes: Any, warns: bool = False, **options: Any) -> dict[str, ET.Element]:
        facts = Facts(inconclusive="warn" if warns else "fail", started=1e9, target="staging", run="run-1")
        text = render(report(*outcomes, facts=facts, **options))
        root = ET.fromstring(text)  # noqa: S314  our own text
        check(root)
        assert sum(len(suite) for suite in xunit2.JUnitXml.fromstring(text.encode())) == len(
            list(root.iter("testcase"))
        )
        return {case.get("name", ""): case for case in root.iter("testcase")}

    return write


def check(element: ET.Element) -> None:
    """See that an element holds only what the schema knows, and that each result says its type."""
    children, attributes = ALLOWED[element.tag]
    assert {child.tag for child in element} <= children
    assert set(element.keys()) <= attributes
    assert element.tag not in INTERIM or element.get("type")
    for child in element:
        check(child)


def results(case: ET.Element) -> list[str]:
    """List what a CI system makes of a testcase."""
    return [child.tag for child in case if child.tag in RESULTS | INTERIM]


def properties(case: ET.Element) -> list[tuple[str | None, str | None]]:
    """List the properties of a testcase."""
    return [(one.get("name"), one.get("value")) for one in case.iter("property")]


def test_a_test_is_named_as_pytest_names_it(outcome: Any, written: Any) -> None:
    """Class name from file and class, parameters with the name; file, line and seconds are there."""
    cases = written(
        outcome(test="tests/a/test_x.py::TestIt::test_y[a::b/c.py]", file="tests/a/test_x.py", line=7, seconds=1.23456),
        outcome(test="crashed before it had a name"),
    )
    case = cases["test_y[a::b/c.py]"]

    assert case.attrib == {
        "classname": "tests.a.test_x.TestIt", "name": "test_y[a::b/c.py]", "time": "1.235",
        "file": "tests/a/test_x.py", "line": "7",
    }  # fmt: skip
    assert cases["crashed before it had a name"].get("classname") == ""


@pytest.mark.parametrize(
    ("verdict", "warns", "result", "kind"),
    [
        ("PASS", False, [], None),
        ("FAIL", False, ["failure"], "Why"),
        ("ERROR", False, ["error"], "Why"),
        ("ENVIRONMENT", False, ["error"], "Why"),
        ("NOT EXERCISED", False, ["skipped"], "pytest.skip"),
        ("INCONCLUSIVE", False, ["failure"], "Why"),
        ("INCONCLUSIVE", True, ["skipped"], "Why"),
    ],
)
def test_only_a_pass_looks_like_a_success(
    outcome: Any, written: Any, *, verdict: str, warns: bool, result: list[str], kind: str | None
) -> None:
    """What is in doubt fails, or is skipped where the run was told to warn; the paragraph is its text."""
    case = written(outcome(verdict, reason="Why: it is so\n  more"), warns=warns)["test_x"]

    assert results(case) == result
    assert properties(case) == [("realtime_verdict", verdict)]
    for child in case.iterfind(result[0] if result else "none"):
        assert (child.get("message"), child.get("type"), child.text) == ("Why: it is so", kind, "Why: it is so\n  more")


def test_findings_are_told_with_their_ids(outcome: Any, found: Any, written: Any) -> None:
    """Those that count fail the test whatever else it came to, each with its paragraph; tolerated ones do not."""
    lost, excused = found(summary="1 was lost"), found("ordering.reordered", tolerated="known")
    doubtful = outcome("INCONCLUSIVE", lost, excused, test="a", reason="Inconclusive: no pong", replay="pytest a")
    cases = written(doubtful, outcome("PASS", excused, test="b"), outcome("FAIL", lost, test="c"), warns=True)

    assert [results(cases[name]) for name in "abc"] == [["failure"], [], ["failure"]]
    assert properties(cases["a"])[1:] == [("realtime_finding", lost.id), ("realtime_tolerated", excused.id)]
    assert properties(cases["b"])[1:] == [("realtime_tolerated", excused.id)]
    assert cases["a"].findtext("failure") == f"Inconclusive: no pong\n{lost}\n  replay    pytest a"
    assert cases["c"].find("failure").attrib == {"message": "1 was lost", "type": "FAIL"}  # type: ignore[union-attr]


def test_numbers_stand_in_one_line(outcome: Any, written: Any) -> None:
    """Readers that drop properties find verdict, counts and budgets in the output of the test, and of the run."""
    budget = Budget(percentile="p95", limit=0.3, claim="within", value=0.1, lower=0.1, upper=None, samples=9, needed=59)
    cases = written(outcome(counts={"owed": 3}, budgets=(budget,)))
    told = json.loads(cases["test_x"].findtext("system-out") or "")

    assert (told["verdict"], told["counts"], told["budgets"][0]["percentile"]) == ("PASS", {"owed": 3}, "p95")
    assert json.loads(cases["the run as a whole"].findtext("system-out") or "")["exit_code"] == 0


def test_repeated_attempts_are_seen(outcome: Any, written: Any) -> None:
    """As flaky when the last one passed, as reruns when it did not; a test that was left in between counts as it is."""
    again = {"repeated": True, "reason": "AssertionError: 1"}
    cases = written(
        outcome("FAIL", test="a", **again), outcome("ERROR", test="a", **again), outcome(test="a"),
        outcome("FAIL", test="b", **again), outcome("ENVIRONMENT", test="b", **again), outcome("FAIL", test="b"),
        outcome("FAIL", test="c", **again),
    )  # fmt: skip

    assert results(cases["a"]) == ["flakyFailure", "flakyError"]
    assert results(cases["b"]) == ["failure", "rerunFailure", "rerunError"]
    assert results(cases["c"]) == ["failure"]
    assert cases["a"].findtext("flakyFailure/stackTrace") == "AssertionError: 1"


def test_a_test_that_broke_in_its_teardown_is_one_testcase(outcome: Any, written: Any) -> None:
    """It passed and it did not: both verdicts are there, and the error."""
    case = written(outcome(seconds=1.0), outcome("ERROR", reason="KeyError: 1", seconds=0.5))["test_x"]

    assert (results(case), case.get("time")) == (["error"], "1.5")
    assert [value for _, value in properties(case)] == ["PASS", "ERROR"]


@pytest.mark.parametrize(
    ("options", "warns", "result", "message"),
    [
        ({}, False, [], None),
        ({"run": RunJudgement(doubts=("the clock jumped",))}, False, ["failure"], "the clock jumped"),
        ({"run": RunJudgement(doubts=("the clock jumped",))}, True, ["skipped"], "the clock jumped"),
        ({"require": ("faults",)}, True, ["failure"], "required but not exercised: faults"),
        ({"cut_short": "it was interrupted"}, True, ["failure"], "it was interrupted, so what was left is not proven"),
    ],
)
def test_the_run_as_a_whole_is_a_testcase(
    outcome: Any, written: Any, *, options: Any, warns: bool, result: list[str], message: str | None
) -> None:
    """What no single test can be blamed for keeps the report from looking green."""
    case = written(outcome(), warns=warns, **options)["the run as a whole"]

    assert results(case) == result
    assert [child.get("message") for child in case if child.tag in RESULTS] == ([message] if message else [])


def test_a_finding_of_the_run_fails_it(outcome: Any, found: Any, written: Any) -> None:
    """With its id; a finding of a test is told there."""
    slow = found("ordering.reordered", summary="all in disorder")
    case = written(outcome("FAIL", found()), run=RunJudgement(findings=(slow,)))["the run as a whole"]

    assert ("realtime_finding", "ordering.reordered") in properties(case)
    assert (case.findtext("failure"), len(properties(case))) == (str(slow), 2)


@pytest.mark.parametrize(
    "evil", ["]]></failure>&<!--\"'", "\x00\x1b[2J\x7f", "\u202e\u2066", "\ud800", "\ufffe\uffff", "💥"]
)
def test_no_text_of_a_target_breaks_the_document(outcome: Any, found: Any, written: Any, evil: str) -> None:
    """Markup is text, and what XML cannot hold is an escape, wherever it stands."""
    broken = found(summary=evil, evidence=(evil,), who=evil)
    one = outcome("FAIL", broken, test=f"a.py::{evil}", reason=f"X: {evil}\n{evil}", file=evil, replay=evil)
    cases = written(one, outcome("NOT EXERCISED", test="b", reason=evil), cut_short=evil)

    assert len(cases) == 3
    assert all(results(case) for case in cases.values())


def test_the_doctor_is_a_property_of_what_failed(outcome: Any, report: Any, visit: Any) -> None:
    """Of the run with evidence and remedy, and of a failed test in one line; of no other."""
    outcomes = (outcome("FAIL", test="a::b"), outcome(test="a::c"))
    root = ET.fromstring(render(report(*outcomes, doctor=(visit(),))))  # noqa: S314  our own text
    check(root)

    told = {case.get("name"): dict(properties(case)).get("realtime_doctor") for case in root.iter("testcase")}
    first = "first look at: the key is wrong [3, likely]"
    assert (told["b"], told["c"]) == (first, None)
    whole = dict(properties(next(root.iter("properties"))))["realtime_doctor"]
    assert whole == f"{first}\nbecause: 4001\nmend: take 4001\nbroken: key: 4001\nhops: 1 fine, 1 broken"

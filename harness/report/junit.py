"""
JUnit XML as CI systems read it: a testcase for each test, and one for the run as a whole.

The attributes are those that pytest writes (family `xunit1`, so that a CI system finds the file), attempts that were
repeated stand as Surefire writes them. No system knows a third verdict, so that an inconclusive test is a failure, or
skipped where the run was told only to warn: in neither case does it look like a success.
"""

from datetime import UTC, datetime

import msgspec
from junitparser import Error, Failure, Skipped
from junitparser.junitparser import FinalResult
from junitparser.xunit2 import (
    FlakyError,
    FlakyFailure,
    InterimResult,
    JUnitXml,
    RerunError,
    RerunFailure,
    TestCase,
    TestSuite,
)

from harness.checkers.findings import Finding
from harness.report.document import Document, Outcome, Report
from harness.report.doubts import doubtful, unproven
from harness.report.places import of_run
from harness.report.quoting import on_one_line, visible

_SUITE = "realtime"
_WHOLE = "the run as a whole"


def render(report: Report) -> str:
    """Write the whole report as one XML document."""
    document = report.document
    suite = TestSuite(_SUITE)
    suite.timestamp = datetime.fromtimestamp(document.facts.started, UTC).isoformat(timespec="seconds")
    for name, value in _facts(document).items():
        suite.add_property(name, visible(value))
    for visit in document.doctor:
        suite.add_property("realtime_doctor", visible("\n".join([visit.headline, *map(": ".join, visit.details)])))
    for attempts in _by_test(document.outcomes):
        case = _test(attempts, warns=document.facts.inconclusive == "warn")
        if any(one.verdict in {"FAIL", "ERROR", "ENVIRONMENT"} for one in attempts):
            for visit in document.doctor:
                case.add_property("realtime_doctor", on_one_line(visit.headline))
        suite.add_testcase(case)
    suite.add_testcase(_whole(document))
    xml = JUnitXml(_SUITE)
    xml.add_testsuite(suite)
    xml.update_statistics()
    written: bytes = xml.tostring()
    return f'<?xml version="1.0" encoding="utf-8"?>\n{written.decode()}\n'


def _facts(document: Document) -> dict[str, str]:
    facts = document.facts
    return {
        "realtime_verdict": document.verdict,
        "realtime_exit_code": str(document.exit_code),
        "realtime_run": facts.run,
        "realtime_target": facts.target,
        "realtime_topology": facts.topology,
        "realtime_tier": facts.tier,
        "realtime_seed": str(facts.seed),
    }


def _by_test(outcomes: tuple[Outcome, ...]) -> list[list[Outcome]]:
    """Bring what was said of one test together: attempts, and a test that passed and broke in its teardown."""
    tests: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        tests.setdefault(outcome.test, []).append(outcome)
    return list(tests.values())


def _test(attempts: list[Outcome], *, warns: bool) -> TestCase:
    last = [one for one in attempts if not one.repeated] or attempts[-1:]
    repeated = [one for one in attempts if one not in last]
    classname, name = _address(attempts[0].test)
    case = TestCase(visible(name), visible(classname), round(sum(one.seconds for one in last), 3))
    located = next((one for one in last if one.file), None)
    if located is not None:
        case._elem.attrib.update(file=visible(located.file), line=str(located.line))  # noqa: SLF001  unknown to the library
    for name, value in _properties(last):
        case.add_property(name, visible(value))
    results = [result for one in last if (result := _result(one, warns=warns)) is not None]
    for result in results:
        case.append(result)
    for one in repeated:
        case.add_interim_result(_interim(one, passed=not results))
    case.system_out = _numbers(last)
    return case


def _address(test: str) -> tuple[str, str]:
    """Split a node id into class name and name, as pytest does for its own report."""
    path, bracket, parameters = test.partition("[")
    file, *names = path.split("::")
    classes = [file.removesuffix(".py").replace("/", "."), *names[:-1]]
    return (".".join(classes), names[-1] + bracket + parameters) if names else ("", test)


def _properties(outcomes: list[Outcome]) -> list[tuple[str, str]]:
    findings = [finding for one in outcomes for finding in one.findings]
    return [
        *(("realtime_verdict", one.verdict) for one in outcomes),
        *(("realtime_finding", one.id) for one in findings if one.counts),
        *(("realtime_tolerated", one.id) for one in findings if one.tolerated),
    ]


def _result(outcome: Outcome, *, warns: bool) -> FinalResult | None:
    """Give what a CI system shall think of a test; None for a success."""
    message, kind = _message(outcome), _kind(outcome)
    is_broken = outcome.verdict == "FAIL" or any(one.counts for one in outcome.findings)
    result: FinalResult
    if is_broken or (outcome.verdict == "INCONCLUSIVE" and not warns):
        result = Failure(message, kind)
    elif outcome.verdict in {"ERROR", "ENVIRONMENT"}:
        result = Error(message, kind)
    elif outcome.verdict == "PASS":
        return None
    else:
        result = Skipped(message, "pytest.skip" if outcome.verdict == "NOT EXERCISED" else kind)
    result.text = _paragraph(outcome)
    return result


def _interim(outcome: Outcome, *, passed: bool) -> InterimResult:
    """Give an attempt that another one followed: flaky when that one passed."""
    is_error = outcome.verdict in {"ERROR", "ENVIRONMENT"}
    kinds = (FlakyError, FlakyFailure) if passed else (RerunError, RerunFailure)
    result: InterimResult = kinds[0 if is_error else 1](_message(outcome), _kind(outcome))
    result.stack_trace = _paragraph(outcome)
    return result


def _message(outcome: Outcome) -> str:
    broken = [one.summary for one in outcome.findings if one.counts]
    return on_one_line(outcome.reason.partition("\n")[0] or next(iter(broken), outcome.verdict))


def _kind(outcome: Outcome) -> str:
    """Name the exception that ended a test, or what it came to."""
    name = outcome.reason.partition(":")[0]
    return name if name.isidentifier() else outcome.verdict


def _paragraph(outcome: Outcome) -> str:
    told = visible(outcome.reason)
    paragraphs = [told, *(text for one in outcome.findings if one.counts and (text := _told(one)) not in told)]
    replay = f"  replay    {visible(outcome.replay)}"
    paragraphs += [replay] if outcome.replay and "replay  " not in told else []
    return "\n".join(filter(None, paragraphs))


def _told(finding: Finding) -> str:
    return visible(str(finding))


def _numbers(outcomes: list[Outcome]) -> str:
    """Write what was counted and measured as one line of JSON, for readers of JUnit that drop properties."""
    numbers = [
        {
            "verdict": one.verdict,
            "counts": one.counts,
            "budgets": one.budgets,
            "findings": [finding.id for finding in one.findings],
        }
        for one in outcomes
    ]
    return _json(numbers[0] if len(numbers) == 1 else numbers)


def _json(value: object) -> str:
    return visible(msgspec.json.encode(value).decode())


def _whole(document: Document) -> TestCase:
    """Say what no single test can be blamed for: the findings of the run, and why it is no PASS although they are."""
    case = TestCase(_WHOLE, _SUITE, 0.0)
    case.add_property("realtime_verdict", document.verdict)
    broken = [one for one in of_run(document) if one.counts]
    for one in broken:
        case.add_property("realtime_finding", one.id)
    gaps, doubts = unproven(document), doubtful(document)
    if broken:
        result: FinalResult = Failure(on_one_line(broken[0].summary), "GuaranteeBroken")
    elif gaps or (doubts and document.facts.inconclusive == "fail"):
        result = Failure(on_one_line([*gaps, *doubts][0]), "Inconclusive")
    elif doubts:
        result = Skipped(on_one_line(doubts[0]), "Inconclusive")
    if broken or gaps or doubts:
        result.text = "\n".join([*map(_told, broken), *map(visible, [*gaps, *doubts])])
        case.append(result)
    case.system_out = _json(
        {
            "verdict": document.verdict,
            "exit_code": document.exit_code,
            "tests": document.tests,
            "counts": document.counts,
            "budgets": document.budgets,
        }
    )
    return case

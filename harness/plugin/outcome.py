"""What a test came to, written on its report so that it travels from a worker to the controller."""

import warnings
from typing import TYPE_CHECKING, Any

import pytest

from harness.plugin import failure, running, selection, walking
from harness.plugin.options import settings_of

if TYPE_CHECKING:
    from harness.checkers.judgement import Judgement
    from harness.report.document import Word

Status = tuple[str, str, tuple[str, dict[str, bool]]]
"""Category, letter, and word with its markup, as `pytest_report_teststatus` gives them."""

_NAMED: dict[str, Status] = {
    "INCONCLUSIVE": ("inconclusive", "I", ("INCONCLUSIVE", {"yellow": True})),
    "ENVIRONMENT": ("error", "E", ("ENVIRONMENT", {"red": True})),
}


def annotate(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Write verdict, findings and counts on the report of a realtime test, and make its failure readable."""
    if report.when != "call" and report.passed:
        return
    target = running.target_of(item)
    judgements: list[Judgement] = []
    if target is not None:
        judgements, target.judgements[:] = list(target.judgements), []
    failure.tell(item, call, report, target)
    verdict = _verdict(call, report)
    walking.suspect(item.config, verdict, call.excinfo.value if call.excinfo is not None else None)
    if verdict == "ENVIRONMENT":
        judgements.clear()  # what a dead server did not do says nothing about the product
    reason = _reason(call, report)
    if target is not None:  # a failed assertion shows whatever the test compared
        reason = target.context.redactor.hide(reason)
    told = _told(item, report, verdict, reason, judgements)
    report.realtime = told  # type: ignore[attr-defined]  # extra attributes travel through xdist
    if verdict != "PASS":
        for properties in (item.user_properties, report.user_properties):  # JUnit's writer reads those of the teardown
            properties.append(("realtime_verdict", verdict))
    if verdict == "INCONCLUSIVE" and report.when == "call" and report.failed:
        _let_pass(item, report, reason)


def _told(
    item: pytest.Item, report: pytest.TestReport, verdict: "Word", reason: str, judgements: list["Judgement"]
) -> dict[str, Any]:
    """Write the outcome as plain values, which travel through xdist."""
    import msgspec

    from harness.report.document import Outcome
    from harness.report.outcomes import expected_to_fail, summed

    file, line, _ = item.location
    expected = getattr(report, "wasxfail", None)
    found = summed(judgements, excuse="" if expected is None else expected_to_fail(expected))
    outcome = Outcome(
        test=item.nodeid,
        verdict=verdict,
        reason=reason,
        seconds=report.duration,
        file=file,
        line=(line or 0) + 1,
        needs=tuple(selection.capabilities(item)),
        unbroken=tuple(_unbroken(item, judgements)),
        replay=running.replay_of(item),
        **msgspec.structs.asdict(found),
    )
    told: dict[str, Any] = msgspec.to_builtins(outcome)
    return told


def crashed(test: str, reason: str) -> dict[str, Any]:
    """Give the outcome of a test whose process did not survive to say it."""
    return {"test": test, "verdict": "ENVIRONMENT", "reason": reason, "repeated": False}


def _let_pass(item: pytest.Item, report: pytest.TestReport, reason: str) -> None:
    """Let an inconclusive test pass with a warning where the run asked for that; the run's verdict stays."""
    if settings_of(item.config).inconclusive != "warn":
        return
    report.outcome, report.longrepr = "passed", None
    path, line, _ = item.reportinfo()
    warning = warnings.WarningMessage(
        pytest.PytestWarning(f"INCONCLUSIVE: {reason}"), pytest.PytestWarning, str(path), (line or 0) + 1
    )
    # Told to pytest as a fact: raised, it would be an error wherever a project turns warnings into errors.
    item.ihook.pytest_warning_recorded.call_historic(
        kwargs={"warning_message": warning, "when": "runtest", "nodeid": item.nodeid, "location": None}
    )


def _verdict(call: pytest.CallInfo[None], report: pytest.TestReport) -> "Word":
    from harness.errors import EnvironmentFault, GuaranteeBroken, HarnessError, Inconclusive

    error = call.excinfo.value if call.excinfo is not None else None
    if isinstance(error, Inconclusive):
        return "INCONCLUSIVE"
    if isinstance(error, EnvironmentFault):
        return "ENVIRONMENT"
    if report.skipped:
        return "PASS" if hasattr(report, "wasxfail") else "NOT EXERCISED"
    if report.passed:
        return "PASS"
    is_of_the_test = report.when == "call" and not isinstance(error, HarnessError)
    return "FAIL" if is_of_the_test or isinstance(error, GuaranteeBroken) else "ERROR"


def _reason(call: pytest.CallInfo[None], report: pytest.TestReport) -> str:
    if call.excinfo is None:
        return str(report.longrepr or "")
    if report.skipped and isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ").removeprefix("not exercised: ")
    return f"{call.excinfo.typename}: {call.excinfo.value}"


def _unbroken(item: pytest.Item, judgements: list["Judgement"]) -> list[str]:
    """List what the test tolerates although it did not break: a leftover, or a weakness that is gone."""
    findings = [one for judgement in judgements for one in judgement.findings]
    return [
        word
        for word, _ in (selection.tolerated(item) if judgements else ())
        if not any(one.matches(word) for one in findings)
    ]


def status(report: pytest.CollectReport | pytest.TestReport) -> Status | None:
    """Name inconclusive tests and environment faults in the progress line and the summary."""
    told = getattr(report, "realtime", None)
    return _NAMED.get(told["verdict"]) if told is not None else None

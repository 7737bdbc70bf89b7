"""Workflow commands of GitHub Actions: what stops a release, shown on the line of the test that found it."""

from harness.checkers.findings import Finding
from harness.checkers.verdict import FindingClass
from harness.report.document import Document, Outcome, final
from harness.report.doubts import doubtful, unproven
from harness.report.places import Place, met, place_of
from harness.report.quoting import on_one_line, visible

_SHOWN = 10
"""GitHub shows no more of one step."""
_FIRST = (FindingClass.SECURITY, FindingClass.DELIVERY, FindingClass.SLO, FindingClass.PROTOCOL)


def commands(document: Document) -> list[str]:
    """
    Write at most ten commands, a line each, gravest first.

    Errors are the findings that count, and tests that failed without one; warnings are inconclusive tests, and why the
    run itself is in doubt. What is tolerated, and advice, is none.
    """
    findings = sorted((one for one in met(document) if one.finding.counts), key=lambda one: _rank(one.finding.kind))
    written = [_found(finding, outcome, document) for finding, outcome in findings]
    told = {outcome.test for _, outcome in findings if outcome is not None}
    last = [one for one in final(document.outcomes) if one.test not in told]
    for verdict in ("FAIL", "ERROR", "ENVIRONMENT", "INCONCLUSIVE"):
        level = "warning" if verdict == "INCONCLUSIVE" else "error"
        written += [
            _command(
                level, verdict, [one.reason.removeprefix("Inconclusive: ").partition("\n")[0]], one, document=document
            )
            for one in last
            if one.verdict == verdict
        ]
    of_run = [*unproven(document), *doubtful(document)]
    written += [_command("warning", "INCONCLUSIVE", [one], None, document=document) for one in of_run]
    hidden = len(written) - _SHOWN
    if hidden > 0:
        rest = f"{hidden + 1} more in summary.md"
        written[_SHOWN - 1 :] = [_command("warning", document.verdict, [rest], None, document=document)]
    return written


def _found(finding: Finding, outcome: Outcome | None, document: Document) -> str:
    body = [f"{finding.summary} (hop {finding.hop})"]
    body += [f"expected {finding.expected}"] if finding.expected else []
    return _command("error", finding.id, body, outcome, document=document)


def _why(outcome: Outcome) -> str:
    return outcome.reason.removeprefix("Inconclusive: ").partition("\n")[0]


def _rank(kind: FindingClass) -> int:
    return _FIRST.index(kind) if kind in _FIRST else len(_FIRST)


def _command(level: str, title: str, body: list[str], outcome: Outcome | None, *, document: Document) -> str:
    place = place_of(outcome, document.facts.root) if outcome is not None else Place()
    properties = {"file": place.file, "line": str(place.line or 1)} if place.file else {}
    properties["title"] = on_one_line(f"realtime: {title}", 100)
    if outcome is not None:
        body = [*body, on_one_line(outcome.test), *([f"replay {outcome.replay}"] if outcome.replay else [])]
    named = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {named}::{_data(chr(10).join(map(on_one_line, body)))}"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

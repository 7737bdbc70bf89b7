"""SARIF 2.1.0 for code scanning: findings of class security only, with fingerprints that outlive a run."""

import hashlib
import re
from typing import Any
from urllib.parse import quote

import msgspec

from harness.checkers.findings import Finding
from harness.checkers.observations import OBSERVATIONS, Observation
from harness.checkers.suspects import SUSPECTS
from harness.checkers.verdict import FindingClass
from harness.report.document import Outcome, Report
from harness.report.places import Met, met, place_of
from harness.report.quoting import on_one_line, visible

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_SHOWN = 5_000
"""GitHub takes no more of one run."""
_RULES = [one for one in OBSERVATIONS.values() if one.kind is FindingClass.SECURITY]
_INDEX = {rule.id: number for number, rule in enumerate(_RULES)}
_NEW_USER = re.compile(r"\bnew-[0-9a-f]{8}\b")
_NUMBER = re.compile(r"\d+")


def render(report: Report) -> str:
    """
    Write one run of one tool; without a security finding its list of results is empty.

    A leak that only a repeated attempt met is listed too: it was seen. The tolerated ones are suppressed, with the
    reason of the test.
    """
    document = report.document
    repeated = [Met(one, outcome) for outcome in document.outcomes if outcome.repeated for one in outcome.findings]
    leaks = [one for one in (*met(document), *repeated) if one.finding.kind is FindingClass.SECURITY]
    leaks.sort(key=lambda one: bool(one.finding.tolerated))
    fallback = next((one for one in document.outcomes if one.file), None)
    run = {
        "tool": {"driver": _driver(document.facts.versions.get("realtime-harness", ""))},
        "automationDetails": {"id": f"realtime/{on_one_line(document.facts.target)}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not document.cut_short, "exitCode": document.exit_code}],
        "results": [_result(one, fallback, document.facts.root) for one in leaks[:_SHOWN]],
        "properties": {"leftOut": max(0, len(leaks) - _SHOWN)},
    }
    written = msgspec.json.encode({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})
    return msgspec.json.format(written, indent=2).decode() + "\n"


def _driver(version: str) -> dict[str, Any]:
    driver: dict[str, Any] = {"name": "realtime-harness", "rules": [_rule(one) for one in _RULES]}
    return driver | ({"version": version} if version else {})


def _rule(observation: Observation) -> dict[str, Any]:
    suspects = "\n".join(f"{one}: {SUSPECTS[one]}" for one in observation.suspects)
    return {
        "id": observation.id,
        "shortDescription": {"text": _message(observation.says)},
        "fullDescription": {"text": _message(f"{observation.says} (hop {observation.hop})")},
        "help": {"text": _message(f"Seen at hop {observation.hop}. What would look like this:\n{suspects}")},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["security"], "precision": "high", "security-severity": "8.0"},
    }


def _result(leak: Met, fallback: Outcome | None, root: str) -> dict[str, Any]:
    finding, outcome = leak
    lines = [finding.summary, *([f"expected: {finding.expected}"] if finding.expected else [])]
    lines += [f"replay: {outcome.replay}"] if outcome is not None and outcome.replay else []
    result: dict[str, Any] = {
        "ruleId": finding.id,
        "level": "error",
        "message": {"text": _message("\n".join(map(on_one_line, lines)))},
        "locations": _locations(outcome or fallback, root),
        "partialFingerprints": _fingerprints(finding),
        "properties": {
            "who": on_one_line(finding.who),
            "where": on_one_line(finding.where),
            "hop": finding.hop,
            "test": on_one_line(outcome.test if outcome is not None else finding.test),
            "evidence": [on_one_line(one) for one in finding.evidence],
            "suspects": [on_one_line(str(one)) for one in finding.suspects],
        },
    }
    if finding.id in _INDEX:
        result["ruleIndex"] = _INDEX[finding.id]
    if finding.tolerated:
        result["suppressions"] = [{"kind": "inSource", "justification": on_one_line(finding.tolerated)}]
    return result


def _locations(outcome: Outcome | None, root: str) -> list[dict[str, Any]]:
    """Point at the test; code scanning shows no result without a file, so one outside the repository keeps its name."""
    if outcome is None or not outcome.file:
        return []
    place = place_of(outcome, root)
    path = place.file or re.split(r"[/\\]", outcome.file)[-1]
    where = {
        "artifactLocation": {"uri": quote(visible(path)), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": max(1, place.line)},
    }
    return [{"physicalLocation": where}]


def _fingerprints(finding: Finding) -> dict[str, str]:
    """
    Know a leak again in the next run: what was seen, on which pattern of channel, by whom; no id of a run is in it.

    GitHub compares the first one, and makes it from the line of the test where it is missing.
    """
    parts = (finding.id, _pattern(finding.where), _pattern(finding.who))
    digest = hashlib.sha256("\n".join(map(visible, parts)).encode()).hexdigest()
    return {"primaryLocationLineHash": f"{digest[:16]}:1", "realtimeFinding/v1": on_one_line(" ".join(parts))}


def _pattern(text: str) -> str:
    return _NUMBER.sub("{n}", _NEW_USER.sub("new-{n}", text))


def _message(text: str) -> str:
    """Keep SARIF from reading links and placeholders into a message (its sections 3.11.5 and 3.11.6)."""
    for mark, escaped in (("\\", "\\\\"), ("[", "\\["), ("]", "\\]"), ("{", "{{"), ("}", "}}")):
        text = text.replace(mark, escaped)
    return text

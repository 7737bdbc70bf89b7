"""The published schemas of `verdict.json` and `authz-map.json`."""

import json
from typing import Any

import msgspec
import pytest

from harness.checkers.latency import Budget, Stage
from harness.checkers.run import Check, RunJudgement
from harness.history.events import HttpAnswered
from harness.report import authorization_map, schema

jsonschema = pytest.importorskip("jsonschema")

REGENERATE = "python -c \"from harness.report import schema; schema.FILE.write_text(schema.text(), encoding='utf-8')\""


@pytest.fixture
def validate() -> Any:
    """Give a function that holds a document against the published file; it raises where they differ."""
    published = json.loads(schema.FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(published)
    return jsonschema.Draft202012Validator(published).validate


def test_the_published_file_is_that_of_the_code() -> None:
    """Whoever changes what is written publishes the change with it."""
    assert schema.FILE.read_text(encoding="utf-8") == schema.text(), f"regenerate it: {REGENERATE}"


def test_the_map_has_a_schema_of_its_own(report: Any) -> None:
    """Published beside that of the verdict; what a run writes is valid, and a decision that is none is not."""
    assert schema.MAP_FILE.read_text(encoding="utf-8") == schema.map_text(), REGENERATE.replace("FILE", "MAP_FILE")
    published = json.loads(schema.MAP_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(published)
    validate = jsonschema.Draft202012Validator(published).validate
    answer = HttpAnswered(n=1, at=1, act="a", purpose="authorize", status=403, outcome="refused", shape="x")
    written = json.loads(authorization_map.render(report(events=(answer,))))
    assert len(written["rows"]) == 1
    validate(written)

    for wrong in ({**written, "schema": "realtime-authz-map/2"}, {**written, "rows": [{"decision": "maybe"}]}):
        with pytest.raises(jsonschema.ValidationError):
            validate(wrong)


def test_everything_that_a_verdict_can_hold_is_described(outcome: Any, found: Any, report: Any, validate: Any) -> None:
    """A document with each of its members filled is valid."""
    budget = Budget(percentile="p95", limit=0.3, claim="within", value=0.1, lower=0.1, upper=None, samples=9, needed=59)
    judged = RunJudgement(
        budgets=(budget,),
        stages=(Stage(name="tail", samples=1, percentiles={"p50": 0.1}, histogram=((0.1, 1),)),),
        validity=(Check(name="reconciled", holds=True, seen="3 of 3"),),
        findings=(found("ordering.reordered"),),
        doubts=("the clock jumped",),
    )
    full = outcome("FAIL", found(evidence=("a",)), budgets=(budget,), counts={"owed": 1}, unbroken=("ordering",))
    document = report(full, outcome("NOT EXERCISED"), outcome("PASS", repeated=True), run=judged).document

    validate(json.loads(msgspec.json.encode(document)))


@pytest.mark.parametrize(
    ("name", "value"),
    [("schema", "realtime-verdict/2"), ("verdict", "GREEN"), ("exit_code", "0"), ("findings", [{}])],
)
def test_a_foreign_document_is_refused(outcome: Any, report: Any, validate: Any, name: str, value: Any) -> None:
    """Another version, an unknown verdict, a wrong type and a finding without its members are no verdict of ours."""
    document = json.loads(msgspec.json.encode(report(outcome()).document))
    validate(document)

    with pytest.raises(jsonschema.ValidationError):
        validate(document | {name: value})


def test_a_later_member_is_no_error(outcome: Any, report: Any, validate: Any) -> None:
    """What a later release adds does not break its readers."""
    validate(json.loads(msgspec.json.encode(report(outcome()).document)) | {"mood": "good"})

"""The map holds what was decided, of whom and of which kind of channel, and nothing that changes by itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UsageError
from harness.history.events import Event, HttpAnswered, MessageAnswered, MessageAsked
from harness.history.recorder import Header
from harness.report.authorization_map import FILE_NAME, AuthorizationMap, Row, map_of, read_map, render
from harness.report.files import write_history

THEIRS = "private-chat.{other company}.conversation.{another}"


def answered(decision: str = "denied", **fields: Any) -> HttpAnswered:
    """Tell of an authorization that was granted, denied or broke."""
    facts: dict[str, Any] = {
        "granted": {"status": 200, "outcome": "ok", "signature": "valid"},
        "denied": {"status": 403, "outcome": "refused"},
        "error": {"status": 500, "outcome": "unknown"},
    }[decision]
    plain = {"n": 1, "at": 1, "act": "a", "purpose": "authorize", "shape": THEIRS, "persona": "other company"}
    return HttpAnswered(**{**plain, "credential": "live", "encoding": "form", **facts, **fields})


def sent(status: int | None, outcome: Any, act: str = "m", **fields: Any) -> list[Event]:
    """Tell of a message that was sent."""
    asked = {"meant": 1, "conversation": "7", "channel": "c", "text": "t", "shape": "own", "persona": "participant"}
    return [
        MessageAsked(**{"n": 1, "at": 1, "act": act, **asked, **fields}),
        MessageAnswered(n=2, at=2, act=act, outcome=outcome, status=status),
    ]


def test_a_decision_is_a_row_without_its_defaults() -> None:
    """A living token, and an encoding that makes no difference, go without saying."""
    (row,) = map_of([answered(), answered(encoding="json")]).rows

    assert row == Row(pattern=THEIRS, act="join", persona="other company", decision="denied")


def test_what_contradicts_itself_is_mixed_and_says_what_was_seen() -> None:
    """Once granted is granted, however often it was denied."""
    (row,) = map_of([answered(), answered("granted"), answered(), answered("error")]).rows

    assert (row.decision, row.saw) == ("mixed", ("denied", "error", "granted"))


def test_encodings_that_differ_have_a_row_each() -> None:
    """One encoding that slips past the rule is told apart from those that do not."""
    rows = map_of([answered(), answered("granted", encoding="json"), answered("granted", encoding="query")]).rows

    assert [(row.encoding, row.decision) for row in rows] == [
        ("form", "denied"),
        ("json", "granted"),
        ("query", "granted"),
    ]


@pytest.mark.parametrize(
    ("answer", "decision"),
    [
        (answered("granted", signature="unverifiable"), "granted"),
        (answered("granted", signature="absent"), "error"),
        (answered("granted", signature="invalid"), "error"),
        (answered(status=422), "denied"),
        (answered(signature="unverifiable"), "granted"),
        (answered(status=401), "denied"),
        (answered("error"), "error"),
    ],
)
def test_an_answer_is_a_grant_a_denial_or_neither(answer: HttpAnswered, decision: str) -> None:
    """A 200 that holds no signature of its own lets nobody in, and is no denial either."""
    assert [row.decision for row in map_of([answer]).rows] == [decision]


@pytest.mark.parametrize(
    "fields",
    [{"status": None}, {"status": 429}, {"shape": ""}, {"names_a_socket": False}, {"purpose": "log in"}],
    ids=lambda fields: next(iter(fields)),
)
def test_what_decides_nothing_is_no_row(fields: dict[str, Any]) -> None:
    """No answer, a rate limit, a socket that is none, an event of an older history, another route."""
    assert map_of([answered(**fields)]).rows == ()


@pytest.mark.parametrize(
    ("status", "outcome", "row"),
    [
        (201, "ok", ("granted", "live")),
        (403, "refused", ("denied", "live")),
        (404, "refused", ("denied", "live")),
        (401, "refused", ("denied", "unknown")),
        (500, "unknown", ("error", "live")),
        (422, "refused", None),
        (429, "refused", None),
        (None, "unknown", None),
    ],
)
def test_who_may_publish_is_told_by_the_answer_to_a_message(status: Any, outcome: Any, row: Any) -> None:
    """A refusal of what is in it says nothing about who may, and one without a known sender nothing of the others."""
    rows = map_of(sent(status, outcome)).rows

    assert [(one.decision, one.credential) for one in rows] == ([row] if row else [])
    assert all((one.act, one.pattern, one.persona) == ("publish", "own", "participant") for one in rows)


def test_a_text_that_breaks_a_server_leaves_the_right_to_send_it() -> None:
    """An error is a row where nothing else was seen; acts of two workers, and messages without a shape, are apart."""
    both = map_of([*sent(201, "ok"), *sent(500, "unknown", "m2")])

    assert [row.decision for row in both.rows] == ["granted"]
    assert map_of(sent(201, "ok", shape="")).rows == ()
    assert map_of(sent(201, "ok", worker="gw0")).rows == ()


def test_the_order_in_which_things_happened_is_not_in_it(report: Any) -> None:
    """The same decisions give the same bytes; each row stands on a line of its own, as JSON."""
    events = [
        answered(decision, persona=persona, encoding=encoding, who=persona, credential=worth)
        for decision, worth in (("granted", "live"), ("denied", "none"))
        for persona in ("colleague", "participant", "")
        for encoding in ("form", "json")
    ]
    files = {render(report(events=(*events[at:], *events[:at]))) for at in range(len(events))}

    (content,) = files
    assert len(json.loads(content)["rows"]) == 6 == content.count(b'"pattern"')
    assert all(line.count(b'"pattern"') <= 1 for line in content.splitlines())
    assert json.loads(render(report())) == {"schema": "realtime-authz-map/1", "rows": []}


def test_what_was_written_is_read_back(report: Any, tmp_path: Path) -> None:
    """From the file, from a run's folder, and of a run without a map from its history."""
    events = [answered("granted", encoding="json"), answered(), answered(persona="colleague")]
    written = map_of(events)
    (tmp_path / FILE_NAME).write_bytes(render(report(events=tuple(events))))
    assert read_map(tmp_path) == read_map(tmp_path / FILE_NAME) == written

    older = tmp_path / "older"
    older.mkdir()
    write_history(older, Header(run="1"), events)
    assert read_map(older) == written


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no authorization map of realtime-authz-map/1: "),
        (b"[1]", "is no authorization map of realtime-authz-map/1: "),
        (b"\xff", "is no authorization map of realtime-authz-map/1: "),
        (b"{}", "is of schema None; this version reads realtime-authz-map/1"),
        (b'{"schema":"realtime-authz-map/2"}', "is of schema 'realtime-authz-map/2'; this version reads "),
        (b'{"schema":"realtime-authz-map/1","rows":[{}]}', "is no authorization map of realtime-authz-map/1: "),
        (None, "cannot be read: No such file or directory; name an authz-map.json, or a run's folder"),
    ],
)
def test_what_is_no_map_is_one_sentence(tmp_path: Path, content: bytes | None, words: str) -> None:
    """It names the file, and what this version reads."""
    file = tmp_path / "some.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError) as refused:
        read_map(file)

    assert str(refused.value).startswith(f"{file} {words}")


def test_a_folder_that_holds_nothing_of_a_run_is_refused(tmp_path: Path) -> None:
    """As `realtime report` itself refuses it."""
    with pytest.raises(UsageError, match="so nothing can be told of that run"):
        read_map(tmp_path)
    assert AuthorizationMap().rows == ()

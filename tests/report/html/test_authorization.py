"""The map as a table: a line for each pattern and act, a column for each kind of person of whom something is known."""

from typing import Any

import msgspec

from harness.history.events import HttpAnswered
from harness.report.authorization_map import AuthorizationMap, Row
from harness.report.html import render
from harness.report.html.authorization import Cell, matrix

NONE = AuthorizationMap()


def row(decision: Any, **fields: Any) -> Row:
    """Make a row about a participant's own channel."""
    return Row(**{"pattern": "x.{own}", "act": "join", "persona": "participant", **fields, "decision": decision})


def laid(*rows: Row) -> Any:
    """Lay a map of these rows out."""
    return matrix(AuthorizationMap(rows=rows))


def test_people_are_columns_nearest_first() -> None:
    """Those of whom nothing was observed have none; what nobody asked is an empty cell."""
    table = laid(row("denied", persona="visitor"), row("granted"), row("granted", act="publish"))

    assert table.people == ["a participant", "a visitor who never logged in"]
    assert [(line.pattern, line.act) for line in table.lines] == [("x.{own}", "join"), ("x.{own}", "publish")]
    assert table.lines[0].cells == [Cell("granted", "good"), Cell("denied", "plain")]
    assert table.lines[1].cells == [Cell("granted", "good"), Cell()]


def test_encodings_that_differ_stand_in_one_cell() -> None:
    """In the tone of the gravest, with what is mixed spelled out."""
    mixed = row("mixed", encoding="json", saw=("denied", "granted"))
    table = laid(row("denied", encoding="form"), mixed)

    assert table.lines[0].cells == [Cell("denied (form), mixed: denied and granted (json)", "doubtful")]
    assert laid(row("denied", encoding="form"), row("granted", encoding="json")).lines[0].cells[0].tone == "doubtful"
    assert laid(row("error", encoding="form"), mixed).lines[0].cells[0].tone == "bad"


def test_other_tokens_are_listed_apart() -> None:
    """They are no part of what a person may do."""
    table = laid(row("denied", credential="dead"), row("error", credential="none", persona=""))

    assert (table.people, table.lines) == ([], [])
    assert [(one.who, one.act, one.cell.tone) for one in table.others] == [
        ("a participant, with a token that had ended", "join", "plain"),
        ("somebody, without a token", "join", "bad"),
    ]


def test_the_page_shows_it_where_something_was_decided(runs: Any) -> None:
    """In words beside the colours, what a target wrote escaped; without a decision there is no section."""
    report = runs.failing()
    answer = HttpAnswered(
        n=1, at=1, act="a", purpose="authorize", status=403, outcome="refused", shape=runs.ATTACK, persona="colleague"
    )
    asked = [msgspec.structs.replace(answer, credential=worth) for worth in ("live", "none")]
    report.events[:] = [event for event in report.events if not getattr(event, "shape", "")]
    without = render(report)
    report.events.extend(asked)
    page = render(report)

    assert 'id="authorization"' not in without
    assert 'href="#authorization"' in page
    assert '<td class="plain">denied</td>' in page
    assert "a colleague who is no participant, without a token" in page
    assert runs.ATTACK not in page
    assert matrix(NONE).lines == []

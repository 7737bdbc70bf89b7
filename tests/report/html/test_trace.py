"""A world becomes lanes, rows and spans."""

from typing import Any

import pytest

from harness.history.events import FaultBegan
from harness.report.html.trace import Row, Trace, trace


def drawn(events: Any, evidence: Any = (), limit: int = 1_000, payload: int = 100) -> Trace:
    """Draw a world."""
    return trace(events, evidence, limit=limit, payload=payload)


def named(picture: Trace, row: Row) -> tuple[str, str]:
    """Name the lanes that a row goes from and to."""
    return picture.lanes[row.source].name, picture.lanes[row.target].name


def row_of(picture: Trace, says: str) -> Row:
    """Find the first row whose words hold these."""
    return next(row for row in picture.rows if says in row.says)


@pytest.mark.parametrize(
    ("says", "ends"),
    [
        ("authorize: POST", ("alice", "backend")),
        ("200 to authorize", ("backend", "alice")),
        ("hears message 1", ("broadcaster", "bob#1")),
        ("inferred", ("backend", "broadcaster")),
        ("subscribed", ("alice", "alice")),
    ],
)
def test_arrows_go_where_things_went(runs: Any, says: str, ends: tuple[str, str]) -> None:
    """Calls to the backend and back, frames from the broadcaster; what happened to somebody stays there."""
    picture = drawn(runs.exchange())

    assert named(picture, row_of(picture, says)) == ends


def test_a_message_says_how_long_it_took(runs: Any) -> None:
    """From when it was meant to when it arrived; its broadcast is inferred once, from its first frame."""
    picture = drawn(runs.exchange(runs.ARABIC))
    row = row_of(picture, "hears message 1")

    assert "ms after it was meant" in row.says
    assert (row.text, row.who, row.kind) == (runs.ARABIC, "bob", "message")
    assert sum(row.inferred for row in picture.rows) == 1


def test_what_lasts_is_a_span(runs: Any) -> None:
    """Subscriptions and calls on their lanes, faults on all; each between two rows."""
    picture = drawn(runs.exchange())
    spans = {(span.kind, span.text): span for span in picture.spans}
    fault = spans["fault", "slow(bob, by=0.2)"]

    assert {kind for kind, _ in spans} == {"subscription", "call", "fault"}
    assert (fault.lane, picture.rows[fault.first].says, picture.rows[fault.last].says) == (
        -1,
        "fault began",
        "fault ended",
    )
    assert all(span.first <= span.last for span in picture.spans)


def test_a_fault_that_never_ended_lasts_to_the_end(story: Any) -> None:
    """It was at work when the history ends."""
    story.record(FaultBegan, fault="cut(bob)")
    story.finish()
    picture = drawn(story.events)

    assert [span.last for span in picture.spans] == [len(picture.rows) - 1]


def test_evidence_is_marked(runs: Any) -> None:
    """The rows of the events that a finding is about."""
    events = runs.exchange()

    assert [row.event["n"] for row in drawn(events, {events[3].n}).rows if row.evidence] == [events[3].n]


def test_an_event_is_given_in_full_but_for_its_length(runs: Any) -> None:
    """Whatever text is in it is cut, and shows what nobody would see; test and worker are the same in all."""
    events = runs.exchange(runs.UNKIND + "x" * 1_000)
    event = next(row.event for row in drawn(events).rows if row.event.get("kind") == "frame.in")

    assert runs.OVERRIDE not in event["text"]
    assert event["text"].endswith("characters)")
    assert len(event["text"]) < 300
    assert not {"test", "worker"} & set(event)


def test_a_long_world_is_sampled(runs: Any) -> None:
    """It says how many events there were; spans stay between rows that are shown."""
    picture = drawn(runs.exchange(messages=200), limit=50)

    assert (picture.kept, picture.total > 600) == (50, True)
    assert max(span.last for span in picture.spans) < len(picture.rows)

"""Suspects are ranked by what speaks for them, and none is lost or invented."""

from typing import Any

import pytest

from harness.checkers.judgement import judge
from harness.checkers.observations import OBSERVATIONS
from harness.checkers.suspects import SUSPECTS
from harness.diagnosis.ranking import WEIGHERS, explained, ranked
from harness.history.events import Event


def test_the_likeliest_comes_first_with_its_reason(story: Any) -> None:
    """What speaks against a suspect puts it last; of equals the catalogue's first stays first."""
    story.join("bob#1", "carol#1")
    story.send()
    story.hear("bob#1")
    (lost,) = explained(judge(story.events), story.events).findings

    assert [(one.id, one.likelihood) for one in lost.suspects] == [
        ("DE-04", "likely"),
        ("DE-03", "possible"),
        ("DE-13", "unlikely"),
        ("DE-30", "unlikely"),
        ("CO-19", "unlikely"),
    ]
    assert lost.suspects[0].because == ("it was the first message behind the subscription",)
    assert "(likely: it was the first message behind the subscription)" in str(lost)


@pytest.mark.parametrize("id_", OBSERVATIONS)
def test_no_suspect_is_lost_or_invented(stories: Any, id_: str) -> None:
    """Ranking orders what the catalogue suspects, on the recorded history of each observation."""
    name = next(name for name in stories.STORIES if name.partition("--")[0] == id_)
    events: list[Event] = stories.tell(name).events

    for finding in explained(judge(events), events).findings:
        assert sorted(one.id for one in finding.suspects) == sorted(OBSERVATIONS[finding.id].suspects)


def test_nothing_is_looked_into_where_nothing_was_found(history_free: list[Event]) -> None:
    """A judgement without findings is given back as it is."""
    judgement = judge(history_free)

    assert explained(judgement, history_free) is judgement
    assert ranked([], history_free) == []


@pytest.fixture
def history_free(story: Any) -> list[Event]:
    """Give a history in which all went well."""
    story.join("bob#1")
    story.send()
    story.hear("bob#1")
    events: list[Event] = story.events
    return events


def test_only_suspects_of_the_catalogue_are_weighed() -> None:
    """A weigher for an id that no observation suspects would never be asked."""
    assert set(WEIGHERS) <= set(SUSPECTS)

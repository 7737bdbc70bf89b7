"""Stories whose findings are looked into."""

from collections.abc import Callable
from typing import Any

import pytest

from harness.checkers.findings import Finding, finding
from harness.checkers.judgement import judge
from harness.diagnosis.clues import Clues, Weight
from harness.diagnosis.ranking import WEIGHERS


@pytest.fixture
def found(story: Any) -> Callable[[str], Finding]:
    """Judge the story and give its first finding of this id."""
    return lambda id_: next(one for one in judge(story.events).findings if one.id == id_)


@pytest.fixture
def weigh(story: Any, found: Any) -> Callable[..., Weight | None]:
    """Weigh a suspect of a finding that the story has."""
    return lambda id_, suspect: WEIGHERS[suspect](found(id_), Clues(story.events))


@pytest.fixture
def weigh_bare(story: Any) -> Callable[[str], Weight | None]:
    """Weigh a suspect of a finding that is about no event at all."""
    return lambda suspect: WEIGHERS[suspect](finding("delivery.lost", "lost"), Clues(story.events))

"""A view is a window on a history that is always up to date."""

from typing import Any

import pytest

from harness.errors import HarnessError
from harness.history.events import FenceAsked, FrameIn
from harness.history.view import View


@pytest.fixture
def view(story: Any) -> View:
    """Look at a story while it is told."""
    return View(lambda: story.events)


def test_it_shows_what_has_happened_meanwhile(story: Any, view: View) -> None:
    """Events are shown in the order seen, all or of one kind, and read into a ledger."""
    before = len(view.events)
    story.join("bob#1")
    story.send()
    frames = [story.hear("bob#1"), story.hear("bob#1")]

    assert view.events == story.events
    assert len(view.events) > before
    assert view.of(FrameIn) == frames
    assert [hearing.frame for hearing in view.ledger.hearings] == frames


def test_the_newest_event_of_a_kind_is_given(story: Any, view: View) -> None:
    """Without one the error names the kind that was looked for."""
    story.hear("bob#1")
    newest = story.hear("bob#1")

    assert view.last(FrameIn) == newest
    with pytest.raises(HarnessError, match="this test's history holds no FenceAsked yet"):
        view.last(FenceAsked)

"""What stays of a history that is too long to be shown."""

from collections import Counter
from typing import Any

from harness.history.events import Event, FrameIn
from harness.report.html.sampling import sampled


def kinds(events: list[Event]) -> Counter[str]:
    """Count events by the name of their class."""
    return Counter(type(event).__name__ for event in events)


def test_a_short_history_stays_whole(runs: Any) -> None:
    """Nothing is left out that has room."""
    events = runs.exchange()

    assert sampled(events, (), len(events)) == events


def test_the_story_stays_before_messages_before_calls_before_traffic(runs: Any) -> None:
    """In the order of the history, the newest of what is left out in part."""
    events = runs.exchange(messages=50)
    everything, few, more = kinds(events), sampled(events, (), 20), sampled(events, (), 150)

    assert kinds(few)["SubscribeAnswered"] == kinds(few)["SocketOpened"] == 3
    assert kinds(few)["FenceAsked"] == kinds(few)["HttpAsked"] == 0
    assert few == sorted(few, key=lambda event: event.n)
    assert kinds(more)["SubscribeAsked"] == everything["SubscribeAsked"]
    newest = [event for event in events if isinstance(event, FrameIn) and event.is_message][-1]
    assert newest in few


def test_what_findings_are_about_stays(runs: Any) -> None:
    """However old it is, and whatever kind."""
    events = runs.exchange(messages=50)
    asked = next(event for event in events if type(event).__name__ == "HttpAsked")

    assert asked in sampled(events, {asked.n}, 5)
    assert len(sampled(events, {asked.n}, 5)) == 5

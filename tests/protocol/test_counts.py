"""When subscribers hear how many they are."""

from harness.protocol.counts import Counts


def test_each_change_of_a_small_channel_is_told() -> None:
    """Up to a hundred subscribers nobody waits."""
    counts = Counts(interval=5)

    assert [counts.is_told("room", count, now=0.0) for count in (1, 99, 100)] == [True] * 3
    assert counts.due(now=100.0) == []


def test_changes_of_a_large_channel_are_told_together() -> None:
    """The first at once, those that follow when the time is over, and nothing twice."""
    counts = Counts(interval=5)

    assert [counts.is_told("room", 101, now=now) for now in (0.0, 1.0, 4.9)] == [True, False, False]
    assert counts.due(now=4.9) == []
    assert counts.due(now=5.0) == ["room"]
    assert counts.due(now=20.0) == []
    assert [counts.is_told("room", 102, now=now) for now in (9.9, 10.0)] == [False, True]


def test_a_channel_that_is_gone_is_owed_nothing() -> None:
    """Its count is told anew when it is occupied again."""
    counts = Counts(interval=5)
    for now in (0.0, 1.0):
        counts.is_told("room", 101, now=now)
    counts.forget("room")
    counts.forget("never")

    assert counts.due(now=10.0) == []
    assert counts.is_told("room", 101, now=1.0)

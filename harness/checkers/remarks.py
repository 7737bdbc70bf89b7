"""What is worth knowing about a run on somebody else's system, and judges nothing: what it asked for, what we left."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from harness.history.events import Event, LeftBehind, Throttled


def remarks(events: Iterable[Event]) -> tuple[str, ...]:
    """List what was left behind on the target, reason by reason, and how often it asked us to wait."""
    left: dict[str, list[str]] = defaultdict(list)
    waits: Counter[str] = Counter()
    for event in events:
        if isinstance(event, LeftBehind):
            left[event.why].append(event.what)
        elif isinstance(event, Throttled):
            waits[event.purpose] += 1
    told = [f"left behind on the target: {', '.join(what)}: {why}" for why, what in left.items()]
    if waits:
        asked = ", ".join(f"to {purpose} ({times})" for purpose, times in sorted(waits.items()))
        told.append(f"the target limits requests, and was waited for when it said so (429, Retry-After): {asked}")
    return tuple(told)

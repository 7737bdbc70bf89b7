"""What of a long history a trace keeps: what findings are about, the story, the traffic; of each the newest."""

from collections import defaultdict
from collections.abc import Collection

from harness.history.events import (
    Event,
    FenceAnswered,
    FenceAsked,
    FrameIn,
    FrameOut,
    HttpAnswered,
    HttpAsked,
    MessageAnswered,
    MessageAsked,
)


def sampled(events: list[Event], evidence: Collection[int], limit: int) -> list[Event]:
    """Keep at most `limit` events, in their order; `evidence` holds the numbers of those that findings are about."""
    if len(events) <= limit:
        return events
    ranks: dict[int, list[int]] = defaultdict(list)
    for index, event in enumerate(events):
        ranks[0 if event.n in evidence else _rank(event)].append(index)
    kept: list[int] = []
    for rank in sorted(ranks):
        kept += ranks[rank][-(limit - len(kept)) :] if len(kept) < limit else []
    return [events[index] for index in sorted(kept)]


def _rank(event: Event) -> int:
    """Rank an event by how little a reader would miss it: the story, messages, calls, the protocol's own traffic."""
    if isinstance(event, MessageAsked | MessageAnswered) or (isinstance(event, FrameIn) and event.is_message):
        return 2
    if isinstance(event, HttpAsked | HttpAnswered):
        return 3
    return 4 if isinstance(event, FrameIn | FrameOut | FenceAsked | FenceAnswered) else 1

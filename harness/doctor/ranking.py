"""The causes of a hop that is broken, likeliest first; a hop that was not reached has none."""

from collections.abc import Iterable

from harness.doctor.cause import Cause
from harness.doctor.causes import CAUSES
from harness.doctor.observations import Seen
from harness.doctor.report import Ranked


def ranked(hop: str, seen: Seen, causes: Iterable[Cause] = CAUSES) -> tuple[Ranked, ...]:
    """
    Rank what can be the cause at a hop and has something to speak for it; each id once, with its best evidence.

    Of equal weight, the cause that stands first in the table stays first.
    """
    found = [(one, because) for one in causes if hop in one.hops and (because := one.evidence(seen, hop))]
    best: dict[str, Ranked] = {}
    for cause, because in sorted(found, key=lambda one: -one[0].weight):
        best.setdefault(cause.id, _told(cause, because))
    return tuple(best.values())


def unknown(came: str) -> Ranked:
    """Say that nothing which is known looks like what came."""
    return Ranked(
        id="unknown",
        says="nothing that is known looks like this",
        likelihood="possible",
        because=came,
        mend="look at the logs of that moment: storage/logs/laravel.log, reverb:start --debug",
    )


def _told(cause: Cause, because: str) -> Ranked:
    return Ranked(
        id=cause.id,
        says=cause.says,
        likelihood=cause.likelihood,
        because=because,
        mend=cause.mend,
        is_environment=cause.is_environment,
    )

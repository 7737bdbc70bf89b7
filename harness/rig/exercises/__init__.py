"""The exercises, in the order in which they are done: those after which a client must be started anew come last."""

from collections.abc import Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase

from harness.errors import UsageError
from harness.rig.exercise import Exercise
from harness.rig.exercises import acting, authorizing, closing, connecting, liveness, outages, subscribing, tolerating

ALL: tuple[Exercise, ...] = (
    *connecting.ALL,
    *authorizing.ASKING,
    *subscribing.ALL,
    *liveness.ANSWERING,
    *tolerating.ALL,
    *liveness.ASKING,
    *outages.ALL,
    *authorizing.FRESH,
    *closing.RETURNING,
    *authorizing.ANSWERS,
    *acting.ALL,
    *liveness.GIVING_UP,
    *outages.UNREACHABLE,
    *closing.FINAL,
)


def chosen(wanted: Iterable[str]) -> list[Exercise]:
    """
    Give the exercises of these ids, in our order; a `*` stands for any characters, and no id for all of them.

    Raises `UsageError` for one that does not exist.
    """
    patterns = list(wanted)
    for pattern in patterns:
        if not any(fnmatchcase(one.id, pattern) for one in ALL):
            near = get_close_matches(pattern, [one.id for one in ALL], n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise UsageError(f"there is no exercise {pattern!r}{hint} (realtime rig --list shows them)")
    return [one for one in ALL if not patterns or any(fnmatchcase(one.id, pattern) for pattern in patterns)]

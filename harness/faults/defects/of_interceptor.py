"""Every defect that the interceptor can put in front of a target, by its id in DEFECTS.md."""

from collections.abc import Iterable
from typing import Final

from harness.errors import UsageError
from harness.faults.defects.access import ACCESS
from harness.faults.defects.api import API
from harness.faults.defects.content import CONTENT
from harness.faults.defects.delivery import DELIVERY
from harness.faults.defects.intercepted import Intercepted
from harness.faults.defects.presence import PRESENCE
from harness.faults.defects.sockets import SOCKETS

INTERCEPTED: Final[dict[str, Intercepted]] = {
    one.id: one for one in (*DELIVERY, *CONTENT, *PRESENCE, *SOCKETS, *ACCESS, *API)
}
"""What there is, by id."""


def possible(*, has_secret: bool) -> tuple[Intercepted, ...]:
    """List what can be put in front of a target whose app secret is known, or is not."""
    return tuple(one for one in INTERCEPTED.values() if has_secret or not one.needs_secret)


def chosen(ids: Iterable[str], *, has_secret: bool) -> tuple[Intercepted, ...]:
    """Give the defects of these ids; raises `UsageError` for one that is unknown, or signs without the secret."""
    can_be = {one.id for one in possible(has_secret=has_secret)}
    for id_ in ids:
        if id_ not in can_be:
            why = "needs the app's secret, which it was not given" if id_ in INTERCEPTED else "is unknown"
            raise UsageError(
                f"the interceptor has no defect {id_!r}: it {why}; possible are {', '.join(sorted(can_be))}"
            )
    return tuple(INTERCEPTED[id_] for id_ in ids)

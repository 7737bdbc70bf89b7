"""A defect that the interceptor can put in front of any target: what it is, and what it does."""

from collections.abc import Callable

from harness.faults.defects.behaviour import Behaviour, Given
from harness.faults.defects.defect import Defect


class Intercepted(Defect, frozen=True, kw_only=True):
    """A defect, and the behaviour that makes it; `needs_secret` says that it signs with the app's secret."""

    behaves: Callable[[Given], Behaviour]
    needs_secret: bool = False


def intercepted(
    id_: str,
    says: str,
    behaves: Callable[[Given], Behaviour],
    *,
    convicted_by: tuple[str, ...],
    scenarios: tuple[str, ...],
    needs_secret: bool = False,
    dialect: str = "",
) -> Intercepted:
    """Say what a defect of the interceptor is."""
    return Intercepted(
        id=id_,
        says=says,
        by="interceptor",
        behaves=behaves,
        convicted_by=convicted_by,
        scenarios=scenarios,
        needs_secret=needs_secret,
        dialect=dialect,
    )

"""What an observation is, and the hops of the flow at which one is made (DESIGN.md, section 2)."""

from typing import Final

import msgspec

from harness.checkers.verdict import FindingClass

LOG_IN: Final = "1, login"
AUTHORIZE: Final = "3, authorize"
SUBSCRIBE: Final = "4, subscribe"
STORE: Final = "5, send (backend stores)"
BROADCAST: Final = "6, broadcast (backend → broadcaster)"
DELIVER: Final = "7, deliver (broadcaster → socket)"


class Observation(msgspec.Struct, frozen=True):
    """One way in which a checker can fail."""

    id: str
    kind: FindingClass
    hop: str
    says: str
    suspects: tuple[str, ...] = ()


def listed(*observations: Observation) -> dict[str, Observation]:
    """Give observations by their ids."""
    return {observation.id: observation for observation in observations}

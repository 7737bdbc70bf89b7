"""What a walk came to: every hop with what it did and what came back, and for a broken one the causes, ranked."""

from typing import Literal

import msgspec

from harness.checkers.findings import Likelihood
from harness.doctor.walker import State


class Ranked(msgspec.Struct, frozen=True, kw_only=True):
    """
    A cause that the evidence speaks for.

    `id` is the number of a known failure mode, or a word; `mend` the command or setting that mends it.
    """

    id: str
    says: str
    likelihood: Likelihood
    because: str
    mend: str
    is_environment: bool = False


class HopTold(msgspec.Struct, frozen=True, kw_only=True):
    """
    One hop; `causes` are empty unless it is broken or would be for somebody.

    `seconds` is how long it took, without the pauses that a system of somebody else's is left alone for.
    """

    hop: str
    does: str
    state: State
    came: str
    seconds: float = 0.0
    causes: tuple[Ranked, ...] = ()


class Unseen(msgspec.Struct, frozen=True, kw_only=True):
    """A known failure mode that cannot be seen from here, and what would have to be stated."""

    id: str
    says: str
    state: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A walk over one target."""

    target: str
    topology: str
    backend: str
    broadcaster: str
    dialect: str
    hops: tuple[HopTold, ...]
    unseen: tuple[Unseen, ...]

    @property
    def broken(self) -> tuple[HopTold, ...]:
        """The hops that do not work."""
        return tuple(one for one in self.hops if one.state == "broken")

    @property
    def advised(self) -> tuple[HopTold, ...]:
        """The hops that work, and would not for everybody."""
        return tuple(one for one in self.hops if one.state == "advice")

    @property
    def first(self) -> Ranked | None:
        """The likeliest cause at the first hop that is broken, or else gives advice."""
        return next((one.causes[0] for one in (*self.broken, *self.advised) if one.causes), None)

    @property
    def verdict(self) -> Literal["fine", "broken", "environment"]:
        """Whether all hops work, one is broken, or what is broken says nothing about the product."""
        if not self.broken:
            return "fine"
        is_environment = all(one.causes and one.causes[0].is_environment for one in self.broken)
        return "environment" if is_environment else "broken"

"""What the doctor found on the target of a run in which something failed, and which it walked hop by hop."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal

import msgspec

State = Literal["fine", "advice", "broken", "not reached", "not exercised"]


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """A cause that the evidence speaks for; `mend` is the command or setting that mends it."""

    id: str
    says: str
    likelihood: str
    because: str
    mend: str
    is_environment: bool = False


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """One hop: what came back there, after how many seconds, and the causes, likeliest first, where it is broken."""

    hop: str
    state: State
    came: str
    seconds: float = 0.0
    causes: tuple[Cause, ...] = ()


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """
    One walk over the target, or several that came to the same.

    `workers` are those whose target was walked, "" the only process of a run. `failed` says why there was no walk to
    the end, which is the doctor's own fault.
    """

    workers: tuple[str, ...] = ("",)
    hops: tuple[Hop, ...] = ()
    failed: str = ""

    @property
    def broken(self) -> tuple[Hop, ...]:
        """The hops that do not work."""
        return tuple(one for one in self.hops if one.state == "broken")

    @property
    def advised(self) -> tuple[Hop, ...]:
        """The hops that work, and would not for everybody."""
        return tuple(one for one in self.hops if one.state == "advice")

    @property
    def first(self) -> Cause | None:
        """The likeliest cause at the first broken hop."""
        return next((one.causes[0] for one in self.broken if one.causes), None)

    @property
    def headline(self) -> str:
        """What to look at first, in one line."""
        if self.failed:
            return f"could not walk the target, which is a fault of ours: {self.failed}"
        if self.first is not None:
            where = ", in the environment" if self.first.is_environment else ""
            return f"first look at: {self.first.says} [{self.first.id}, {self.first.likelihood}{where}]"
        if not any(one.state in ("fine", "advice") for one in self.hops):
            return "no hop could be walked"
        return "all hops are fine now: what failed has passed, or lies in what is done there and not in the way there"

    @property
    def counted(self) -> str:
        """How many hops came to what."""
        counts = Counter(one.state for one in self.hops)
        return ", ".join(f"{counts[state]} {state}" for state in _COUNTED if counts[state])

    @property
    def details(self) -> tuple[tuple[str, str], ...]:
        """What the headline stands on, each with its name: evidence, remedy, the broken hops, how far the walk came."""
        first = self.first
        told = [("because", first.because), ("mend", first.mend)] if first is not None else []
        told += [("broken", f"{one.hop}: {one.came}") for one in self.broken]
        told += [("note", f"{one.hop}: {one.causes[0].says}") for one in self.advised if one.causes]
        told += [("hops", self.counted)] if self.hops else []
        told += [("workers", ", ".join(self.workers))] if any(self.workers) else []
        return tuple(told)


_COUNTED: tuple[State, ...] = ("fine", "advice", "broken", "not reached", "not exercised")


def merged(visits: Iterable[Visit]) -> tuple[Visit, ...]:
    """Put the walks of several workers together that came to the same: the first stands for all."""
    same: dict[tuple[str, ...], list[Visit]] = {}
    for one in visits:
        same.setdefault((one.headline, *(hop.hop for hop in one.broken)), []).append(one)
    return tuple(
        msgspec.structs.replace(group[0], workers=tuple(sorted(name for one in group for name in one.workers)))
        for group in same.values()
    )

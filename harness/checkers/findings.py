"""Findings: one broken guarantee each, as what was observed, with the suspects that would look like it."""

from collections.abc import Iterable
from functools import cache
from typing import Literal

import msgspec

from harness.checkers.observations import OBSERVATIONS
from harness.checkers.suspects import SUSPECTS
from harness.checkers.verdict import FindingClass
from harness.history.events import Event

_SUSPECTS_SHOWN = 3

Likelihood = Literal["likely", "possible", "unlikely"]


class Suspect(msgspec.Struct, frozen=True, kw_only=True):
    """A defect of the catalogue that would look like what was observed, and what speaks for or against it."""

    id: str
    says: str
    likelihood: Likelihood = "possible"
    because: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Write it on one line: its id, what it is, how likely, and the first reason."""
        why = f" ({self.likelihood}: {self.because[0]})" if self.because else ""
        return f"{self.id}  {self.says}{why}"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """
    One broken guarantee: what was observed, about whom, where, what was expected, and the evidence for it.

    `kind` is called `class` wherever findings are written as data.
    """

    id: str
    kind: FindingClass = msgspec.field(name="class")
    hop: str
    summary: str
    who: str = ""
    where: str = ""
    expected: str = ""
    evidence: tuple[str, ...] = ()
    events: tuple[int, ...] = ()
    """The numbers (`n`) of the events of the test's history that it is about, the cause first."""
    suspects: tuple[Suspect, ...] = ()
    test: str = ""
    tolerated: str = ""
    """Why this finding does not count, when a test declared so."""

    @property
    def counts(self) -> bool:
        """Tell whether it makes a verdict FAIL: not tolerated, and no mere advice."""
        return not self.tolerated and self.kind is not FindingClass.ADVICE

    def matches(self, prefix: str) -> bool:
        """Tell whether the id is this one or lies below it."""
        return self.id == prefix or self.id.startswith(prefix.rstrip(".") + ".")

    def __str__(self) -> str:
        """Write the paragraph that a stranger can act on."""
        lines = [f"{self.id} ({self.kind}): {self.summary}", f"  hop       {self.hop}"]
        lines += [f"  expected  {self.expected}"] if self.expected else []
        lines += [f"  seen      {line}" for line in self.evidence]
        lines += [f"  suspect   {one}" for one in self.suspects[:_SUSPECTS_SHOWN]]
        return "\n".join(lines)


def finding(
    id_: str,
    summary: str,
    *,
    who: str = "",
    where: str = "",
    expected: str = "",
    evidence: Iterable[str] = (),
    about: Iterable[Event] = (),
) -> Finding:
    """State an observation `about` some events; class, hop and suspects come from the list."""
    observation = OBSERVATIONS[id_]
    return Finding(
        id=id_,
        kind=observation.kind,
        hop=observation.hop,
        summary=summary,
        who=who,
        where=where,
        expected=expected,
        evidence=tuple(evidence),
        events=tuple(event.n for event in about),
        suspects=_suspects(observation.suspects),
    )


@cache
def _suspects(ids: tuple[str, ...]) -> tuple[Suspect, ...]:
    """Name suspects in words; shared, since a run that loses everything states one observation thousands of times."""
    return tuple(Suspect(id=one, says=SUSPECTS[one]) for one in ids)

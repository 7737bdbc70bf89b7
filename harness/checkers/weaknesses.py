"""
Known weaknesses: what servers of a dialect are known to let through is told once in a test, and never held against it.

Which those are, the history says itself (`TestStarted.weaknesses`). A weakness excuses what the broadcaster does, never
that somebody joins or hears what they may not.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.checkers.findings import Finding, finding
from harness.checkers.suspects import SUSPECTS
from harness.history.events import Event, TestStarted
from harness.history.worlds import terms


@dataclass
class Weaknesses:
    """The weaknesses that are known of the target of one world, and which of them have been told of."""

    known: frozenset[str]
    _told: set[str] = field(default_factory=set)

    def excuse(self, weakness: str) -> bool:
        """Tell whether this is one that is known."""
        return weakness in self.known

    def tell(self, weakness: str, evidence: Iterable[str], about: Iterable[Event]) -> list[Finding]:
        """
        State a known weakness, the first time that it is met; nothing afterwards.

        The summary names nobody and no channel, so that it is the same in every test of a run.
        """
        if weakness in self._told:
            return []
        self._told.add(weakness)
        return [
            finding(
                "subscription.known-weakness",
                f"the broadcaster has {weakness}: {SUSPECTS.get(weakness, 'a weakness of its dialect')}",
                expected="servers of this dialect are known for it; whoever relies on the contrary is not safe",
                evidence=evidence,
                about=about,
            )
        ]


def weaknesses(events: list[Event]) -> Weaknesses:
    """Read which weaknesses are known in a world."""
    started: TestStarted | None = terms(events)[0]
    return Weaknesses(frozenset(started.weaknesses if started else ()))

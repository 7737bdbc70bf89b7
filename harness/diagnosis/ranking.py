"""Rank the suspects of every finding: what speaks for one puts it first, what speaks against it last."""

from collections.abc import Iterable
from typing import Final

import msgspec

from harness.checkers.findings import Finding, Likelihood, Suspect
from harness.checkers.judgement import Judgement
from harness.diagnosis import access, connection, credentials, delivery, endpoint, forgeries, spelling
from harness.diagnosis.clues import Clues
from harness.history.events import Event

WEIGHERS: Final = (
    delivery.WEIGHERS
    | access.WEIGHERS
    | connection.WEIGHERS
    | credentials.WEIGHERS
    | endpoint.WEIGHERS
    | forgeries.WEIGHERS
    | spelling.WEIGHERS
)
"""Who looks into a suspect, by its id; one that nobody looks into stays as possible as the catalogue says."""

_ORDER: Final[tuple[Likelihood, ...]] = ("likely", "possible", "unlikely")


def explained(judgement: Judgement, events: list[Event]) -> Judgement:
    """
    Give the judgement with the suspects of every finding ranked, likeliest first, each with what speaks for it.

    A suspect is no cause: which one it is, a person has to find out. Nothing is looked into where nothing was found.
    """
    if not judgement.findings:
        return judgement
    return msgspec.structs.replace(judgement, findings=tuple(ranked(judgement.findings, events)))


def ranked(findings: Iterable[Finding], events: list[Event]) -> list[Finding]:
    """Rank the suspects of findings that were made in these events, the history of one test."""
    clues = Clues(events)
    return [msgspec.structs.replace(one, suspects=_weighed(one, clues)) for one in findings]


def _weighed(finding: Finding, clues: Clues) -> tuple[Suspect, ...]:
    """Weigh each suspect; of equals the one that the catalogue names first stays first."""
    weighed = [_weigh(suspect, finding, clues) for suspect in finding.suspects]
    return tuple(sorted(weighed, key=lambda one: _ORDER.index(one.likelihood)))


def _weigh(suspect: Suspect, finding: Finding, clues: Clues) -> Suspect:
    weigher = WEIGHERS.get(suspect.id)
    weight = weigher(finding, clues) if weigher is not None else None
    if weight is None:
        return suspect
    return msgspec.structs.replace(suspect, likelihood=weight.likelihood, because=(weight.because,))

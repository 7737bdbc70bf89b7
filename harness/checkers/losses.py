"""Which rights to hear were lost in a world: by a credential that ended, or by leaving a conversation."""

import sys
from collections.abc import Iterator
from itertools import groupby
from typing import Literal, NamedTuple

from harness.history.ledger import Ledger
from harness.history.tokens import Ending, TokenEnd

LostRight = TokenEnd | Literal["removed", "conversation deleted"]


class Loss(NamedTuple):
    """
    A right to hear that somebody lost: asked for when, and for certain since `at`.

    `until` is when they came in again, or lost a further credential. `channel` is empty for a credential, which opens
    whatever its person may join.
    """

    lost: LostRight
    who: str
    asked: int
    at: int
    until: int
    channel: str = ""
    tokens: tuple[int, ...] = ()


def losses(ledger: Ledger) -> list[Loss]:
    """List what was lost by the end of the history, credentials first; a token is lost once, by what ended it first."""
    return [*_credentials(ledger), *_memberships(ledger)]


def _credentials(ledger: Ledger) -> Iterator[Loss]:
    ended = sorted((one for one in ledger.tokens.endings if one.at <= ledger.last), key=lambda one: (one.who, one.at))
    for who, of_person in groupby(ended, key=lambda one: one.who):
        endings = [(one, lost) for one in of_person if (lost := _lost(ledger, one)) is not None]
        for following, (one, lost) in enumerate(endings, 1):
            until = endings[following][0].at if following < len(endings) else sys.maxsize
            yield Loss(one.how, who, one.asked, one.at, until, tokens=lost)


def _lost(ledger: Ledger, ending: Ending) -> tuple[int, ...] | None:
    """List what had not ended before; None when all of it had, as whatever expired after its person logged out."""
    lost = tuple(token for token in ending.tokens if ledger.tokens.ending(token) is ending)
    return lost if lost or not ending.tokens else None


def _memberships(ledger: Ledger) -> Iterator[Loss]:
    for gone in ledger.rosters.departures:
        lost: LostRight = "conversation deleted" if gone.is_deletion else "removed"
        until = ledger.rosters.stays_away_until(gone.who, gone.channel, gone.at)
        yield Loss(lost, gone.who, gone.asked, gone.at, until, gone.channel)

"""
Aliases: what it means that a channel was signed under a name that is not its own, for somebody who may join it.

Whoever may join gains nothing by another name, unless something is heard or spoken there: only then is it a leak. One
that can be subscribed to and stays silent is a dead channel, and one that the broadcaster refuses a flaw of the
contract; for an outsider any of them is a grant like any other.
"""

from bisect import bisect_right
from itertools import zip_longest
from typing import Literal

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.history.events import AliasFollowed, Event, HttpAnswered
from harness.history.ledger import Ledger

Standing = Literal["insider", "outsider"]

_ONE_NAME = "a denial, and no signature: a channel has one name, and nothing that reads like it is signed"
_POINTS = 4
"""Characters behind a difference that are shown as code points."""


class Aliases:
    """The names that were granted and followed up in one world."""

    def __init__(self, events: list[Event]) -> None:
        self._followed: dict[tuple[str, str], list[AliasFollowed]] = {}
        for event in events:
            if isinstance(event, AliasFollowed):
                self._followed.setdefault((event.who, event.channel), []).append(event)

    def of(self, answer: HttpAnswered, ledger: Ledger) -> AliasFollowed | None:
        """
        Give what followed a grant; None when nobody looked, and for what is a name in its own right.

        That is a declared conversation's channel, and one into which a rule lets the person.
        """
        followed = self._followed.get((answer.who, answer.channel))
        if not followed or answer.channel in ledger.rosters.stays or answer.entitled in ("yes", "anyone"):
            return None
        behind = bisect_right(followed, answer.n, key=lambda one: one.n)
        return followed[min(behind, len(followed) - 1)]


def standing(alias: AliasFollowed, answer: HttpAnswered, ledger: Ledger, revocation: int) -> Standing | None:
    """Tell what somebody is to the channel that a name reads like; None where nobody declared it."""
    since = answer.at - revocation
    may = ledger.rosters.may_hear(answer.who, alias.canonical, since=since, until=answer.at)
    return None if may is None else "insider" if may else "outsider"


def judged(alias: AliasFollowed, answer: HttpAnswered) -> Finding:
    """State what the grant of another name to somebody who may join is: a leak, a dead channel or a mere flaw."""
    leaks = alias.heard_there or alias.heard_back
    name, canonical = evidence.spelled(alias.channel), evidence.spelled(alias.canonical)
    return finding(
        "authorization.alias-leaks" if leaks else "authorization.alias-granted",
        f"{answer.who} got a signature for {name}, which is not the name of {canonical}, {_meaning(alias)}",
        who=answer.who,
        where=answer.channel,
        expected=_ONE_NAME,
        evidence=[evidence.signed(answer), *where_it_leads(alias)],
        about=[answer, alias],
    )


def where_it_leads(alias: AliasFollowed) -> list[str]:
    """Tell what came of following a name, a line each, and how it differs from the channel's own."""
    said = {"ok": "let in", "refused": "refused", "unknown": "gave no answer to"}[alias.subscribed]
    lines = [f"{evidence.moment(alias.at)}  the broadcaster {said} {alias.socket or alias.who} under this name"]
    if alias.subscribed == "ok":
        there, back = ("heard" if one else "not heard" for one in (alias.heard_there, alias.heard_back))
        lines.append(f"what was sent to the channel was {there} under it, what was said under it {back} on the channel")
    lines += [f"not followed to the end: {evidence.quoted(alias.reason)}"] if alias.reason else []
    return [*lines, _difference(alias)] if alias.canonical not in ("", alias.channel) else lines


def _meaning(alias: AliasFollowed) -> str:
    heard = ["heard there what was sent to it"] if alias.heard_there else []
    heard += ["was heard on it from there"] if alias.heard_back else []
    if heard:
        return f"and {' and '.join(heard)}: it leaks"
    if alias.subscribed == "refused":
        return "and the broadcaster does not let it in: a flaw of the contract, which opens nothing"
    if alias.subscribed == "unknown" or alias.reason:
        return "and where that leads could not be followed to the end"
    return (
        "and could subscribe to it and heard nothing: a dead channel, on which whoever uses this spelling waits for"
        " ever while everything looks green"
    )


def _difference(alias: AliasFollowed) -> str:
    """Say where two names begin to differ, by code points: some of them look alike in any font."""
    canonical, name = alias.canonical, alias.channel
    place = next(n for n, (one, other) in enumerate(zip_longest(canonical, name)) if one != other)
    theirs, own = (_points(one[place : place + _POINTS]) for one in (name, canonical))
    return f"it differs from {evidence.spelled(canonical)} at character {place + 1}: {theirs} where {own} is due"


def _points(text: str) -> str:
    return " ".join(f"U+{ord(character):04X}" for character in text) or "the end"

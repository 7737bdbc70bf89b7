"""Why the authorization endpoint failed, or gave no answer, where it should decide."""

import re
from collections.abc import Callable
from typing import Final

from harness.checkers.evidence import quoted
from harness.checkers.findings import Finding
from harness.diagnosis.clues import Clues, Weight, likely, unlikely
from harness.history.events import HttpAnswered, HttpAsked

Weigher = Callable[[Finding, Clues], Weight | None]

_STRANGE: Final = re.compile(r"-\d|\d{19}")
"""A negative number, or one that no column holds."""
_SLOW: Final = "slow-database"
_MANY: Final = 6
"""So many questions at once are more than a handful of people ask."""


def _strange_id(finding: Finding, clues: Clues) -> Weight | None:
    """AZ-15: an id that is huge, negative or no number is an error."""
    if _answer(finding, clues) is None:
        return None
    if _STRANGE.search(finding.where):
        return likely(f"{quoted(finding.where)} holds a number that no column holds")
    return unlikely("the name holds no strange number")


def _without_token(finding: Finding, clues: Clues) -> Weight | None:
    """AU-07: whoever shows no token is redirected, or runs into an error."""
    answer = _answer(finding, clues)
    if answer is None or finding.id != "authorization.error":
        return None
    if answer.credential == "live":
        return unlikely("a living token was shown")
    return likely("no living token was shown")


def _slow(finding: Finding, clues: Clues) -> Weight | None:
    """OP-12, OP-13: the rule waits for the database, or decides without it."""
    answer = _answer(finding, clues)
    if answer is None:
        return None
    if any(fault.began.what == _SLOW for fault in clues.ledger.faults.at_work(answer.at, answer.at)):
        return likely("the database was slow just then, on purpose")
    return likely("no answer came at all") if answer.status is None else unlikely(f"it answered with {answer.status}")


def _stormed(finding: Finding, clues: Clues) -> Weight | None:
    """OP-18: the endpoint cannot serve everybody who comes back at once."""
    answer = _answer(finding, clues)
    if answer is None:
        return None
    open_then = _open_at(answer, clues)
    if open_then >= _MANY:
        return likely(f"{open_then} questions waited for an answer at that moment")
    return unlikely(f"{open_then} questions waited for an answer at that moment")


def _open_at(answer: HttpAnswered, clues: Clues) -> int:
    """Count the questions to the endpoint that were under way when this one was answered, itself included."""
    asked: set[str] = set()
    most = 0
    for event in clues.events:
        if isinstance(event, HttpAsked) and event.purpose == "authorize":
            asked.add(event.act)
            if answer.act in asked:
                most = max(most, len(asked))
        elif isinstance(event, HttpAnswered) and event.purpose == "authorize":
            if event.act == answer.act:
                return max(most, len(asked))
            asked.discard(event.act)
    return most


def _answer(finding: Finding, clues: Clues) -> HttpAnswered | None:
    return next((event for event in clues.about(finding) if isinstance(event, HttpAnswered)), None)


WEIGHERS: Final[dict[str, Weigher]] = {
    "AU-07": _without_token,
    "AZ-15": _strange_id,
    "OP-12": _slow,
    "OP-13": _slow,
    "OP-18": _stormed,
}
"""Who looks into which suspect."""

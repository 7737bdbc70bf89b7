"""Why a forged signature, or client event, was let through: what was sent tells which check is missing."""

from collections.abc import Callable
from typing import Final

from harness.checkers.evidence import quoted
from harness.checkers.findings import Finding
from harness.diagnosis.clues import Clues, Weight, likely, unlikely
from harness.history.events import ApiCalled, HttpAnswered, SubscribeAsked, Whispered

Sent = SubscribeAsked | Whispered | ApiCalled
Weigher = Callable[[Finding, Clues], Weight | None]

_BY_WORDS = ("AZ-23", "AZ-24", "AZ-25", "AZ-26", "AZ-27", "AZ-29", "AZ-31", "AZ-32", "AZ-33", "AZ-34", "AZ-35")
_BY_CALL = ("HT-01", "HT-02", "HT-03", "HT-04", "HT-05", "HT-07", "HT-09", "HT-10", "HT-11", "HT-12", "DE-31")
"""Defects that a forgery names itself, being made for it."""


def attempt(finding: Finding, clues: Clues) -> SubscribeAsked | None:
    """Find the subscription by which somebody came to hear a channel."""
    attempts = [
        one
        for one in clues.ledger.attempts
        if one.who == finding.who and (one.channel == finding.where or one.n in finding.events)
    ]
    return attempts[-1] if attempts else None


def _named(defect: str) -> Weigher:
    def weigh(finding: Finding, clues: Clues) -> Weight | None:
        """Ask what the forgery was made for; where nobody said, what kind of signature was sent."""
        sent = _sent(finding, clues)
        if sent is not None:
            return (likely if sent.weakness == defect else unlikely)(f"what was sent: {_words(sent)}")
        if defect == "AZ-25":
            return _signature_not_checked(finding, clues)
        return _signature_of_another(finding, clues) if defect in ("AZ-23", "AZ-24") else None

    return weigh


def _sent(finding: Finding, clues: Clues) -> Sent | None:
    """Find the forgery that says itself which defect lets it in."""
    candidates = [*clues.about(finding), attempt(finding, clues)]
    return next(
        (one for one in candidates if isinstance(one, SubscribeAsked | Whispered | ApiCalled) and one.weakness), None
    )


def _words(sent: Sent) -> str:
    if isinstance(sent, ApiCalled):
        return sent.words
    if isinstance(sent, Whispered):
        return f"{quoted(sent.event)}, although {sent.forbidden}"
    return sent.forgery or f"a signature that is {sent.signature}"


def _signature_not_checked(finding: Finding, clues: Clues) -> Weight | None:
    """AZ-25: the broadcaster does not check signatures."""
    tried = attempt(finding, clues)
    if tried is None:
        return None
    if tried.signature in ("invalid", "absent"):
        return likely(f"{tried.socket} subscribed with a signature that is {tried.signature}")
    return unlikely(f"the signature that {tried.socket} subscribed with is {tried.signature}")


def _signature_of_another(finding: Finding, clues: Clues) -> Weight | None:
    """AZ-23, AZ-24: a signature for one socket, or channel, opens another."""
    tried = attempt(finding, clues)
    if tried is None or tried.signature != "invalid":
        return unlikely("no signature was sent that is not for this socket and channel") if tried else None
    given = clues.grants()
    return likely(f"a signature had been given to {given[0].who} for {quoted(given[0].channel)}") if given else None


def _said_of_oneself(finding: Finding, clues: Clues) -> Weight | None:
    """AZ-30: what people say of themselves goes into their user_info unchecked."""
    echoed = [one for one in clues.about(finding) if isinstance(one, HttpAnswered) and one.is_echoed]
    return likely(f"the endpoint signed what {echoed[0].who} had made up") if echoed else None


def _data_not_covered(finding: Finding, clues: Clues) -> Weight | None:
    """AZ-29: the signature does not cover channel_data; nothing of the kind where the endpoint signed it itself."""
    if (said := _said_of_oneself(finding, clues)) is not None:
        return unlikely(said.because)
    return _named("AZ-29")(finding, clues)


WEIGHERS: Final[dict[str, Weigher]] = {defect: _named(defect) for defect in (*_BY_WORDS, *_BY_CALL)} | {
    "AZ-29": _data_not_covered,
    "AZ-30": _said_of_oneself,
}

"""
Isolation: nobody hears what they may not, and a subscription that was never acknowledged hears nothing.

Judged on every frame until the socket is closed, also after an expectation said "not received". Who may hear a channel
is what the history declares: for a conversation its people (`membership.*`), for other channels what the rules said
when somebody asked for an authorization; a channel of which neither is known is judged only for its subscriptions. Who
was removed may hear, and even subscribe, until the revocation budget is spent.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.history.events import Event, HttpAnswered, TestFinished
from harness.history.ledger import Hearing, Ledger
from harness.history.listenings import Listening

_GUARDS = ("private-encrypted-", "private-", "presence-")


def check(events: list[Event], ledger: Ledger, terms: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every hearing and every acknowledged subscription, and count the hearings."""
    rights = _Rights(events, ledger, terms.revocation)
    hearings = [*ledger.hearings, *(Hearing(frame, None) for frame in ledger.other_frames)]
    findings = [found for hearing in hearings if (found := _judge(ledger, rights, hearing))]
    outsiders = [one for one in ledger.listenings if rights.lacks(one.who, one.channel, one.since.at, one.since.at)]
    return [*findings, *(_subscribed(one) for one in outsiders)], Counter(hearings=len(hearings))


@dataclass
class _Rights:
    """Who may not hear what, as far as the history knows."""

    events: list[Event]
    ledger: Ledger
    revocation: int

    def lacks(self, who: str, channel: str, earliest: int, latest: int) -> bool:
        """Tell whether a person had no right to a channel at any moment between, nor within the budget before."""
        may = self.ledger.rosters.may_hear(who, channel, since=earliest - self.revocation, until=latest)
        return (who, channel) in self._barred if may is None else not may

    @cached_property
    def _barred(self) -> set[tuple[str, str]]:
        """Whom the declared rules did not let into which channel; only a conversation's people come and go."""
        return {
            (event.who, event.channel)
            for event in self.events
            if isinstance(event, HttpAnswered) and event.entitled == "no"
        }


def _judge(ledger: Ledger, rights: _Rights, hearing: Hearing) -> Finding | None:
    """Find the gravest thing wrong with one hearing."""
    frame, message = hearing
    channel = message.asked.channel if message else frame.channel
    if frame.channel != channel and frame.channel == _public_twin(channel):
        return _wrong_channel("isolation.heard-on-public-twin", hearing, channel, ", where anybody may listen")
    since = max(frame.earliest, message.asked.meant if message else 0)
    if rights.lacks(frame.who, channel, since, frame.arrived):
        return _outsider(ledger, hearing, channel, rights.revocation)
    if frame.channel != channel:
        return _wrong_channel("isolation.heard-on-wrong-channel", hearing, channel)
    if not ledger.was_listening(frame.socket, channel, frame.n):
        # Frames that were under way when a person left may still come, so an ended subscription excuses them.
        return finding(
            "isolation.heard-without-subscription",
            f"{frame.socket} heard {channel} without an acknowledged subscription",
            who=frame.who,
            where=channel,
            expected="no frame of a channel before its subscription succeeded, none when it was refused",
            evidence=[*_seen(hearing), evidence.why_not_listening(ledger, frame.socket, channel)],
            about=_about(hearing),
        )
    return None


def _public_twin(channel: str) -> str:
    """Name the public channel that is called like this one without its guard; a public channel is its own."""
    guard = next((guard for guard in _GUARDS if channel.startswith(guard)), "")
    return channel.removeprefix(guard)


def _wrong_channel(id_: str, hearing: Hearing, channel: str, why: str = "") -> Finding:
    frame = hearing.frame
    return finding(
        id_,
        f"{frame.socket} heard a message of {channel} on {frame.channel}{why}",
        who=frame.who,
        where=frame.channel,
        expected=f"it is heard on {channel} only",
        evidence=_seen(hearing),
        about=_about(hearing),
    )


def _outsider(ledger: Ledger, hearing: Hearing, channel: str, revocation: int) -> Finding:
    """Tell a stranger from somebody who was removed."""
    frame, message = hearing
    rosters = ledger.rosters
    if rosters.was_in(frame.who, channel, frame.arrived):
        id_, expected = "isolation.heard-after-removal", f"nothing {revocation / 1e9:g} s after the removal"
    else:
        id_ = "isolation.heard-by-outsider" if message else "isolation.foreign-heard-by-outsider"
        expected = f"only {', '.join(rosters.participants(channel)) or 'nobody'} may hear {channel}"
    summary = f"{frame.who} is not in the conversation and heard it on {frame.socket}"
    if channel not in rosters.stays:
        summary = f"{frame.who}, whom no rule lets in, heard {channel} on {frame.socket}"
        expected = f"the declared rules do not let {frame.who} join {channel}"
    return finding(
        id_,
        summary,
        who=frame.who,
        where=frame.channel,
        expected=expected,
        evidence=_seen(hearing),
        about=_about(hearing),
    )


def _subscribed(one: Listening) -> Finding:
    return finding(
        "isolation.subscribed-by-outsider",
        f"{one.who} may not hear {one.channel} and could subscribe to it with {one.socket}",
        who=one.who,
        where=one.channel,
        expected="authorization denied, or the subscription refused",
        evidence=[f"{evidence.moment(one.since.at)}  subscription to {one.channel} acknowledged"],
        about=[one.since],
    )


def _seen(hearing: Hearing) -> list[str]:
    frame, message = hearing
    return [evidence.sent(message) if message else "no message of this run", evidence.heard(frame)]


def _about(hearing: Hearing) -> list[Event]:
    frame, message = hearing
    return [message.asked, frame] if message else [frame]

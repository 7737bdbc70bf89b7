"""
Isolation: nobody hears what they may not, and a subscription that was never acknowledged hears nothing.

Judged on every frame until the socket is closed, also after an expectation said "not received". Who may hear a channel
is what the history declares (`membership.*`): a channel that nobody declared is judged only for its subscriptions. Who
was removed may hear, and even subscribe, until the revocation budget is spent.
"""

from collections import Counter

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.history.events import Event, TestFinished
from harness.history.ledger import Hearing, Ledger


def check(_: list[Event], ledger: Ledger, terms: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every hearing and every acknowledged subscription, and count the hearings."""
    hearings = [*ledger.hearings, *(Hearing(frame, None) for frame in ledger.other_frames)]
    findings = [found for hearing in hearings if (found := _judge(ledger, hearing, terms.revocation))]
    return [*findings, *_subscribed_outsiders(ledger, terms.revocation)], Counter(hearings=len(hearings))


def _judge(ledger: Ledger, hearing: Hearing, revocation: int) -> Finding | None:
    """Find the gravest thing wrong with one hearing."""
    frame, message = hearing
    channel = message.asked.channel if message else frame.channel
    lines = [evidence.sent(message) if message else "no message of this run", evidence.heard(frame)]
    if _is_outsider(ledger, hearing, channel, revocation):
        return _outsider(ledger, hearing, channel, revocation, lines)
    if frame.channel != channel:
        return finding(
            "isolation.heard-on-wrong-channel",
            f"{frame.socket} heard a message of {channel} on {frame.channel}",
            who=frame.who,
            where=frame.channel,
            expected=f"it is heard on {channel} only",
            evidence=lines,
        )
    if not ledger.was_listening(frame.socket, channel, frame.n):
        # Frames that were under way when a person left may still come, so an ended subscription excuses them.
        return finding(
            "isolation.heard-without-subscription",
            f"{frame.socket} heard {channel} without an acknowledged subscription",
            who=frame.who,
            where=channel,
            expected="no frame of a channel before its subscription succeeded, none when it was refused",
            evidence=[*lines, evidence.why_not_listening(ledger, frame.socket, channel)],
        )
    return None


def _is_outsider(ledger: Ledger, hearing: Hearing, channel: str, revocation: int) -> bool:
    """Tell whether this person had no right to hear at any moment at which the frame may have been sent to them."""
    frame, message = hearing
    since = max(frame.earliest, message.asked.meant if message else 0) - revocation
    return ledger.rosters.may_hear(frame.who, channel, since=since, until=frame.arrived) is False


def _outsider(ledger: Ledger, hearing: Hearing, channel: str, revocation: int, lines: list[str]) -> Finding:
    """Tell a stranger from somebody who was removed."""
    frame, message = hearing
    if ledger.rosters.was_in(frame.who, channel, frame.arrived):
        id_, expected = "isolation.heard-after-removal", f"nothing {revocation / 1e9:g} s after the removal"
    else:
        id_ = "isolation.heard-by-outsider" if message else "isolation.foreign-heard-by-outsider"
        expected = f"only {', '.join(ledger.rosters.participants(channel)) or 'nobody'} may hear {channel}"
    return finding(
        id_,
        f"{frame.who} is not in the conversation and heard it on {frame.socket}",
        who=frame.who,
        where=frame.channel,
        expected=expected,
        evidence=lines,
    )


def _subscribed_outsiders(ledger: Ledger, revocation: int) -> list[Finding]:
    return [
        finding(
            "isolation.subscribed-by-outsider",
            f"{one.who} is not in the conversation and could subscribe to it with {one.socket}",
            who=one.who,
            where=one.channel,
            expected="authorization denied, or the subscription refused",
            evidence=[f"{evidence.moment(one.since.at)}  subscription to {one.channel} acknowledged"],
        )
        for one in ledger.listenings
        if ledger.rosters.may_hear(one.who, one.channel, since=one.since.at - revocation, until=one.since.at) is False
    ]

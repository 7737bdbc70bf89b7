"""
Isolation: nobody hears what they may not, and a subscription that was never acknowledged hears nothing.

Judged on every frame until the socket is closed, also after an expectation said "not received". Who may hear a channel
is what the history declares: for a conversation its people (`membership.*`), for other channels what the rules said
when somebody asked for an authorization; a channel of which neither is known is judged only for its subscriptions. Who
was removed may hear, and even subscribe, until the revocation budget is spent. So may a socket whose token has ended:
which one that is was decided when the channel was authorized, whatever its person has logged in with since.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.history.events import AliasFollowed, Event, HttpAnswered, TestFinished
from harness.history.ledger import Hearing, Ledger
from harness.history.listenings import Listening
from harness.history.tokens import Ending, TokenEnd

_GUARDS = ("private-encrypted-", "private-", "presence-")
_WAYS_OUT = (
    "the protocol has no server-side unsubscribe, so end the person's connections (terminate_connections, which Reverb"
    " resolves by presence user_id), or rotate the channel's name"
)
_ENDED: Final[dict[TokenEnd, str]] = {
    "logged out": "was logged out",
    "revoked": "was revoked",
    "expired": "expired",
    "account deleted": "ended with its account",
}


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
        """
        Whom the declared rules did not let into which channel; only a conversation's people come and go.

        What a participant was granted under another name is judged by where that leads (`aliases`).
        """
        barred = {
            (event.who, event.channel)
            for event in self.events
            if isinstance(event, HttpAnswered) and event.entitled == "no"
        }
        followed = (event for event in self.events if isinstance(event, AliasFollowed))
        return barred - {(one.who, one.channel) for one in followed if self._may_follow(one)}

    def _may_follow(self, alias: AliasFollowed) -> bool:
        since = alias.at - self.revocation
        return self.ledger.rosters.may_hear(alias.who, alias.canonical, since=since, until=alias.at) is True


def _judge(ledger: Ledger, rights: _Rights, hearing: Hearing) -> Finding | None:
    """Find the gravest thing wrong with one hearing."""
    frame, message = hearing
    channel = message.asked.channel if message else frame.channel
    if frame.channel != channel and frame.channel == _public_twin(channel):
        return _wrong_channel("isolation.heard-on-public-twin", hearing, channel, ", where anybody may listen")
    since = max(frame.earliest, message.asked.meant if message else 0)
    if message is not None and ledger.faults.at_work(message.asked.meant, since, frame.who):
        since = message.asked.meant  # a fault may have held up what was sent in time
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
    ending = _ending(ledger, hearing, channel)
    if ending is not None and since - ending.at > rights.revocation:
        return _after_the_end(hearing, channel, ending, rights.revocation)
    return None


def _ending(ledger: Ledger, hearing: Hearing, channel: str) -> Ending | None:
    """Tell how the token ended that opened a guarded channel to the socket which heard it."""
    if not ledger.tokens.endings or not channel.startswith(_GUARDS):
        return None
    frame = hearing.frame
    return ledger.tokens.ending(ledger.tokens.opened_by(frame.socket, channel, frame.n))


def _after_the_end(hearing: Hearing, channel: str, ending: Ending, revocation: int) -> Finding:
    frame = hearing.frame
    return finding(
        "isolation.heard-after-logout",
        f"{frame.socket} heard {channel} {(frame.arrived - ending.at) / 1e9:.3f} s after the token that opened it"
        f" {_ENDED[ending.how]}",
        who=frame.who,
        where=channel,
        expected=f"nothing {revocation / 1e9:g} s after the end of its token: {_WAYS_OUT}",
        evidence=[f"{evidence.moment(ending.at)}  a token of {ending.who} {_ENDED[ending.how]}", *_seen(hearing)],
        about=[ending.answered, *_about(hearing)],
    )


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
    """Tell a stranger from somebody who was removed, or whose conversation was deleted."""
    frame, message = hearing
    rosters, seen = ledger.rosters, _seen(hearing)
    summary = f"{frame.who} is not in the conversation and heard it on {frame.socket}"
    if rosters.lost_it_by_deletion(frame.who, channel, frame.arrived):
        id_ = "isolation.heard-after-deletion"
        summary = f"{frame.who} heard a conversation that had been deleted, on {frame.socket}"
        seen = [f"{evidence.moment(rosters.deleted[channel])}  the conversation was deleted", *seen]
        expected = f"nothing {revocation / 1e9:g} s after the deletion: {_WAYS_OUT}"
    elif rosters.was_in(frame.who, channel, frame.arrived):
        id_ = "isolation.heard-after-removal"
        expected = f"nothing {revocation / 1e9:g} s after the removal: {_WAYS_OUT}"
    else:
        id_ = "isolation.heard-by-outsider" if message else "isolation.foreign-heard-by-outsider"
        expected = f"only {', '.join(rosters.participants(channel)) or 'nobody'} may hear {channel}"
    if channel not in rosters.stays:
        summary = f"{frame.who}, whom no rule lets in, heard {channel} on {frame.socket}"
        expected = f"the declared rules do not let {frame.who} join {channel}"
    return finding(
        id_,
        summary,
        who=frame.who,
        where=frame.channel,
        expected=expected,
        evidence=seen,
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

"""
Identity: a presence channel shows people as the backend knows them, and nobody whose join was denied.

An id is judged when one of our people asked to come under it. One that was shown before is somebody else's too, and an
account that other workers use may be there without our doing. A denial by the endpoint counts like a refusal where the
person's id is known from elsewhere: from another presence channel, or from a message.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.checkers.subscription import is_forged
from harness.checkers.weaknesses import weaknesses
from harness.history.attendance import ADDED
from harness.history.events import (
    Event,
    FrameIn,
    HttpAnswered,
    HttpAsked,
    MessageAsked,
    SubscribeAnswered,
    SubscribeAsked,
    TestFinished,
)
from harness.history.ledger import Ledger

_Key = tuple[str, str]
"""A presence channel and a member's id."""


@dataclass
class _Claim:
    """What came of coming under one id on one channel, and to whom that was shown before, or afterwards."""

    who: str
    since: int
    attempts: list[SubscribeAnswered | HttpAnswered] = field(default_factory=list)
    forgery: str = ""
    """What was sent by whoever was let in with a forgery."""
    is_good: bool = False
    """Whether somebody may be there under it rightly, or nobody knows."""
    shown: list[FrameIn | SubscribeAnswered] = field(default_factory=list)


def check(events: list[Event], ledger: Ledger, _: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every grant of what its asker made up, every id that two people share, and everybody who was shown."""
    found = [_echoed(one) for one in events if isinstance(one, HttpAnswered) and one.is_echoed]
    answers = [event for event in events if isinstance(event, SubscribeAnswered) and event.me]
    asked = {one.act: one for one in ledger.attempts}
    claims = _claims(events, answers, asked)
    found += _shared_ids(answers, asked)
    doubtful = {key: claim for key, claim in claims.items() if not claim.is_good}
    if doubtful:
        _look(events, doubtful)
    found += [_shown(key, claim) for key, claim in doubtful.items() if _was_shown(claim)]
    return found, Counter()


def _claims(
    events: list[Event], answers: list[SubscribeAnswered], asked: dict[str, SubscribeAsked]
) -> dict[_Key, _Claim]:
    """Read who came, or tried to come, under which id."""
    excused, claims = weaknesses(events), dict[_Key, _Claim]()
    for answer in answers:
        sent = asked.get(answer.act)
        claim = _claimed(claims, (answer.channel, answer.me), answer, sent.n if sent else answer.n)
        forgery = "" if sent is None or excused.excuse(sent.weakness) else _forgery(sent)
        claim.forgery = claim.forgery or (forgery if answer.outcome == "ok" else "")
        claim.is_good |= answer.is_shared or (answer.outcome != "refused" and not forgery)
    ids: dict[str, set[str]] = {}
    for who, id_ in _known_ids(events, answers, asked):
        ids.setdefault(who, set()).add(id_)
    questions: dict[str, int] = {}
    for event in events:
        if isinstance(event, HttpAsked):
            questions[event.act] = event.n
        elif isinstance(event, HttpAnswered) and _is_denial(event):
            for id_ in ids.get(event.who, ()):
                _claimed(claims, (event.channel, id_), event, questions.get(event.act, event.n))
    return claims


def _forgery(sent: SubscribeAsked) -> str:
    """Say how a subscription was forged; "" for one that was not."""
    return (sent.forgery or f"a signature that is {sent.signature}") if is_forged(sent) else ""


def _claimed(claims: dict[_Key, _Claim], key: _Key, attempt: SubscribeAnswered | HttpAnswered, since: int) -> _Claim:
    claim = claims.setdefault(key, _Claim(attempt.who, since))
    claim.attempts.append(attempt)
    return claim


def _known_ids(
    events: list[Event], answers: list[SubscribeAnswered], asked: dict[str, SubscribeAsked]
) -> Iterator[tuple[str, str]]:
    """Give the ids that people are known by; not those of accounts that are in use elsewhere."""
    yield from ((one.who, one.me) for one in answers if not one.is_shared and _is_signed(one, asked))
    yield from ((one.who, one.author) for one in events if isinstance(one, MessageAsked) and one.author)


def _is_signed(answer: SubscribeAnswered, asked: dict[str, SubscribeAsked]) -> bool:
    sent = asked.get(answer.act)
    return answer.outcome == "ok" and sent is not None and not is_forged(sent)


def _is_denial(answer: HttpAnswered) -> bool:
    """Tell whether somebody was denied a presence channel for good, not for their token's sake."""
    is_refused = answer.purpose == "authorize" and answer.outcome == "refused" and answer.signature == "absent"
    is_final = answer.credential == "live" and answer.entitled in ("no", "roster")
    return is_refused and is_final and answer.channel.startswith("presence-")


def _look(events: list[Event], claims: dict[_Key, _Claim]) -> None:
    """Find every list and every announcement that shows somebody under a claimed id."""
    for event in events:
        match event:
            case FrameIn(event=name, member=member) if name == ADDED:
                listed: tuple[str, ...] = (member,)
            case SubscribeAnswered(members=members, me=me) if members:
                listed = tuple(id_ for id_ in members if id_ != me)
            case _:
                continue
        for id_ in listed:
            if (claim := claims.get((event.channel, id_))) is not None:
                claim.shown.append(event)


def _was_shown(claim: _Claim) -> bool:
    """Tell whether somebody saw it, and nobody before it was claimed."""
    return bool(claim.shown) and claim.shown[0].n > claim.since


def _shared_ids(answers: list[SubscribeAnswered], asked: dict[str, SubscribeAsked]) -> list[Finding]:
    """Find the ids under which two people were let in, each with a signature that was made for it."""
    first: dict[str, SubscribeAnswered] = {}
    found: dict[str, Finding] = {}
    for answer in answers:
        if not _is_signed(answer, asked):
            continue
        other = first.setdefault(answer.me, answer)
        if other.who != answer.who:
            found.setdefault(answer.me, _both(other, answer))
    return list(found.values())


def _both(one: SubscribeAnswered, other: SubscribeAnswered) -> Finding:
    return finding(
        "membership.identity-spoofed",
        f"{one.who} and {other.who} were both let in as member {evidence.quoted(one.me)}",
        who=other.who,
        where=other.channel,
        expected="each person is signed for under an id of their own",
        evidence=[_let_in(one), _let_in(other)],
        about=[one, other],
    )


def _echoed(answer: HttpAnswered) -> Finding:
    return finding(
        "membership.identity-spoofed",
        f"{answer.who} was signed for {evidence.spelled(answer.channel)} under a name or an id of their own choice",
        who=answer.who,
        where=answer.channel,
        expected="what is signed is who the token belongs to, whatever the request says",
        evidence=[evidence.signed(answer)],
        about=[answer],
    )


def _shown(key: _Key, claim: _Claim) -> Finding:
    """Tell somebody who was let in under another's name from somebody who was not let in at all."""
    channel, id_ = evidence.spelled(key[0]), evidence.quoted(key[1])
    to = ", ".join(dict.fromkeys(one.socket for one in claim.shown))
    if claim.forgery:
        observation = "membership.identity-spoofed"
        summary = f"{claim.who} is shown to {to} as member {id_}, for whom they were let in with {claim.forgery}"
        expected = "people are shown as whom their signature was made for"
    else:
        observation = "membership.effect-of-denied-join"
        summary = f"{claim.who} was denied {channel} and is shown there all the same, to {to} as member {id_}"
        expected = "a join that is denied leaves nothing behind, and nobody is told of it"
    return finding(
        observation,
        summary,
        who=claim.who,
        where=key[0],
        expected=expected,
        evidence=[*evidence.bounded(claim.attempts, _attempt), *evidence.bounded(claim.shown, _seen)],
        about=[*claim.attempts, *claim.shown],
    )


def _attempt(event: SubscribeAnswered | HttpAnswered) -> str:
    if isinstance(event, HttpAnswered):
        return evidence.signed(event)
    return _let_in(event) if event.outcome == "ok" else f"{evidence.moment(event.at)}  {event.socket} was refused"


def _let_in(event: SubscribeAnswered) -> str:
    return f"{evidence.moment(event.at)}  {event.socket} was let in as member {evidence.quoted(event.me)}"


def _seen(event: FrameIn | SubscribeAnswered) -> str:
    how = "was told that they came" if isinstance(event, FrameIn) else "got a list that holds them"
    return f"{evidence.moment(event.at)}  {event.socket} {how}"

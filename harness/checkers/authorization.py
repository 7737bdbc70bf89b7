"""
Authorization: every answer of the endpoint against the declared channel rules, and what a denial is worth.

A signature is judged wherever it stands, in a grant or in a denial, and whatever the test went on to do with it: for
somebody without a living token, or whom no rule lets in, it is a leak before anything is heard. A dead token is judged
at once, without the revocation budget: the backend itself said that it had ended it. A denial is judged too: of
somebody who may join it is a fault, and of anybody else it proves something only when the same endpoint grants
somebody who may (`doubts`).

A name that was signed and followed up (`aliases`) is judged by whom it reads like, and by where it leads. A socket id
that is none deserves no signature, whoever asks.

Not judged is what nobody can know: a token that somebody borrowed, and a conversation that the history does not
declare.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from harness.checkers import aliases, evidence
from harness.checkers.aliases import Aliases
from harness.checkers.findings import Finding, finding
from harness.checkers.insiders import Insiders
from harness.history.events import AliasFollowed, ControlSeen, Event, HttpAnswered, HttpAsked, TestFinished
from harness.history.ledger import Ledger

FRESH: Final = 60_000_000_000
"""Nanoseconds for which a grant vouches for denials (DESIGN.md, section 10)."""

Due = Literal["grant", "401", "403", "ability", "denial", "nothing"]
"""
What an answer should be; `denial` where nobody can say with which status, `nothing` where anything may be right.

`ability` is a 403 that is due for what the token lacks alone.
"""

_GRANTED = 200
_SERVER_ERROR = 500
_TOO_MANY = 429
_DENIED = range(400, 500)
_STATUS: Final = {"401": 401, "403": 403, "ability": 403}
_WITHOUT: Final = {"none": "without a token", "dead": "with a token that had ended", "other": "with a made-up token"}


class _Judged(NamedTuple):
    """What was found wrong with an answer, and what it counts as."""

    finding: Finding | None = None
    counts: tuple[str, ...] = ()


@dataclass
class _World:
    """What is known of one world, up to the answer that is being judged."""

    ledger: Ledger
    revocation: int
    aliases: Aliases
    insiders: Insiders
    asked: dict[str, int] = field(default_factory=dict)
    """When each of them was asked, by its act."""

    def is_in_a_fault(self, answer: HttpAnswered) -> bool:
        """Tell whether a fault stood between asking and answering: nobody answers through one."""
        asked = self.asked.get(answer.act, answer.at)
        return bool(self.ledger.faults.at_work(asked, answer.at, answer.who))


def check(events: list[Event], ledger: Ledger, terms: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every answer. Counts the grants, the denials that were owed, and those of them that were given."""
    findings, counts = [], Counter[str]()
    world = _World(ledger, terms.revocation, Aliases(events), Insiders())
    for event in events:
        world.insiders.take(event)
        if isinstance(event, HttpAsked):
            world.asked[event.act] = event.at
        if not isinstance(event, HttpAnswered) or event.purpose != "authorize":
            continue
        found, words = _judge(event, world)
        findings += [found] if found else []
        counts.update(words)
    return findings, counts


def denials(events: list[Event]) -> list[HttpAnswered]:
    """List the answers that denied an authorization: those whose worth needs a positive control."""
    return [
        event
        for event in events
        if isinstance(event, HttpAnswered) and event.purpose == "authorize" and event.outcome == "refused"
    ]


def doubts(events: list[Event]) -> list[str]:
    """Say why the denials of a test prove nothing; nothing to say where somebody who may join was granted of late."""
    if not (denied := denials(events)):
        return []
    says = f"{len(denied)} denied authorization{'s prove' if len(denied) > 1 else ' proves'} nothing"
    control = next((event for event in reversed(events) if isinstance(event, ControlSeen)), None)
    if control is None:
        return [f"{says}: nobody looked whether the endpoint would grant anybody"]
    if control.outcome == "refused":
        return [f"{says}: the endpoint would not grant {control.who} {control.channel} either: {control.reason}"]
    if control.outcome == "unknown":
        return [f"{says}: whether the endpoint would grant {control.who} is unknown: {control.reason}"]
    if control.at - control.granted_at > FRESH:
        age = (control.at - control.granted_at) / 1e9
        return [f"{says}: the endpoint had last granted {control.who} {control.channel} {age:.0f} s before"]
    return []


def _judge(answer: HttpAnswered, world: _World) -> _Judged:
    if not answer.names_a_socket:
        return _for_no_socket(answer, world)
    due = _due(answer, world)
    return _signed(answer, due, world) if answer.signature != "absent" else _unsigned(answer, due, world)


def _due(answer: HttpAnswered, world: _World) -> Due:
    """Decide what the answer should be, on what was known when it came."""
    if answer.entitled == "moot" or answer.credential == "borrowed":
        return "nothing"
    is_live = answer.credential == "live"
    if answer.entitled == "anyone":
        return "grant" if is_live else "nothing"
    if answer.credential in _WITHOUT:
        return "401"
    if answer.entitled == "no" or _is_outsider(answer, world):
        return "403" if answer.credential in ("live", "limited") else "denial"
    if answer.credential == "limited":
        return "ability"
    may = answer.entitled == "yes" or (answer.entitled == "roster" and world.insiders.holds(answer))
    return "grant" if may and is_live else "nothing"


def _is_outsider(answer: HttpAnswered, world: _World) -> bool:
    if answer.entitled == "yes":
        return False
    since = answer.at - world.revocation
    return world.ledger.rosters.may_hear(answer.who, answer.channel, since=since, until=answer.at) is False


def _signed(answer: HttpAnswered, due: Due, world: _World) -> _Judged:
    """Judge an answer that holds a signature, whatever its status says: it opens the channel."""
    if (wrong := _wrongly_signed(answer, due, world)) is not None:
        return _Judged(wrong, ("granted", "denials owed"))
    if answer.status != _GRANTED:
        return _unsigned(answer, due, world)
    is_wrong = answer.signature == "invalid" and answer.entitled != "moot"
    return _Judged(_invalid(answer) if is_wrong else None, ("granted",))


def _wrongly_signed(answer: HttpAnswered, due: Due, world: _World) -> Finding | None:
    """State why nothing should have been signed; the gravest reason where there are several."""
    if due == "401":
        return _granted_without_credential(answer)
    alias = world.aliases.of(answer, world.ledger) if answer.credential != "borrowed" else None
    standing = aliases.standing(alias, answer, world.ledger, world.revocation) if alias else None
    if standing == "outsider" or (standing is None and due in ("403", "denial")):
        return _granted_to_outsider(answer, world.ledger, alias)
    if due == "ability" or (answer.credential == "limited" and standing == "insider"):
        return _granted_without_ability(answer)
    return aliases.judged(alias, answer) if alias and standing == "insider" else None


def _unsigned(answer: HttpAnswered, due: Due, world: _World) -> _Judged:
    """Judge an answer that lets nobody in: a denial, or none at all."""
    status = answer.status
    if status is None or status >= _SERVER_ERROR:
        excused = answer.entitled == "moot" or world.is_in_a_fault(answer)
        return _Judged(None if excused else _error(answer))
    if due == "grant":
        return _Judged(_denied_to_insider(answer, world.ledger))
    if due == "nothing" or status == _TOO_MANY:
        return _Judged()
    if status not in _DENIED:
        return _Judged(_no_decision(answer, due), ("denials owed",))
    is_due = due == "denial" or status == _STATUS[due]
    return _Judged(None if is_due else _wrong_status(answer, due), ("denials owed", "denied"))


def _for_no_socket(answer: HttpAnswered, world: _World) -> _Judged:
    """Judge what came of asking for a socket id that is none: any 4xx is right, and silence says nothing."""
    if answer.signature != "absent":
        return _Judged(_signed_for_no_socket(answer), ("granted", "denials owed"))
    if answer.status is not None and answer.status >= _SERVER_ERROR and not world.is_in_a_fault(answer):
        return _Judged(_failed_for_no_socket(answer), ("denials owed",))
    is_denied = answer.status in _DENIED and answer.status != _TOO_MANY
    return _Judged(None, ("denials owed", "denied") if is_denied else ())


def _granted_without_credential(answer: HttpAnswered) -> Finding:
    how = _WITHOUT[answer.credential]
    return _finding(
        "authorization.granted-without-credential",
        answer,
        f"{answer.who} got a signature for {evidence.spelled(answer.channel)} {how}",
        "401, and no signature: nothing is signed for somebody whom the backend cannot know",
    )


def _granted_without_ability(answer: HttpAnswered) -> Finding:
    channel = evidence.spelled(answer.channel)
    return _finding(
        "authorization.granted-without-ability",
        answer,
        f"{answer.who} got a signature for {channel} with a token that lacks the ability to join",
        "403, and no signature: a token opens no more than it was given for",
    )


def _granted_to_outsider(answer: HttpAnswered, ledger: Ledger, alias: AliasFollowed | None) -> Finding:
    channel = evidence.spelled(answer.channel)
    if alias is not None and alias.canonical in ledger.rosters.stays:
        people = ", ".join(ledger.rosters.participants(alias.canonical)) or "nobody"
        own = evidence.spelled(alias.canonical)
        says = f"{answer.who} is not in the conversation and got a signature for {channel}, another name of {own}"
        may = f"only {people} may join, and under its own name"
    elif answer.entitled != "no":
        people = ", ".join(ledger.rosters.participants(answer.channel)) or "nobody"
        says, may = (
            f"{answer.who} is not in the conversation and got a signature for {channel}",
            f"only {people} may join",
        )
    elif answer.rule:
        says = f"{answer.who}, whom the rule {answer.rule!r} does not let in, got a signature for {channel}"
        may = f"the rule {answer.rule!r} is not for {answer.who}"
    else:
        says = f"{answer.who} got a signature for {channel}, which follows no declared rule"
        may = "what no rule declares is open to nobody"
    expected = f"403, and no signature: {may}"
    return _finding("authorization.granted-to-outsider", answer, says, expected, alias)


def _denied_to_insider(answer: HttpAnswered, ledger: Ledger) -> Finding:
    if answer.entitled == "roster":
        may = f"{', '.join(ledger.rosters.participants(answer.channel))} may join"
    else:
        may = f"the rule {answer.rule!r} lets {answer.who} in"
    return _finding(
        "authorization.denied-to-insider",
        answer,
        f"{answer.who}, who may join, got no grant for {evidence.spelled(answer.channel)}",
        f"200 with a signature: {may}, and the token of {answer.who} had not ended",
    )


def _invalid(answer: HttpAnswered) -> Finding:
    return _finding(
        "authorization.signature-invalid",
        answer,
        f"{answer.who} was granted {evidence.spelled(answer.channel)} with a signature that does not verify",
        "signed with the broadcaster's secret for this socket and channel; if the broadcaster takes it,"
        " it is the secret that we were told which is wrong",
    )


def _signed_for_no_socket(answer: HttpAnswered) -> Finding:
    return _finding(
        "authorization.malformed-socket-signed",
        answer,
        f"{answer.who} got a signature for {evidence.spelled(answer.channel)} and a socket id that is none",
        "a 4xx, and no signature: a socket id is two numbers and a dot, and what is signed blindly can be made to say"
        " something else",
    )


def _failed_for_no_socket(answer: HttpAnswered) -> Finding:
    return _finding(
        "authorization.malformed-socket-error",
        answer,
        f"the endpoint failed with {answer.status} when {answer.who} asked for a socket id that is none",
        "a 4xx: whatever a client sends is decided, or refused as malformed",
    )


def _error(answer: HttpAnswered) -> Finding:
    said = "gave no answer" if answer.status is None else f"failed with {answer.status}"
    return _finding(
        "authorization.error",
        answer,
        f"the endpoint {said} when {answer.who} asked for {evidence.spelled(answer.channel)}",
        "a decision, also about a name that nobody expects: 200 with a signature, 401 or 403",
    )


def _no_decision(answer: HttpAnswered, due: Due) -> Finding:
    return _finding(
        "authorization.no-decision",
        answer,
        f"{answer.who} got neither a signature nor a denial for {evidence.spelled(answer.channel)}",
        f"{_STATUS.get(due, 'a 4xx')}: an app takes {answer.status} for something else than a denial",
    )


def _wrong_status(answer: HttpAnswered, due: Due) -> Finding:
    return _finding(
        "authorization.wrong-status",
        answer,
        f"{answer.who} was denied {evidence.spelled(answer.channel)} with {answer.status}",
        f"{_STATUS[due]}: 401 says that one has to log in, 403 that it would not help",
    )


def _finding(
    id_: str, answer: HttpAnswered, summary: str, expected: str, alias: AliasFollowed | None = None
) -> Finding:
    """State what is wrong with an answer, and where the name leads that it signed."""
    return finding(
        id_,
        summary,
        who=answer.who,
        where=answer.channel,
        expected=expected,
        evidence=[evidence.signed(answer), *(aliases.where_it_leads(alias) if alias else [])],
        about=[answer, *([alias] if alias else [])],
    )

"""Why somebody heard, or was granted, what they may not: what speaks for and against each suspect."""

from collections.abc import Callable
from typing import Final

from harness.checkers.evidence import moment, quoted
from harness.checkers.findings import Finding
from harness.diagnosis.clues import Clues, Weight, heard, likely, names, unlikely
from harness.diagnosis.forgeries import attempt
from harness.history.events import AliasFollowed, HttpAnswered

Weigher = Callable[[Finding, Clues], Weight | None]

_TWICE: Final = ("duplicated", "array")
"""Encodings that name two channels: the rule may have been asked about the other."""


def _rule_lets_everybody(finding: Finding, clues: Clues) -> Weight | None:
    """AZ-01: the channel rule is true for whoever is logged in."""
    outsiders = _granted_outsiders(finding, clues)
    if len(set(outsiders)) > 1:
        return likely(f"{names(outsiders)} were all granted it")
    denied = [one for one in clues.denials() if one.channel == finding.where]
    if denied:
        return unlikely(f"{denied[0].who} was denied the same channel at {moment(denied[0].at)}")
    return None


def _endpoint_never_decides(_: Finding, clues: Clues) -> Weight | None:
    """AZ-02: the endpoint asks who somebody is, not whether they may."""
    unknown = [one for one in clues.grants() if one.entitled == "no" and not one.rule]
    if unknown:
        return likely(f"{quoted(unknown[0].channel)}, which no rule knows, was signed as well")
    denied = clues.denials()
    return unlikely(f"{denied[0].who} was denied {quoted(denied[0].channel)}") if denied else None


def _public_twin(finding: Finding, clues: Clues) -> Weight | None:
    """AZ-03: the event is broadcast on a public channel."""
    frames = clues.frames(finding)
    if not frames:
        return None
    channel = frames[0].channel
    if channel.startswith(("private-", "presence-")):
        return unlikely(f"{quoted(channel)} is not public")
    return likely(f"{heard(frames[0])}, which anybody may subscribe to")


def _next_conversation(finding: Finding, clues: Clues) -> Weight | None:
    """AZ-06: a participant of one conversation may join the next."""
    if (answer := _answer(finding, clues)) is not None and _is_twisted(answer):
        return unlikely(f"the number in {quoted(answer.channel)} is that of {finding.who}'s own conversation")
    stays = clues.ledger.rosters.stays
    own = [channel for channel, people in stays.items() if finding.who in people and channel != finding.where]
    return likely(f"{finding.who} is in {quoted(own[0])}") if own else unlikely(f"{finding.who} is in no conversation")


def _sent_elsewhere_too(finding: Finding, clues: Clues) -> Weight | None:
    """DE-10: the event goes to more channels than its conversation's."""
    frames, message = clues.frames(finding), clues.message(finding)
    if not frames or message is None:
        return None
    if frames[0].channel != message.asked.channel:
        return likely(f"it was sent to {quoted(message.asked.channel)}, and {heard(frames[0])}")
    return unlikely("it came on the channel of its conversation")


def _another_company(finding: Finding, clues: Clues) -> Weight | None:
    """AZ-04: the same id in another company is accepted."""
    answer = _answer(finding, clues)
    if answer is None or not answer.persona:
        return None
    if _is_twisted(answer):
        return likely(f"{answer.who} asked for {quoted(answer.channel)}, their conversation under another company")
    weigh = likely if answer.persona == "other company" else unlikely
    return weigh(f"{answer.who} is to {quoted(answer.channel)}: {answer.persona}")


def _anothers_data(finding: Finding, clues: Clues) -> Weight | None:
    """AZ-05: the decision is made on another company's data, which only somebody of another company profits from."""
    weight = _another_company(finding, clues)
    return None if weight is None or weight.likelihood == "likely" else weight


def _removed_and_back(finding: Finding, clues: Clues) -> Weight | None:
    """AZ-07: who was removed may still join anew."""
    answer, rosters = _answer(finding, clues), clues.ledger.rosters
    followed = next((one.canonical for one in clues.about(finding) if isinstance(one, AliasFollowed)), "")
    channel = finding.where if finding.where in rosters.stays else followed
    if answer is None or channel not in rosters.stays:
        return None
    if rosters.was_in(answer.who, channel, answer.at):
        return likely(f"{answer.who} had been in the conversation, and was no longer")
    return unlikely(f"{answer.who} never was in the conversation")


def _added_and_denied(finding: Finding, clues: Clues) -> Weight | None:
    """AZ-10: who was added is denied until a cache expires."""
    stays = clues.ledger.rosters.stays.get(finding.where, {}).get(finding.who)
    if not stays:
        return None
    if stays[-1].since == 0:
        return unlikely(f"{finding.who} was in the conversation from its beginning")
    return likely(f"{finding.who} was added at {moment(stays[-1].since)}")


def _never_unsubscribed(finding: Finding, clues: Clues) -> Weight | None:
    """AZ-08: who was removed is never unsubscribed."""
    since = [one for one in clues.ledger.listenings if one.who == finding.who and one.channel == finding.where]
    again = [one for one in since if not clues.might_hear(one.who, one.channel, one.since.at)]
    if again:
        return unlikely(f"{again[0].socket} subscribed after the removal, at {moment(again[0].since.at)}")
    return likely(f"{since[0].socket} subscribed before the removal and was left so") if since else None


def _false_driver(_: Finding, clues: Clues) -> Weight | None:
    """AU-10: the broadcast driver is log or null, and the endpoint says 200 to everything."""
    answers = [event for event in clues.events if isinstance(event, HttpAnswered) and event.purpose == "authorize"]
    if any(one.outcome == "refused" for one in answers):
        return unlikely("the endpoint denied others")
    if any(one.outcome == "ok" and one.signature == "absent" for one in answers):
        return likely("the endpoint said 200 without a signature")
    return unlikely("its signatures verify") if any(one.signature == "valid" for one in answers) else None


def _remembered_user(finding: Finding, clues: Clues) -> Weight | None:
    """
    AU-12: the user of an earlier request is remembered, or what they were answered.

    That somebody who may was granted it before speaks for nothing by itself: a scenario's positive control does that.
    """
    grant = _answer(finding, clues)
    if grant is None or grant.signature == "absent":
        return None
    earlier = [one for one in clues.grants(channel=grant.channel) if one.n < grant.n]
    own = [one for one in earlier if one.who == grant.who and one.signature == "valid"]
    if grant.signature == "invalid" and own:
        return likely(f"{grant.who} had been granted it before, with a signature that verifies, at {moment(own[0].at)}")
    before = [one for one in earlier if one.who != grant.who]
    if not before:
        return unlikely("nobody else had been granted it before")
    denied = [one for one in clues.denials() if one.channel == grant.channel and one.n < before[-1].n]
    if not any(one.who == grant.who for one in denied):
        return None
    return likely(f"{grant.who} was denied it until {before[-1].who} had been granted it, at {moment(before[-1].at)}")


def _wrong_secret_cached(_: Finding, clues: Clues) -> Weight | None:
    """OP-04: a cached configuration holds old credentials."""
    kinds = {one.signature for one in clues.grants()}
    if kinds == {"invalid"}:
        return likely("no signature of this endpoint verifies")
    return unlikely("other signatures of the same endpoint verify") if "valid" in kinds else None


def _past_the_rule(finding: Finding, clues: Clues) -> Weight | None:
    """Speak against every fault of a channel rule where somebody came in without a signature that verifies."""
    tried = attempt(finding, clues)
    if tried is None or tried.signature not in ("invalid", "absent"):
        return None
    return unlikely(f"{tried.socket} came in past the rule, with a signature that is {tried.signature}")


def _of_a_rule(weigh: Weigher) -> Weigher:
    """Ask about a fault of a channel rule only where the rule has been asked, as far as anybody can know."""

    def weighed(finding: Finding, clues: Clues) -> Weight | None:
        """Look first how somebody came in, and how many names they gave."""
        if (passed := _past_the_rule(finding, clues)) is not None:
            return passed
        answer = _answer(finding, clues)
        return None if answer is not None and answer.encoding in _TWICE else weigh(finding, clues)

    return weighed


def _is_twisted(answer: HttpAnswered) -> bool:
    """Tell whether this is the number of the asker's own conversation under a company that is not theirs."""
    return "{other company}" in answer.shape and "{own}" in answer.shape


def _answer(finding: Finding, clues: Clues) -> HttpAnswered | None:
    """Find the answer of the endpoint that a finding is about."""
    return next((one for one in clues.about(finding) if isinstance(one, HttpAnswered)), None)


def _granted_outsiders(finding: Finding, clues: Clues) -> list[str]:
    """Name the people who were granted a channel that they may not hear."""
    return [
        one.who for one in clues.grants(channel=finding.where) if not clues.might_hear(one.who, one.channel, one.at)
    ]


WEIGHERS: Final[dict[str, Weigher]] = {
    "AU-10": _false_driver,
    "AU-12": _remembered_user,
    "AZ-01": _of_a_rule(_rule_lets_everybody),
    "AZ-02": _of_a_rule(_endpoint_never_decides),
    "AZ-03": _public_twin,
    "AZ-04": _of_a_rule(_another_company),
    "AZ-05": _of_a_rule(_anothers_data),
    "AZ-06": _of_a_rule(_next_conversation),
    "AZ-07": _removed_and_back,
    "AZ-08": _never_unsubscribed,
    "AZ-10": _added_and_denied,
    "DE-10": _sent_elsewhere_too,
    "OP-04": _wrong_secret_cached,
}

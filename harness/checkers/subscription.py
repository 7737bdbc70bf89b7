"""
Subscriptions: nobody is let into a guarded channel with anything but the signature that was made for it.

Whatever was sent and how it was forged, the history says itself (`SubscribeAsked`). One whose forgery a server of this
dialect is known to let in is advice. That its person may not join at all is told by `isolation`, besides. So is a name
that no documented server takes, which anybody may fill its memory with.
"""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.checkers.grouping import grouped
from harness.checkers.weaknesses import Weaknesses, weaknesses
from harness.history.events import Event, SubscribeAnswered, SubscribeAsked, TestFinished
from harness.history.ledger import Ledger

_NO_NAME = "CO-18"
"""The weakness of a server that takes names which are none."""
_TO_THE_LETTER = "refused: a signature opens one channel to one socket as one person, to the letter"


class Forged(NamedTuple):
    """A subscription to a guarded channel that was asked for without the signature that was made for it."""

    asked: SubscribeAsked
    answered: SubscribeAnswered

    @property
    def words(self) -> str:
        """What was sent, in words."""
        asked = self.asked
        return asked.forgery or ("no signature" if asked.signature == "absent" else "a signature that does not verify")


def check(events: list[Event], ledger: Ledger, _: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every forgery that was let in; those of one person on one channel with one weakness are one finding."""
    excused, found = weaknesses(events), []
    let_in = _let_in(events, ledger, is_forged)
    for group in grouped(let_in, lambda one: (one.asked.who, one.asked.channel, one.asked.weakness)):
        if excused.excuse(group[0].asked.weakness):
            found += _known(excused, group)
        else:
            found.append(_accepted(group))
    if unchecked := _let_in(events, ledger, _names_nothing):
        found += _known(excused, unchecked) if excused.excuse(_NO_NAME) else [_unchecked(unchecked)]
    return found, Counter({"forgeries": sum(map(is_forged, ledger.attempts))})


def is_forged(asked: SubscribeAsked) -> bool:
    """Tell whether this was asked for without the signature that was made for it."""
    return bool(asked.forgery) or (asked.signature in ("invalid", "absent") and asked.channel_kind != "public")


def _names_nothing(asked: SubscribeAsked) -> bool:
    return asked.weakness == _NO_NAME


def _let_in(events: list[Event], ledger: Ledger, wanted: Callable[[SubscribeAsked], bool]) -> list[Forged]:
    """Find the subscriptions of a kind that were acknowledged."""
    asked = {one.act: one for one in ledger.attempts if wanted(one)}
    if not asked:
        return []
    answers = (event for event in events if isinstance(event, SubscribeAnswered))
    return [Forged(asked[one.act], one) for one in answers if one.act in asked and one.outcome == "ok"]


def _known(excused: Weaknesses, group: list[Forged]) -> list[Finding]:
    about = [event for one in group for event in one]
    return excused.tell(group[0].asked.weakness, evidence.bounded(group, _line), about)


def _accepted(group: list[Forged]) -> Finding:
    asked = group[0].asked
    more = f", and with {len(group) - 1} more" if len(group) > 1 else ""
    return finding(
        "subscription.forgery-accepted",
        f"{asked.who} could subscribe to {evidence.spelled(asked.channel)} with {group[0].words}{more}",
        who=asked.who,
        where=asked.channel,
        expected=_TO_THE_LETTER,
        evidence=evidence.bounded(group, _line),
        about=[event for one in group for event in one],
    )


def _unchecked(group: list[Forged]) -> Finding:
    asked = group[0].asked
    more = f", and to {len(group) - 1} more" if len(group) > 1 else ""
    return finding(
        "subscription.name-unchecked",
        f"{asked.who} could subscribe to {evidence.spelled(asked.channel)}, which names no channel{more}",
        who=asked.who,
        where=asked.channel,
        expected="refused: names have at most 164 characters, of the documented alphabet",
        evidence=evidence.bounded(
            group, lambda one: f"{evidence.moment(one.answered.at)}  {one.asked.socket} was let in"
        ),
        about=[event for one in group for event in one],
    )


def _line(one: Forged) -> str:
    return f"{evidence.moment(one.answered.at)}  {one.asked.socket} was let in with {one.words}"

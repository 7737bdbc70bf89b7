"""Why a token that is none, or that has ended, opened something: what speaks for and against each suspect."""

from collections.abc import Callable
from typing import Final

from harness.checkers.evidence import moment, quoted, spelled
from harness.checkers.findings import Finding
from harness.diagnosis.clues import Clues, Weight, likely, names, unlikely
from harness.history.events import CredentialAnswered, Disclosed, HttpAnswered, SubscribeAnswered
from harness.history.tokens import TokenEnd

Weigher = Callable[[Finding, Clues], Weight | None]

_APP_SECRET: Final = "the app secret"  # noqa: S105  the words for one
"""What it is called where it stood in a frame or an answer."""
_SHOWN: Final = {
    "none": "no token was shown",
    "other": "a token was shown that nobody was ever given",
    "dead": "a token was shown that had been given, and had ended",
    "limited": "a token was shown that lacks the ability to join",
}


def _no_token_needed(finding: Finding, clues: Clues) -> Weight | None:
    """AU-01: the endpoint asks for no token."""
    answer = _answer(finding, clues)
    if answer is None:
        return None
    if answer.credential == "none":
        return likely(_SHOWN["none"])
    without = [one for one in clues.denials() if one.credential == "none"]
    if without:
        return unlikely(f"{without[0].who} was denied {spelled(without[0].channel)} without a token")
    return None


def _any_token(finding: Finding, clues: Clues) -> Weight | None:
    """AU-02: the endpoint takes a token that nobody was given."""
    answer = _answer(finding, clues)
    if answer is None or answer.credential not in _SHOWN:
        return None
    return (likely if answer.credential == "other" else unlikely)(_SHOWN[answer.credential])


def _ended(*ways: TokenEnd) -> Weigher:
    """Look whether the token had ended in one of these ways (AU-03, AU-04, AU-05)."""

    def weigh(finding: Finding, clues: Clues) -> Weight | None:
        """Ask how the person's latest token came to its end."""
        answer = _answer(finding, clues)
        if answer is None:
            return None
        if answer.credential != "dead":
            return unlikely(_SHOWN[answer.credential]) if answer.credential in _SHOWN else None
        endings = [one for one in clues.ledger.tokens.endings if one.who == answer.who and one.at <= answer.at]
        if not endings:
            return None
        last = max(endings, key=lambda one: one.at)
        return (likely if last.how in ways else unlikely)(f"{answer.who}'s token: {last.how} at {moment(last.at)}")

    return weigh


def _ability_ignored(finding: Finding, clues: Clues) -> Weight | None:
    """AU-06: the endpoint does not look at the abilities of a token."""
    answer = _answer(finding, clues)
    return likely(_SHOWN["limited"]) if answer is not None and answer.credential == "limited" else None


def _one_encoding(finding: Finding, clues: Clues) -> Weight | None:
    """AU-09: the endpoint reads forms and no JSON, or the other way round."""
    answer = _answer(finding, clues)
    if answer is None or not answer.encoding:
        return None
    granted = {one.encoding for one in clues.grants(answer.who, answer.channel) if one.encoding}
    if answer.encoding in granted:
        return unlikely(f"it was granted to {answer.who} in the same encoding ({answer.encoding})")
    if granted:
        return likely(f"it was denied as {answer.encoding}, and granted as {', '.join(sorted(granted))}")
    return None


def _anothers_token(_: Finding, clues: Clues) -> Weight | None:
    """AU-11: a login gives somebody the token of somebody else."""
    people: dict[str, str] = {}
    for event in clues.events:
        if isinstance(event, SubscribeAnswered) and event.me:
            other = people.setdefault(event.me, event.who)
            if other != event.who:
                return likely(f"{names([other, event.who])} were both signed for as member {quoted(event.me)}")
    return None


def _outlived(*, a_logout: bool) -> Weigher:
    """Look whether an open subscription outlived a logout (AU-17), or another end of its token (AU-16)."""

    def weigh(finding: Finding, clues: Clues) -> Weight | None:
        """Ask how the token came to its end that the finding is about."""
        ended = next((one for one in clues.about(finding) if isinstance(one, CredentialAnswered)), None)
        if ended is None:
            return None
        what = "expired" if ended.change == "log-in" else f"ended by {ended.change}"
        return (likely if (ended.change == "log-out") == a_logout else unlikely)(f"the token of {ended.who} {what}")

    return weigh


def _app_secret(finding: Finding, clues: Clues) -> Weight | None:
    """HT-14: the secret of the broadcaster is given to clients."""
    told = next((one for one in clues.about(finding) if isinstance(one, Disclosed)), None)
    if told is None:
        return None
    return (likely if told.what == _APP_SECRET else unlikely)(f"what was told is {told.what}")


def _answer(finding: Finding, clues: Clues) -> HttpAnswered | None:
    return next((event for event in clues.about(finding) if isinstance(event, HttpAnswered)), None)


WEIGHERS: Final[dict[str, Weigher]] = {
    "AU-01": _no_token_needed,
    "AU-02": _any_token,
    "AU-03": _ended("logged out", "revoked"),
    "AU-04": _ended("expired"),
    "AU-05": _ended("account deleted"),
    "AU-06": _ability_ignored,
    "AU-09": _one_encoding,
    "AU-11": _anothers_token,
    "AU-16": _outlived(a_logout=False),
    "AU-17": _outlived(a_logout=True),
    "HT-14": _app_secret,
}

"""
Forgeries: a signature that was granted, made wrong in every way that a careless server would let pass.

They need no secret, so they prove something on every target. Whether one was let in is judged by the checkers, which
know what servers of this dialect are known to let in (DEFECTS.md AZ-23 to AZ-29).
"""

from typing import TYPE_CHECKING, Final

import msgspec

from harness.errors import SubscriptionRefused
from harness.users.authorization import Authorization

if TYPE_CHECKING:
    from harness.users.user import User

_DIGITS: Final = "0123456789abcdef"
_STRANGER: Final = "no-such-key"


class Forgery(msgspec.Struct, frozen=True, kw_only=True):
    """
    What to send instead of a granted signature. `words` say what is wrong with it, `weakness` which defect lets it in.

    Its text form shows neither signature.
    """

    words: str
    weakness: str
    auth: str
    channel_data: str | None = None

    def __repr__(self) -> str:
        return f"<Forgery {self.words}>"


def forgeries(granted: Authorization) -> tuple[Forgery, ...]:
    """
    Make every forgery of a grant: none of them is what the endpoint signed.

    What is altered in `channel_data` comes on top where the grant has any, that is on presence channels.
    """
    key, _, digits = granted.auth.rpartition(":")
    wrong = {
        "cut short by one digit": granted.auth[:-1],
        "cut to its first eight digits": f"{key}:{digits[:8]}",
        "without a single digit": f"{key}:",
        "empty": "",
        "with its last digit changed": granted.auth[:-1] + _other(granted.auth[-1]),
        "with its first digit changed": f"{key}:{_other(digits[:1])}{digits[1:]}",
        "of zeros": f"{key}:{'0' * len(digits)}",
        "in capital letters": f"{key}:{_capitals(digits)}",
        "with a digit too many": f"{granted.auth}0",
        "with a blank before its digits": f"{key}: {digits}",
        "with its key twice": f"{key}:{granted.auth}",
    }
    of_no_key = {"without its key": digits, "under another key": f"{_STRANGER}:{digits}"}
    made = [_forged(granted, words, "AZ-25", auth) for words, auth in wrong.items()]
    made += [_forged(granted, words, "AZ-26", auth) for words, auth in of_no_key.items()]
    made += [
        Forgery(words=words, weakness="AZ-29", auth=granted.auth, channel_data=data)
        for words, data in _altered(granted.channel_data).items()
    ]
    return tuple(one for one in made if (one.auth, one.channel_data) != (granted.auth, granted.channel_data))


async def attempt(user: "User", channel: str, forgery: Forgery) -> bool:
    """
    Subscribe with a forgery, and leave again if it was let in; tells whether it was.

    Nothing is raised for either: that the broadcaster let it in is a finding.
    """
    try:
        await user.subscribe(
            channel,
            auth=forgery.auth,
            channel_data=forgery.channel_data,
            forgery=f"a signature {forgery.words}",
            weakness=forgery.weakness,
        )
    except SubscriptionRefused:
        return False
    await user.leave(channel)
    return True


def _forged(granted: Authorization, words: str, weakness: str, auth: str) -> Forgery:
    return Forgery(words=words, weakness=weakness, auth=auth, channel_data=granted.channel_data)


def _altered(channel_data: str | None) -> dict[str, str | None]:
    """Alter what a presence channel is joined with, which the signature covers byte for byte."""
    if not channel_data:
        return {}
    altered: dict[str, str | None] = {
        "for other channel_data, one blank longer": f"{channel_data} ",
        "for channel_data that is left out": None,
    }
    try:
        member = msgspec.json.decode(channel_data, type=dict[str, object])
    except (msgspec.DecodeError, RecursionError):
        return altered
    for words, change in (
        ("for the channel_data of somebody else", {"user_id": "2147483000"}),
        ("for channel_data with another name", {"user_info": {"name": "Somebody Else"}}),
    ):
        altered[words] = msgspec.json.encode({**member, **change}).decode()
    return altered


def _other(digit: str) -> str:
    return _DIGITS[(_DIGITS.find(digit) + 1) % len(_DIGITS)]


def _capitals(digits: str) -> str:
    """Write the digits in capitals; one of a letter is put in where there is none, so that it differs."""
    return digits.upper() if digits.upper() != digits else f"A{digits[1:]}"

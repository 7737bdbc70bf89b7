"""A row of the authorization map in words: who, with what, may do what to whose channel."""

from typing import Final

from harness.history.events import Credential, Persona
from harness.report.authorization_map import Act, Row

PERSONAS: Final[dict[Persona, str]] = {
    "participant": "a participant",
    "former participant": "a former participant",
    "colleague": "a colleague who is no participant",
    "other company": "another company's member",
    "self": "the person whose it is",
    "visitor": "a visitor who never logged in",
    "": "somebody",
}
"""What somebody is to a channel, nearest first."""

CREDENTIALS: Final[dict[Credential, str]] = {
    "live": "",
    "limited": "with a token that lacks the ability",
    "dead": "with a token that had ended",
    "none": "without a token",
    "other": "with a made-up token",
    "borrowed": "with somebody else's token",
    "unknown": "with a token of unknown worth",
}
"""What they asked with; nothing is said of a living token."""

_NAMELESS: Final = {"no rule": "a channel that follows no declared rule", "public": "a public channel"}
_ACTS: Final[dict[Act, str]] = {"join": "join", "publish": "publish on"}


def who(row: Row) -> str:
    """Say who asked, and with what: `another company's member, without a token`."""
    return ", ".join(filter(None, (PERSONAS[row.persona], CREDENTIALS[row.credential])))


def told(row: Row) -> str:
    """Say who does what, as it follows on `lets`: `a colleague who is no participant join private-x.{own}`."""
    separator = "," if CREDENTIALS[row.credential] else ""
    way = f", asked as {row.encoding}" if row.encoding else ""
    return f"{who(row)}{separator} {_ACTS[row.act]} {_NAMELESS.get(row.pattern, row.pattern)}{way}"


def decided(row: Row) -> str:
    """Say what was decided: `granted`, `mixed: denied and granted`."""
    return f"mixed: {' and '.join(row.saw)}" if row.saw else row.decision

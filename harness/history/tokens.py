"""
Which tokens have ended, how and when, and which token opened what a socket listens to.

A token ends when the backend says so in its answer, or at the time that it was given for. Tokens of which the history
does not say that they were given, or which are not numbered, never end here: nobody can know.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from harness.history.events import (
    Change,
    CredentialAnswered,
    CredentialAsked,
    SubscribeAnswered,
    SubscribeAsked,
)

TokenEnd = Literal["logged out", "revoked", "expired", "account deleted"]

_ENDS: Final[dict[Change, TokenEnd]] = {
    "log-out": "logged out",
    "revoke": "revoked",
    "delete-account": "account deleted",
}


class Ending(NamedTuple):
    """
    The end of one or all `tokens` of a person: how, asked for when, and since when it is certain.

    `answered` is the event that says so: the backend's answer, or, of a token that expired, that of its login.
    """

    how: TokenEnd
    who: str
    asked: int
    at: int
    answered: CredentialAnswered
    tokens: tuple[int, ...]


@dataclass
class Tokens:
    """The tokens of one world, by their numbers."""

    endings: list[Ending] = field(default_factory=list)
    """In the order in which they became known."""
    _asked: dict[str, int] = field(default_factory=dict)
    """When a change of a credential was asked for, by act."""
    _living: dict[str, dict[int, None]] = field(default_factory=dict)
    """What each person was given and nobody has ended yet; an expiry to come does not count as one."""
    _ended: dict[int, Ending] = field(default_factory=dict)
    _presented: dict[str, int] = field(default_factory=dict)
    """The token of every subscription that was asked for, by act."""
    _opened: dict[tuple[str, str], list[tuple[int, int]]] = field(default_factory=dict)
    """The acknowledgements of a socket on a channel: the number of the event, and the token."""

    def asked(self, event: CredentialAsked) -> None:
        """Note that a credential is about to change."""
        self._asked[event.act] = event.at

    def answered(self, event: CredentialAnswered) -> None:
        """Take in what the backend gave or took; what nobody knows for sure changes nothing."""
        asked = self._asked.pop(event.act, event.at)
        if event.outcome != "ok":
            return
        if event.change != "log-in":
            living = self._living.setdefault(event.who, {})
            tokens = (event.token,) if event.token else tuple(living)
            for token in tokens:
                living.pop(token, None)
            self._end(Ending(_ENDS[event.change], event.who, asked, event.at, event, tokens))
        elif event.token:
            self._living.setdefault(event.who, {})[event.token] = None
            if event.ends:
                earliest = event.ends - (event.at - asked)  # its time began between the request and the answer
                self._end(Ending("expired", event.who, earliest, event.ends, event, (event.token,)))

    def subscribing(self, event: SubscribeAsked) -> None:
        """Note which token a subscription was authorized with."""
        self._presented[event.act] = event.token

    def subscribed(self, event: SubscribeAnswered) -> None:
        """Note that the broadcaster acknowledged it."""
        token = self._presented.pop(event.act, 0)
        self._opened.setdefault((event.socket, event.channel), []).append((event.n, token))

    def opened_by(self, socket: str, channel: str, n: int) -> int:
        """Give the token behind the latest acknowledgement of a channel before event `n`; 0 when nobody knows."""
        opened = self._opened.get((socket, channel), [])
        before = bisect_right(opened, n, key=lambda one: one[0])
        return opened[before - 1][1] if before else 0

    def ending(self, token: int) -> Ending | None:
        """Tell how a token ended, or will end by itself; None when nobody knows of an end."""
        return self._ended.get(token)

    def _end(self, ending: Ending) -> None:
        self.endings.append(ending)
        for token in ending.tokens:
            known = self._ended.get(token)
            if known is None or ending.at < known.at:
                self._ended[token] = ending

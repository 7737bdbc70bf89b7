"""
What the bearer tokens of a worker are worth: what an answer of the authorization endpoint is judged by.

A token lives from the login that gave it until a log-out is asked for, or until the time that it was asked to end. What
lies between (a log-out that is not answered yet) is `unknown`, and so are all tokens of a person who logged out: some
backends end every session then, others one. A token without the ability that joining needs is `limited`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from harness.history.events import Credential, Outcome

_HARMLESS = frozenset({"device_name"})
"""Fields of a login that make its token no less."""
EVERYTHING = "*"
"""The ability that holds every other (Sanctum)."""


class Given(NamedTuple):
    """A token that was given: its number, and when it ends by itself, on the history's clock."""

    number: int
    ends: int | None


@dataclass(slots=True)
class _Grip:
    """What somebody holds in a token: `ends` is when it ends, on the history's clock, if it was asked to."""

    worth: Credential
    ends: int | None = None
    number: int = 0
    """How many tokens were given before, and this one."""
    before: Credential = "unknown"
    """What it was worth before a log-out was asked for."""

    def at(self, now: int) -> Credential:
        """Tell what it is worth by now."""
        return "dead" if self.ends is not None and now >= self.ends else self.worth


@dataclass(repr=False)
class Credentials:
    """
    Every token that a login of this worker gave, and to whom; `now` gives nanoseconds on the history's clock.

    Its content is secret: nothing of it may be shown.
    """

    now: Callable[[], int]
    ability: str = ""
    """The ability that a token needs for joining; empty where tokens are not limited so."""
    _count: int = 0
    _openers: dict[str, int] = field(default_factory=dict)
    """The token that each granted signature was granted to."""
    _grips: dict[str, dict[str, _Grip]] = field(default_factory=dict)
    """By token and owner: a backend that mixes people up may give two of them the same."""
    _secrets: set[str] = field(default_factory=set)
    """The secret halves of tokens that are written `id|secret`; Sanctum takes the half alone as well."""

    def issued(self, token: str, owner: str, limits: Mapping[str, Any]) -> Given:
        """
        Note that a login gave a token to `owner`, limited by these fields; "" is somebody whom nobody declared.

        Gives its number, and when it ends if it was asked to.
        """
        seconds = limits.get("expires_in")
        ends = self.now() + round(seconds * 1e9) if isinstance(seconds, int | float) else None
        self._count += 1
        self._grips.setdefault(token, {})[owner] = _Grip(self._limited(limits), ends, self._count)
        self._secrets.add(token.rpartition("|")[2])
        return Given(self._count, ends)

    def number(self, token: str | None, who: str) -> int:
        """Give the number of a person's token, 0 when no login gave it to them."""
        grip = self._of(token).get(who)
        return grip.number if grip is not None else 0

    def granted(self, auth: str, token: str | None, who: str) -> None:
        """Note to which token a signature was granted."""
        self._openers[auth] = self.number(token, who)

    def opener(self, auth: str | None) -> int:
        """Give the number of the token that a signature was granted to, 0 when it was granted to none."""
        return self._openers.get(auth or "", 0)

    def leaving_all(self, owner: str) -> None:
        """Note that the end of every token of a person was asked for."""
        for grip in self._grips_of(owner):
            grip.before, grip.worth = grip.worth, "unknown"

    def left_all(self, owner: str, outcome: Outcome) -> None:
        """Note how that ended; a refused one changed nothing."""
        for grip in self._grips_of(owner):
            if outcome == "ok":
                grip.worth = "dead"
            elif outcome == "refused":
                grip.worth = grip.before

    def _grips_of(self, owner: str) -> list[_Grip]:
        return [grips[owner] for grips in self._grips.values() if owner in grips]

    def _limited(self, limits: Mapping[str, Any]) -> Credential:
        """Tell what a token is worth that a login was asked to limit so."""
        if set(limits) - _HARMLESS - {"abilities"}:
            return "unknown"
        abilities = limits.get("abilities")
        if abilities is None:
            return "live"
        if not self.ability or not isinstance(abilities, list):
            return "unknown"
        return "live" if {self.ability, EVERYTHING} & set(abilities) else "limited"

    def leaving(self, token: str | None) -> None:
        """Note that a log-out was asked for: until it is answered, nobody knows what its token is worth."""
        for grip in self._of(token).values():
            grip.before, grip.worth = grip.worth, "unknown"

    def left(self, token: str | None, owner: str, outcome: Outcome) -> None:
        """Note how the log-out of `owner` ended; a refused one changed nothing."""
        for grip in self._of(token).values():
            if outcome == "ok":
                grip.worth = "dead"
            elif outcome == "refused" and grip.worth == "unknown":
                grip.worth = grip.before
        if outcome == "refused":
            return
        for grips in self._grips.values():
            if owner in grips and grips[owner].worth == "live":
                grips[owner].worth = "unknown"

    def worth(self, token: str | None, who: str) -> Credential:
        """Tell what a token is worth when `who` shows it; None is no token at all."""
        if token is None:
            return "none"
        grips = self._of(token)
        if not grips:
            return "unknown" if token.strip().rpartition("|")[2] in self._secrets else "other"
        now = self.now()
        if who in grips:
            return grips[who].at(now)
        return "borrowed" if any(grip.at(now) != "dead" for grip in grips.values()) else "dead"

    def _of(self, token: str | None) -> dict[str, _Grip]:
        return self._grips.get((token or "").strip(), {})

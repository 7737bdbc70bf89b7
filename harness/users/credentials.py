"""
What the bearer tokens of a worker are worth: what an answer of the authorization endpoint is judged by.

A token lives from the login that gave it until a log-out is asked for, or until the time that it was asked to end. What
lies between (a log-out that is not answered yet, a token for less than everything) is `unknown`, and so are all tokens
of a person who logged out: some backends end every session then, others one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.history.events import Credential, Outcome

_HARMLESS = frozenset({"device_name"})
"""Fields of a login that make its token no less."""


@dataclass(slots=True)
class _Grip:
    """What somebody holds in a token: `ends` is when it ends, on the history's clock, if it was asked to."""

    worth: Credential
    ends: int | None = None
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
    _grips: dict[str, dict[str, _Grip]] = field(default_factory=dict)
    """By token and owner: a backend that mixes people up may give two of them the same."""
    _secrets: set[str] = field(default_factory=set)
    """The secret halves of tokens that are written `id|secret`; Sanctum takes the half alone as well."""

    def issued(self, token: str, owner: str, limits: Mapping[str, Any]) -> None:
        """Note that a login gave a token to `owner`, limited by these fields; "" is somebody whom nobody declared."""
        seconds = limits.get("expires_in")
        ends = self.now() + round(seconds * 1e9) if isinstance(seconds, int | float) else None
        self._grips.setdefault(token, {})[owner] = _Grip("unknown" if set(limits) - _HARMLESS else "live", ends)
        self._secrets.add(token.rpartition("|")[2])

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

"""One cause: what it is, where it shows, what speaks for it, and what mends it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from harness.checkers.findings import Likelihood
from harness.doctor.observations import Answer, Seen

Evidence = Callable[[Seen, str], str]
"""Gives the observation that speaks for a cause at a hop, "" when none does."""

CERTAIN: Final = 90
"""Nothing else looks like this."""
LIKELY: Final = 70
POSSIBLE: Final = 40


@dataclass(frozen=True)
class Cause:
    """
    A way for a target to be broken: `id` is the number of PROTOCOL.md section 10, or a word for what is not in it.

    `hops` are those at which it can be the cause. One that `is_environment` says nothing about the product. Of several
    that the evidence speaks for, the greater `weight` comes first.
    """

    id: str
    says: str
    hops: tuple[str, ...]
    evidence: Evidence
    mend: str
    weight: int = LIKELY
    is_environment: bool = False

    @property
    def likelihood(self) -> Likelihood:
        """Say in a word how likely it is where its evidence holds."""
        return "likely" if self.weight >= LIKELY else "possible"


def answer_at(seen: Seen, hop: str) -> Answer:
    """Give the HTTP answer that a hop ended with; one without a status where there was none."""
    sent = seen.delivered.answer if seen.delivered else None
    found = {
        "backend HTTP": seen.home,
        "login": seen.login,
        "token": seen.identity,
        "authorize": seen.authorized,
        "guard": seen.without_token,
        "preflight": seen.preflight,
        "subscribe": seen.joining,
        "upgrade": seen.upgrade.answer if seen.upgrade else None,
        "API": seen.api_post or seen.api,
        "signed API": seen.published or seen.api_signed,
        "send": sent,
        "long message": seen.long.answer if seen.long else None,
    }.get(hop)
    return found or Answer(asked="")


def either(answer: Answer, *, is_so: bool) -> str:
    """Quote an answer where something is so."""
    return f"{answer.asked} was answered with {answer.told}" if is_so else ""

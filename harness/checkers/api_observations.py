"""Observations about the broadcaster's signed HTTP API: what it took, what it refused, and what became of it."""

from typing import Final

from harness.checkers.observation import BROADCAST, DELIVER, Observation, listed
from harness.checkers.verdict import FindingClass

API: Final = listed(
    Observation(
        "api.forgery-accepted",
        FindingClass.SECURITY,
        BROADCAST,
        "the broadcaster took a call of its HTTP API that was not signed for it",
        ("HT-01", "HT-02", "HT-03", "HT-04", "HT-05", "HT-09"),
    ),
    Observation(
        "api.refused",
        FindingClass.DELIVERY,
        BROADCAST,
        "the broadcaster refused a call of its HTTP API that was right",
        ("HT-07", "HT-10", "OP-03"),
    ),
    Observation(
        "api.error",
        FindingClass.PROTOCOL,
        BROADCAST,
        "the broadcaster failed, or was silent, where a call of its HTTP API should be taken or refused",
        ("HT-12", "HT-10"),
    ),
    Observation(
        "api.limit-ignored",
        FindingClass.ADVICE,
        BROADCAST,
        "the broadcaster took more at once than its dialect documents",
        ("HT-11",),
    ),
    Observation(
        "api.heard-elsewhere",
        FindingClass.SECURITY,
        DELIVER,
        "what was published on some channels was heard on another",
        ("DE-35", "AZ-03", "DE-10"),
    ),
    Observation(
        "api.published-unheard",
        FindingClass.DELIVERY,
        DELIVER,
        "the broadcaster took an event and somebody who listened did not hear it",
        ("DE-31", "HT-11", "DE-22", "DE-20", "HT-10", "DE-03"),
    ),
)
"""Part of the list of observations, by id."""

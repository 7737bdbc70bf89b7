"""Observations about the HTTP API."""

from harness.checkers.api_observations import API
from harness.checkers.verdict import FindingClass


def test_whoever_is_believed_wrongly_may_say_anything_to_everybody() -> None:
    """A forged call, and what is told on another channel, are of class security, and nothing else is."""
    security = [one.id for one in API.values() if one.kind is FindingClass.SECURITY]

    assert sorted(security) == ["api.forgery-accepted", "api.heard-elsewhere"]

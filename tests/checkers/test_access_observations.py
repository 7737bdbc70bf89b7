"""Observations about access."""

from harness.checkers.access_observations import ACCESS
from harness.checkers.verdict import FindingClass


def test_whatever_lets_somebody_in_is_of_class_security() -> None:
    """A signature, a subscription or a message that should not be is never mere delivery."""
    leaks = [one for id_, one in ACCESS.items() if "granted-" in id_ or "heard" in id_ or "accepted" in id_]

    assert leaks
    assert {one.kind for one in leaks if one.id != "authorization.alias-granted"} == {FindingClass.SECURITY}

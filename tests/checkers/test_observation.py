"""An observation as a value."""

from harness.checkers.observation import AUTHORIZE, Observation, listed
from harness.checkers.verdict import FindingClass


def test_observations_are_found_by_their_ids() -> None:
    """The list keeps their order."""
    one = Observation("a.b", FindingClass.ADVICE, AUTHORIZE, "somebody saw it")

    assert listed(one) == {"a.b": one}
    assert one.suspects == ()

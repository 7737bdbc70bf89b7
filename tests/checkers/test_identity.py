"""Identity: who is signed for is who the token belongs to."""

from typing import Any

from harness.checkers import identity
from harness.history.events import TestFinished
from harness.history.ledger import read


def test_a_name_of_ones_own_choice_is_found(history: Any) -> None:
    """One finding of class security for the grant that echoes what was made up."""
    events = history("membership.identity-spoofed")

    (found,) = identity.check(events, read(events), TestFinished(n=1, at=0))[0]

    assert (found.id, found.kind, found.who) == ("membership.identity-spoofed", "security", "bob")
    assert "of their own choice" in found.summary


def test_who_one_is_is_no_finding(history: Any) -> None:
    """A grant that says who somebody is by the backend's own knowledge is right."""
    events = history("accepted--forgeries-refused")

    assert identity.check(events, read(events), TestFinished(n=1, at=0))[0] == []

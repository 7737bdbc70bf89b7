"""A finding states an observation, and is a paragraph that a stranger can act on."""

import msgspec
import pytest

from harness.checkers.findings import Finding, Suspect, finding
from harness.checkers.observations import OBSERVATIONS
from harness.checkers.verdict import FindingClass


def test_a_finding_takes_class_hop_and_suspects_from_the_list() -> None:
    """The checker says what it saw; what that means stands in one place."""
    found = finding("isolation.heard-by-outsider", "eve heard it", who="eve", evidence=iter(["a", "b"]))

    observation = OBSERVATIONS["isolation.heard-by-outsider"]
    assert (found.kind, found.hop) == (observation.kind, observation.hop)
    assert tuple(one.id for one in found.suspects) == observation.suspects
    assert (found.who, found.where, found.evidence) == ("eve", "", ("a", "b"))


def test_a_paragraph_holds_everything_that_is_known() -> None:
    """Summary, hop, expectation, evidence line by line, and suspects."""
    found = finding("ordering.reordered", "bob#1 heard …", expected="the order of sending", evidence=["two", "one"])

    assert str(found).splitlines() == [
        "ordering.reordered (delivery): bob#1 heard …",
        "  hop       7, deliver (broadcaster → socket)",
        "  expected  the order of sending",
        "  seen      two",
        "  seen      one",
        "  suspect   DE-07  a queue, or several workers, reorder",
    ]


def test_a_paragraph_leaves_out_what_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without expectation, evidence and suspects there are two lines."""
    bare = type(OBSERVATIONS["ordering.reordered"])("ordering.reordered", FindingClass.DELIVERY, "7", "says")
    monkeypatch.setitem(OBSERVATIONS, "ordering.reordered", bare)

    assert str(finding("ordering.reordered", "bob")) == "ordering.reordered (delivery): bob\n  hop       7"


def test_an_unknown_observation_cannot_be_stated() -> None:
    """The list is closed."""
    with pytest.raises(KeyError):
        finding("delivery.odd", "odd")


def test_only_what_is_neither_tolerated_nor_advice_counts() -> None:
    """A verdict fails by the others."""
    broken = finding("delivery.lost", "lost")
    advice = msgspec.structs.replace(broken, kind=FindingClass.ADVICE)
    excused = msgspec.structs.replace(broken, tolerated="known")

    assert [one.counts for one in (broken, advice, excused)] == [True, False, False]


def test_a_finding_as_data_says_class() -> None:
    """`class` is a word of Python, so it has another name in the code."""
    written = msgspec.json.encode(finding("delivery.lost", "lost"))

    assert b'"class":"delivery"' in written
    assert msgspec.json.decode(written, type=Finding) == finding("delivery.lost", "lost")


def test_a_suspect_that_was_weighed_says_why() -> None:
    """Likelihood and the first reason stand behind it; one that was not weighed is bare."""
    bare = Suspect(id="DE-07", says="a queue reorders")
    weighed = msgspec.structs.replace(bare, likelihood="likely", because=("two workers answered", "more"))

    assert str(bare) == "DE-07  a queue reorders"
    assert str(weighed) == "DE-07  a queue reorders (likely: two workers answered)"


@pytest.mark.parametrize(
    ("prefix", "matches"),
    [
        ("delivery.lost", True),
        ("delivery", True),
        ("delivery.", True),
        ("delivery.los", False),
        ("deliver", False),
        ("deliveryX", False),
    ],
)
def test_a_finding_matches_its_id_and_what_stands_above_it(prefix: str, matches: bool) -> None:  # noqa: FBT001  a table's column
    """A prefix ends at a dot, so that a misspelt one excuses nothing."""
    assert finding("delivery.lost", "lost").matches(prefix) is matches

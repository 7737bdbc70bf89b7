"""Verdicts merge by gravity, observations are a closed list, and a finding is a paragraph."""

from itertools import permutations

import pytest

from harness.checkers.verdict import OBSERVATIONS, FindingClass, Verdict, finding, gravest, is_known


@pytest.mark.parametrize("verdicts", list(permutations(Verdict)))
def test_the_gravest_verdict_wins_in_any_order(verdicts: tuple[Verdict, ...]) -> None:
    """FAIL comes before INCONCLUSIVE, that before PASS."""
    assert gravest(verdicts) is Verdict.FAIL
    assert gravest(one for one in verdicts if one is not Verdict.FAIL) is Verdict.INCONCLUSIVE
    assert gravest([Verdict.PASS]) is Verdict.PASS


def test_no_verdict_at_all_is_inconclusive() -> None:
    """Nothing observed is never a pass."""
    assert gravest([]) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("id_", OBSERVATIONS)
def test_an_observation_says_what_where_and_why_perhaps(id_: str) -> None:
    """Each has an area, a class that counts, a hop, a sentence, and suspects of the catalogue without repetition."""
    observation = OBSERVATIONS[id_]

    assert observation.id == id_
    assert id_.partition(".")[0] in {"delivery", "ordering", "isolation", "authorization", "protocol"}
    assert observation.kind is not FindingClass.ADVICE
    assert observation.hop[0] in "234567"
    assert observation.says
    assert observation.suspects
    assert len(set(observation.suspects)) == len(observation.suspects)


def test_leaks_are_of_class_security() -> None:
    """Everything that isolation finds, and a signature for an outsider, ends a run with the code of security."""
    secure = {id_ for id_, observation in OBSERVATIONS.items() if observation.kind is FindingClass.SECURITY}

    leaks = {id_ for id_ in OBSERVATIONS if id_.startswith("isolation.")}
    assert secure == leaks | {"authorization.granted-to-outsider"}


@pytest.mark.parametrize(
    ("prefix", "known"),
    [
        ("delivery", True),
        ("delivery.", True),
        ("delivery.lost", True),
        ("delivery.los", False),
        ("deliver", False),
        ("delivery.lost.twice", False),
        ("", False),
        (".", False),
    ],
)
def test_only_ids_and_dotted_prefixes_are_known(prefix: str, known: bool) -> None:  # noqa: FBT001  a table's column
    """A prefix ends at a dot, so a misspelt id is found out; a finding matches by the same rule."""
    assert is_known(prefix) is known
    assert finding("delivery.lost", "lost").matches(prefix) is known


def test_a_finding_takes_class_hop_and_suspects_from_the_list() -> None:
    """The checker says what it saw; what that means stands in one place."""
    found = finding("isolation.heard-by-outsider", "eve heard it", who="eve", evidence=iter(["a", "b"]))

    observation = OBSERVATIONS["isolation.heard-by-outsider"]
    assert (found.kind, found.hop, found.suspects) == (observation.kind, observation.hop, observation.suspects)
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

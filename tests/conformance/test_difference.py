"""What a move from one server to another changes, in words."""

import pytest

from harness.conformance.difference import (
    LIMITS,
    Gravity,
    Side,
    differences,
    in_plain_words,
    in_words,
    limits,
    of_column,
    of_dialect,
)
from harness.conformance.examination import rows_of
from harness.conformance.matrix import Cell, Column, Row, Source
from harness.conformance.suite import collect
from harness.protocol.dialects import DIALECTS


def row(id_: str = "1.1.1", expects: tuple[str, ...] = ("succeeded",), **known: str) -> Row:
    """Describe a case and what is known of dialects."""
    sources = {name: Source(behaviour=one, source="seen") for name, one in known.items()}
    return Row(id=id_, says=f"{id_} is done.", expects=expects, known=sources)


@pytest.mark.parametrize(
    ("a", "b", "gravity"),
    [
        ("error null", "succeeded", Gravity.OPEN),
        ("subscription_error 401", "succeeded count 1", Gravity.OPEN),
        ("http 401", "http 200", Gravity.OPEN),
        ("succeeded", "error 4009", Gravity.STOPS),
        ("event client-x", "error 4301", Gravity.STOPS),
        ("error 4001 then closed 4001", "error 4001", Gravity.ENDS),
        ("nothing", "closed 1009", Gravity.ENDS),
        ("nothing", "error 4200", Gravity.SILENT),
        ("error 4009", "subscription_error 401", Gravity.OTHERWISE),
        ("closed 4001", "closed 1006", Gravity.OTHERWISE),
        ("http 422", "http 400", Gravity.OTHERWISE),
    ],
)
def test_how_grave_a_difference_is(a: str, b: str, gravity: Gravity) -> None:
    """What was refused and is allowed now comes first."""
    (found,) = differences(of_dialect("old", [row(old=a, new=b)]), of_dialect("new", [row(old=a, new=b)]), [row()])

    assert found.gravity is gravity


def test_what_is_not_known_is_what_the_specification_asks_for() -> None:
    """A pattern that holds for both is no difference, and where the specification is silent nothing is said."""
    rows = [row(reverb="error 4009"), row("1.1.2"), row("1.1.3", ("error *",), reverb="error 4200"), row("1.1.4", ())]
    found = differences(of_dialect("pusher", rows), of_dialect("reverb", rows), rows)

    assert [(one.case, one.a, one.b) for one in found] == [("1.1.1", "subscribes it", "sends pusher:error 4009")]


def test_what_was_observed_is_compared_too() -> None:
    """Of what was not exercised nothing is known."""
    cells = {"1.1.1": Cell(grade="FAILED", behaviour="closed 1006"), "1.1.2": Cell(grade="NOT EXERCISED")}
    rows = [row(), row("1.1.2")]
    found = differences(of_dialect("pusher", rows), of_column(Column(name="x", dialect="", cells=cells)), rows)

    assert [(one.case, one.b) for one in found] == [("1.1.1", "ends TCP without a close frame")]


def test_the_gravest_are_told_first() -> None:
    """With a sentence on what to mind."""
    rows = [
        row(b="error 4009", a="subscription_error 401"),
        row("1.1.2", b="error 4009"),
        row("1.1.3", ("nothing",), b="closed 1009"),
    ]
    told = "\n".join(in_words("a", "b", differences(of_dialect("a", rows), of_dialect("b", rows), rows)))

    assert told.startswith("A move from a to b changes 3 of the things")
    assert told.index("Refused where it worked (1)") < told.index("Ends the connection (1)")
    assert "  a subscribes it; b sends pusher:error 4009.\n    1.1.2    1.1.2 is done.\n" in told
    assert "Mind: the new server ends the connection here, the old one does not." in told
    assert "Mind: only the old server sends pusher:subscription_error; with the new one bind pusher:error." in told


def test_nothing_that_changes_is_told() -> None:
    """In one line."""
    assert list(in_words("a", "b", [])) == ["Nothing that the cases cover changes for clients between a and b."]


def test_numbers_are_told_beside_it() -> None:
    """Each is a field of a dialect."""
    told = limits(DIALECTS["reverb"], DIALECTS["pusher"])

    assert "seconds of silence after which a client is told to ping: 30 → 120" in told
    assert "channels of one event: any → 100" in told
    assert limits(DIALECTS["pusher"], DIALECTS["pusher"]) == []
    assert all(hasattr(one, name) for one in DIALECTS.values() for name in LIMITS)
    assert "Numbers:" in list(in_words("a", "b", [], told))


def test_every_behaviour_has_words() -> None:
    """What has none is quoted."""
    assert (
        in_plain_words("error 4009 then closed 1006") == "sends pusher:error 4009, then ends TCP without a close frame"
    )
    assert in_plain_words("subscription_error 401") == "sends pusher:subscription_error with status 401"
    assert in_plain_words("relayed to others only") == "shows “relayed to others only”"
    assert in_plain_words("error ????, the other nothing") == (
        "sends pusher:error with a code to one and says nothing to the other"
    )
    assert in_plain_words("*closed 4201") == "does anything, and closes with 4201"
    assert in_plain_words("succeeded as '5'") == "subscribes it as '5'"


def test_reverb_and_pusher_differ_in_what_the_cases_cover() -> None:
    """Both ways, as often."""
    rows = rows_of(collect())
    there = differences(of_dialect("reverb", rows), of_dialect("pusher", rows), rows)
    back = differences(of_dialect("pusher", rows), of_dialect("reverb", rows), rows)

    assert {one.case for one in there} == {one.case for one in back} != set()


def test_what_our_own_client_does_is_no_difference_of_servers() -> None:
    """It is tried beside a server, and never against it."""
    rows = [Row(id=id_, says="Something is done.") for id_ in ("13.1.1", "14.1.1")]
    a, b = (Side(name=one, behaviours={"13.1.1": one, "14.1.1": one}) for one in ("pong", "nothing"))

    assert [one.case for one in differences(a, b, rows)] == ["13.1.1"]


def test_what_looks_like_a_pattern_is_alike_too() -> None:
    """Brackets in a behaviour are brackets."""
    a, b = (Side(name=one, behaviours={"1.1.1": "ids ['1']"}) for one in ("a", "b"))

    assert differences(a, b, [row()]) == []

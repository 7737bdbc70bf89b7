"""Causes are ranked by their weight, and the table of them is whole."""

import re
from dataclasses import replace

from harness.doctor.cause import CERTAIN, LIKELY, POSSIBLE, Cause
from harness.doctor.causes import CAUSES, FAILURE_MODES, UNSEEN
from harness.doctor.hops import HOPS
from harness.doctor.observations import Seen
from harness.doctor.ranking import ranked, unknown
from harness.doctor.stated import Stated

SEEN = Seen(stated=Stated())
ONE = Cause("1", "it is off", ("key",), lambda _, hop: f"at {hop}", "turn it on", POSSIBLE)


def test_the_heavier_comes_first_and_each_once() -> None:
    """Of one id the best evidence counts; of equals the first; what nothing speaks for is not named."""
    causes = (
        ONE,
        replace(ONE, id="2", weight=CERTAIN),
        replace(ONE, id="3", weight=CERTAIN),
        replace(ONE, id="2", weight=LIKELY),
        replace(ONE, id="4", evidence=lambda *_: ""),
        replace(ONE, id="5", hops=("ping",)),
    )

    found = ranked("key", SEEN, causes)

    assert [(one.id, one.likelihood) for one in found] == [("2", "likely"), ("3", "likely"), ("1", "possible")]
    assert found[0].because == "at key"


def test_what_looks_like_nothing_is_told_as_such() -> None:
    """Nothing is made up: what came is the evidence."""
    assert ranked("key", SEEN, ()) == ()
    assert unknown("500").because == "500"


def test_every_failure_mode_has_a_cause() -> None:
    """All 44, and each that cannot be seen from here is one of them."""
    assert {one.id for one in CAUSES} >= set(FAILURE_MODES)
    assert set(UNSEEN) <= set(FAILURE_MODES)


def test_every_cause_stands_at_a_hop_and_mends_something() -> None:
    """Its hops exist, it has a sentence that is none of code, and a remedy."""
    hops = {hop.name for hop in HOPS}

    assert [one.id for one in CAUSES if not set(one.hops) <= hops or not one.hops] == []
    assert [one.id for one in CAUSES if len(one.says) < 10 or len(one.mend) < 10] == []
    assert [
        one.mend for one in CAUSES if re.search(r"\bNAME\b", one.mend.replace("targets.NAME", "").replace(".NAME'", ""))
    ] == []


def test_every_hop_needs_what_comes_before_it() -> None:
    """The order of the table is one in which they can be walked, and no name stands twice."""
    names = [hop.name for hop in HOPS]

    assert len(set(names)) == len(names)
    for place, hop in enumerate(HOPS):
        assert set(hop.needs) | set(hop.after) <= set(names[:place]), hop.name

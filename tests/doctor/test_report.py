"""What a walk came to: which cause is the first, and whose fault it is."""

from typing import Any

import pytest

from harness.doctor.report import HopTold, Ranked, Report


def cause(id_: str, *, is_environment: bool = False) -> Ranked:
    """Name a cause."""
    mend = "turn it on"
    return Ranked(id=id_, says="it is off", likelihood="likely", because="…", mend=mend, is_environment=is_environment)


def report(*hops: tuple[Any, tuple[Ranked, ...]]) -> Report:
    """Make a report of hops in these states, with these causes."""
    told = tuple(
        HopTold(hop=f"hop {number}", does="does", state=state, came="came", causes=causes)
        for number, (state, causes) in enumerate(hops)
    )
    return Report(target="t", topology="remote", backend="", broadcaster="", dialect="reverb", hops=told, unseen=())


OURS, THEIRS = (cause("4"),), (cause("1", is_environment=True),)


@pytest.mark.parametrize(
    ("hops", "first", "verdict"),
    [
        ([("fine", ())], None, "fine"),
        ([("advice", OURS)], "4", "fine"),
        ([("advice", OURS), ("broken", THEIRS)], "1", "environment"),
        ([("broken", THEIRS), ("broken", OURS)], "1", "broken"),
        ([("broken", ())], None, "broken"),
        ([("not exercised", ()), ("not reached", ())], None, "fine"),
    ],
)
def test_the_verdict_is_of_what_is_broken(hops: list[Any], first: str | None, verdict: str) -> None:
    """A broken hop comes before an advice; one in the product outweighs those in the environment."""
    made = report(*hops)

    assert (made.first.id if made.first else None, made.verdict) == (first, verdict)

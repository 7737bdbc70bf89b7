"""What a run looked at, one guarantee a line."""

from typing import Any

import msgspec
import pytest

from harness.checkers.latency import Budget
from harness.checkers.observations import OBSERVATIONS
from harness.report.guarantees import guarantees


@pytest.mark.parametrize(
    ("counts", "findings", "state"),
    [
        ({"owed": 3}, [], "verified"),
        ({}, [], "nothing observed"),
        ({"owed": 3}, [{}], "broken"),
        ({}, [{}], "broken"),
        ({"owed": 3}, [{"tolerated": "known"}], "broken, tolerated"),
        ({"owed": 3}, [{"tolerated": "known"}, {"who": "bob"}], "broken"),
    ],
)
def test_what_nobody_tried_is_not_verified(
    outcome: Any, found: Any, report: Any, counts: Any, findings: Any, state: str
) -> None:
    """A guarantee is verified where something was put to the test and nothing broke."""
    document = report(outcome("PASS", *[found(**one) for one in findings], counts=counts)).document
    delivery = guarantees(document)[0]

    assert (delivery.name, delivery.state, delivery.unit) == ("delivery", state, "deliveries owed")
    assert delivery.looked_at == sum(counts.values())


def test_every_observation_belongs_to_a_guarantee(report: Any) -> None:
    """None is left out, whether its checker counts what it looks at or not."""
    assert [one.name for one in guarantees(report().document)] == list(
        dict.fromkeys(id_.partition(".")[0] for id_ in OBSERVATIONS)
    )


def test_a_finding_that_no_checker_of_ours_states_is_listed_too(outcome: Any, found: Any, report: Any) -> None:
    """A verdict of another version is shown as it stands."""
    other = msgspec.structs.replace(found(), id="weather.rain", tolerated="it rains")
    last = guarantees(report(outcome("PASS", other)).document)[-1]

    assert (last.name, last.looked_at, last.state) == ("weather", None, "broken, tolerated")


def test_latency_is_verified_where_a_percentile_could_be_decided(outcome: Any, report: Any) -> None:
    """One that is not claimed, or undecided, says nothing."""
    claims = ("within", "not claimed", "undecided")
    budgets = [
        Budget(percentile="p95", limit=1, claim=claim, value=0, lower=0, upper=None, samples=1, needed=1, messages=1)
        for claim in claims
    ]

    def latency(*kept: Budget) -> Any:
        document = report(outcome("PASS", budgets=kept)).document
        return next(one for one in guarantees(document) if one.name == "latency")

    assert (latency(*budgets).state, latency(*budgets).looked_at) == ("verified", 1)
    assert latency(*budgets[1:]).state == "nothing observed"

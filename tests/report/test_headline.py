"""The whole of a run on one line, and what no loss proves."""

from typing import Any

import pytest

from harness.checkers.latency import Budget
from harness.checkers.run import RunJudgement
from harness.report.headline import headline, loss_bound, not_exercised

COUNTS = {
    "owed": 600,
    "delivered": 598,
    "unknown": 2,
    "messages ok": 600,
    "duplicated": 1,
    "reordered": 3,
    "denied": 148,
    "denials owed": 148,
}


def budget(percentile: str, claim: Any, **fields: Any) -> Budget:
    """Make a percentile with its limit of a quarter of a second."""
    known = {
        "limit": 0.25,
        "value": 0.0021,
        "lower": 0.0019,
        "upper": 0.0024,
        "samples": 600,
        "needed": 59,
        "messages": 600,
    }
    return Budget(percentile=percentile, claim=claim, **(known | fields))


def told(report: Any, *outcomes: Any, budgets: tuple[Budget, ...] = (), **options: Any) -> str:
    """Write the headline of a run."""
    return headline(report(*outcomes, run=RunJudgement(budgets=budgets), **options).document)


def test_a_pass_shows_what_it_stands_on(report: Any, outcome: Any) -> None:
    """Latency with its interval and limit, loss with its bound, doubling, order, denials, and what was not tested."""
    skipped = outcome("NOT EXERCISED", test="test_y", needs=("two_nodes", "faults"))
    line = told(report, outcome(counts=COUNTS, needs=("faults",)), skipped, budgets=(budget("p95", "within"),))

    assert line == (
        "PASS  delivery p95 2.1 ms [1.9 ms, 2.4 ms] ≤ 250 ms  n=600  lost 0/598 (<0.5% @95%)  dup 1  reorder 3"
        "  denied 148/148  not exercised: two_nodes"
    )


@pytest.mark.parametrize(
    ("budgets", "shown"),
    [
        ([], "delivery latency not claimed  "),
        ([budget("p95", "not claimed", messages=12)], "delivery latency not claimed (n=12 of 59 messages)"),
        ([budget("p50", "beyond"), budget("p95", "within")], "delivery p50 2.1 ms [1.9 ms, 2.4 ms] > 250 ms"),
        ([budget("p50", "within"), budget("p95", "within")], "delivery p95 "),
        ([budget("p95", "undecided", upper=None), budget("p99", "not claimed")], "[1.9 ms, ?] ? 250 ms"),
    ],
)
def test_the_worst_percentile_is_shown(report: Any, outcome: Any, budgets: list[Budget], shown: str) -> None:
    """Of those that stand alike the highest; nothing is claimed of too few samples."""
    assert shown in told(report, outcome(), budgets=tuple(budgets))


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({}, "no delivery was owed"),
        ({"owed": 4, "lost": 1, "messages ok": 2}, "lost 1/4"),
        ({"owed": 600, "messages ok": 200}, "lost 0/600 (<1.5% @95%)"),
    ],
)
def test_loss_is_counted_in_deliveries_and_bounded_by_messages(
    report: Any, outcome: Any, counts: Any, shown: str
) -> None:
    """The deliveries of one message share its fate, so they prove no more than it does."""
    assert f"  {shown}  " in told(report, outcome(counts=counts))


@pytest.mark.parametrize(
    ("outcomes", "begin"),
    [
        ([("FAIL", "delivery.lost", "isolation.heard-by-outsider")], "FAIL security  "),
        ([("FAIL", "delivery.lost")], "FAIL delivery  "),
        ([("FAIL",)], "FAIL  "),
        ([("PASS",), ("ENVIRONMENT",)], "INCONCLUSIVE environment  "),
        ([("INCONCLUSIVE",)], "INCONCLUSIVE  "),
    ],
)
def test_a_failure_names_its_class(report: Any, outcome: Any, found: Any, outcomes: Any, begin: str) -> None:
    """The gravest of them; an assertion of a test's own has none, and the environment is named."""
    assert told(report, *[outcome(word, *map(found, ids)) for word, *ids in outcomes]).startswith(begin)


def test_what_another_test_exercised_is_not_missing(report: Any, outcome: Any) -> None:
    """A capability is missing when every test that needed it was left out."""
    skipped = [outcome("NOT EXERCISED", test=test, needs=("faults", "secret")) for test in "ab"]

    assert not_exercised(report(*skipped, outcome(needs=("secret",))).document) == ["faults"]


@pytest.mark.parametrize(("messages", "bound"), [(0, 1.0), (1, 0.95), (299, 0.01), (2995, 0.001), (29956, 0.0001)])
def test_the_rule_of_three_is_exact(messages: int, bound: float) -> None:
    """The sample sizes of DEFECTS.md, section 4.3, at 95 % confidence."""
    assert loss_bound(messages) == pytest.approx(bound, rel=0.01)

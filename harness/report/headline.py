"""The verdict of a run on one line: latency against its budget, loss, doubling, order, denials, what was not tested."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from harness.checkers.latency import Budget, shown
from harness.checkers.verdict import FindingClass
from harness.report.document import EXERCISED, Document, final

_CONFIDENCE: Final = 0.95
_GRAVEST: Final = ("beyond", "undecided", "within", "not claimed")
_SIGNS: Final = {"within": "≤", "beyond": ">", "undecided": "?"}
"""How a percentile stands to its limit: kept, broken, or nobody can say."""


def headline(document: Document) -> str:
    """Write the verdict, the class of the gravest finding, and the figures that it stands on."""
    counts = Counter(document.counts)
    parts = [
        " ".join([document.verdict, *_why(document)]),
        _latency(document.budgets),
        _loss(counts),
        f"dup {counts['duplicated']}",
        f"reorder {counts['reordered']}",
        *([f"denied {counts['denied']}/{counts['denials owed']}"] if counts["denials owed"] else []),
    ]
    missing = not_exercised(document)
    return "  ".join([*parts, *([f"not exercised: {', '.join(missing)}"] if missing else [])])


def not_exercised(document: Document) -> list[str]:
    """Name the capabilities that tests needed and that no test which came to a verdict exercised."""
    last = final(document.outcomes)
    exercised = {word for one in last if one.verdict in EXERCISED for word in one.needs}
    asked = dict.fromkeys(word for one in last if one.verdict == "NOT EXERCISED" for word in one.needs)
    return [word for word in asked if word not in exercised]


def loss_bound(messages: int) -> float:
    """
    Give the share of messages that may get lost although none of so many was: the upper bound at 95 % confidence.

    Exactly the largest p that would show no loss in this many independent messages in one run out of twenty: the rule
    of three, 3 / n, to a close approximation.
    """
    return 1.0 if messages <= 0 else float(1 - (1 - _CONFIDENCE) ** (1 / messages))


def _why(document: Document) -> list[str]:
    """Say what kind of guarantee broke, or that it was the environment."""
    classes = {one.kind for one in document.findings}
    if named := next((kind.value for kind in FindingClass if kind in classes), ""):
        return [named]
    return [reason for reason in document.reasons if reason == "environment"]


def _latency(budgets: Sequence[Budget]) -> str:
    """Show the percentile that stands worst against its limit; of those that stand alike, the highest."""
    claimed = [one for one in budgets if one.claim != "not claimed"]
    if not claimed:
        return "delivery latency not claimed" + (
            f" (n={budgets[0].messages} of {budgets[0].needed} messages)" if budgets else ""
        )
    worst = min(reversed(claimed), key=lambda one: _GRAVEST.index(one.claim))
    upper = "?" if worst.upper is None else shown(worst.upper)
    return (
        f"delivery {worst.percentile} {shown(worst.value)} [{shown(worst.lower)}, {upper}] "
        f"{_SIGNS[worst.claim]} {shown(worst.limit)}  n={worst.samples}"
    )


def _loss(counts: Counter[str]) -> str:
    judged = counts["owed"] - counts["unknown"]
    if not judged:
        return "no delivery was owed"
    if counts["lost"]:
        return f"lost {counts['lost']}/{judged}"
    # The deliveries of one message share its fate, so only messages are independent.
    bound = loss_bound(min(judged, counts["messages ok"]))
    return f"lost 0/{judged} (<{100 * bound:.2g}% @95%)"

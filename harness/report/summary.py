"""The few lines that a terminal shows at the end of a run."""

from collections import Counter
from typing import Any

from harness.errors import plain

_SHOWN = 10


def lines(summary: dict[str, Any]) -> list[str]:
    """Write the counts, the findings, and what was not looked at; text of a target is escaped, one line each."""
    counts = summary["counts"]
    written = [
        (
            f"{summary['exercised']} tests exercised, {counts.get('messages ok', 0)} messages sent, "
            f"{counts.get('delivered', 0)} of {counts.get('owed', 0)} owed deliveries made "
            f"({counts.get('lost', 0)} lost, {counts.get('late', 0)} late, {counts.get('duplicated', 0)} duplicated, "
            f"{counts.get('unknown', 0)} unknown)"
        )
    ]
    written += [
        f"FAIL {one['id']} ({one['kind']}, hop {one['hop']}): {plain(one['summary'])}"
        for one in summary["findings"][:_SHOWN]
    ]
    hidden = len(summary["findings"]) - _SHOWN
    written += [f"… {hidden} more findings in verdict.json"] if hidden > 0 else []
    unexplained = [one for one in summary["outcomes"] if one["verdict"] == "FAIL" and not one["findings"]]
    written += [f"FAIL {plain(one['test'])}: {plain(_first_line(one))}" for one in unexplained[:_SHOWN]]
    hidden = len(unexplained) - _SHOWN
    written += [f"… {hidden} more failed tests in verdict.json"] if hidden > 0 else []
    written += _unjudged(summary["outcomes"], "ERROR") + _unjudged(summary["outcomes"], "ENVIRONMENT")
    written += [line for outcome in summary["outcomes"] for line in _in_doubt(outcome)]
    written += [f"flaky, passed only when it was run again: {plain(test)}" for test in summary["flaky"]]
    written += [
        f"tolerated in vain: {plain(one['test'])} tolerates {plain(one['observation'])}, which did not break"
        for one in summary["unbroken"]
    ]
    reasons = Counter(one["reason"] for one in summary["not_exercised"])
    written += [f"not exercised ({count}): {plain(reason)}" for reason, count in reasons.items()]
    written += [
        f"required but not exercised: {word}: no test that ran needs it" for word in summary["required_not_exercised"]
    ]
    written += [f"{plain(summary['cut_short'])}, so what was left is not proven"] if summary["cut_short"] else []
    written += ["no realtime test was exercised, so nothing is proven"] if not summary["exercised"] else []
    return [*written, _where(summary)]


def _where(summary: dict[str, Any]) -> str:
    """Name what was looked at, and where all of it is written: a verdict on another target is none on this one."""
    target = f"target {plain(summary['target'])} ({summary['topology']})"
    return f"{target}, seed {summary['seed']}, report {plain(summary['folder'])}"


def _unjudged(outcomes: list[dict[str, Any]], verdict: str) -> list[str]:
    """Write why tests came to no judgement, each reason once with the number of tests that it kept from one."""
    final = [one for one in outcomes if one["verdict"] == verdict and not one.get("repeated")]
    reasons = Counter(_first_line(one) for one in final)
    hidden = len(reasons) - _SHOWN
    written = [f"{verdict} ({count}): {plain(reason)}" for reason, count in list(reasons.items())[:_SHOWN]]
    return written + ([f"… {hidden} more reasons in verdict.json"] if hidden > 0 else [])


def _first_line(outcome: dict[str, Any]) -> str:
    """Give the first line of why a test failed: an expectation of its own, which is no finding of a checker's."""
    return str(outcome["reason"]).partition("\n")[0]


def _in_doubt(outcome: dict[str, Any]) -> list[str]:
    """Write what was found out about an inconclusive test, line by line: pytest itself shows only failures."""
    if outcome["verdict"] != "INCONCLUSIVE":
        return []
    first, *rest = str(outcome["reason"]).removeprefix("Inconclusive: ").split("\n")
    return [f"INCONCLUSIVE {plain(outcome['test'])}: {plain(first)}", *map(plain, rest)]

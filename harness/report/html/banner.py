"""The verdict of a run in the words and figures that somebody takes in within five seconds."""

from dataclasses import dataclass
from datetime import UTC, datetime

from harness.checkers.latency import Budget, shown
from harness.checkers.verdict import FindingClass
from harness.report.document import Document, Facts, Word, final
from harness.report.doubts import doubtful, unproven
from harness.report.html.text import counted, first_line, visible

_SYMBOLS = {"PASS": "✓", "FAIL": "✗", "INCONCLUSIVE": "?"}
_SHOWN_PERCENTILE = "p95"
_SENTENCE = 300
"""Characters of the reason: it is read in one look."""

_UNJUDGED: tuple[tuple[Word, str, str], ...] = (
    ("FAIL", "test failed", "tests failed"),
    ("ERROR", "test is wrong itself", "tests are wrong themselves"),
    ("ENVIRONMENT", "test met an environment fault", "tests met an environment fault"),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure: what it counts, the number, what it means beside; `tone` is good, bad, doubtful or plain."""

    name: str
    value: str
    note: str = ""
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Banner:
    """What stands at the top of a page; `why` may quote the target."""

    word: str
    symbol: str
    why: str
    figures: list[Figure]
    facts: list[tuple[str, str]]


def banner(document: Document) -> Banner:
    """Sum a run up."""
    return Banner(
        word=document.verdict.value,
        symbol=_SYMBOLS[document.verdict],
        why=visible(_why(document), _SENTENCE),
        figures=_figures(document),
        facts=_facts(document.facts),
    )


def _why(document: Document) -> str:
    """Say why the verdict is what it is, in one sentence: the gravest reason."""
    if document.findings:
        return _broken(document)
    last, tests = final(document.outcomes), document.tests
    for word, one, many in _UNJUDGED:
        if count := tests.get(word, 0):
            reason = next(first_line(each.reason) for each in last if each.verdict == word)
            return f"{counted(count, one, many)}: {reason}"
    return _doubt(document) or _proven(document)


def _broken(document: Document) -> str:
    gravest = min(document.findings, key=lambda one: one.kind is not FindingClass.SECURITY)
    said = f"{first_line(gravest.summary)}."
    others = len(document.findings) - 1
    return f"{said} And {counted(others, 'more finding')}." if others else said


def _doubt(document: Document) -> str:
    """Say why nothing failed and nothing is proven; empty when it is."""
    reason = next((one.reason for one in final(document.outcomes) if one.verdict == "INCONCLUSIVE"), "")
    count = counted(document.tests.get("INCONCLUSIVE", 0), "test")
    unjudged = [f"{count} came to no verdict: {first_line(reason.removeprefix('Inconclusive: '))}"] if reason else []
    return next(iter([*unproven(document), *unjudged, *doubtful(document)]), "")


def _proven(document: Document) -> str:
    owed, delivered = document.counts.get("owed", 0), document.counts.get("delivered", 0)
    heard = f"{delivered:,} of {owed:,} owed deliveries arrived" if owed else "no delivery was owed"
    return f"{counted(document.exercised, 'test')} passed, {heard}, and no guarantee was broken."


def _figures(document: Document) -> list[Figure]:
    counts, tests = document.counts, document.tests
    failed = tests.get("FAIL", 0) + tests.get("ERROR", 0)
    others = {word: count for word, count in tests.items() if word not in {"PASS", "FAIL", "ERROR"} and count}
    note = ", ".join(f"{count} {word.lower()}" for word, count in others.items())
    owed, delivered = counts.get("owed", 0), counts.get("delivered", 0)
    return [
        Figure(
            "tests passed", f"{tests.get('PASS', 0):,} of {sum(tests.values()):,}", note, "bad" if failed else "plain"
        ),
        Figure("deliveries", f"{delivered:,} of {owed:,}", "owed" if owed else "nothing was owed"),
        *(_nought(word, counts.get(word, 0)) for word in ("lost", "late", "duplicated")),
        Figure("denied", f"{counts.get('denied', 0):,} of {counts.get('denials owed', 0):,}", "denials that were due"),
        _percentile(document.budgets),
    ]


def _nought(word: str, count: int) -> Figure:
    """Show a count that should be nought."""
    return Figure(word, f"{count:,}", tone="bad" if count else "plain")


def _percentile(budgets: tuple[Budget, ...]) -> Figure:
    """Show p95, or the nearest thing that is budgeted, with its interval against its limit."""
    if not budgets:
        return Figure("delivery p95", "—", "no budget was judged", "doubtful")
    budget = next((one for one in budgets if one.percentile == _SHOWN_PERCENTILE), budgets[0])
    name = f"delivery {budget.percentile}"
    if budget.claim == "not claimed":
        return Figure(name, "not claimed", f"{budget.messages:,} of {budget.needed:,} messages", "doubtful")
    tone = {"within": "good", "beyond": "bad"}.get(budget.claim, "doubtful")
    return Figure(name, shown(budget.value), f"{interval(budget)}, limit {shown(budget.limit)}", tone)


def interval(budget: Budget) -> str:
    """Write the confidence interval of a percentile; without an upper bound it is open."""
    if budget.upper is None:
        return f"[{shown(budget.lower)}, ∞)"
    return f"[{shown(budget.lower)}, {shown(budget.upper)}]"


def _facts(facts: Facts) -> list[tuple[str, str]]:
    """List what was run, where and when; what is not known is left out."""
    started = datetime.fromtimestamp(facts.started, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if facts.started else ""
    target = f"{facts.target} ({facts.topology})" if facts.topology and facts.topology != facts.target else facts.target
    known = {
        "target": target,
        "dialect": facts.dialect,
        "tier": facts.tier,
        "started": started,
        "took": f"{facts.seconds:.1f} s" if facts.seconds else "",
        "seed": str(facts.seed),
        "workers": str(facts.workers) if facts.workers > 1 else "",
        "run": facts.run,
    }
    return [(name, value) for name, value in known.items() if value]

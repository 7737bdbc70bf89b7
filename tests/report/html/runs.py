"""Reports of runs that are told, not run: stories become tests of a run, judged as a real one is."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec
from story import Story
from tell import tell

from harness.checkers.judgement import judge
from harness.checkers.latency import Budget, Stage
from harness.checkers.run import Check, RunJudgement
from harness.history.events import Event, FaultBegan, FaultEnded
from harness.history.recorder import Header
from harness.report.document import Facts, Outcome, Report
from harness.report.verdict import document_of

ATTACK = '</script><img src=x onerror="document.title=1"><script>document.title=1</script><!--'
ARABIC = "مرحبا، Hello (1) من بوب"
OVERRIDE = "abc\u202edef"
FAMILY = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}"
UNKIND = f"{ATTACK}{OVERRIDE}\x00\ud83d{FAMILY}\u2028"

_TIMES = ("at", "arrived", "earliest", "meant")

FACTS = Facts(
    run="20260101-120000-1",
    target="staging",
    topology="remote",
    dialect="reverb",
    tier="pr",
    seed=7,
    started=1767268800.0,
    seconds=12.5,
    versions={"pytest": "9.0"},
    folder="reports/20260101-120000-1",
)


def told(name: str) -> list[Event]:
    """Tell a recorded story again."""
    return list(tell(name).events)


def exchange(text: str = ARABIC, messages: int = 1) -> list[Event]:
    """Tell of messages that everybody hears, in the midst of a fault, with their frames as they came."""
    story = Story()
    story.authorize("alice")
    story.join("alice#1", "bob#1", "bob#2")
    story.record(FaultBegan, fault="slow(bob, by=0.2)")
    for number in range(1, messages + 1):
        story.send(text, excluded="alice#1")
        for socket in ("bob#1", "bob#2"):
            raw = msgspec.json.encode({"event": "MessageSent", "data": '{"body":"x"}'}).decode() + text
            story.hear(socket, str(number), text, raw=raw)
    story.record(FaultEnded, fault="slow(bob, by=0.2)")
    story.fence("bob#1")
    story.finish()
    return list(story.events)


def moved(events: Iterable[Event], test: str, *, after: int, at: int) -> list[Event]:
    """Give a story's events to a test of a run, behind what happened before."""
    return [
        msgspec.structs.replace(
            event,
            test=test,
            n=event.n + after,
            **{name: getattr(event, name) + at for name in _TIMES if hasattr(event, name)},
        )
        for event in events
    ]


def run_of(worlds: Iterable[tuple[str, list[Event]]], *others: Outcome, **judgement: Any) -> Report:
    """Let tests of these names happen one after another, judge them, and report; `others` had no history."""
    history: list[Event] = []
    outcomes: dict[str, Outcome] = {}
    for test, events in worlds:
        world = moved(events, test, after=len(history), at=history[-1].at if history else 0)
        history += world
        outcomes[test] = _outcome(test, world)
    document = document_of([*outcomes.values(), *others], facts=FACTS, run=RunJudgement(**judgement))
    return Report(document, Header(run=FACTS.run, target=FACTS.target), history)


def _outcome(test: str, world: list[Event]) -> Outcome:
    judged = judge(world)
    return Outcome(
        test=test,
        verdict=judged.verdict.value,
        reason="\n".join(map(str, judged.findings)) or "; ".join(judged.doubts),
        seconds=0.25,
        file="tests/test_chat.py",
        line=7,
        counts=dict(Counter(judged.counts)),
        findings=judged.findings,
        doubts=judged.doubts,
        replay=f'pytest "{test}" --realtime-seed=7',
    )


def budget(**fields: Any) -> Budget:
    """State a percentile that is within its limit, if nothing else is said."""
    known: dict[str, Any] = {"percentile": "p95", "limit": 0.25, "claim": "within", "value": 0.1, "lower": 0.09}
    return Budget(**(known | {"upper": 0.12, "samples": 600, "messages": 300, "needed": 59} | fields))


def stage(name: Any = "delivery", histogram: Any = ((0.01, 3), (0.02, 9), (0.4, 1))) -> Stage:
    """State how long a stage took."""
    counted = sum(count for _, count in histogram)
    percentiles = {"p50": 0.02, "p90": 0.02, "p95": 0.4, "p99": 0.4, "max": 0.4} if counted else {}
    return Stage(name=name, samples=counted, percentiles=percentiles, histogram=histogram)


def failing(text: str = ARABIC) -> Report:
    """Report a run in which a message got lost, somebody heard what she may not, and much else happened."""
    return run_of(
        [
            ("tests/test_chat.py::test_lost", told("delivery.lost")),
            ("tests/test_chat.py::test_leak", told("isolation.heard-by-outsider")),
            ("tests/test_chat.py::test_exchange[" + text[:60] + "]", exchange(text)),
            ("tests/test_chat.py::test_silence", told("inconclusive--nothing-observed")),
        ],
        Outcome(test="tests/test_faults.py::test_cut", verdict="NOT EXERCISED", reason=f"no faults {text[:300]}"),
        Outcome(test="tests/test_own.py::test_own", verdict="FAIL", reason=f"GuaranteeBroken: {text[:300]}\n  hop  3"),
        budgets=(budget(), budget(percentile="p99", limit=1.0, claim="not claimed", upper=None, messages=12)),
        stages=(stage("send slip"), stage(), stage("tail", ())),
        validity=(
            Check(name="own lag", holds=True, seen="p99 1.2 ms"),
            Check(name="slip", holds=False, seen=text[:300]),
        ),
        doubts=(f"in doubt: {text[:300]}",),
    )


def passing() -> Report:
    """Report a run in which all is well."""
    return run_of([("tests/test_chat.py::test_all_well", exchange())], budgets=(budget(),), stages=(stage(),))

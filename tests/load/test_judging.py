"""What a load amounts to: exact where it can be, and silent where our own lag could be the cause."""

from typing import Any

import msgspec
import pytest

from harness.checkers.verdict import Verdict
from harness.load.judging import Course, Judged, judged, own_lag, verdict_of
from harness.load.ledger import Totals
from harness.load.samples import Samples

MILLISECOND = 1_000_000
COURSE = Course(users=20, listening=18, turned_away=0, granted=0, eavesdroppers=2, denied=2, cut_off=0)
TOTALS = Totals(
    messages=400,
    taken=400,
    refused=0,
    unknown=0,
    owed=400,
    delivered=400,
    lost=0,
    excused=0,
    unsure=0,
    heard=400,
    duplicated=0,
    echoed=0,
    strangers=0,
    foreign=0,
    out_of_order=0,
    late=0,
    disagreements=(),
)


def measured(milliseconds: float = 10, *, slip: float = 0.0, count: int = 400, spread: float = 0.0) -> Samples:
    """Make samples that are all alike."""
    samples = Samples()
    for message in range(count):
        latest = round((milliseconds + spread) * MILLISECOND)
        samples.add(message, 0, earliest=round(milliseconds * MILLISECOND), latest=latest, lag=50 * MILLISECOND)
        samples.stage("slip", round(slip * MILLISECOND))
    return samples


def found(
    samples: Samples | None = None, *, course: dict[str, Any] | None = None, limit: float = 0.1, **totals: Any
) -> dict[str, Judged]:
    """Judge a healthy run, but for what is said."""
    return {
        one.name: one
        for one in judged(
            msgspec.structs.replace(COURSE, **(course or {})),
            msgspec.structs.replace(TOTALS, **totals),
            measured() if samples is None else samples,
            {"p50": limit / 2, "p99": limit},
            arrival=2,
        )
    }


def test_a_healthy_run_passes() -> None:
    """In everything that was looked at; our own queue is in no latency that the kernel stamped."""
    judgements = found()

    assert {one.verdict for one in judgements.values()} == {Verdict.PASS}
    assert judgements["p99"].says == "10 ms (10 ms to 10 ms), limit 100 ms"
    assert verdict_of(judgements.values()) is Verdict.PASS


@pytest.mark.parametrize(
    ("name", "totals", "course"),
    [
        ("delivery", {"lost": 1}, {}),
        ("duplication", {"duplicated": 1}, {}),
        ("order", {"out_of_order": 1}, {}),
        ("deadline", {"late": 1}, {}),
        ("echo", {"echoed": 1}, {}),
        ("isolation", {"strangers": 1}, {}),
        ("sending", {"taken": 399, "refused": 1}, {}),
        ("arrival", {}, {"turned_away": 1}),
        ("connections", {}, {"cut_off": 1}),
        ("eavesdroppers", {}, {"granted": 1, "denied": 1}),
    ],
)
def test_one_of_anything_is_a_failure(name: str, totals: dict[str, Any], course: dict[str, Any]) -> None:
    """Of a million as well; what was heard by the wrong people is one of security."""
    judgements = found(course=course, **totals)

    assert [one.name for one in judgements.values() if one.verdict is not Verdict.PASS] == [name]
    assert judgements[name].verdict is verdict_of(judgements.values()) is Verdict.FAIL
    assert judgements[name].is_security is (name in ("isolation", "eavesdroppers"))


@pytest.mark.parametrize(
    ("name", "totals", "course"),
    [
        ("account", {"disagreements": ("1 frame too many",)}, {}),
        ("delivery", {"owed": 0}, {}),
        ("eavesdroppers", {}, {"denied": 1}),
        ("duration", {}, {"ended_early": True}),
    ],
)
def test_what_was_not_seen_is_inconclusive(name: str, totals: dict[str, Any], course: dict[str, Any]) -> None:
    """Nothing observed is never a pass."""
    judgements = found(course=course, **totals)

    assert judgements[name].verdict is verdict_of(judgements.values()) is Verdict.INCONCLUSIVE


def test_nobody_to_eavesdrop_is_said() -> None:
    """It is no doubt about what was looked at."""
    assert "not exercised" in found(course={"eavesdroppers": 0, "denied": 0})["eavesdroppers"].says


def test_a_limit_is_broken_by_the_lower_end() -> None:
    """Beyond is FAIL, within is PASS, and an interval around the limit decides nothing."""
    assert found(measured(150))["p99"].verdict is Verdict.FAIL
    assert found(measured(90, spread=20))["p99"].verdict is Verdict.INCONCLUSIVE
    assert verdict_of(found(measured(150)).values()) is Verdict.FAIL


def test_our_own_lag_is_no_latency_of_theirs() -> None:
    """Past a tenth of a limit nothing is said about that limit, and past a tenth of the deadline nothing about it."""
    judgements = found(measured(500, slip=20), late=1)
    assert judgements["p50"].verdict is judgements["p99"].verdict is Verdict.INCONCLUSIVE
    assert "our own lag is 20 ms" in judgements["p99"].says
    assert judgements["deadline"].verdict is Verdict.FAIL

    assert found(measured(slip=7))["p50"].verdict is Verdict.INCONCLUSIVE
    assert found(measured(slip=7))["p99"].verdict is Verdict.PASS
    assert found(measured(slip=201), late=1)["deadline"].verdict is Verdict.INCONCLUSIVE


def test_without_stamps_our_queue_counts_as_ours() -> None:
    """The time of our code stands in for that of the kernel."""
    samples = measured(slip=1)
    assert own_lag(samples) == pytest.approx(0.001)
    samples.unstamped = 1
    assert own_lag(samples) == pytest.approx(0.051)
    assert own_lag(Samples()) == 0


def test_too_few_messages_decide_no_percentile() -> None:
    """However many hear each of them: they are not independent."""
    judgements = found(measured(), taken=298, messages=298)

    assert judgements["p99"].verdict is Verdict.INCONCLUSIVE
    assert "298 messages are too few, 299 are needed" in judgements["p99"].says
    assert judgements["p50"].verdict is Verdict.PASS
    assert found(measured(), taken=0, messages=0)["p99"].verdict is Verdict.INCONCLUSIVE


def test_no_delivery_has_no_latency() -> None:
    """Nothing was delivered is not nought milliseconds."""
    assert found(Samples())["p50"].verdict is Verdict.INCONCLUSIVE
    assert verdict_of([]) is Verdict.INCONCLUSIVE

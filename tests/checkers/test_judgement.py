"""A judgement merges all checkers; what is tolerated or advice does not count, and doubt is never a pass."""

from typing import Any

import msgspec
import pytest

from harness.checkers import latency
from harness.checkers.findings import finding
from harness.checkers.judgement import CHECKERS, Judgement, judge
from harness.checkers.verdict import FindingClass, Verdict
from harness.history.events import Event, TestFinished, TestStarted


def verdict_of(events: list[Event], *, tolerated: Any = (), doubts: tuple[str, ...] = ()) -> Judgement:
    """Judge a history on other terms than it holds: with more that is tolerated, or in doubt."""
    told: list[Event] = []
    for event in events:
        if isinstance(event, TestStarted):
            told.append(msgspec.structs.replace(event, tolerated=tuple(tolerated)))
        elif isinstance(event, TestFinished):
            told.append(msgspec.structs.replace(event, doubts=doubts))
        else:
            told.append(event)
    return judge(told)


def test_a_run_without_a_finding_passes_with_its_counts(history: Any) -> None:
    """Nothing is broken, nothing is in doubt, and the counts are those of the delivery checker."""
    judgement = verdict_of(history("accepted--everybody-hears-it"))

    assert (judgement.verdict, judgement.findings, judgement.doubts) == (Verdict.PASS, (), ())
    assert judgement.counts["delivered"] == 2


def test_findings_of_all_checkers_come_together(story: Any) -> None:
    """One history may break several guarantees; each finding knows the test."""
    story.join("bob#1")
    story.send("one")
    story.send("two")
    story.hear("bob#1", "2", "two")
    story.hear("bob#1", "1", "one")
    story.hear("bob#1", "1", "one")
    story.hear("eve#1", "1", "one")
    story.hear("bob#1", "", "", event="", channel="", is_message=False, problem="not JSON")

    story.finish()

    judgement = judge(story.events)
    assert judgement.verdict is Verdict.FAIL
    assert [one.id for one in judgement.findings] == [
        "delivery.duplicated",
        "ordering.reordered",
        "isolation.heard-by-outsider",
        "protocol.malformed-frame",
    ]
    assert {one.test for one in judgement.findings} == {"test_told"}
    assert judgement.broken == judgement.findings


@pytest.mark.parametrize(("arrival", "revocation", "id_"), [(500, 5_000, "delivery.late"), (2_000, 500, "isolation.")])
def test_the_terms_are_those_of_the_history(story: Any, arrival: int, revocation: int, id_: str) -> None:
    """A second is too long for half a second, be it to arrive or to lose the right."""
    story.join("bob#1", "carol#1")
    story.roster("alice", "bob", change="removed", person="carol")
    asked = story.ask()
    story.answer(asked)
    story.wait(1_000)
    story.hear("bob#1")
    story.hear("carol#1", earliest=asked.meant + 1_000_000_000)
    story.finish(arrival=arrival, revocation=revocation)

    (found,) = judge(story.events).findings
    assert found.id.startswith(id_)


def test_a_tolerated_finding_is_kept_and_does_not_count(history: Any) -> None:
    """It carries the reason, and the run passes; a prefix that does not fit excuses nothing."""
    excused = verdict_of(history("delivery.duplicated"), tolerated=[("ordering", "no"), ("delivery", "known, #7")])
    refused = verdict_of(history("delivery.duplicated"), tolerated=[("delivery.lost", "another")])

    assert excused.verdict is Verdict.PASS
    assert [one.tolerated for one in excused.findings] == ["known, #7"]
    assert excused.broken == ()
    assert refused.verdict is Verdict.FAIL
    assert [one.tolerated for one in refused.findings] == [""]


def test_advice_never_counts() -> None:
    """A finding of class advice does not make a verdict FAIL."""
    broken = finding("delivery.lost", "lost")
    advice = msgspec.structs.replace(broken, kind=FindingClass.ADVICE)

    assert Judgement(verdict=Verdict.FAIL, findings=(advice, broken)).broken == (broken,)


def test_a_doubt_makes_a_pass_inconclusive_but_no_failure_better(history: Any) -> None:
    """What is known to be broken stays FAIL, whatever else is in doubt."""
    doubted = verdict_of(history("accepted--everybody-hears-it"), doubts=("bob#1 never got a pong",))
    broken = verdict_of(history("delivery.lost"), doubts=("bob#1 never got a pong",))

    assert (doubted.verdict, doubted.doubts) == (Verdict.INCONCLUSIVE, ("bob#1 never got a pong",))
    assert (broken.verdict, broken.doubts) == (Verdict.FAIL, ("bob#1 never got a pong",))


def test_an_answer_over_http_is_an_observation(story: Any) -> None:
    """A test that only logs in and is refused a channel, as alice would not be, has seen the target at work."""
    story.deny("eve")
    story.control()
    story.finish()

    assert judge(story.events).verdict is Verdict.PASS


def test_a_checker_may_doubt_what_it_did_not_find(story: Any) -> None:
    """A denial is no pass where nobody looked whether anybody would be granted; a judge without that checker passes."""
    story.deny("eve")
    story.finish()

    assert judge(story.events).verdict is Verdict.INCONCLUSIVE
    others = {name: check for name, check in CHECKERS.items() if name != "authorization"}
    assert judge(story.events, others).verdict is Verdict.PASS


def test_a_checker_that_crashes_is_a_doubt(history: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others still judge; without a finding of theirs the verdict is INCONCLUSIVE, with one it is FAIL."""

    def crash(*_: object) -> None:
        raise LookupError("no such channel")

    monkeypatch.setitem(CHECKERS, "ordering", crash)

    crashed = verdict_of(history("accepted--everybody-hears-it"))
    assert crashed.verdict is Verdict.INCONCLUSIVE
    assert crashed.doubts == ("the checker of ordering crashed: LookupError: no such channel",)
    assert verdict_of(history("delivery.lost")).verdict is Verdict.FAIL


def test_nothing_observed_is_never_a_pass(history: Any) -> None:
    """A history in which the target neither answered nor sent anything proves nothing."""
    judgement = judge(history("inconclusive--nothing-observed"))

    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.doubts == ("nothing was observed: the target neither answered nor sent anything",)


def test_a_history_that_was_cut_short_is_never_a_pass(history: Any) -> None:
    """What was owed at its end may have come a moment later; of no history at all nothing is known."""
    whole = history("accepted--everybody-hears-it")

    cut = judge([event for event in whole if not isinstance(event, TestFinished)])
    assert (cut.verdict, cut.doubts) == (Verdict.INCONCLUSIVE, ("the test never came to its judgement",))
    assert judge([]).verdict is Verdict.INCONCLUSIVE


def test_the_percentiles_of_a_test_are_part_of_its_judgement(history: Any) -> None:
    """Beyond is FAIL, undecided INCONCLUSIVE; a finding can be tolerated like any other."""
    exceeded = judge(history("latency.budget-exceeded"))
    excused = verdict_of(history("latency.budget-exceeded"), tolerated=[("latency", "known, #7")])

    assert [(one.percentile, one.claim) for one in exceeded.budgets] == [("p50", "beyond")]
    assert (exceeded.verdict, exceeded.findings[0].test) == (Verdict.FAIL, "test_told")
    assert excused.verdict is Verdict.PASS


def test_a_judge_of_percentiles_that_crashes_is_a_doubt(history: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with every other judge, the verdict is unknown, not lost."""

    def crash(*_: object) -> None:
        raise LookupError("no such rank")

    monkeypatch.setattr(latency, "claims_of_test", crash)

    judgement = judge(history("accepted--within-the-budget"))
    assert (judgement.verdict, judgement.budgets) == (Verdict.INCONCLUSIVE, ())
    assert judgement.doubts == ("the judge of latency budgets crashed: LookupError: no such rank",)


def test_the_same_flaw_again_is_found_and_counted_again(story: Any) -> None:
    """Two echoes, two doubled messages, and two strangers who were let in."""
    story.join("alice#1", "bob#1")
    for number in ("1", "2"):
        story.send(excluded="alice#1")
        story.hear("alice#1", number)
        story.hear("bob#1", number)
        story.hear("bob#1", number)
        story.authorize("eve")
    story.finish()

    judgement = judge(story.events)
    assert sorted(one.id for one in judgement.findings) == [
        *["authorization.granted-to-outsider"] * 2,
        *["delivery.duplicated"] * 2,
        *["delivery.own-echo"] * 2,
    ]
    assert (judgement.counts["own echo"], judgement.counts["duplicated"]) == (2, 2)


def test_a_finding_is_of_the_test_that_came_to_its_end(story: Any) -> None:
    """The last event knows the test; a history without events has none."""
    checkers: Any = {"lost": lambda *_: ([finding("delivery.lost", "lost")], {})}
    story.recorder.test = "test_last"
    story.finish()

    assert [one.test for one in judge(story.events, checkers).findings] == ["test_last"]
    assert [one.test for one in judge([], checkers).findings] == [""]

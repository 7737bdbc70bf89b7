"""Write what is left of a run: its history, merged from all workers, and its verdict."""

import contextlib
import json
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any

from harness.checkers.verdict import FindingClass, Verdict
from harness.history.recorder import Recorder, load, merge, store

SCHEMA = "realtime-verdict/1"
_EXIT = {"security": 5, "failure": 1, "environment": 3, "inconclusive": 4}
"""The gravest wins, in this order (DESIGN.md, section 5)."""
_EXERCISED = ("PASS", "FAIL", "INCONCLUSIVE")


def store_part(folder: Path, worker: str, recorder: Recorder) -> None:
    """Write the history of one worker beside those of the others."""
    store(folder / _part(worker), recorder.header, recorder.events)


def _part(worker: str) -> str:
    return f"history-{worker}.jsonl" if worker else "history.jsonl"


def merge_history(folder: Path) -> None:
    """Bring the histories of the workers, if there are several, into `history.jsonl`."""
    parts = sorted(folder.glob("history-*.jsonl"))
    if not parts:
        return
    loaded = [load(part) for part in parts]
    store(folder / _part(""), loaded[0][0], merge(events for _, events in loaded))
    for part in parts:
        part.unlink()


def write_report(
    folder: Path,
    outcomes: list[dict[str, Any]],
    *,
    facts: dict[str, Any],
    cut_short: str = "",
    require: Collection[str] = (),
) -> dict[str, Any]:
    """
    Write `history.jsonl` and `verdict.json`, point `latest` at the folder, and give what the verdict says.

    `facts` says what was run: `seed`, `target` and `topology`.
    """
    merge_history(folder)
    summary = summarize(outcomes, cut_short=cut_short, require=require) | facts | {"folder": str(folder)}
    text = json.dumps(summary, indent=2, ensure_ascii=False) + "\n"
    # Half a surrogate pair is text, too.
    (folder / "verdict.json").write_bytes(text.encode("utf-8", "backslashreplace"))
    _point_latest_at(folder)
    return summary


def _point_latest_at(folder: Path) -> None:
    fresh = folder.parent / f".latest-{folder.name}"
    with contextlib.suppress(OSError):  # a file system without links still has the folder itself
        fresh.symlink_to(folder.name)
        fresh.replace(folder.parent / "latest")
    fresh.unlink(missing_ok=True)


def summarize(outcomes: list[dict[str, Any]], *, cut_short: str = "", require: Collection[str] = ()) -> dict[str, Any]:
    """
    Merge the outcomes of all tests into the verdict of the run.

    An outcome has `test`, `verdict` (PASS, FAIL, INCONCLUSIVE, ENVIRONMENT, NOT EXERCISED, or ERROR for a test that is
    wrong itself), `reason`, `counts`, `findings`; `repeated` when another attempt followed it, `unbroken`: what it
    tolerates in vain, and `needs`: the capabilities that it exercises. `cut_short` says why not all tests ran, and
    `require` which capabilities must be exercised: with the one, or without the other, the verdict is no PASS.
    """
    final = [outcome for outcome in outcomes if not outcome.get("repeated")]
    findings = [one for outcome in final for one in outcome["findings"]]
    broken = [one for one in findings if not one["tolerated"] and one["kind"] != FindingClass.ADVICE]
    tests = Counter(outcome["verdict"] for outcome in final)
    exercised, flaky = sum(tests[word] for word in _EXERCISED), _flaky(outcomes)
    missing = _not_exercised(require, final)
    holds = {
        "security": any(one["kind"] == FindingClass.SECURITY for one in broken),
        "failure": bool(broken or tests["FAIL"] or tests["ERROR"]),
        "environment": bool(tests["ENVIRONMENT"]),
        "inconclusive": bool(tests["INCONCLUSIVE"] or flaky or cut_short or missing or not exercised),
    }
    reasons = [reason for reason, held in holds.items() if held]
    return {
        "schema": SCHEMA,
        "verdict": str(_verdict(reasons)),
        "exit_code": _EXIT[reasons[0]] if reasons else 0,
        "reasons": reasons,
        "cut_short": cut_short,
        "tests": dict(tests),
        "exercised": exercised,
        "counts": _counts(final),
        "findings": broken,
        "advice": [one for one in findings if one["kind"] == FindingClass.ADVICE],
        "tolerated": [one for one in findings if one["tolerated"]],
        "unbroken": [{"test": one["test"], "observation": word} for one in final for word in one.get("unbroken", ())],
        "flaky": flaky,
        "not_exercised": [
            {"test": outcome["test"], "reason": outcome["reason"]}
            for outcome in final
            if outcome["verdict"] == "NOT EXERCISED"
        ],
        "required_not_exercised": missing,
        "outcomes": outcomes,
    }


def _verdict(reasons: list[str]) -> Verdict:
    if not reasons:
        return Verdict.PASS
    return Verdict.FAIL if reasons[0] in {"security", "failure"} else Verdict.INCONCLUSIVE


def _not_exercised(require: Collection[str], outcomes: list[dict[str, Any]]) -> list[str]:
    """List the required capabilities that no test needed which got as far as a verdict on the product."""
    exercised = {word for one in outcomes if one["verdict"] in _EXERCISED for word in one.get("needs", ())}
    return [word for word in require if word not in exercised]


def _flaky(outcomes: list[dict[str, Any]]) -> list[str]:
    """List the tests that passed, but only when they were run again."""
    repeated = {outcome["test"] for outcome in outcomes if outcome.get("repeated")}
    return sorted(repeated & {outcome["test"] for outcome in outcomes if outcome["verdict"] == "PASS"})


def _counts(outcomes: list[dict[str, Any]]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        counts.update(outcome["counts"])
    return dict(counts)

"""
Calls of the signed HTTP API: what is not signed for is refused, what is right is taken, and what is taken is heard.

Whoever may call this API may say anything to everybody, so a forgery that is taken is as grave as any. What servers of
a dialect are known to take, or to fail at, is advice (`weaknesses`). A fault explains silence and errors.
"""

from collections import Counter

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.checkers.weaknesses import Weaknesses, weaknesses
from harness.history.events import ApiCalled, Event, FaultBegan, FrameIn, TestFinished
from harness.history.ledger import Ledger

_SERVER_ERROR = 500


def check(events: list[Event], ledger: Ledger, _: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every call; counts them, and what of them was published."""
    excused, found = weaknesses(events), []
    has_faults = any(isinstance(event, FaultBegan) for event in events)
    calls = [event for event in events if isinstance(event, ApiCalled)]
    for call in calls:
        found += _judge(call, excused, has_faults=has_faults)
    published = [call for call in calls if call.outcome == "ok" and call.listeners and not has_faults]
    found += [_published_unheard(call, missed) for call, missed in _unheard(events, published, ledger)]
    found += _strays(events, [call for call in calls if call.channels])
    return found, Counter({"API calls": len(calls)} if calls else {})


def _judge(call: ApiCalled, excused: Weaknesses, *, has_faults: bool) -> list[Finding]:
    wrong = _wrong(call, has_faults=has_faults)
    if wrong is None:
        return []
    if excused.excuse(call.weakness):
        return excused.tell(call.weakness, [_line(call)], [call])
    return [wrong]


def _wrong(call: ApiCalled, *, has_faults: bool) -> Finding | None:
    """State what is wrong with an answer, before anything is excused."""
    if call.status is None or call.status >= _SERVER_ERROR:
        said = f"failed with {call.status}" if call.status else "gave no answer"
        expected = {
            "taken": "200: there is nothing wrong with it",
            "either": "200, or a 4xx that says what is wrong",
        }.get(call.due, "a 4xx that says what is wrong")
        return None if has_faults else _finding("api.error", call, f"{said} at {call.words}", expected)
    if call.outcome == "refused" and call.due == "taken":
        summary = f"refused {call.words} with {call.status}"
        return _finding("api.refused", call, summary, "200: it is signed and there is nothing wrong with it")
    if call.outcome == "ok" and call.due == "refused":
        return _finding("api.forgery-accepted", call, f"took {call.words}", "401, and nothing is done or told")
    if call.outcome == "ok" and call.due == "too much":
        return _finding("api.limit-ignored", call, f"took {call.words}", "a 4xx: a client may rely on what is limited")
    return None


def _finding(id_: str, call: ApiCalled, summary: str, expected: str) -> Finding:
    return finding(
        id_, f"the broadcaster {summary}", who=call.who, expected=expected, evidence=[_line(call)], about=[call]
    )


def _unheard(events: list[Event], calls: list[ApiCalled], ledger: Ledger) -> list[tuple[ApiCalled, list[str]]]:
    """Find what was taken and did not reach everybody who listened; a connection that broke owes nothing."""
    broken = {closed.socket for closed in ledger.closures}
    heard: dict[str, set[str]] = {call.mark: set() for call in calls}
    for frame in events:
        if isinstance(frame, FrameIn) and calls:
            for mark in (mark for mark in heard if mark in frame.raw):
                heard[mark].add(frame.socket)
    missed = [(call, [one for one in call.listeners if one not in heard[call.mark] | broken]) for call in calls]
    return [(call, sockets) for call, sockets in missed if sockets]


def _published_unheard(call: ApiCalled, missed: list[str]) -> Finding:
    return finding(
        "api.published-unheard",
        f"the broadcaster took {call.words} and {', '.join(missed)} did not hear it",
        who=missed[0].partition("#")[0],
        expected="what is taken is published whole, to everybody who listens to its channel",
        evidence=[_line(call)],
        about=[call],
    )


def _strays(events: list[Event], calls: list[ApiCalled]) -> list[Finding]:
    """Find what was heard on a channel on which it was not published, each call once."""
    found: dict[str, Finding] = {}
    for frame in events:
        if isinstance(frame, FrameIn) and calls:
            for call in (one for one in calls if one.mark in frame.raw and frame.channel not in one.channels):
                found.setdefault(call.mark, _heard_elsewhere(call, frame))
    return list(found.values())


def _heard_elsewhere(call: ApiCalled, frame: FrameIn) -> Finding:
    there = evidence.spelled(frame.channel)
    return finding(
        "api.heard-elsewhere",
        f"{frame.socket} heard {call.words} on {there}, where it was not published",
        who=frame.who,
        where=frame.channel,
        expected=f"only on {', '.join(map(evidence.spelled, call.channels))}",
        evidence=[_line(call), f"{evidence.moment(frame.arrived)}  {frame.socket} heard it on {there}"],
        about=[call, frame],
    )


def _line(call: ApiCalled) -> str:
    answer = call.status or "no answer"
    return f"{evidence.moment(call.at)}  {call.words} → {answer} {evidence.quoted(call.body)}"

"""
Figures of the processes: whoever has gone costs nothing any more.

A connection is a file of the server's, and often more than one. What is left open each time is a limit of the system
some day, and then nobody comes in any more. Compared are the first look at a process and the last, when connections
ended in between; a few files may have other reasons.
"""

from collections import Counter

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.history.events import Event, ProcessMeasured, SocketClosed, TestFinished
from harness.history.ledger import Ledger

_SPARE = 5
"""Files that a process may have opened meanwhile for reasons of its own."""


def check(events: list[Event], _: Ledger, __: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every process that was looked at more than once."""
    first: dict[str, ProcessMeasured] = {}
    last: dict[str, ProcessMeasured] = {}
    for event in events:
        if isinstance(event, ProcessMeasured):
            last[event.process] = event
            first.setdefault(event.process, event)
    found = (_judge(one, last[name], events) for name, one in first.items())
    return [one for one in found if one is not None], Counter()


def _judge(before: ProcessMeasured, after: ProcessMeasured, events: list[Event]) -> Finding | None:
    ended = sum(isinstance(one, SocketClosed) and before.at < one.at < after.at for one in events)
    more = after.descriptors - before.descriptors
    if more <= max(_SPARE, ended // 2):
        return None
    return finding(
        "protocol.connections-kept",
        f"the {before.process} had {more} files more open after {ended} connections had ended",
        where=before.process,
        expected="what is opened with a connection is closed with it",
        evidence=[
            f"{evidence.moment(one.at)}  {one.process}: {one.descriptors} files open, {one.memory / 2**20:.1f} MiB"
            for one in (before, after)
        ],
        about=[before, after],
    )

"""
Consistency: who heard of a message, or was told that it was taken, finds it when they read.

Judged on every read that seems complete: no page of several, and not behind a message that is newer, as far as anybody
can say. A message that a person heard before they asked must be there, whatever its sender was answered: an event of
what is not stored is a phantom. One that the backend took before must be there for whoever was in the conversation when
it was meant. Once somebody posted to a route of their own nothing is missing any more: they may have deleted it.
"""

from bisect import bisect_right
from collections import Counter

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.history.events import Event, FrameIn, HttpAsked, MessagesRead, TestFinished
from harness.history.gaps import Gap, gaps
from harness.history.ledger import Ledger, Message

_SENT = "consistency.sent-but-not-stored"
_Heard = dict[tuple[str, str], FrameIn]
"""The first frame with a message, by its act and the person who heard it."""


def check(events: list[Event], ledger: Ledger, terms: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every read; a message that is missing in several of them is one finding, of the first."""
    reads = [event for event in events if isinstance(event, MessagesRead)]
    posts = [event.n for event in events if isinstance(event, HttpAsked) and event.purpose == "post"]
    heard: _Heard = {}
    conversations: dict[str, list[Message]] = {}
    for frame, message in ledger.hearings:
        if message is not None and frame.message:
            heard.setdefault((message.asked.act, frame.who), frame)
    for message in ledger.messages:
        conversations.setdefault(message.asked.conversation, []).append(message)
    found: dict[tuple[str, str], Finding] = {}
    for read in reads:
        if not read.is_complete:
            continue
        stored = {*read.ids}
        for message in _due(conversations.get(read.conversation, []), read, posts):
            known = heard.get((message.asked.act, read.who))
            is_stored = (message.id or (known.message if known else "")) in stored
            if not is_stored and (missing := _missing(ledger, message, read, known)):
                found.setdefault((missing.id, message.asked.act), missing)
    if found:
        found = _without_the_missed(found, gaps(events, ledger, terms.arrival))
    return list(found.values()), Counter(reads=len(reads))


def _without_the_missed(found: dict[tuple[str, str], Finding], away: list[Gap]) -> dict[tuple[str, str], Finding]:
    """Leave out what somebody missed for good while they were away: `recovery` tells that, and more of it."""
    missed = {(_SENT, message.asked.act, read.who) for gap in away for message, read in gap.for_good}
    return {key: one for key, one in found.items() if (*key, one.who) not in missed}


def _due(messages: list[Message], read: MessagesRead, posts: list[int]) -> list[Message]:
    """List what a read may not lack: behind where it began, and nothing that somebody may have deleted since."""
    if read.after:
        anchor = next((one.answered for one in messages if one.id == read.after), None)
        messages = [one for one in messages if anchor is not None and anchor.n < one.asked.n]
    last_post = bisect_right(posts, read.n)
    since = posts[last_post - 1] if last_post else 0
    return [one for one in messages if one.asked.n > since]


def _missing(ledger: Ledger, message: Message, read: MessagesRead, frame: FrameIn | None) -> Finding | None:
    """Judge a message that is not in the answer by what the reader knew of it, and what its sender was told."""
    if frame is not None and frame.at < read.asked:
        return _not_stored("heard", message, read, frame)
    answered, asked = message.answered, message.asked
    if message.outcome != "ok" or answered is None or answered.at >= read.asked or not message.id:
        return None
    was_in = ledger.rosters.may_hear(read.who, asked.channel, since=asked.meant, until=asked.meant) is not False
    return _not_stored("sent", message, read) if was_in else None


def _not_stored(how: str, message: Message, read: MessagesRead, frame: FrameIn | None = None) -> Finding:
    asked = message.asked
    knew = (
        f"had heard a message of {asked.who}" if frame else f"read after the backend had taken a message of {asked.who}"
    )
    seen = [evidence.heard(frame)] if frame else []
    return finding(
        f"consistency.{how}-but-not-stored",
        f"{read.who} {knew}, and it was not among those stored",
        who=read.who,
        where=asked.channel,
        expected="it is stored before anybody is told of it, and read by whoever asks after that",
        evidence=[
            evidence.sent(message),
            *seen,
            f"{evidence.moment(read.asked)}  {read.who} asked for the messages and got {len(read.ids)}, without it",
        ],
        about=[asked, *([frame] if frame else []), read],
    )

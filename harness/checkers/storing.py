"""
Storing: a message that the backend did not take is not stored behind its sender's back while others never hear of it.

Nobody knows what became of a message after an error. Where its text is read back later, though, and no other message of
the test has that text in the conversation, it was stored; then whoever listened and did not hear it never will, and the
sender, told that it failed, sends it again. In a fault nobody else can know either, and an error is all that is due.
"""

from collections import Counter
from typing import NamedTuple

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.checkers.grouping import grouped
from harness.history.digest import digest
from harness.history.events import Event, FrameIn, MessageAnswered, MessagesRead, TestFinished
from harness.history.ledger import Debt, Ledger, Message

_SERVER_ERROR = 500


class _Stored(NamedTuple):
    """A message that was not taken, and the read in which it stood, under which id."""

    message: Message
    answered: MessageAnswered
    read: MessagesRead
    id: str


def check(events: list[Event], ledger: Ledger, _: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every message that was answered with an error or a refusal; counts those that were stored all the same."""
    failed = {key: one for key, one in _failed(ledger).items() if not _in_a_fault(ledger, *one)}
    stored = _stored(events, failed)
    if not stored:
        return [], Counter()
    heard = _heard(ledger, stored)
    debts = grouped(ledger.debts_of(one.message for one in stored), lambda debt: debt.message.asked.act)
    owed = {group[0].message.asked.act: group for group in debts}
    found = []
    for one in stored:
        act = one.message.asked.act
        frames = heard.get(act, [])
        sockets = {frame.socket for frame in frames}
        if missed := [debt for debt in owed.get(act, []) if debt.listening.socket not in sockets]:
            found.append(_unheard(one, frames, missed))
    return found, Counter({"stored in spite of an error": len(stored)})


def _failed(ledger: Ledger) -> dict[tuple[str, str], tuple[Message, MessageAnswered]]:
    """Find the messages that were not taken, by conversation and digest; texts that were meant twice are left out."""
    meant = Counter((one.asked.conversation, one.asked.text) for one in ledger.messages)
    return {
        (one.asked.conversation, digest(one.asked.text)): (one, one.answered)
        for one in ledger.messages
        if one.answered is not None and _is_error(one.answered) and meant[one.asked.conversation, one.asked.text] == 1
    }


def _in_a_fault(ledger: Ledger, message: Message, answered: MessageAnswered) -> bool:
    return bool(ledger.faults.at_work(message.asked.meant, answered.at, message.asked.who))


def _is_error(answered: MessageAnswered) -> bool:
    return answered.outcome == "refused" or (answered.outcome == "unknown" and (answered.status or 0) >= _SERVER_ERROR)


def _stored(events: list[Event], failed: dict[tuple[str, str], tuple[Message, MessageAnswered]]) -> list[_Stored]:
    """Find each of them in the first read that was asked for after its answer and holds its text."""
    found: dict[str, _Stored] = {}
    for read in (event for event in events if isinstance(event, MessagesRead) and failed):
        for id_, seen in zip(read.ids, read.digests, strict=False):
            message, answered = failed.get((read.conversation, seen), (None, None))
            if message is not None and answered is not None and answered.at < read.asked:
                found.setdefault(message.asked.act, _Stored(message, answered, read, id_))
    return list(found.values())


def _heard(ledger: Ledger, stored: list[_Stored]) -> dict[str, list[FrameIn]]:
    """List the frames with each of them, by its act: known by the text, or by the id under which it was stored."""
    by_id = {(one.message.asked.channel, one.id): one.message for one in stored}
    acts = {one.message.asked.act for one in stored}
    heard: dict[str, list[FrameIn]] = {}
    for frame, carried in ledger.hearings:
        message = carried or by_id.get((frame.channel, frame.message))
        if message is not None and message.asked.act in acts:
            heard.setdefault(message.asked.act, []).append(frame)
    return heard


def _unheard(one: _Stored, frames: list[FrameIn], missed: list[Debt]) -> Finding:
    asked, listened = one.message.asked, [debt.listening.socket for debt in missed]
    whom = ", ".join(dict.fromkeys(frame.socket for frame in frames))
    became = f"only {whom} heard it" if frames else "nobody heard it"
    return finding(
        "payload.stored-unheard",
        f"a message of {asked.who} was answered {one.answered.status} and stored, and {became}",
        who=asked.who,
        where=asked.channel,
        expected="stored, accepted and delivered together, or none of them: an error takes back what was stored",
        evidence=[
            f"{evidence.sent(one.message)}, {len(asked.text.encode('utf-8', 'replace'))} bytes of UTF-8",
            f"{evidence.moment(one.read.at)}  {one.read.who} read its text back as {evidence.quoted(one.id)}",
            *evidence.bounded(frames, evidence.heard),
            f"listening without hearing it: {', '.join(evidence.bounded(listened))}",
        ],
        about=[asked, one.answered, one.read, *frames],
    )

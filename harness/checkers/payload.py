"""
Payload: what is heard, and what is stored, is what was sent: its encoding, its types, every character.

A frame is joined with its message by id, so a text that came out differently is still that message's. Texts are
compared as they were sent and heard, before anything is cut or hidden; a stored one by its digest. `data` must be a
JSON string, encoded once, in every frame in which all broadcasters write one (PROTOCOL.md, 1.3); a client event comes
as it was sent. An id that is a number in the backend's answer and text in its event, or the other way round, is of
class protocol: clients join lists and events by it, and typed ones cannot.
"""

from collections import Counter
from typing import NamedTuple

from harness.checkers import evidence
from harness.checkers.differences import difference
from harness.checkers.findings import Finding, finding
from harness.checkers.grouping import grouped, times
from harness.history.attendance import ADDED, REMOVED
from harness.history.digest import digest
from harness.history.events import Event, FrameIn, MessagesRead, TestFinished
from harness.history.ledger import Ledger, Message

_LISTED = "pusher_internal:subscription_succeeded"
_MAY_DIFFER = ("client-", "pusher:", "pusher_internal:")
"""Events whose `data` broadcasters write in different ways; those about members excepted."""


class _Carried(NamedTuple):
    """A message of this run, and a frame with it."""

    message: Message
    frame: FrameIn


def check(events: list[Event], ledger: Ledger, _: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every frame of a channel, every hearing and every text that was read; the same flaw is one finding."""
    frames = [event for event in events if isinstance(event, FrameIn) and _is_string_due(event)]
    carried = [_Carried(message, frame) for frame, message in ledger.hearings if message is not None]
    objects = [frame for frame in frames if not frame.data_was_string]
    doubled = [frame for frame in frames if frame.is_double_encoded]
    altered = [one for one in carried if _is_altered(one)]
    found = [_misencoded("payload.not-a-string", group) for group in grouped(objects, _event_and_channel)]
    found += [_misencoded("payload.encoded-twice", group) for group in grouped(doubled, _event_and_channel)]
    found += [_altered(group) for group in grouped(altered, lambda one: (one.message.asked.act, one.frame.text))]
    for what in ("id", "text"):
        retyped = [one for one in carried if _types(one, what)]
        found += [_retyped(group, what) for group in grouped(retyped, lambda one: one.frame.channel)]
    return [*found, *_stored_altered(events, ledger)], Counter({"payloads compared": len(carried)})


def _is_string_due(frame: FrameIn) -> bool:
    """Tell whether every broadcaster writes `data` of this frame as a JSON string."""
    if frame.problem or not frame.channel:
        return False
    if frame.event == _LISTED:
        return frame.channel.startswith("presence-")
    return frame.is_message or frame.event in (ADDED, REMOVED) or not frame.event.startswith(_MAY_DIFFER)


def _is_altered(one: _Carried) -> bool:
    """Tell whether another text was heard than sent; an event that has no place for a text has not altered it."""
    return one.frame.text != one.message.asked.text and bool(one.frame.text or one.frame.text_type)


def _types(one: _Carried, what: str) -> tuple[str, str] | None:
    """Give the two JSON types that an id had, in answer and event, or a text, when sent and heard; None if one."""
    message, frame = one
    if what == "id":
        types = (message.answered.id_type if message.answered else "", frame.id_type)
    else:
        types = ("string", frame.text_type if frame.text == message.asked.text else "")
    return types if all(types) and types[0] != types[1] else None


def _event_and_channel(frame: FrameIn) -> tuple[str, str]:
    return frame.event, frame.channel


def _misencoded(id_: str, frames: list[FrameIn]) -> Finding:
    first = frames[0]
    flaw = "that is no JSON string" if id_ == "payload.not-a-string" else "that was encoded twice"
    return finding(
        id_,
        f"{evidence.quoted(first.event)} came {times(len(frames))} with data {flaw}",
        who=first.who,
        where=first.channel,
        expected='`data` is one JSON string that holds the payload, such as "{\\"id\\":1}"',
        evidence=evidence.bounded(frames, lambda frame: f"{evidence.heard(frame)}: {evidence.quoted(frame.raw)}"),
        about=frames,
    )


def _altered(group: list[_Carried]) -> Finding:
    message, first = group[0]
    frames = [one.frame for one in group]
    return finding(
        "payload.altered",
        f"a message of {message.asked.who} was heard {times(len(group))} with another text than was sent",
        who=first.who,
        where=first.channel,
        expected="every character as it was sent: not cut, escaped, trimmed or normalized",
        evidence=[
            evidence.sent(message),
            *evidence.bounded(frames, evidence.heard),
            *difference(message.asked.text, first.text),
        ],
        about=[message.asked, *frames],
    )


def _retyped(group: list[_Carried], what: str) -> Finding:
    message, first = group[0]
    before, after = _types(group[0], what) or ("", "")
    known = "in the backend's answer" if what == "id" else "when sent"
    return finding(
        "payload.type-changed",
        f"the {what} of a message is of JSON type {before} {known} and {after} in its event, {times(len(group))}",
        who=first.who,
        where=first.channel,
        expected="one type wherever the same value stands: clients join what they read and what they hear by it",
        evidence=[evidence.sent(message), evidence.heard(first)],
        about=[message.asked, first],
    )


def _stored_altered(events: list[Event], ledger: Ledger) -> list[Finding]:
    """Judge every text that somebody read back, each message once."""
    messages = {(one.asked.conversation, one.id): one for one in ledger.messages if one.id}
    found: list[Finding] = []
    for read in (event for event in events if isinstance(event, MessagesRead)):
        for id_, seen in zip(read.ids, read.digests, strict=False):
            message = messages.get((read.conversation, id_))
            if message is None or not seen or seen == digest(message.asked.text):
                continue
            del messages[read.conversation, id_]
            found.append(_stored(message, read, seen))
    return found


def _stored(message: Message, read: MessagesRead, seen: str) -> Finding:
    return finding(
        "payload.stored-altered",
        f"{read.who} read a message of {message.asked.who} back with another text than was sent",
        who=read.who,
        where=message.asked.channel,
        expected=f"the text that was sent, whose SHA-256 is {digest(message.asked.text)}",
        evidence=[
            evidence.sent(message),
            f"{evidence.moment(read.at)}  {read.who} read a text whose SHA-256 is {seen}",
        ],
        about=[message.asked, read],
    )

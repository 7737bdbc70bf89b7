"""Why a message was lost, late, doubled, echoed or reordered: what speaks for and against each suspect."""

from collections.abc import Callable
from typing import Final

from harness.checkers.evidence import moment, quoted
from harness.checkers.findings import Finding
from harness.diagnosis.clues import Clues, Weight, heard, likely, names, unlikely
from harness.history.ledger import Message

Weigher = Callable[[Finding, Clues], Weight | None]
"""Looks for what the history says about one suspect; None when it says nothing."""

_SECOND = 1_000_000_000
_AT_ONCE = _SECOND // 20
"""Copies that come within this were written together; a queue's retry takes longer."""
_FAILED_SLOWLY = _SECOND
"""A publish that fails usually does so by a timeout, which the sender's answer then waits for."""
_STANDS_STILL: Final = ("freeze", "throttle")
"""Faults of a network in which nothing, or little, is read."""
_ENDS_A_SERVER: Final = ("restart", "stop", "kill")
_MANY = 10
"""Below this many listeners nobody starves behind the others."""


def _stored_only(finding: Finding, clues: Clues) -> Weight | None:
    """DE-01: stored and never broadcast."""
    message = clues.message(finding)
    if message is not None and clues.was_stored(message):
        return likely("it is in the history that the backend gives over HTTP")
    if message is not None and (stray := _stray(message, clues)):
        return unlikely(f"it was broadcast: {stray}")
    return None


def _publish_failed(finding: Finding, clues: Clues) -> Weight | None:
    """DE-02: the broadcast failed, and the failure was swallowed."""
    message = clues.message(finding)
    if message is None or message.answered is None:
        return None
    took = message.answered.at - message.asked.meant
    if took > _FAILED_SLOWLY:
        return likely(f"the backend took {took / 1e9:.1f} s to answer, as one does that waits for a publish to fail")
    return unlikely(f"it was broadcast: {stray}") if (stray := _stray(message, clues)) else None


def _other_name(finding: Finding, clues: Clues) -> Weight | None:
    """DE-15: the event has another name than the client listens for."""
    message = clues.message(finding)
    frame = clues.under_another_name(message) if message else None
    if frame is not None:
        return likely(f"the same text came as an event called {quoted(frame.event)} at {moment(frame.arrived)}")
    return unlikely("no event of another name came on the channel") if message else None


def _other_channel(finding: Finding, clues: Clues) -> Weight | None:
    """DE-16: the event goes to a channel of another name."""
    message = clues.message(finding)
    frame = clues.on_another_channel(message) if message else None
    return likely(heard(frame)) if frame is not None else None


def _nothing_is_published(finding: Finding, clues: Clues) -> Weight | None:
    """OP-03, OP-10: nothing that this backend publishes arrives."""
    others = [one for one in clues.heard_messages() if one is not clues.message(finding)]
    if others:
        return unlikely(f"another message of this test was heard, sent at {moment(others[0].asked.meant)}")
    sent = [one for one in clues.ledger.messages if one.outcome == "ok"]
    return likely(f"none of the {len(sent)} messages of this test was heard by anybody") if len(sent) > 1 else None


def _other_fields(finding: Finding, clues: Clues) -> Weight | None:
    """OP-11: the event has fields of another version of the code."""
    message = clues.message(finding)
    if message is None:
        return None
    for frame, carried in clues.ledger.hearings:
        if carried is None and frame.channel == message.asked.channel and frame.arrived >= message.asked.meant:
            return likely(
                f"an event {quoted(frame.event)} came at {moment(frame.arrived)} with no message of ours in it"
            )
    return None


def _wrong_secret(finding: Finding, clues: Clues) -> Weight | None:
    """OP-03: backend and broadcaster have different secrets."""
    if any(one.signature == "invalid" for one in clues.grants()):
        return likely("the signatures of the authorization endpoint do not verify either")
    if any(one.signature == "valid" for one in clues.grants()):
        return unlikely("the signatures of the authorization endpoint verify")
    return _nothing_is_published(finding, clues)


def _first_after_subscribing(finding: Finding, clues: Clues) -> Weight | None:
    """DE-04: the first message behind a subscription gets lost; DE-13 says as much of a sender's other device."""
    message = clues.message(finding)
    if _is_first(finding, clues):
        is_own = message is not None and finding.who == message.asked.who
        return None if is_own else likely("it was the first message behind the subscription")
    return unlikely("it was not the first message behind the subscription")


def _is_first(finding: Finding, clues: Clues) -> bool:
    message, listening = clues.message(finding), clues.listening(finding)
    behind = (
        one
        for one in clues.ledger.messages
        if listening is not None and one.asked.channel == listening.channel and listening.since.at < one.asked.meant
    )
    return message is not None and next(behind, None) is message


def _payload_of_another(finding: Finding, clues: Clues) -> Weight | None:
    """DE-11: another message's payload goes out under this id."""
    message, heard_texts = clues.message(finding), {frame.text for frame in clues.frames(finding)}
    for other in clues.ledger.messages:
        if message is not None and other is not message and other.asked.text in heard_texts - {message.asked.text}:
            return likely(f"{other.asked.who} had sent that text as another message, at {moment(other.asked.meant)}")
    return None


def _left_out_as_a_person(finding: Finding, clues: Clues) -> Weight | None:
    """DE-13: the sender is left out as a person, not as a socket."""
    message = clues.message(finding)
    if message is None:
        return None
    if finding.who == message.asked.who:
        return likely(f"the socket is another device of {finding.who}, who sent it")
    return unlikely(f"{finding.who} is not the sender")


def _starved(finding: Finding, clues: Clues) -> Weight | None:
    """DE-30: the last of many subscribers starve."""
    listeners = [one for one in clues.ledger.listenings if one.channel == finding.where]
    if len(listeners) < _MANY:
        return unlikely(f"the channel has {len(listeners)} listeners only")
    place = next((rank for rank, one in enumerate(listeners, 1) if one.since.n in finding.events), 0)
    if place > len(listeners) // 2:
        return likely(f"it was listener {place} of {len(listeners)}")
    return None


def _frames_lost(finding: Finding, clues: Clues) -> Weight | None:
    """DE-03: the broadcaster loses frames."""
    message = clues.message(finding)
    others = clues.ledger.heard_by(message) if message else {}
    if message is None or not others or finding.who == message.asked.who or _is_first(finding, clues):
        return None
    return likely(f"{len(others)} other {'socket' if len(others) == 1 else 'sockets'} heard it")


def _waited_for_a_worker(finding: Finding, clues: Clues) -> Weight | None:
    """DE-08, DE-09: the broadcast waited in a queue, so it was late for everybody."""
    message = clues.message(finding)
    if message is None:
        return None
    arrivals = [frames[0].arrived for frames in clues.ledger.heard_by(message).values()]
    if len(arrivals) > 1 and max(arrivals) - min(arrivals) <= _AT_ONCE:
        return likely(f"all {len(arrivals)} sockets heard it within {(max(arrivals) - min(arrivals)) / 1e6:.0f} ms")
    return unlikely("others heard it long before") if len(arrivals) > 1 else None


def _lost_with_a_server(finding: Finding, clues: Clues) -> Weight | None:
    """OP-17: a restart loses what was under way, or stored."""
    message = clues.message(finding)
    if message is None:
        return None
    since = message.asked.meant
    ended = [one.began for one in clues.ledger.faults.all if one.began.what in _ENDS_A_SERVER and one.began.at > since]
    if ended:
        return likely(f"the {ended[0].server} was ended behind it ({ended[0].what})")
    return unlikely("no server was ended behind it")


def _held_up(finding: Finding, clues: Clues) -> Weight | None:
    """CO-19: a slow reader holds up the others."""
    message = clues.message(finding)
    if message is None:
        return None
    meant = message.asked.meant
    standing = [
        fault
        for fault in clues.ledger.faults.at_work(meant, meant)
        if fault.began.what in _STANDS_STILL and finding.who not in fault.began.people
    ]
    if standing:
        return likely(f"{names(standing[0].began.people)} read nothing just then ({standing[0].began.what})")
    return unlikely("nobody who listened was kept from reading")


def _apart(finding: Finding, clues: Clues) -> int | None:
    """Measure the nanoseconds between the first copy and the last."""
    arrivals = [frame.arrived for frame in clues.frames(finding)]
    return max(arrivals) - min(arrivals) if len(arrivals) > 1 else None


def _sent_twice(finding: Finding, clues: Clues) -> Weight | None:
    """DE-05: the broadcaster sends a frame twice."""
    apart = _apart(finding, clues)
    if apart is None:
        return None
    words = f"the copies came {apart / 1e6:.0f} ms apart"
    return likely(words) if apart <= _AT_ONCE else unlikely(words)


def _retried(finding: Finding, clues: Clues) -> Weight | None:
    """DE-06: a queue job was retried after it had published."""
    apart = _apart(finding, clues)
    if apart is None:
        return None
    words = f"the copies came {apart / 1e9:.2f} s apart"
    return likely(words) if apart > _AT_ONCE else unlikely(words)


def _subscribed_twice(finding: Finding, clues: Clues) -> Weight | None:
    """CO-10: the client subscribed twice."""
    frames = clues.frames(finding)
    attempts = clues.attempts(frames[0].socket, finding.where) if frames else []
    if len(attempts) > 1:
        return likely(f"{attempts[0].socket} subscribed {len(attempts)} times")
    return unlikely("it subscribed once")


def _old_socket_open(finding: Finding, clues: Clues) -> Weight | None:
    """CO-13: the client's old socket stayed open after a reconnect."""
    sockets = {one.socket for one in clues.ledger.listenings if one.who == finding.who and one.ended is None}
    return unlikely(f"{finding.who} listens with one socket only") if len(sockets) < 2 else None  # noqa: PLR2004


def _never_left_out(_: Finding, clues: Clues) -> Weight | None:
    """DE-12: X-Socket-ID is not passed on."""
    if spared := _spared(clues):
        return unlikely(f"the sender was left out of {spared} other messages")
    return likely("it happened each time")


def _left_out_at_times(_: Finding, clues: Clues) -> Weight | None:
    """DE-14: the exclusion gets lost between two nodes, so that it depends on the node."""
    spared = _spared(clues)
    return likely(f"the sender was left out of {spared} other messages") if spared else None


def _spared(clues: Clues) -> int:
    """Count the messages whose sender named a socket and did not hear them on it."""
    named = [one for one in clues.ledger.messages if one.asked.excluded and one.outcome == "ok"]
    return sum(not clues.ledger.heard(one, one.asked.excluded) for one in named)


def _stray(message: Message, clues: Clues) -> str:
    """Tell where a message came that nobody heard as such, "" when it came nowhere."""
    frame = clues.under_another_name(message) or clues.on_another_channel(message)
    return heard(frame) if frame else ""


WEIGHERS: Final[dict[str, Weigher]] = {
    "DE-01": _stored_only,
    "DE-02": _publish_failed,
    "DE-03": _frames_lost,
    "DE-04": _first_after_subscribing,
    "DE-05": _sent_twice,
    "DE-06": _retried,
    "DE-08": _waited_for_a_worker,
    "DE-09": _waited_for_a_worker,
    "DE-11": _payload_of_another,
    "DE-12": _never_left_out,
    "DE-13": _left_out_as_a_person,
    "DE-14": _left_out_at_times,
    "DE-15": _other_name,
    "DE-16": _other_channel,
    "DE-30": _starved,
    "CO-10": _subscribed_twice,
    "CO-13": _old_socket_open,
    "CO-19": _held_up,
    "OP-03": _wrong_secret,
    "OP-17": _lost_with_a_server,
    "OP-10": _nothing_is_published,
    "OP-11": _other_fields,
}

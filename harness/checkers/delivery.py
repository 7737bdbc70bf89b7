"""
Delivery: everything owed arrives, in time, once, and not on the socket that sent it.

Owed and absent when the judgement closes is lost; later than the arrival deadline after it was meant is late. A socket
that acted in between (left, broke, lost its right) makes its delivery unknown, which is counted, never judged; so does
a fault that never ended, and so is whatever happens to a message of which nobody knows whether the backend took it. A
fault that ended gives what was under way the arrival deadline anew, from its end on.
"""

from collections import Counter

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.history.events import Event, FrameIn, TestFinished
from harness.history.ledger import Debt, Ledger, Message


def check(_: list[Event], ledger: Ledger, terms: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every debt. The counts reconcile: owed is delivered, late, lost and unknown together."""
    findings: list[Finding] = []
    counts: Counter[str] = Counter()
    others: dict[str, list[str]] = {}
    for debt in ledger.debts():
        found, word = _judge(ledger, debt, terms.arrival, others)
        counts["owed"] += 1
        counts[word] += 1
        findings += found
    for message in ledger.messages:
        counts[f"messages {message.outcome}"] += 1
        heard = ledger.heard_by(message)
        if message.outcome != "ok":
            counts["indeterminate heard"] += len(heard)
            continue
        for socket, frames in heard.items():
            if socket == message.asked.excluded:
                counts["own echo"] += 1
                findings.append(_own_echo(message, socket, frames))
            elif len(frames) > 1:
                counts["duplicated"] += len(frames) - 1
                findings.append(_duplicated(message, socket, frames))
    counts["foreign"] = sum(hearing.message is None for hearing in ledger.hearings)
    return findings, counts


def _judge(ledger: Ledger, debt: Debt, arrival: int, others: dict[str, list[str]]) -> tuple[list[Finding], str]:
    """Judge one debt, and say in the word that is counted what became of it; `others` keeps who else heard an act."""
    frames = ledger.heard(debt.message, debt.listening.socket)
    due = ledger.due(debt, arrival)
    if not frames:
        is_known = debt.listening.ended is None and due is not None
        return ([_lost(ledger, debt, others)], "lost") if is_known else ([], "unknown")
    if due is not None and frames[0].earliest > due:
        return [_late(ledger, debt, frames[0], arrival)], "late"
    return [], "delivered"


def _lost(ledger: Ledger, debt: Debt, told: dict[str, list[str]]) -> Finding:
    message, listening = debt
    if message.asked.act not in told:  # the same for every socket that lost it, and costly to word
        told[message.asked.act] = evidence.others_heard(ledger, message, listening.socket)
    others = told[message.asked.act]
    return finding(
        "delivery.lost" if others else "delivery.never-broadcast",
        f"1 message owed to {listening.who} never arrived on {listening.socket}"
        + ("" if others else ", and nobody else heard it either"),
        who=listening.who,
        where=listening.channel,
        expected=f"{listening.socket} hears it: subscribed since {evidence.moment(listening.since.at)},"
        f" still connected at {evidence.moment(ledger.last)}",
        evidence=[evidence.sent(message), *others, *evidence.during_faults(ledger)],
        about=[message.asked, listening.since],
    )


def _late(ledger: Ledger, debt: Debt, frame: FrameIn, arrival: int) -> Finding:
    message, listening = debt
    took = (frame.arrived - message.asked.meant) / 1e9
    return finding(
        "delivery.late",
        f"a message took {took:.3f} s to reach {listening.who} on {listening.socket}",
        who=listening.who,
        where=listening.channel,
        expected=f"arrival within {arrival / 1e9:g} s after it was meant",
        evidence=[evidence.sent(message), evidence.heard(frame), *evidence.during_faults(ledger)],
        about=[message.asked, frame],
    )


def _own_echo(message: Message, socket: str, frames: list[FrameIn]) -> Finding:
    person = socket.partition("#")[0]
    return finding(
        "delivery.own-echo",
        f"{person} heard the message that {socket} itself had sent",
        who=person,
        where=message.asked.channel,
        expected="the backend passes X-Socket-ID on as socket_id, and the broadcaster leaves that socket out",
        evidence=[evidence.sent(message), *evidence.bounded(frames, evidence.heard)],
        about=[message.asked, *frames],
    )


def _duplicated(message: Message, socket: str, frames: list[FrameIn]) -> Finding:
    return finding(
        "delivery.duplicated",
        f"{socket} heard one message {len(frames)} times",
        who=socket.partition("#")[0],
        where=message.asked.channel,
        expected="once per socket",
        evidence=[evidence.sent(message), *evidence.bounded(frames, evidence.heard)],
        about=[message.asked, *frames],
    )

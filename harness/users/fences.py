"""
Fences: reasons to stop waiting for what must not come, or must have come (DESIGN.md, section 6).

They prove something about the moment only; frames that come later still count.
"""

import asyncio
from collections.abc import Callable

from harness.history.events import Event, FenceAnswered, FenceAsked
from harness.history.faults import Faults
from harness.history.ledger import Debt, Ledger, read
from harness.history.recorder import Recorder
from harness.users import sentinels
from harness.users.connection import Connection
from harness.users.context import Context
from harness.users.presence import agree

Events = Callable[[], list[Event]]
"""Gives what has happened in a world so far."""

_WINDOW_FLOOR = 0.25
_WINDOW_FACTOR = 5


async def settle(context: Context, connections: list[Connection], events: Events) -> list[str]:
    """
    Wait until what is owed has arrived, and rosters agree with who is there, or the time for that is over.

    Then raises a fence on each of these connections, and gives what is in doubt.
    """
    if (await deliveries(context, events)).messages:
        await window(context, events)
    await agree(context, events)
    return await raise_on(context, [connection for connection in connections if connection.is_open])


async def deliveries(context: Context, events: Events) -> Ledger:
    """
    Wait until what is owed has arrived, or no longer can in time; gives what is known by then.

    A fault gives it longer, from its end on; what one still keeps from arriving that has not ended is not waited for.
    """
    ledger = read(events())
    if ledger.messages:
        arrival = round(context.target.budgets.arrival * context.patience * 1e9)
        await _arrived(ledger, context.recorder, events, arrival)
    return ledger


async def window(context: Context, events: Events) -> None:
    """
    Give a target that may publish after its answer time to do so; nothing to do where it publishes before.

    250 ms or five times the slowest delivery, but no longer than a message may take to arrive.
    """
    if context.target.backend.publishes == "before-answer":
        return
    recorder = context.recorder
    act = recorder.new_act()
    recorder.record(FenceAsked, act=act, way="window")
    seconds = max(_WINDOW_FLOOR, _WINDOW_FACTOR * _slowest(events()))
    deadline = context.deadline(min(seconds, context.target.budgets.arrival))
    while await recorder.changed(len(recorder.events), deadline=deadline):
        pass
    recorder.record(FenceAnswered, act=act, outcome="ok")


async def raise_on(context: Context, connections: list[Connection]) -> list[str]:
    """
    Put a ping behind everything that is under way to these sockets, wait for the pongs, and give the doubts.

    Where several nodes are one broadcaster, a sentinel goes before the ping.
    """
    if doubts := await sentinels.pass_behind(context, connections):
        return doubts
    passed = await asyncio.gather(*(connection.fence() for connection in connections))
    return [
        _doubt(context, connection)
        for connection, outcome in zip(connections, passed, strict=True)
        if outcome != "ok" and connection.is_open  # one that has ended meanwhile has said all that it had to say
    ]


def _doubt(context: Context, connection: Connection) -> str:
    """Say why the silence of a socket proves nothing: its pong never came, which a fault may explain."""
    faults = Faults()
    faults.take(context.recorder.events)
    lasting = ", ".join(fault.began.fault for fault in faults.open_for(connection.who))
    why = f" while {lasting} lasted" if lasting else ""
    return (
        f"{connection.label} never got a pong for its ping{why}: frames may still be under way, its silence proves"
        " nothing"
    )


async def _arrived(ledger: Ledger, recorder: Recorder, events: Events, arrival: int) -> None:
    """Wait until nothing is outstanding that may still come; one debt after another, since all must be paid."""
    last = max(message.asked.meant for message in ledger.messages) + arrival
    while outstanding := [debt for debt in ledger.debts() if _is_outstanding(ledger, debt)]:
        expected = [(debt, due) for debt in outstanding if (due := ledger.due(debt, arrival)) is not None]
        if not expected:
            return
        limit = max(last, *(due for _, due in expected))
        for debt, _ in expected:
            while _is_outstanding(ledger, debt):
                if not await recorder.changed(len(recorder.events), deadline=limit):
                    return
                ledger.take(events())


def _is_outstanding(ledger: Ledger, debt: Debt) -> bool:
    return debt.listening.ended is None and not ledger.heard(debt.message, debt.listening.socket)


def _slowest(events: list[Event]) -> float:
    """Give the longest that a message of this run took to anybody, in seconds."""
    took = (hearing.frame.arrived - hearing.message.asked.meant for hearing in read(events).hearings if hearing.message)
    return max(took, default=0) / 1e9

"""
Canaries: messages of our own behind one whose absence somewhere is to be proven (DESIGN.md, section 6, step 3).

A backend that queues its publishes may answer a send long before it is broadcast. What is sent behind it through the
same backend, and heard, says that the queue has passed it. Whether a pong then proves anything is tried on each target
once: a canary subscription that is the channel's last must not hear the message behind its own pong. Where it does, the
pongs overtake events, and this target gets the window instead.
"""

import secrets
from typing import TYPE_CHECKING

from harness.errors import Inconclusive, Refused, SendRefused
from harness.history.events import FenceAnswered, FrameIn
from harness.history.ledger import read
from harness.users.conversation import Conversation, SentMessage
from harness.users.delivery import carries

if TYPE_CHECKING:
    from harness.users.user import User
    from harness.users.world import World


async def pass_behind(world: "World", message: SentMessage) -> None:
    """
    Send a canary behind `message`, from the device that sent it, and return once a recipient of the message heard it.

    The first time on a target, a further device of that recipient subscribes last and tries to refute the fence; where
    it may not subscribe, nothing is tried. A production target gets no canary: nothing of ours belongs there. Raises
    `Inconclusive` when the canary is not taken, or not heard by the arrival deadline.
    """
    context = world.context
    if context.target.production:
        return
    conversation = context.conversations[message.conversation]
    sender = world.device(message.excluded) if message.excluded else world.anybody(message.sender)
    recipient = _recipient(world, message, sender)
    last = await _last_subscriber(world.device(recipient), conversation) if context.pongs_keep_order is None else None
    canary = await sent(sender, conversation)
    await _until_heard(world, canary, recipient)
    if last is not None:
        # What is raised meanwhile leaves the device open: the judgement shall see what never reached it.
        keeps_order = await _keeps_order(world, canary, last)
        context.pongs_keep_order = keeps_order and context.pongs_keep_order is not False
        await last.disconnect()


def _recipient(world: "World", message: SentMessage, sender: "User") -> str:
    """Name a socket that heard the message, still listens, may do so, and is not the one a canary leaves out."""
    heard = {event.socket for event in world.events if isinstance(event, FrameIn) and carries(event, message)}
    ledger, now = read(world.events), world.context.recorder.now()
    listening = (one for one in ledger.listenings if one.channel == message.channel and one.ended is None)
    for one in listening:
        may_hear = ledger.rosters.may_hear(one.who, message.channel, since=now, until=now) is not False
        if may_hear and one.socket in heard and one.socket not in sender.labels:
            return one.socket
    raise Inconclusive(
        "nobody who heard the message still listens, so no canary can be sent behind it: silence proves nothing"
    )


async def _last_subscriber(recipient: "User", conversation: Conversation) -> "User | None":
    """Let a person subscribe on a further device; None when the target does not let them, any more or at all."""
    device = recipient.world.another_device(recipient)
    device.session.token = recipient.session.token
    try:
        await device.connect()
        await device.join(conversation)
    except Refused:
        await device.disconnect()
        return None
    return device


async def sent(sender: "User", conversation: Conversation) -> SentMessage:
    """Send a canary, which nobody who looks for messages wrote or wants; raises `Inconclusive` when it is not taken."""
    text, canaries = f"canary {secrets.token_hex(8)}", sender.world.context.canaries
    canaries.add(text)
    try:
        canary = await sender.send(conversation, text, canary=True)
    except SendRefused as refused:
        raise Inconclusive(
            f"the canary behind the message was not taken, so silence proves nothing: {refused}"
        ) from refused
    if canary.id:
        canaries.add(canary.id)
    return canary


async def _keeps_order(world: "World", canary: SentMessage, last: "User") -> bool:
    """Tell whether the last subscriber has the canary before the pong of a ping sent when another had heard it."""
    asked = world.seen
    if last.connection is None or await last.connection.fence() != "ok":
        return False
    heard = await _until_heard(world, canary, last.label)
    answered = next(
        event
        for event in world.events
        if isinstance(event, FenceAnswered) and event.socket == last.label and event.n > asked
    )
    return heard.n < answered.n


async def _until_heard(world: "World", canary: SentMessage, socket: str) -> FrameIn:
    recorder, seen, is_time_left = world.context.recorder, 0, True
    deadline = world.context.deadline(world.context.target.budgets.arrival)
    while is_time_left or len(recorder.events) > seen:
        seen = len(recorder.events)
        for event in world.events:
            if isinstance(event, FrameIn) and event.socket == socket and carries(event, canary):
                return event
        is_time_left = await recorder.changed(seen, deadline=deadline)
    raise Inconclusive(f"a canary sent behind the message never reached {socket}: silence proves nothing")

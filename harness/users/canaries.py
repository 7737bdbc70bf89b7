"""
Canaries: messages of our own behind one whose absence somewhere is to be proven (DESIGN.md, section 6, step 3).

A backend that queues its publishes may answer a send long before it is broadcast. What is sent behind it through the
same backend, and heard, says that the queue has passed it. Whether a pong then proves anything is tried on each target
once: a canary subscription that is the channel's last must not hear the message behind its own pong. Where it does, the
pongs overtake events, and this target gets the window instead.
"""

import secrets
from typing import TYPE_CHECKING

from harness.errors import Inconclusive
from harness.history.events import Event, FenceAnswered, FrameIn
from harness.users.conversation import SentMessage
from harness.users.delivery import carries

if TYPE_CHECKING:
    from harness.users.user import User
    from harness.users.world import World


async def pass_behind(world: "World", message: SentMessage) -> None:
    """
    Send a canary behind `message`, in its sender's name, and return once a recipient of the message heard it.

    The first time on a target, a further device of that recipient subscribes last and tries to refute the fence.
    Raises `Inconclusive` when the canary is not heard by the arrival deadline.
    """
    context = world.context
    recipient = world.device(_first_hearing(world.events, message).socket)
    last: User | None = None
    if context.pongs_keep_order is None:
        last = await recipient.another_device()
        await last.join(context.conversations[message.conversation])
    canary = await world.anybody(message.sender).send(
        context.conversations[message.conversation], f"canary {secrets.token_hex(8)}", canary=True
    )
    context.canaries.add(canary.id)
    await _until_heard(world, canary, recipient.labels)
    if last is not None and last.connection is not None:
        context.pongs_keep_order = await _is_in_order(world, canary, last)
        await last.disconnect()


async def _is_in_order(world: "World", canary: SentMessage, last: "User") -> bool:
    """Tell whether the last subscriber has the canary before the pong of a ping sent when another had heard it."""
    if last.connection is None or await last.connection.fence() != "ok":
        return False
    for event in world.events:
        if isinstance(event, FrameIn) and event.socket in last.labels and carries(event, canary):
            return True
        if isinstance(event, FenceAnswered) and event.socket in last.labels:
            # Let it arrive all the same: it is owed, and only late for the fence.
            await _until_heard(world, canary, last.labels)
            return False
    return False


def _first_hearing(events: list[Event], message: SentMessage) -> FrameIn:
    return next(
        event
        for event in events
        if isinstance(event, FrameIn) and carries(event, message) and event.channel == message.channel
    )


async def _until_heard(world: "World", canary: SentMessage, sockets: list[str]) -> None:
    recorder = world.context.recorder
    deadline = world.context.deadline(world.context.target.budgets.arrival)
    while not any(
        isinstance(event, FrameIn) and event.socket in sockets and carries(event, canary) for event in world.events
    ):
        if not await recorder.changed(len(recorder.events), deadline=deadline):
            raise Inconclusive(f"a canary sent behind the message never reached {sockets[-1]}: silence proves nothing")

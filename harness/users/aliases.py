"""
Aliases: names that the authorization endpoint signs and that are not the channel's own, and where each of them leads.

A signature alone is a flaw of the contract. Whether it opens more is looked at as soon as it is granted: what is sent
to the channel may be heard under the alias, and what is whispered under the alias may be heard on the channel.
"""

import asyncio
import secrets
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import msgspec

from harness.errors import AuthorizationDenied, Inconclusive, NotExercised, Refused, SubscriptionRefused
from harness.history.events import AliasFollowed, Event, FrameIn, Outcome, SubscribeAnswered
from harness.users import canaries, fences
from harness.users.conversation import Conversation, SentMessage
from harness.users.delivery import carries
from harness.users.reproduction import Probe

if TYPE_CHECKING:
    from harness.users.authorization import Authorization
    from harness.users.user import User
    from harness.users.world import World

WHISPER = "client-alias"
"""The client event that is sent under an alias."""

_T = TypeVar("_T")


@dataclass(eq=False, repr=False)
class Prober:
    """The device with which a person tries names, so that their other subscriptions stay as they are."""

    device: "User"
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a grant is followed up: one after the other on the same socket."""


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """Where an alias leads; the fields are those of `AliasFollowed`."""

    subscribed: Outcome
    heard_there: bool = False
    heard_back: bool = False
    reason: str = ""


async def probe(world: "World", person: "User", name: str, conversation: Conversation) -> "Authorization | None":
    """
    Ask for `name` with a person's token, on a device of its own; None when it is denied.

    A grant of any other name than the conversation's own is followed up at once, and recorded as `AliasFollowed`. What
    the target decides is never raised.
    """
    world.probes.append(Probe(person.name, name, conversation))
    if person.name not in world.probers:
        world.probers[person.name] = Prober(world.another_device(person))
    prober = world.probers[person.name]
    device = prober.device
    device.session.token = person.session.token
    try:
        granted = await device.authorize(name)
    except AuthorizationDenied:
        return None
    if name != conversation.channel:
        async with prober.busy:
            lead = await follow(device, name, granted, conversation)
            world.context.recorder.record(
                AliasFollowed,
                who=device.name,
                socket=device.label,
                channel=name,
                canonical=conversation.channel,
                **msgspec.structs.asdict(lead),
            )
    return granted


async def follow(device: "User", name: str, granted: "Authorization", conversation: Conversation) -> Lead:
    """Subscribe with what was granted, look where it leads, and leave again."""
    try:
        await device.subscribe(name, auth=granted.auth, channel_data=granted.channel_data)
    except SubscriptionRefused as refused:
        answers = (event for event in reversed(device.world.events) if isinstance(event, SubscribeAnswered))
        outcome = next(one.outcome for one in answers if (one.socket, one.channel) == (device.label, name))
        return Lead(subscribed=outcome, reason=_line(refused) if outcome == "unknown" else "")
    try:
        return await _looked(device, name, conversation)
    finally:
        if device.socket_id:
            await device.leave(name)


def heard_under(events: list[Event], socket: str, name: str, message: SentMessage) -> bool:
    """Tell whether a socket heard a message under another name than that of its channel."""
    frames = (event for event in events if isinstance(event, FrameIn) and event.socket == socket)
    return any(frame.channel == name and carries(frame, message) for frame in frames)


def heard_mark(events: list[Event], socket: str, mark: str) -> bool:
    """Tell whether any socket other than this one, which sent it, heard a mark."""
    frames = (event for event in events if isinstance(event, FrameIn) and event.socket != socket)
    return any(mark in frame.raw for frame in frames)


async def _looked(device: "User", name: str, conversation: Conversation) -> Lead:
    """Let somebody on the conversation's own channel listen and send, and find out who hears what."""
    world, mark = device.world, f"alias-{secrets.token_hex(8)}"
    if world.context.target.production:
        return Lead(subscribed="ok", reason="nothing is sent to a production target to find out who would hear it")
    speaker, why_alone = await _tried(_listening(device, conversation))
    _, why_mute = await _tried(_whispered(device, name, mark))
    message, why_unsent = await _tried(_sent(speaker, conversation)) if speaker else (None, "")
    await fences.window(world.context, lambda: world.events)
    listening = [one.connection for one in (device, speaker) if one is not None and one.connection is not None]
    doubts = await fences.raise_on(world.context, listening)
    if speaker is not None:
        await speaker.close()
    return Lead(
        subscribed="ok",
        heard_there=message is not None and heard_under(world.events, device.label, name, message),
        heard_back=heard_mark(world.events, device.label, mark),
        reason="; ".join(doubt for doubt in (why_alone, why_mute, why_unsent, *doubts) if doubt),
    )


async def _listening(device: "User", conversation: Conversation) -> "User":
    """Let another participant, the host if possible, join on a further device; raises `Refused`, `Inconclusive`."""
    world = device.world
    name = next((one for one in conversation.participants if one != device.name), "")
    if not name:
        raise Inconclusive(f"nobody but {device.name} is in the conversation, who could send to it and listen there")
    person = world.anybody(name)
    speaker = world.another_device(person)
    speaker.session.token = person.session.token or world.context.tokens.get(name)
    try:
        if speaker.session.token is None:
            await speaker.log_in()
        await speaker.join(conversation)
    except Refused:
        await speaker.close()
        raise
    return speaker


async def _whispered(device: "User", name: str, mark: str) -> None:
    """Whisper a mark under the alias; raises `Inconclusive` when the broadcaster has closed the connection."""
    if device.connection is None or not device.connection.is_open:
        raise Inconclusive(f"the connection of {device.label} ended when it had subscribed")
    device.connection.whisper(WHISPER, name, {"mark": mark}, mark=mark)


async def _sent(speaker: "User", conversation: Conversation) -> SentMessage:
    """Send to the conversation's channel; raises `NotExercised` where that is not ours to do, `Inconclusive`."""
    if reason := speaker.world.context.target.why_not("write"):
        raise NotExercised(reason)
    return await canaries.sent(speaker, conversation)


async def _tried(act: Awaitable[_T]) -> tuple[_T | None, str]:
    """Give what came of an act, or why nothing did."""
    try:
        return await act, ""
    except (Refused, Inconclusive, NotExercised) as error:
        return None, _line(error)


def _line(error: Exception) -> str:
    return str(error).partition("\n")[0]

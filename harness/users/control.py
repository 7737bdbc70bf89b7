"""
The positive control of denials: an endpoint that would let nobody in denies whoever asks, which proves nothing.

Before a test that saw a denial is judged, the endpoint must have granted alice within the last minute of this run
(DESIGN.md, section 10). Nearly always some test had her join; where none did, she asks once, on a device of her own, so
it costs one request a minute and worker. What was seen stands in the history of every test with a denial, which can so
be judged by itself.
"""

from typing import TYPE_CHECKING, Final, NamedTuple

from harness.checkers.authorization import FRESH, denials
from harness.config import Person
from harness.errors import HarnessError, Refused
from harness.history.events import ControlSeen, HttpAnswered, Outcome
from harness.users.context import Context, declared
from harness.users.entitlement import decision

if TYPE_CHECKING:
    from harness.users.world import World

WHO: Final = "alice"


class _Miss(NamedTuple):
    """Why alice was not granted a channel: the endpoint said no (`refused`), or nobody knows what it would say."""

    outcome: Outcome
    channel: str
    reason: str


async def look(world: "World") -> None:
    """Record the positive control of a world's denials, if it has any; asks for it when there was none of late."""
    if not denials(world.events):
        return
    recorder = world.context.recorder
    now = recorder.now()
    found: HttpAnswered | _Miss | None = _granted(world.context, now)
    if found is None:
        found, now = await _ask(world), recorder.now()
    if isinstance(found, _Miss):
        recorder.record(ControlSeen, at=now, who=WHO, **found._asdict())
    else:
        recorder.record(ControlSeen, at=now, who=WHO, outcome="ok", channel=found.channel, granted_at=found.at)


def _granted(context: Context, now: int) -> HttpAnswered | None:
    """Give the latest grant to alice, if it is young enough by now."""
    granted = context.grants.get(WHO)
    return granted if granted is not None and now - granted.at <= FRESH else None


async def _ask(world: "World") -> HttpAnswered | _Miss:
    """Let alice ask for a channel of hers, with the token that all tests share; gives the grant, or why none came."""
    context = world.context
    alice = declared(context.target, WHO)
    if alice is None:
        return _Miss("unknown", "", f"target {context.target.name} declares no {WHO}")
    channel = _channel(context, alice)
    if not channel:
        return _Miss("unknown", "", f"no declared rule names a channel that {WHO} may join")
    device = world.another_device(world.person(WHO))
    device.session.token = context.tokens.get(WHO)
    try:
        if context.credentials.worth(device.session.token, WHO) != "live":
            await device.log_in()
        await device.authorize(channel)
    except Refused as refused:
        return _Miss("refused", channel, _first_line(refused))
    except HarnessError as error:
        return _Miss("unknown", channel, _first_line(error))
    finally:
        await device.disconnect()
    granted = _granted(context, context.recorder.now())
    return granted if granted is not None else _Miss("unknown", channel, f"nobody knows what {WHO}'s token is worth")


def _channel(context: Context, alice: Person) -> str:
    """Name a channel that alice may join: a conversation of hers, the newest first, or one that a rule opens to her."""
    for conversation in reversed(context.conversations.values()):
        if WHO in conversation.participants:
            return conversation.channel
    ids = {"company": alice.company, "user": context.ids.get(WHO), "conversation": context.target.world.conversation}
    known = {name: str(id_) for name, id_ in ids.items() if id_ is not None}
    for _, pattern in context.rules:
        try:
            channel = pattern.fill(**known)
        except ValueError:
            continue  # it needs what is not known of her
        if decision(context, alice, channel).entitled in ("yes", "roster"):
            return channel
    return ""


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]

"""
The good client: whoever loses the connection comes back, subscribes anew, and catches up on what was missed.

::

    lost → pause (protocol.reconnecting) → connect → authorize for the new socket → subscribe → read

Subscribed first, then read: what is sent in between is heard, read, or both, and nothing falls into the gap. What was
seen last is what this device heard, or read, before its connection ended: what it heard since says nothing of what lies
between, and what its person sent meanwhile no more. Every attempt is in the history.
"""

import asyncio
import contextlib
import random
from collections.abc import Iterable, Sequence
from itertools import count
from types import TracebackType
from typing import TYPE_CHECKING, Self

import msgspec

from harness.errors import EnvironmentFault, Refused
from harness.history.events import Event, FrameIn, MessagesRead, ReconnectAnswered, ReconnectAsked, SocketClosed
from harness.protocol.reconnecting import REFUSING, pause_before
from harness.users.catching_up import catch_up
from harness.users.connection import Connection
from harness.users.conversation import Conversation, StoredMessage

if TYPE_CHECKING:
    from harness.users.user import User

What = Conversation | str

_SECOND = {"embedded": 0.05}
"""How long the second of a back-off is, by topology; our own servers are back within half of a real one."""
_ALIVE_SECONDS = 1.0
"""How long a connection that seems open has for its pong before it is given up."""
_NORMAL = 1000
_FINAL = frozenset({*range(400, 429), *range(430, 500), *REFUSING})
"""What no second attempt changes: a 4xx, unless it says "later", and the protocol's own."""
_A_DAY = 86_400.0


class Return(msgspec.Struct, frozen=True):
    """
    How somebody came back: after how many attempts, and which messages were read.

    No attempt at all was needed where the connection had been there all the time.
    """

    attempts: int = 0
    messages: tuple[StoredMessage, ...] = ()


class Reconnecting:
    """A block in which a device comes back by itself whenever its connection ends without its doing."""

    def __init__(self, user: "User", what: Sequence[What], within: float | None) -> None:
        self.returns: list[Return] = []
        """How it came back, time after time."""
        self._user = user
        self._what = what
        self._within = within
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to watch."""
        self._watching = asyncio.create_task(self._watch())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Be back, unless the block failed; raises what is in the way."""
        assert self._watching is not None  # noqa: S101  a block is left that was entered
        try:
            if error is None:
                await self.back()
        finally:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching

    async def back(self) -> None:
        """Return once the device is connected, subscribed and caught up, which a ping has shown; or raise why not."""
        if (returned := await be_back(self._user, self._what, self._within)) is not None:
            self.returns.append(returned)

    async def _watch(self) -> None:
        """Come back after each loss; what no attempt can change is raised by `back`."""
        context, connection = self._user.world.context, self._user.connection
        while True:
            seen = len(context.recorder.events)
            connection = self._user.connection
            if connection is not None:
                connection.gives_up = True
            if connection is None or not _is_lost(connection):
                await context.recorder.changed(seen, deadline=context.deadline(_A_DAY))
                continue
            try:
                await self.back()
            except (Refused, EnvironmentFault):
                return


async def come_back(user: "User", what: Sequence[What], within: float | None) -> Return:
    """Come back if that is needed, and catch up in any case; `User.come_back` says what it raises."""
    async with user.returning:
        if await _is_whole(user, what):
            return Return(0, await _caught_up(user, what, user.world.events))
        return await _return(user, what, within)


async def be_back(user: "User", what: Sequence[What], within: float | None) -> Return | None:
    """Come back if that is needed; None when it is not."""
    async with user.returning:
        return None if await _is_whole(user, what) else await _return(user, what, within)


async def _return(user: "User", what: Sequence[What], within: float | None) -> Return:
    """Try until it works, must not be tried again, or no time is left; raises what the last attempt failed with."""
    context, lost = user.world.context, user.world.events
    recorder, connection = context.recorder, user.connection
    deadline = context.deadline(_patience(user) if within is None else within)
    dice = random.Random(f"{recorder.header.seed}/{user.label}")  # noqa: S311  no secret
    code = connection.ended.code if connection is not None and connection.ended is not None else None
    failure: Refused | EnvironmentFault | None = None
    for attempt in count(1):
        began = recorder.now()
        pause = pause_before(attempt, code, jitter=dice.random(), second=_SECOND.get(context.target.topology, 1.0))
        if pause is None or began + pause * 1e9 > deadline:
            raise failure or Refused(f"{user.label} coming back", code, "no further attempt is allowed")
        await asyncio.sleep(0.0 if attempt == 1 and user.socket_id else pause)
        waited, act = recorder.now() - began, recorder.new_act()
        recorder.record(
            ReconnectAsked, who=user.name, socket=user.label, act=act, attempt=attempt, code=code, waited=waited
        )
        try:
            messages = await _attempt(user, what, lost)
        except (Refused, EnvironmentFault) as error:
            failure, code = error, _code(user.connection, error)
            if user.connection is not None and user.connection.is_waiting:
                user.connection.abort()  # nothing can be asked on it any more
            is_final = isinstance(error, Refused) and error.status in _FINAL
            _answer(
                user, act, "refused" if is_final else "unknown", context.redactor.hide(str(error).partition("\n")[0])
            )
            if is_final:
                raise
        else:
            _answer(user, act, "ok", "")
            return Return(attempt, messages)
    raise AssertionError  # pragma: no cover  count() has no end


def _answer(user: "User", act: str, outcome: str, reason: str) -> None:
    recorder = user.world.context.recorder
    recorder.record(ReconnectAnswered, who=user.name, socket=user.label, act=act, outcome=outcome, reason=reason)


async def _attempt(user: "User", what: Sequence[What], lost: list[Event]) -> tuple[StoredMessage, ...]:
    """Connect, subscribe to each channel with a signature for this very socket, then read what was missed."""
    await user.connect()
    connection = user.connection
    for channel in _channels(what):
        _require_open(user, connection)  # a verb would connect anew by itself, and at once
        if connection is not None and channel not in connection.listening:
            await user.subscribe(channel)
    _require_open(user, connection)
    return await _caught_up(user, what, lost)


def _require_open(user: "User", connection: Connection | None) -> None:
    """Raise when the connection of an attempt is gone; the next attempt makes its pause."""
    if connection is None or user.connection is not connection or not connection.is_open:
        raise EnvironmentFault(f"{user.label} lost its connection again while it came back")


async def _caught_up(user: "User", what: Sequence[What], events: list[Event]) -> tuple[StoredMessage, ...]:
    """Read each conversation behind what was seen last, as far as the contract has a way to."""
    route, messages = user.contract.read, []
    for conversation in what:
        if route is not None and isinstance(conversation, Conversation):
            seen = last_seen(events, user.labels, conversation) if "after" in route.fields else ""
            messages += await catch_up(user, conversation, seen or None)
    return tuple(messages)


def last_seen(events: Iterable[Event], sockets: Sequence[str], conversation: Conversation) -> str:
    """Give the id of the message behind which a device with these sockets may have missed some; "" for all of them."""
    seen, is_whole = "", True
    for event in events:
        if event.socket not in sockets:
            continue
        match event:
            case FrameIn(is_message=True, channel=conversation.channel, message=id_) if id_ and is_whole:
                seen = id_
            case MessagesRead(conversation=conversation.id):
                seen, is_whole = event.ids[-1] if event.ids else seen, True
            case SocketClosed():
                is_whole = False
            case _:
                pass
    return seen


async def _is_whole(user: "User", what: Sequence[What]) -> bool:
    """Tell whether the device is connected and subscribed; a connection that does not answer is given up."""
    connection = user.connection
    if connection is None or not connection.is_open:
        return False
    if await connection.fence(_ALIVE_SECONDS) != "ok":
        connection.abort()
        return False
    return connection.listening.issuperset(_channels(what))


def _is_lost(connection: Connection) -> bool:
    """Tell whether a connection ended without its person's doing."""
    ended = connection.ended
    return ended is not None and not (ended.by == "us" and ended.code == _NORMAL)


def _channels(what: Sequence[What]) -> list[str]:
    return [one if isinstance(one, str) else one.channel for one in what]


def _code(connection: Connection | None, error: Exception) -> int | None:
    """Say with which code an attempt ended: that of the close, else of the refusal."""
    if connection is not None and connection.ended is not None:
        return connection.ended.code
    return error.status if isinstance(error, Refused) else None


def _patience(user: "User") -> float:
    """Give the seconds after which nobody waits any more: those of an answer, or of what was agreed for a recovery."""
    context = user.world.context
    return max(context.answer_seconds / context.patience, 2 * context.target.budgets.recovery)

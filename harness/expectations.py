"""
`expect(…)`: wait on the history, and explain what was seen instead.

An expectation reads the history, not a stream: what arrived before the `await` counts, nothing is consumed, and two
expectations may match one delivery. Silence is proven by a fence, never by sleeping (DESIGN.md, section 6).
"""

import sys
from collections.abc import Awaitable, Callable, Generator, Iterator
from typing import Any, Generic, TypeVar, Unpack

from harness.checkers import evidence
from harness.errors import AuthorizationDenied, GuaranteeBroken, Inconclusive, SubscriptionRefused, UsageError
from harness.history.events import Event, FrameIn, SubscribeAsked
from harness.history.ledger import Ledger, Message, read
from harness.users.authorization import How
from harness.users.conversation import SentMessage
from harness.users.delivery import Delivery, carries, delivery_of, holds
from harness.users.user import OWN, Subscription, User

T = TypeVar("T")

_LONGEST_NAME = 200
_TOLD = 8
"""Lines of an expectation that failed, so that a finding beside it stays within a terminal's fifteen."""


class Expected(Generic[T]):
    """Something that was expected; it must be awaited, or the test that made it fails."""

    def __init__(self, subject: User, words: str, run: Callable[[], Awaitable[T]]) -> None:
        caller = sys._getframe(2)  # noqa: SLF001  the one way to name the line that forgot its `await`
        self.awaited = False
        self._where = f"{caller.f_code.co_filename}:{caller.f_lineno}"
        self._words = words
        self._run = run
        subject.world.pending.append(self)

    def __await__(self) -> Generator[Any, None, T]:
        """Wait for what was expected."""
        self.awaited = True
        return self._run().__await__()

    def describe(self) -> str:
        """Say what was expected and where it was written."""
        return f"expect({self._words}) at {self._where}"


class Expectation:
    """What can be expected of a person's device, or of one subscription of it. Made by `expect`."""

    def __init__(self, user: User, channel: str | None) -> None:
        self._user = user
        self._channel = channel

    def to_receive(
        self,
        what: SentMessage | str,
        data: dict[str, Any] | None = None,
        *,
        within: float | None = None,
        after: Delivery | None = None,
    ) -> Expected[Delivery]:
        """
        Expect a message, or an event by name whose data has at least these members, `within` seconds.

        The default of `within` is the target's arrival deadline. `after` orders: only what came behind that delivery
        counts. Raises `GuaranteeBroken` that says what came instead.
        """
        match = self._matcher(what, data, after)
        words = f"{self._user.label}).to_receive({_named(what)}"
        return Expected(self._user, words, lambda: self._wait_for(what, match, within))

    def not_to_receive(
        self, what: SentMessage | str, data: dict[str, Any] | None = None, *, after: Delivery | None = None
    ) -> Expected[None]:
        """
        Expect that this does not come, proven by a fence.

        Raises `GuaranteeBroken` when it came, `Inconclusive` when its absence proves nothing: the send was not
        accepted, nobody entitled to it heard it, or this person has no open socket.
        """
        match = self._matcher(what, data, after)
        words = f"{self._user.label}).not_to_receive({_named(what)}"
        return Expected(self._user, words, lambda: self._prove_silence(what, match))

    def to_have_members(self, *names: str, within: float | None = None) -> Expected[None]:
        """
        Expect that a presence channel shows exactly these people, `within` seconds.

        Raises `UsageError` for a user: members are those of a subscription.
        """
        channel = self._channel
        if channel is None:
            raise UsageError("members are those of a presence channel: write expect(await alice.subscribe(…))")
        words = f"{self._user.label}).to_have_members({', '.join(names)}"
        return Expected(self._user, words, lambda: self._wait_members(channel, names, within))

    def to_be_denied(
        self,
        channel: str,
        status: int | None = None,
        *,
        bearer: str | None = OWN,
        socket_id: str = OWN,
        **how: Unpack[How],
    ) -> Expected[AuthorizationDenied]:
        """
        Expect that the authorization endpoint denies a channel, with this status (None: any 4xx), and signs nothing.

        All else is as in `User.authorize`. Gives the denial; raises `GuaranteeBroken` for a grant,
        for another status, for no answer, and for a denial that carries a signature all the same.
        """
        words = f"{self._user.label}).to_be_denied({_escaped(channel)}"
        return Expected(
            self._user, words, lambda: self._ask_in_vain(channel, status, bearer=bearer, socket_id=socket_id, **how)
        )

    def to_be_refused(
        self, channel: str, *, auth: str | None, channel_data: str | None = None
    ) -> Expected[SubscriptionRefused]:
        """
        Expect that the broadcaster does not let this device subscribe with that `auth` (None: without any).

        Gives the refusal; raises `GuaranteeBroken` when the subscription was acknowledged.
        """
        words = f"{self._user.label}).to_be_refused({_escaped(channel)}"
        return Expected(self._user, words, lambda: self._subscribe_in_vain(channel, auth, channel_data))

    # How it is done

    async def _ask_in_vain(
        self, channel: str, status: int | None, *, bearer: str | None, socket_id: str, **how: Unpack[How]
    ) -> AuthorizationDenied:
        __tracebackhide__ = True
        allowed = range(400, 500) if status is None else (status,)
        try:
            granted = await self._user.authorize(channel, bearer=bearer, socket_id=socket_id, **how)
            if self._user.world.context.had_right(self._user.name, channel):
                await self._revocation()
                granted = await self._user.authorize(channel, bearer=bearer, socket_id=socket_id, **how)
        except AuthorizationDenied as denied:
            if denied.status in allowed and not denied.carried_signature:
                return denied
            wrong = "a denial that carries a signature" if denied.carried_signature else "no proper denial"
            answer = f"{denied.status or 'no status'} {evidence.quoted(denied.body)}"
        else:
            wrong, answer = "a signature", f"200, with a signature that is {granted.signature}"
        raise GuaranteeBroken(
            f"{self._user.name} must not join {_escaped(channel)} and got {wrong}\n"
            "  hop       3, authorize\n"
            f"  expected  {status or 'a 4xx'}, and no signature\n"
            f"  answered  {answer}"
        )

    async def _revocation(self) -> None:
        """Wait until whatever right was lost by now must have taken effect: what is granted then is a finding."""
        context = self._user.world.context
        deadline = context.deadline(context.target.budgets.revocation)
        while await context.recorder.changed(len(context.recorder.events), deadline=deadline):
            pass

    async def _subscribe_in_vain(self, channel: str, auth: str | None, channel_data: str | None) -> SubscriptionRefused:
        __tracebackhide__ = True
        try:
            await self._user.subscribe(channel, auth=auth, channel_data=channel_data)
        except SubscriptionRefused as refused:
            return refused
        asked = [event for event in self._user.world.events if isinstance(event, SubscribeAsked)]
        raise GuaranteeBroken(
            f"{self._user.label} must not join {_escaped(channel)} and was let in\n"
            "  hop       4, subscribe\n"
            f"  sent      a signature that is {asked[-1].signature}\n"
            "  expected  an error, or silence\n"
            "  answered  pusher_internal:subscription_succeeded"
        )

    def _matcher(
        self, what: SentMessage | str, data: dict[str, Any] | None, after: Delivery | None
    ) -> Callable[[FrameIn], bool]:
        sockets, channel, behind = self._user.labels, self._channel, after.frame.n if after else 0
        is_canary = self._user.world.context.is_canary

        names = self._user.contract.event.names
        wanted = names if what in names else (what,)

        def match(frame: FrameIn) -> bool:
            if frame.socket not in sockets or frame.n <= behind or (channel and frame.channel != channel):
                return False
            if isinstance(what, SentMessage):
                return carries(frame, what)
            is_wanted = frame.event in wanted and not is_canary(frame.message, frame.text)
            return is_wanted and (data is None or holds(frame, data))

        return match

    async def _wait_for(
        self, what: SentMessage | str, match: Callable[[FrameIn], bool], within: float | None
    ) -> Delivery:
        __tracebackhide__ = True
        world = self._user.world
        recorder = world.context.recorder
        seconds = world.context.target.budgets.arrival if within is None else within
        deadline = world.context.deadline(seconds)
        looked = 0
        while True:
            events = world.events
            for frame in _frames(events, looked):
                if match(frame):
                    return delivery_of(frame, what, events)
            looked = len(events)
            if not await recorder.changed(world.seen, deadline=deadline) and len(world.events) == looked:
                raise GuaranteeBroken(self._why_not(what, seconds * world.context.patience))

    async def _prove_silence(self, what: SentMessage | str, match: Callable[[FrameIn], bool]) -> None:
        __tracebackhide__ = True
        user, world = self._user, self._user.world

        def heard() -> FrameIn | None:
            return next((frame for frame in _frames(world.events, 0) if match(frame)), None)

        if heard() is None:
            self._require_ears()
            if isinstance(what, SentMessage):
                await self._positive_control(what, match)
            await world.fence(user.name, behind=what if isinstance(what, SentMessage) else None)
        frame = heard()
        if frame is None:
            self._require_ears()
            return
        raise GuaranteeBroken(
            f"{user.label} received {_named(what)}, which it must not hear\n"
            "  hop       7, deliver\n"
            f"  seen      {evidence.heard(frame)}"
        )

    def _require_ears(self) -> None:
        if not self._user.socket_id:
            raise Inconclusive(f"{self._user.label} has no open connection, so its silence proves nothing")

    async def _positive_control(self, message: SentMessage, match: Callable[[FrameIn], bool]) -> None:
        """Wait until somebody entitled heard the message: before that, silence says nothing about anybody."""
        __tracebackhide__ = True
        world = self._user.world
        deadline = world.context.deadline(world.context.target.budgets.arrival)
        while not any(
            carries(frame, message) and frame.channel == message.channel and not match(frame)
            for frame in _frames(world.events, 0)
        ):
            if not await world.context.recorder.changed(world.seen, deadline=deadline):
                raise Inconclusive(
                    f"nobody heard {_named(message)}, so that {self._user.label} did not hear it proves nothing: "
                    "let somebody of the conversation join before it is sent"
                )

    async def _wait_members(self, channel: str, names: tuple[str, ...], within: float | None) -> None:
        __tracebackhide__ = True
        user, world = self._user, self._user.world
        wanted = {await world.backend_id(name) for name in names}
        seconds = world.context.target.budgets.arrival if within is None else within
        deadline = world.context.deadline(seconds)

        def members() -> set[str]:
            return user.connection.members.get(channel, set()) if user.connection is not None else set()

        while members() != wanted:
            if not await world.context.recorder.changed(world.seen, deadline=deadline) and members() != wanted:
                people = {id_: name for name, id_ in world.context.ids.items()}
                shown = ", ".join(sorted(people.get(id_, id_) for id_ in members())) or "nobody"
                because = "" if user.socket_id else "\n  because   it has no open connection"
                raise GuaranteeBroken(
                    f"{user.label} sees {shown} in {_escaped(channel)}, expected {', '.join(names) or 'nobody'} "
                    f"within {seconds * world.context.patience:g} s{because}"
                )

    def _why_not(self, what: SentMessage | str, seconds: float) -> str:
        """Write what was seen instead: who else heard it, what this device did to hear it, what came in its place."""
        events, label = self._user.world.events, self._user.label
        ledger = read(events)
        lines = [f"{label} did not receive {_named(what)} within {seconds:g} s"]
        message = _find(ledger, what)
        channel = message.asked.channel if message else self._channel
        if message is not None:
            lines += [f"  sent      {evidence.sent(message)}"]
            lines += [f"  seen      {line}" for line in evidence.others_heard(ledger, message, label)]
        if channel and (reason := _why_deaf(ledger, label, channel, message)):
            lines.append(f"  because   {reason}")
        instead = [frame for frame in _frames(events, 0) if frame.socket == label and frame.channel]
        near = [
            f"  instead   {evidence.moment(one.arrived)}  {evidence.quoted(one.event)} on {_escaped(one.channel)}"
            for one in instead
        ]
        faults = [f"  {line}" for line in evidence.during_faults(ledger)]
        told = [*lines, *near, *faults]
        if len(told) > _TOLD:
            told = [*told[: _TOLD - 2], f"  … {len(told) - _TOLD + 1} more …", told[-1]]
        return "\n".join(told)


def expect(subject: User | Subscription) -> Expectation:
    """Expect something of a person's device, or of one of its subscriptions; every expectation must be awaited."""
    if isinstance(subject, Subscription):
        return Expectation(subject.user, subject.channel)
    if isinstance(subject, User):
        return Expectation(subject, None)
    raise UsageError(f"expect() takes a user or a subscription, not {type(subject).__name__}")


def _frames(events: list[Event], start: int) -> Iterator[FrameIn]:
    return (event for event in events[start:] if isinstance(event, FrameIn))


def _why_deaf(ledger: Ledger, label: str, channel: str, message: Message | None) -> str:
    """Say why a socket could not hear a channel, or a message on it; "" when it should have."""
    if message is not None and message.asked.excluded == label:
        return f"{label} is the socket that sent it, which X-Socket-ID leaves out"
    listenings = [one for one in ledger.listenings if one.socket == label and one.channel == channel]
    if message is None:
        return (
            "" if any(one.ended is None for one in listenings) else evidence.why_not_listening(ledger, label, channel)
        )
    meant = message.asked.meant
    if any(one.since.at < meant and (one.ended is None or one.ended.at > meant) for one in listenings):
        return ""
    later = [one.since.at for one in listenings if one.since.at >= meant]
    if later:
        return f"{label} was subscribed to {channel} only at {evidence.moment(later[0])} (hop 4, subscribe)"
    return evidence.why_not_listening(ledger, label, channel)


def _find(ledger: Ledger, what: SentMessage | str) -> Message | None:
    if isinstance(what, str):
        return None
    return next((message for message in ledger.messages if message.asked.act == what.act), None)


def _escaped(channel: str) -> str:
    """Show a channel's name so that two that look alike do not read alike."""
    shown = ascii(channel)
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[:_LONGEST_NAME]}… ({len(channel)} characters)"


def _named(what: SentMessage | str) -> str:
    return evidence.quoted(what.text if isinstance(what, SentMessage) else what)

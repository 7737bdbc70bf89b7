"""
One socket of a person: the protocol's client core on a wire, and everything that passes recorded.

The core decides what a frame means; here it becomes history, in the order in which frames were read.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

import msgspec

from harness.errors import EnvironmentFault, Refused
from harness.history.events import (
    Disclosed,
    FenceAnswered,
    FenceAsked,
    FrameIn,
    FrameOut,
    Outcome,
    SocketClosed,
    SocketOpened,
    SubscribeAnswered,
    SubscribeAsked,
    Unsubscribed,
    Whispered,
)
from harness.history.events import Event as Record
from harness.protocol.channels import kind_of
from harness.protocol.client import (
    ClientConnection,
    ErrorReceived,
    Established,
    Event,
    Malformed,
    MemberAdded,
    MemberRemoved,
    Pinged,
    Ponged,
    Subscribed,
    SubscriptionFailed,
)
from harness.protocol.messages import Frame
from harness.users.context import Context
from harness.users.detours import Dialled, address_of, straight
from harness.users.disclosure import ADDRESS
from harness.users.presence import roster_facts, user_id_of
from harness.users.reading import Reading
from harness.users.socket import Arrival, Wire

R = TypeVar("R", bound=Record)

_SILENT_REFUSAL_SECONDS = 0.25
"""A subscription that is not answered by then gets a ping behind it: some servers refuse without a word."""
_SHORTEST_KEEP_ALIVE = 0.25
"""A server that asks for more pings than this does not get them."""
_REFUSING_CODES = range(4000, 4300)
"""Close codes with which a broadcaster says no (PROTOCOL.md, 1.5)."""


class Connection:
    """
    A connection named `label` (`alice#1`) of `who`, to be opened once; a reconnect is a new one.

    `dialled` says where, when that is not where the broadcaster's address says; `via` then says what is in between.
    Answers are kept by act in `answers`; `members` holds the presence rosters, channel by channel, as the server told
    them.
    """

    def __init__(self, context: Context, who: str, label: str, dialled: Dialled = straight) -> None:
        self.who = who
        self.label = label
        self.socket_id = ""
        self.via = ""
        self.answers: dict[str, Outcome] = {}
        self.reasons: dict[str, tuple[int | None, str]] = {}
        self.members: dict[str, set[str]] = {}
        self.listening: set[str] = set()
        """The channels to which it is subscribed."""
        self.ended: SocketClosed | None = None
        self.gives_up = False
        """Whether it ends when a ping that kept it alive is not answered before the next one is due."""
        self._dialled = dialled
        self._context = context
        self._recorder = context.recorder
        self._client = ClientConnection()
        self._wire: Wire | None = None
        self._pings: deque[str] = deque()
        """The act of every fence whose pong is due, in order; empty text for a ping that only keeps alive."""
        self._pending: dict[str, tuple[str, str]] = {}
        """The act of every subscription that is due, by channel, and the user id that it was signed for."""
        self._one_at_a_time = asyncio.Lock()
        self._objection: tuple[int | None, str] | None = None
        """What came instead of `pusher:connection_established`."""
        self._keep_alive: asyncio.TimerHandle | None = None
        self._last_frame = 0
        self._begun = 0

    @property
    def is_open(self) -> bool:
        """Tell whether the broadcaster established this connection and neither side began to close it."""
        return bool(self.socket_id) and self._wire is not None and self._wire.is_open

    # What users call.

    async def open(self) -> None:
        """
        Connect and wait for the socket id.

        Raises `Refused` when the broadcaster said no, or something that is no answer; `EnvironmentFault` when it said
        nothing. Nothing is left open then.
        """
        context = self._context
        url = context.next_socket_url()
        await context.manners.turn()
        self._begun = self._recorder.now()
        at = self._dialled(self.who, "broadcaster", address_of(url))
        self.via = "proxy" if at is not None else ""
        wire = self._wire = Wire(url, self, self._recorder.now, at=at, transport=context.target.broadcaster.transport)
        await wire.open(timeout=context.answer_seconds)
        deadline = context.deadline()
        while not self.socket_id and self._objection is None and not wire.is_gone:
            if not await self._recorder.changed(len(self._recorder.events), deadline=deadline):
                break
        if self.socket_id:
            return
        await self.close()
        act = f"connecting {self.label}"
        if self._objection is not None:
            broadcaster = f"[targets.{context.target.name}.broadcaster]"
            expected = f"a connection: look at `url` and `key` of {broadcaster}"
            raise Refused(act, *self._objection, expected=expected)
        raise EnvironmentFault(f"{act}: no pusher:connection_established came within {context.answer_seconds:g} s")

    async def close(self) -> None:
        """Close the socket and wait until it is gone; a second call does nothing."""
        if self._wire is not None:
            await self._wire.close()

    @property
    def is_waiting(self) -> bool:
        """Whether the answer to a subscription is due, also one that nobody waits for any more."""
        return self._client.is_waiting

    def abort(self) -> None:
        """Cut the connection without a word, as an app does that has given it up."""
        if self._wire is not None:
            self._wire.abort()

    async def subscribe(
        self, channel: str, *, auth: str | None, channel_data: str | None, **facts: Any
    ) -> tuple[Outcome, int | None, str]:
        """
        Ask for a subscription and wait for what comes of it: outcome, error code, reason; one after the other.

        `facts` are further fields of `SubscribeAsked`: `signature`, and what its asker knows of it.
        """
        act = self._recorder.new_act()
        async with self._one_at_a_time:
            text = self._client.subscribe(channel, auth, channel_data) if self.is_open else ""
            self._note(SubscribeAsked, act=act, channel=channel, channel_kind=str(kind_of(channel)), **facts)
            self._pending[channel] = act, user_id_of(channel_data)
            if not text or not self._send(text, "pusher:subscribe", channel):
                self._settle(channel, "unknown", None, "the connection had ended")
            elif not await self._answered(act, self._context.deadline(_SILENT_REFUSAL_SECONDS)):
                await self._settle_silence(channel)
        return self.answers[act], *self.reasons[act]

    async def _settle_silence(self, channel: str) -> None:
        """Decide by a ping what no answer means: what the broadcaster had to say comes before the pong."""
        if await self.fence() == "ok":
            self._settle(channel, "refused", None, "no answer, and the ping behind it came back")
        else:
            self._settle(channel, "unknown", None, "no answer, not even to the ping behind it")

    def unsubscribe(self, channel: str) -> None:
        """Leave a channel; frames that are under way may still come until a fence is passed."""
        self._send(self._client.unsubscribe(channel), "pusher:unsubscribe", channel)
        self._note(Unsubscribed, channel=channel)
        self.members.pop(channel, None)
        self.listening.discard(channel)

    def whisper(
        self, event: str, channel: str, data: object, *, extra: Mapping[str, Any] | None = None, **facts: str
    ) -> None:
        """
        Send a client event, with these `extra` members beside its own.

        `facts` are further fields of `Whispered`: `mark`, and why nobody may hear it.
        """
        text = self._client.client_event(event, channel, data)
        if extra:
            text = msgspec.json.encode({**msgspec.json.decode(text, type=dict[str, Any]), **extra}).decode()
        if self._send(text, event, channel):
            self._note(Whispered, channel=channel, event=event, **facts)

    def send_raw(self, text: str) -> None:
        """Write a frame of the test's own making."""
        self._send(text, "", "")

    async def fence(self, within: float | None = None) -> Outcome:
        """
        Put a `pusher:ping` behind everything that was queued for this socket and wait for its pong.

        What the broadcaster had queued before is in the history when this returns `ok` (DESIGN.md, section 6);
        `unknown` when the connection ended or no pong came, by default as long as an answer may take.
        """
        act = self._recorder.new_act()
        self._note(FenceAsked, act=act, way="ping")
        if self.is_open:
            self._pings.append(act)
            self._send(self._client.ping(), "pusher:ping", "")
            await self._answered(act, self._context.deadline(within))
        self._answer_fence(act, "unknown")
        return self.answers[act]

    # What the wire tells.

    def text_received(self, payload: bytes, arrival: Arrival) -> None:
        """Ask the core what a frame means, record it, then act on it."""
        reading = self._context.reader.read(payload)
        if reading.frame is None:
            self._record(reading, arrival)
            return
        event = self._client.receive_frame(reading.frame)
        self._record(reading, arrival, event.reason if isinstance(event, Malformed) else "")
        self._react(event, reading.frame)

    def binary_received(self, payload: bytes, arrival: Arrival) -> None:
        """Record what the protocol has no use for."""
        self._record(self._context.reader.refuse(payload, "a binary message, where frames are text"), arrival)

    def wire_closed(self, code: int, reason: str, by: Literal["us", "them"]) -> None:
        """Record the end; whatever still waited for an answer will never know."""
        if self._keep_alive is not None:
            self._keep_alive.cancel()
        self._client.connection_lost(code, reason)
        code, reason = self._client.close_code or code, self._client.close_reason
        if code in _REFUSING_CODES and not self.socket_id and self._objection is None:
            self._objection = (code, self._context.redactor.hide(reason))
        self.members.clear()
        self.listening.clear()
        self.ended = self._note(SocketClosed, code=code, reason=self._context.redactor.hide(reason), by=by)
        for channel in list(self._pending):
            self._settle(channel, "unknown", code, "the connection ended before an answer came")
        while self._pings:
            self._answer_fence(self._pings.popleft(), "unknown")

    def _record(self, reading: Reading, arrival: Arrival, problem: str = "") -> None:
        facts = {**reading.facts, "problem": problem} if problem else reading.facts
        self._last_frame = arrival.seen
        self._recorder.record(
            FrameIn,
            at=arrival.seen,
            who=self.who,
            socket=self.label,
            arrived=arrival.arrived,
            earliest=arrival.earliest,
            exact=arrival.exact,
            stamp=arrival.stamp,
            **facts,
        )
        for one in reading.exposures:
            if (one.what, one.whose) != (ADDRESS, self.who):
                place = {"place": "frame", "channel": facts.get("channel", "")}
                self._note(Disclosed, what=one.what, whose=one.whose, **place)
        problem = facts.get("problem", "")
        if problem and not self.socket_id and self._objection is None:
            self._objection = (None, f"{problem}: {facts['raw'][:200]}")

    def _react(self, event: Event, frame: Frame) -> None:
        match event:
            case Pinged():
                self._send(self._client.pong(), "pusher:pong", "")
            case Ponged() if self._pings:
                self._answer_fence(self._pings.popleft(), "ok")
            case Subscribed(channel=channel, members=members):
                self.listening.add(channel)
                if members is not None:
                    self.members[channel] = set(members)
                self._settle(channel, "ok", None, "", **roster_facts(frame, members))
            case SubscriptionFailed(channel=channel, code=code, message=message):
                self._settle(channel, "refused", code, self._context.redactor.hide(message))
            case MemberAdded(channel=channel, user_id=user_id):
                self.members.setdefault(channel, set()).add(user_id)
            case MemberRemoved(channel=channel, user_id=user_id):
                self.members.get(channel, set()).discard(user_id)
            case Established(socket_id=socket_id, activity_timeout=seconds):
                self.socket_id = socket_id
                told = {"socket_id": socket_id, "activity_timeout": seconds or 0.0}
                self._note(SocketOpened, **told, via=self.via, begun=self._begun)
                self._stay_alive(seconds)
            case ErrorReceived(code=code, message=message) if not self.socket_id:
                self._objection = (code, self._context.redactor.hide(message))

    def _stay_alive(self, seconds: float | None) -> None:
        """Ping when nothing came for the activity timeout, as the specification asks of a client (PROTOCOL.md, 1.4)."""
        if seconds is None:
            return
        loop = asyncio.get_running_loop()
        wait = max(seconds, _SHORTEST_KEEP_ALIVE)

        def look() -> None:
            if not self.is_open:
                return
            if self._recorder.now() - self._last_frame >= wait * 1e9:
                if self.gives_up and "" in self._pings:
                    self.abort()
                    return
                self._pings.append("")
                self._send(self._client.ping(), "pusher:ping", "")
            self._keep_alive = loop.call_later(wait, look)

        self._keep_alive = loop.call_later(wait, look)

    def _settle(self, channel: str, outcome: Outcome, code: int | None, reason: str, **roster: Any) -> None:
        if channel not in self._pending:
            return
        act, me = self._pending.pop(channel)
        self.answers[act] = outcome
        self.reasons[act] = (code, reason)
        said = {"outcome": outcome, "code": code, "reason": reason, **roster}
        is_shared = bool(self._recorder.worker) and self._context.target.topology == "remote"
        self._note(SubscribeAnswered, act=act, channel=channel, me=me, is_shared=bool(me) and is_shared, **said)

    def _answer_fence(self, act: str, outcome: Outcome) -> None:
        if act and act not in self.answers:
            self.answers[act] = outcome
            self._note(FenceAnswered, act=act, outcome=outcome)

    async def _answered(self, act: str, deadline: int) -> bool:
        while act not in self.answers:
            if not await self._recorder.changed(len(self._recorder.events), deadline=deadline):
                return act in self.answers
        return True

    def _send(self, text: str, event: str, channel: str) -> bool:
        if self._wire is None or not self._wire.send_text(text):
            return False
        self._note(FrameOut, event=event, channel=channel, raw=self._context.redactor.hide(text))
        return True

    def _note(self, kind: type[R], **fields: Any) -> R:
        return self._recorder.record(kind, who=self.who, socket=self.label, **fields)

"""Who walks: the target, whose eyes it is seen with, and what is open meanwhile; one walk, then it is closed."""

import asyncio
import contextlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec

from harness.config import ChannelRule, Contract, Person, TargetDeclaration
from harness.doctor.asking import Asker, Pace
from harness.doctor.line import Line
from harness.doctor.observations import Answer, Frame, Reached, Seen
from harness.doctor.stated import Stated
from harness.history.redaction import Redactor
from harness.protocol.channels import Pattern
from harness.users.carriers import Carrier, carrier_of, written
from harness.users.detours import address_of
from harness.users.reading import as_text, at_path, sendable

State = Literal["fine", "advice", "broken", "not reached", "not exercised"]
CONVERSATION: Final = "conversation"
_SOMEBODY: Final = Person(name="whoever the token is of", email="", password="")
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")


class Extent(msgspec.Struct, frozen=True, kw_only=True):
    """
    How far a walk goes; times are in seconds.

    `seconds` hold for one question, `linger` is how long a second copy of a message is waited for, `idle` for how long
    a silent connection is watched, `comb` how many messages tell how a queue is worked on, `ramp` how many connections
    are opened at most, `listeners` how many hear a message. 0 leaves the hop out, and the report says so.

    `whole` is for how long the walk may last, 0 for as long as it takes: what it does not come to is not exercised.
    Without `writes` nothing is sent through the backend.
    """

    seconds: float = 10.0
    linger: float = 0.2
    idle: float = 0.0
    comb: int = 6
    ramp: int = 0
    listeners: int = 2
    whole: float = 0.0
    writes: bool = True


class Came(msgspec.Struct, frozen=True):
    """What came back at a hop."""

    state: State
    text: str


def fine(text: str) -> Came:
    """Say that a hop works."""
    return Came("fine", text)


def broken(text: str) -> Came:
    """Say that a hop does not work."""
    return Came("broken", text)


def advice(text: str) -> Came:
    """Say that a hop works, and would not for everybody."""
    return Came("advice", text)


def skipped(text: str) -> Came:
    """Say why a hop was not looked at."""
    return Came("not exercised", text)


@dataclass
class Walker:
    """
    One walk over one target.

    `asker` asks the backend and `api` the broadcaster, both at one `pace`.

    `sender` and `listener` are the two people of the conversation, the same person where there is only one; `channel`
    is the conversation's, once it is known.
    """

    target: TargetDeclaration
    stated: Stated
    extent: Extent
    asker: Asker
    api: Asker
    pace: Pace
    redactor: Redactor
    seen: Seen
    tokens: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    conversation: str = ""
    channel: str = ""
    lines: dict[str, Line] = field(default_factory=dict)
    """Open connections: `sender`, and `listener` with a number behind it from the second on."""
    nonce: str = field(default_factory=lambda: secrets.token_hex(6))
    until: float | None = None
    """When the walk has to be over, on the loop's clock."""

    @property
    def contract(self) -> Contract:
        """The routes of the backend."""
        return self.target.backend.contract

    @property
    def backend(self) -> str:
        """The backend's address."""
        return self.target.backend.url

    @property
    def sender(self) -> Person | None:
        """Whoever sends: alice, or the first of the cast; with a token that was stated, whoever it is of."""
        return _role(self.target, "alice", 0) or (_SOMEBODY if self.stated.token else None)

    @property
    def listener(self) -> Person | None:
        """Whoever listens: bob, or else the sender on another connection."""
        return next((one for one in self.target.cast if one.name == "bob"), self.sender)

    @property
    def carrier(self) -> Carrier:
        """How a token travels: by itself, or as the cookies of a session."""
        return carrier_of(self.contract)

    def token_of(self, person: Person | None) -> Mapping[str, str | None]:
        """Give the headers that show somebody's token."""
        token = self.tokens.get(person.name, "") if person else ""
        return self.carrier.headers(token) if token else {}

    def rule(self, name: str) -> ChannelRule | None:
        """Find a declared channel rule."""
        return next((rule for rule in self.target.channels if rule.name == name), None)

    def name_of(self, rule: ChannelRule, person: Person | None) -> str:
        """Name a channel by a rule, "" when a value is not known."""
        values: dict[str, Any] = {"conversation": self.conversation, **self.target.world.values}
        if person is not None:
            values |= {"company": person.company, "user": self.ids.get(person.name) or person.id}
        known = {name: str(value) for name, value in values.items() if value not in (None, "")}
        with contextlib.suppress(ValueError):
            return Pattern(rule.pattern).fill(**known)
        return ""

    async def authorize(self, person: Person | None, socket_id: str, channel: str) -> Answer:
        """Ask the backend for a signature."""
        assert self.contract.authorize is not None  # noqa: S101 - whoever calls has looked
        return await self.asker.follow(
            self.backend,
            self.contract.authorize,
            headers=self.token_of(person),
            fields={"socket_id": socket_id, "channel_name": channel},
        )

    async def line(self, name: str, url: str = "", *, origin: str = "") -> Line:
        """Open a connection and keep it under a name; one of before is closed."""
        if name in self.lines:
            await self.lines.pop(name).close()
        opened = await self.new_line(url, origin=origin).open(self.extent.seconds)
        self.lines[name] = opened
        return opened

    def new_line(self, url: str = "", *, key: str = "", origin: str = "") -> Line:
        """Make a connection that is not opened yet, and whoever opens it closes it."""
        return Line(self.socket_url(url, key), origin=origin, way=self.target.broadcaster.transport)

    def socket_url(self, url: str = "", key: str = "") -> str:
        """Write the address of a WebSocket as the SDKs do (PROTOCOL.md, 1.1)."""
        broadcaster = self.target.broadcaster
        base = url or broadcaster.url
        return f"{base}/app/{key or broadcaster.key}?protocol=7&client=realtime-harness&version=0.1"

    async def subscribe(self, line: Line, channel: str, auth: dict[str, Any] | None = None) -> Frame | None:
        """Subscribe, and give the answer: a success or an error, None when none came, also not behind a pong."""
        since = len(line.frames)
        members = {name: value for name, value in (auth or {}).items() if name in ("auth", "channel_data")}
        line.send("pusher:subscribe", {"channel": channel, **members})
        line.send("pusher:ping", {})
        await line.hear(lambda frame: frame.event == "pusher:pong", self.extent.seconds, since=since)

        def answers(frame: Frame) -> bool:
            return frame.event in _ANSWERS and frame.channel in ("", channel)

        return await line.hear(answers, _AFTER_A_PONG, since=since)

    @property
    def listening(self) -> dict[str, Line]:
        """The connections of those who listen, by name."""
        return {name: line for name, line in self.lines.items() if name.startswith("listener")}

    async def introduced(self) -> Answer | None:
        """Get the cookies without which nobody may log in, where a session is carried by cookies; None elsewhere."""
        csrf = self.carrier.csrf
        if csrf is None or not csrf.request:
            return None
        method, _, path = csrf.request.partition(" ")
        return await self.asker.ask(method, f"{self.backend}{path}")

    def learn(self, person: Person, answer: Answer, before: Answer | None) -> bool:
        """Take the token and the id out of the answer to a login; False when there is no token."""
        route = self.contract.login
        assert route is not None  # noqa: S101 - whoever calls has looked
        token = ""
        if answer.is_ok and self.carrier.csrf is None:
            token = sendable(at_path(answer.data, route.token))
        elif answer.is_ok and answer.cookies:
            token = sendable(written((before.cookies if before else {}) | answer.cookies))
        if token:
            self.redactor.add(token)
            self.tokens[person.name] = token
        if id_ := as_text(at_path(answer.data, route.id)) if route.id else "":
            self.ids[person.name] = id_
        return bool(token)

    async def close(self) -> None:
        """Close what is open, and delete what was made."""
        await asyncio.gather(*(line.close() for line in self.lines.values()))
        made, route = self.seen.notes.get("created"), self.contract.delete_conversation
        if made and route is not None:
            place = {"conversation": made}
            await self.asker.follow(self.backend, route, place=place, headers=self.token_of(self.sender))
        await asyncio.gather(self.asker.close(), self.api.close())


_ANSWERS: Final = (
    "pusher_internal:subscription_succeeded",
    "pusher:subscription_error",
    "pusher_internal:subscription_error",
    "pusher:error",
)
_AFTER_A_PONG: Final = 0.3
"""Seconds that an answer may take behind the pong of a later ping, where a server does not keep the order."""


def _role(target: TargetDeclaration, name: str, place: int) -> Person | None:
    found = next((one for one in target.cast if one.name == name), None)
    return found or (target.cast[place] if len(target.cast) > place else None)


def is_local(url: str) -> bool:
    """Tell whether an address means the machine that reads it."""
    return address_of(url)[0] in _LOCAL


def told(reached: Reached) -> Came:
    """Say what came of a name, a port or a handshake."""
    if reached.failure:
        return broken(f"{reached.address}: {reached.says}")
    return fine(", ".join(reached.addresses) or reached.address)

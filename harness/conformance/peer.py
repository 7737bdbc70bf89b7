"""One client of the server that is examined: it says what it is told to, and gives what it heard in words."""

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any, Final

from harness.conformance.answers import ABNORMAL, FLOOD, NO_ANSWER, frame_of, in_words, joined
from harness.conformance.server import Account
from harness.conformance.wire import Arrival, Head, Opcode, Upgraded, Wire, close_frame, frame
from harness.protocol.messages import decode_data

PING: Final = "pusher:ping"
_UPGRADED: Final = 101  # Switching Protocols
_SHOWN: Final = 2_000  # characters of one step of a log
_SHOWN_BYTES: Final = 24
_QUOTED: Final = 10  # messages of a flood that are told
_MOST_STEPS: Final = 2_000  # of one log
_MOST_HEARD: Final = 5_000
"""Messages that may wait for somebody to ask for them; a server that says more floods."""
_MOST_BYTES: Final = 64 * 2**20
"""Bytes that one connection may be told; likewise."""
_CONTROL: Final[dict[int, str]] = {Opcode.PING: "control ping", Opcode.PONG: "control pong", Opcode.BINARY: "binary"}
Heard = tuple[str, dict[str, Any] | None]
"""In words, and the frame where it is one."""


class Astray(Exception):
    """A case cannot go on, since the server answered otherwise long before its point; says what it did."""


class Log:
    """The steps of a case, each with who it was and the milliseconds since it began."""

    def __init__(self) -> None:
        self.steps: list[dict[str, Any]] = []
        self._began = time.monotonic()

    def add(self, who: str, **what: Any) -> None:
        """Add a step: `out`, `in`, `opened`, `refused`, `closed` or `http`."""
        shown = {name: shortened(value) if isinstance(value, str) else value for name, value in what.items()}
        if len(self.steps) < _MOST_STEPS:
            at_ms = round(1000 * (time.monotonic() - self._began), 1)
            self.steps.append({"at_ms": at_ms, "who": who, **shown})


def shortened(text: str) -> str:
    """Give text of a length that a log can hold."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"


class Peer:
    """
    One connection.

    What arrives is read as it comes, pings are answered at once unless `answers_pings` is false, and it stays until it
    is asked for.
    """

    def __init__(
        self, who: str, account: Account, wire: Wire, log: Log, *, within: float, answers_pings: bool = True
    ) -> None:
        self.who = who
        self.account = account
        self.head = Head(0)
        """What the server answered to the request to upgrade."""
        self.greeting = ""
        """What it said first, in words."""
        self.first: dict[str, Any] = {}
        """The frame that greeted it."""
        self.wire = wire
        self.last_payload = b""
        """What the last control frame or binary message held."""
        self._log = log
        self._within = within
        self._answers_pings = answers_pings
        self._heard: list[Heard] = []
        self._is_over = False
        self._has_pinged = False
        self._news = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self._socket_id = ""
        self._bytes = 0

    @property
    def socket_id(self) -> str:
        """Who it is to the server; raises `Astray` when it was not greeted."""
        if not self._socket_id:
            raise Astray(f"not greeted: {self.greeting}")
        return self._socket_id

    @property
    def is_over(self) -> bool:
        """Whether the server ended the connection."""
        return self._is_over

    async def shake_hands(self, request: bytes) -> None:
        """Send a request to upgrade, and hear the greeting."""
        self.wire.send(request)
        try:
            async with asyncio.timeout(self._within):
                self.head = await self.wire.head()
                refused = "" if self.head.status == _UPGRADED else await self._refused()
        except TimeoutError:
            self.greeting, self._is_over = NO_ANSWER, True
            return
        if self._is_over:
            self.greeting = refused
            return
        self._log.add(
            self.who, opened={"headers": {name: shortened(value) for name, value in self.head.headers.items()}}
        )
        self.listen()
        await self._wait(lambda: bool(self._heard) or self._is_over)
        self.greeting = joined((refused, await self._greeted()))

    async def _refused(self) -> str:
        """Read a refusal; the connection is over, unless the server thinks otherwise."""
        try:
            body = (await self.wire.body(self.head)).decode(errors="backslashreplace")
            self._is_over = True
        except Upgraded:
            body = ""
        self._log.add(self.who, refused={"status": self.head.status, "body": shortened(body)})
        return f"http {self.head.status}" if self.head.status else f"closed {ABNORMAL}"

    async def _greeted(self) -> str:
        word, first = self._heard[0] if self._heard else (NO_ANSWER, None)
        if word != "established" or first is None:
            return await self.heard() if self._heard else word
        del self._heard[0]
        self.first = first
        data = decode_data(first.get("data"))
        self._socket_id = str(data.get("socket_id", "")) if isinstance(data, dict) else ""
        return word

    def listen(self) -> None:
        """Begin to read frames."""
        self._reading = asyncio.create_task(self._read())

    async def send(self, event: str, data: Any = None, channel: str | None = None, **members: Any) -> None:
        """Send a frame; without `data` it has an empty object."""
        text = {"event": event, "data": {} if data is None else data, **members}
        await self.send_text(json.dumps(text if channel is None else text | {"channel": channel}))

    async def send_text(self, text: str) -> None:
        """Send a text message, whatever it says."""
        self._log.add(self.who, out=text)
        self._has_pinged |= PING in text
        self.wire.send(frame(text))
        await self.wire.drain()

    async def send_raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._log.add(self.who, out=f"{len(data)} bytes: {data[:_SHOWN_BYTES].hex(' ')}")
        self._has_pinged |= PING.encode() in data[:_SHOWN]
        self.wire.send(data)
        await self.wire.drain()

    async def subscribe(self, channel: Any, auth: Any = None, channel_data: Any = None) -> str:
        """Ask for a channel, and give what was heard then."""
        given = {"auth": auth, "channel_data": channel_data}
        data = {"channel": channel} | {name: value for name, value in given.items() if value is not None}
        await self.send("pusher:subscribe", data)
        return await self.heard()

    async def heard(self, *, by_channel: bool = False) -> str:
        """
        Give all that was heard since it was last asked for, up to a fence or the end, in words.

        The fence is a ping; one of its own where the case pinged itself, or asks for it: a subscription.
        """
        return joined([word for word, _ in await self._collect(by_channel=by_channel)])

    async def frames(self) -> list[dict[str, Any]]:
        """Give the frames that were heard, as `heard` does."""
        return [given for _, given in await self._collect() if given is not None]

    async def closed(self, *, within: float | None = None) -> str:
        """Wait for the end of the connection; give what was heard up to it, and it."""
        await self._wait(lambda: self._is_over, within)
        return self._taken()

    async def until(self, pattern: str, *, within: float | None = None) -> str:
        """Give what was heard up to the first word of a pattern, as far as it came in time; for cases that wait."""
        await self._wait(lambda: self._is_over or any(fnmatchcase(word, pattern) for word, _ in self._heard), within)
        return self._taken()

    async def next(self, predicate: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Take the first frame that is as it should be; raises `Astray` when none comes."""

        def place() -> int | None:
            found = (n for n, (_, given) in enumerate(self._heard) if given is not None and predicate(given))
            return next(found, None)

        await self._wait(lambda: place() is not None or self._is_over)
        where = place()
        if where is None:
            raise Astray(self._taken())
        given = self._heard.pop(where)[1]
        assert given is not None  # noqa: S101 - it was looked at
        return given

    async def leave(self) -> None:
        """Close in order, and wait until the server has forgotten the connection."""
        if self._reading is not None and not self._is_over:
            self.wire.send(close_frame())
            await self._wait(lambda: self._is_over, min(self._within, 1.0))
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        self.wire.abort()

    async def _collect(self, *, by_channel: bool = False) -> list[Heard]:
        is_back = await self._fence(by_channel=by_channel)

        def place() -> int | None:
            return next((n for n, heard in enumerate(self._heard) if is_back(heard)), None)

        in_time = await self._wait(lambda: self._is_over or place() is not None)
        where = place()
        heard = self._heard[:where]
        del self._heard[: len(self._heard) if where is None else where + 1]
        if self._answers_pings:
            heard = [one for one in heard if one[0] != "ping"]
        return heard if in_time else [*heard, (NO_ANSWER, None)]

    async def _fence(self, *, by_channel: bool) -> Callable[[Heard], bool]:
        by_channel, self._has_pinged = by_channel or self._has_pinged, False
        if not by_channel:
            self.wire.send(frame(json.dumps({"event": PING, "data": {}})))
            return lambda heard: heard[0] == "pong"
        name = f"fence-{secrets.token_hex(6)}"
        for event in ("pusher:subscribe", "pusher:unsubscribe"):
            self.wire.send(frame(json.dumps({"event": event, "data": {"channel": name}})))
        return lambda heard: heard[1] is not None and heard[1].get("channel") == name

    def _taken(self) -> str:
        heard, self._heard = self._heard, []
        return joined([word for word, _ in heard])

    async def _wait(self, is_done: Callable[[], bool], within: float | None = None) -> bool:
        try:
            async with asyncio.timeout(self._within if within is None else within):
                while not is_done():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return False
        return True

    async def _read(self) -> None:
        is_closing = False
        while not self._is_over:
            arrival = await self.wire.arrival()
            if arrival.ended:
                self._is_over = True
                if not is_closing:
                    self._hear(f"closed {ABNORMAL}", arrival)
            elif arrival.opcode == Opcode.CLOSE:
                is_closing = True
                self._hear(f"closed {arrival.code or 1005}", arrival)
                self.wire.send(close_frame(arrival.code))
                self.wire.half_close()
            else:
                self._take(arrival)
                self._bytes += len(arrival.payload)
                if len(self._heard) > _MOST_HEARD or self._bytes > _MOST_BYTES:
                    self._is_over = True
                    self._heard = [*self._heard[:_QUOTED], (FLOOD, None)]
                    self.wire.abort()
            self._news.set()

    def _take(self, arrival: Arrival) -> None:
        if arrival.opcode != Opcode.TEXT:
            self.last_payload = arrival.payload
            word = _CONTROL.get(arrival.opcode, "binary")
            if word != "control ping" or not self._answers_pings:
                self._hear(word, arrival)
            if word == "control ping" and self._answers_pings:
                self.wire.send(frame(arrival.payload, Opcode.PONG))
            return
        word = in_words(arrival.text)
        self._log.add(self.who, **{"in": arrival.text})
        self._heard.append((word, frame_of(arrival.text)))
        if word == "ping" and self._answers_pings:
            self.wire.send(frame('{"event":"pusher:pong","data":{}}'))

    def _hear(self, word: str, arrival: Arrival) -> None:
        self._heard.append((word, None))
        reason = arrival.payload[2:].decode(errors="backslashreplace")
        if word.startswith("closed"):
            self._log.add(self.who, closed={"code": int(word.removeprefix("closed ")), "reason": reason})
        else:
            self._log.add(self.who, **{"in": f"({word})"})

"""
A client that goes silent: it joins something, and from then on answers nothing, as a phone does in a tunnel.

Its connection is its own, bare of everything that keeps a user's alive: neither the protocol's pings nor WebSocket's
are answered.
"""

import asyncio
import secrets
from typing import TYPE_CHECKING, Any, Final

import msgspec
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from harness.config import Transport
from harness.errors import EnvironmentFault, NotExercised
from harness.history.events import SilenceKept
from harness.protocol.messages import decode, decode_data
from harness.users.socket import add_headers, connected
from harness.users.trust import tls

if TYPE_CHECKING:
    from harness.users.user import User

LONGEST: Final = 5.0
"""Seconds of an activity timeout that a test waits for; servers advertise 30 to 120 unless told otherwise."""
TIMES: Final = 6
"""How many activity timeouts may pass: some servers look only now and then, and ping at twice what they advertise."""


async def keep_silent(user: "User") -> float | None:
    """
    Connect twice, subscribe to a public channel once, say nothing more, and record when that was noticed.

    The one that subscribes to nothing has as long as the other, and one activity timeout on top. Gives the seconds
    until the broadcaster ended the one that is subscribed, None when it did not in `TIMES` activity timeouts. Raises
    `NotExercised` when the one that it advertises is too long to wait for.
    """
    context = user.world.context
    way = context.target.broadcaster.transport
    mute, bare = _Mute(context.next_socket_url(), way), _Mute(context.next_socket_url(), way)
    try:
        advertised = await _connected(mute, user)
        await _connected(bare, user, subscribes=False)
        if not 0 < advertised <= LONGEST:
            raise NotExercised(
                f"the broadcaster tells clients to ping after {advertised:g} s of silence; a test waits for at most"
                f" {LONGEST:g} s"
            )
        since, waited = context.recorder.now(), TIMES * advertised
        has_ended = await mute.ended(waited)
        ended = (context.recorder.now() - since) / 1e9 if has_ended else None
        context.recorder.record(SilenceKept, who=user.name, advertised=advertised, waited=waited, ended=ended)
        if ended is not None:
            await _kept_bare(bare, user, advertised, since)
    finally:
        mute.close()
        bare.close()
    return ended


async def _kept_bare(bare: "_Mute", user: "User", advertised: float, since: int) -> None:
    """See whether a connection without a subscription is noticed too, now that the other one was."""
    recorder = user.world.context.recorder
    waited = (recorder.now() - since) / 1e9 + advertised
    has_ended = await bare.ended(advertised)
    ended = (recorder.now() - since) / 1e9 if has_ended else None
    recorder.record(SilenceKept, who=user.name, advertised=advertised, waited=waited, ended=ended, subscribed=False)


async def _connected(mute: "_Mute", user: "User", *, subscribes: bool = True) -> float:
    """Connect, and give the activity timeout; raises `EnvironmentFault` when that comes to nothing."""
    try:
        async with asyncio.timeout(user.world.context.answer_seconds):
            timeout = await mute.connect()
            if subscribes:
                mute.subscribe()
            return timeout
    except (OSError, TimeoutError) as error:
        raise EnvironmentFault(f"a further connection of {user.name} came to nothing: {error!r}") from None


class _Mute:
    """A bare WebSocket that reads, and says nothing but what it must to be let in, and subscribed if it shall be."""

    def __init__(self, url: str, way: Transport) -> None:
        self._uri = parse_uri(url)
        self._way = way
        self._protocol = ClientProtocol(self._uri)
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter | None = None

    async def connect(self) -> float:
        """Come in, and give the activity timeout that was told, 0 when none was."""
        security: dict[str, Any] = {"ssl": tls(self._way.tls), "server_hostname": self._uri.host}
        raw = await connected((self._uri.host, self._uri.port), self._way.proxy)
        self._reader, self._writer = await asyncio.open_connection(sock=raw, **(security if self._uri.secure else {}))
        request = self._protocol.connect()
        add_headers(request.headers, self._way)
        self._protocol.send_request(request)
        self._say()
        while (timeout := await self._established()) is None:
            pass
        return timeout

    def subscribe(self) -> None:
        """Ask for a channel of its own."""
        channel = f"harness-silence.{secrets.token_hex(8)}"
        self._protocol.send_text(msgspec.json.encode({"event": "pusher:subscribe", "data": {"channel": channel}}))
        self._say()

    async def ended(self, seconds: float) -> bool:
        """Wait until the other side ends it, so many seconds, and tell whether it did; pings are read and left."""
        try:
            async with asyncio.timeout(seconds):
                while not self._is_farewell(await self._reader.read(2**16)):
                    pass
        except TimeoutError:
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        """Let go of it."""
        if self._writer is not None:
            self._writer.transport.abort()

    def _say(self) -> None:
        assert self._writer is not None  # noqa: S101  connected first
        self._writer.write(b"".join(self._protocol.data_to_send()))

    async def _established(self) -> float | None:
        """Read on; give the timeout once the greeting has come."""
        data = await self._reader.read(2**16)
        if not data:
            raise ConnectionError("the broadcaster hung up")
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                told = decode_data(decode(bytes(event.data)).data)
                seconds = told.get("activity_timeout") if isinstance(told, dict) else None
                return float(seconds) if isinstance(seconds, int | float) else 0.0
        return None

    def _is_farewell(self, data: bytes) -> bool:
        self._protocol.receive_data(data)
        frames = self._protocol.events_received()
        return not data or any(isinstance(one, Frame) and one.opcode is Opcode.CLOSE for one in frames)

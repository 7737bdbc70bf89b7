"""One user of a load: a socket, the state of its protocol, and what is needed to come in; no HTTP client of its own."""

import asyncio
import time
from collections.abc import Callable
from typing import Literal

from harness.config import Transport
from harness.errors import EnvironmentFault, GuaranteeBroken, SubscriptionRefused
from harness.load.asking import Signature
from harness.load.desk import Desk
from harness.load.population import Device
from harness.protocol.client import (
    ClientConnection,
    ErrorReceived,
    Established,
    Event,
    Pinged,
    Ponged,
    Subscribed,
    SubscriptionFailed,
)
from harness.users.socket import Arrival, Wire


class User:
    """A device that is connected once; `lost` is told when its connection ends and we did not end it."""

    __slots__ = ("_answer", "_client", "_desk", "_is_closing", "_lost", "_pongs", "_wire", "device", "last", "token")

    def __init__(self, device: Device, desk: Desk, lost: Callable[[int, int], None]) -> None:
        self.device = device
        self.token = ""
        self.last = 0
        """When something came last, in monotonic nanoseconds."""
        self._desk = desk
        self._lost = lost
        self._client = ClientConnection()
        self._wire: Wire | None = None
        self._answer: asyncio.Future[Event] | None = None
        self._pongs = 0
        self._is_closing = False

    @property
    def socket_id(self) -> str:
        """The server's name for its connection, "" without one."""
        return self._client.socket_id or ""

    @property
    def activity_timeout(self) -> float | None:
        """The seconds of silence after which a client should ping, as the server told it."""
        return self._client.activity_timeout

    @property
    def pongs_due(self) -> int:
        """How many pings it sent whose pongs did not come yet."""
        return self._pongs

    async def connect(self, url: str, transport: Transport, *, seconds: float) -> None:
        """Connect and wait for the socket id; raises `Refused`, and `EnvironmentFault` when nothing comes."""
        self._wire = Wire(url, self, time.monotonic_ns, transport=transport)
        waiting = self._expect()
        await self._wire.open(timeout=seconds)
        event = await self._answered(waiting, seconds, "pusher:connection_established")
        if isinstance(event, ErrorReceived):
            raise GuaranteeBroken(f"connecting was answered with error {event.code}: {event.message}")

    async def subscribe(self, channel: str, signature: Signature | None, *, seconds: float) -> None:
        """Subscribe and wait for the acknowledgement; raises `SubscriptionRefused`."""
        waiting = self._expect()
        auth, data = (signature.auth, signature.channel_data) if signature else (":", None)
        self._send(self._client.subscribe(channel, auth, data))
        event = await self._answered(waiting, seconds, "the answer to a subscription")
        if isinstance(event, SubscriptionFailed | ErrorReceived):
            raise SubscriptionRefused(f"subscribing to {channel}", event.code, event.message)

    def ping(self) -> None:
        """Ask for a sign of life, where there is a connection."""
        if self.socket_id and self._send(self._client.ping()):
            self._pongs += 1

    async def close(self) -> None:
        """Close the connection, and wait until it is gone."""
        self._is_closing = True
        if self._wire is not None:
            await self._wire.close()

    # What the wire tells.

    def text_received(self, payload: bytes, arrival: Arrival) -> None:
        """Hand a message in, and heed everything else."""
        self.last = arrival.seen
        frame = self._desk.take(self.device.number, payload, arrival)
        if frame is None:
            return
        event = self._client.receive_frame(frame)
        match event:
            case Pinged():
                self._send(self._client.pong())
            case Ponged():
                self._pongs = max(0, self._pongs - 1)
            case Established() | Subscribed() | SubscriptionFailed() | ErrorReceived():
                if self._answer is not None and not self._answer.done():
                    self._answer.set_result(event)

    def binary_received(self, payload: bytes, arrival: Arrival) -> None:
        """Leave it: the protocol has no use for it."""

    def wire_closed(self, code: int, reason: str, by: Literal["us", "them"]) -> None:  # noqa: ARG002 - a `Listener`
        """Say that it is over."""
        self._client.connection_lost(code, reason)
        self._pongs = 0
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(EnvironmentFault(f"the connection ended with {code} {reason}".rstrip()))
            self._answer.exception()  # retrieved, should nobody wait for it any more
        if not self._is_closing:
            self._lost(self.device.number, time.monotonic_ns())

    def _expect(self) -> "asyncio.Future[Event]":
        self._answer = asyncio.get_running_loop().create_future()
        return self._answer

    async def _answered(self, waiting: "asyncio.Future[Event]", seconds: float, what: str) -> Event:
        try:
            async with asyncio.timeout(seconds):
                return await waiting
        except TimeoutError:
            raise EnvironmentFault(f"{what} did not come within {seconds:g} s") from None

    def _send(self, text: str) -> bool:
        return self._wire is not None and self._wire.send_text(text)

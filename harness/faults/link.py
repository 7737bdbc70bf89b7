"""
One connection through the proxy: two ends, and a lane for each direction.

::

    client ─→ up lane ─→ server          a lane holds what its toxics do not let pass yet, in order, and no more than
    client ←─ down lane ←─ server        its limit: then it stops reading, and the sender feels it as on any slow line

The opening of a connection, its ends and its reset travel in the lanes like bytes, so a frozen network keeps those back
as well, and a swallowed one swallows them.
"""

import asyncio
import contextlib
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import Final, Literal

from harness.faults.toxics import Data, Flow, Item, Kind, Toxic, together

LIMIT: Final = 256 * 1024
"""Bytes that a lane holds before it stops reading; what one read brings may come on top."""

_ITEM_COST: Final = 256
"""Bytes that an item takes beside its data: a million tiny ones must not count as nothing."""

_BURST: Final = 64
"""Pieces that a lane passes before others have their turn."""

Address = tuple[str, int]
Passed = Kind | Literal["close"]
"""What comes out of a lane: `close` stands for the end of the connection behind what came before."""


class Lane:
    """One direction, called `name`: `write` passes an item on, `hold` stops and starts reading whatever feeds it."""

    def __init__(self, name: str, write: Callable[[Passed, Data], None], hold: Callable[[bool], None]) -> None:
        self.has_lost = False
        """Whether something was swallowed, so that the connection cannot go on."""
        self.held = 0
        """How much waits in it, in bytes."""
        self._write, self._hold = write, hold
        self._items: deque[Item] = deque()
        self._toxics: dict[str, tuple[Toxic, int]] = {}
        """Each toxic by its fault's name, and how many bytes had passed when it began."""
        self._flow = Flow(name)
        self._number = 0
        self._is_choked = self._is_over = self._is_holding = False
        self._timer: asyncio.TimerHandle | None = None

    def feed(self, kind: Kind, data: bytes = b"") -> None:
        """Take what was read."""
        if self._is_over:
            return
        self._number += 1
        if kind == "data" and not (self._toxics or self._items or self._is_choked):
            self._pass(kind, data)  # nothing to do: neither the queue nor the clock is looked at
        else:
            self._items.append(Item(kind, self._number, asyncio.get_running_loop().time(), data))
            self.held += len(data) + _ITEM_COST
            self.pump()
        self._balance()

    def begin(self, fault: str, toxic: Toxic) -> None:
        """Put a toxic on what waits and on what comes."""
        self._toxics[fault] = (toxic, self._flow.passed)
        self.pump()

    def end(self, fault: str) -> None:
        """Take a toxic off; what only it held back passes at once."""
        if self._toxics.pop(fault, None) is not None:
            self.pump()
            self._balance()

    def choke(self, *, is_choked: bool) -> None:
        """Say whether the other side takes no more bytes for now."""
        self._is_choked = is_choked
        self.pump()
        self._balance()

    def drop(self) -> None:
        """Forget what waits, and whatever comes from now on."""
        self._is_over = True
        self._items.clear()
        self.held = 0
        self._wake_at(None)
        self._balance()

    def pump(self) -> None:
        """Pass on everything that may pass by now."""
        self._wake_at(None)
        turns = _BURST
        while self._items and not (self._is_choked or self._is_over):
            now = asyncio.get_running_loop().time()
            if not (turns := turns - 1):
                self._wake_at(now)
                return
            item = self._items[0]
            leave = together(
                toxic.leave(item, self._flow._replace(passed=self._flow.passed - before))
                for toxic, before in self._toxics.values()
            )
            if leave.at > now:
                self._wake_at(leave.at)
                return
            if leave.loses:
                self.has_lost = True
                self._take(len(item.data))
            else:
                size = int(min(leave.size, len(item.data)))
                self._pass(item.kind, self._take(size))
                if leave.closes and size == leave.size:
                    self._write("close", b"")
                    self.drop()

    def _take(self, size: int) -> Data:
        """Take so many bytes of the first item, and the item with them when nothing of it is left."""
        item = self._items.popleft()
        data = memoryview(item.data)
        taken, rest = data[:size], data[size:]
        self.held -= size
        if rest:
            self._items.appendleft(item._replace(data=rest))
        else:
            self.held -= _ITEM_COST
        return taken

    def _pass(self, kind: Kind, data: Data) -> None:
        if self._toxics:
            now = asyncio.get_running_loop().time()
            self._flow = self._flow._replace(passed=self._flow.passed + len(data), last=now, size=len(data))
        self._write(kind, data)

    def _balance(self) -> None:
        """Read for as long as there is room."""
        is_holding = not self._is_over and (self._is_choked or self.held >= LIMIT)
        if is_holding != self._is_holding:
            self._is_holding = is_holding
            self._hold(is_holding)

    def _wake_at(self, at: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        is_known = at is not None and at != float("inf")
        self._timer = asyncio.get_running_loop().call_at(at, self._woken) if is_known else None  # type: ignore[arg-type]

    def _woken(self) -> None:
        self.pump()
        self._balance()


class End(asyncio.Protocol):
    """One socket of a link: what it reads goes into one lane, what it writes comes out of the other."""

    def __init__(self, link: "Link") -> None:
        self._link = link
        self.transport: asyncio.Transport | None = None
        self.has_ended = self.is_gone = False
        """Whether its peer will send nothing more, and whether nothing can be sent to it either."""

    @property
    def is_open(self) -> bool:
        """Tell whether bytes can be written."""
        return self.transport is not None and not self.transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin: a link can be over before its server was reached."""
        self.transport = transport  # type: ignore[assignment]  # asyncio says BaseTransport where it means Transport
        self._link.made(self)

    def data_received(self, data: bytes) -> None:
        """Hand on what was read."""
        self._link.lane_from(self).feed("data", data)

    def eof_received(self) -> bool:
        """Pass the half-close on; the other direction stays open."""
        self.has_ended = True
        self._link.lane_from(self).feed("eof")
        self._link.settle()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the other side learn of it, as late as everything else; nothing can be written here any more."""
        self._link.lane_to(self).drop()
        if exc is not None:
            self._link.lane_from(self).feed("reset")
        self.has_ended = self.is_gone = True
        self._link.settle()

    def pause_writing(self) -> None:
        """Stop what would be written here."""
        self._link.lane_to(self).choke(is_choked=True)

    def resume_writing(self) -> None:
        """Go on."""
        self._link.lane_to(self).choke(is_choked=False)

    def hold(self, is_holding: bool) -> None:  # noqa: FBT001  one word, called by a lane only
        """Stop or start reading; asyncio would read the end of a stream once more."""
        if self.is_open and self.transport is not None and not self.has_ended:
            (self.transport.pause_reading if is_holding else self.transport.resume_reading)()

    def write(self, data: Data) -> None:
        """Write bytes, as far as anybody is there to read them."""
        if self.is_open and self.transport is not None:
            self.transport.write(data)

    def finish(self) -> None:
        """Say that nothing more will be written."""
        if self.is_open and self.transport is not None:
            with contextlib.suppress(OSError):  # the other end may be gone, which nobody has heard of yet
                self.transport.write_eof()

    def close(self) -> None:
        """Close once everything is written."""
        if self.transport is not None:
            self.transport.close()

    def reset(self) -> None:
        """End it with an RST, which is what a peer sees of a connection that broke."""
        if self.transport is not None and (raw := self.transport.get_extra_info("socket")) is not None:
            if raw.fileno() >= 0:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()


class Link:
    """A connection of somebody's to `upstream`, dialled once the toxics let it; `over` hears its end, once."""

    def __init__(self, name: str, upstream: Address, over: Callable[["Link"], None]) -> None:
        self.client, self.server = End(self), End(self)
        self.up = Lane(f"{name}↑", self._to_server, self.client.hold)
        self.down = Lane(f"{name}↓", self._to_client, self.server.hold)
        self._upstream, self._over = upstream, over
        self._is_over = False
        self._finished: set[Lane] = set()
        """The lanes whose end was passed on."""
        self._dialling: asyncio.Task[None] | None = None

    @property
    def has_lost(self) -> bool:
        """Tell whether something of it was swallowed."""
        return self.up.has_lost or self.down.has_lost

    @property
    def held(self) -> int:
        """How much waits in it, in bytes."""
        return self.up.held + self.down.held

    def lane_from(self, end: End) -> Lane:
        """Give the lane that an end feeds."""
        return self.up if end is self.client else self.down

    def lane_to(self, end: End) -> Lane:
        """Give the lane that an end is written from."""
        return self.down if end is self.client else self.up

    def made(self, end: End) -> None:
        """Take an end that is connected: the client's first, then the server's."""
        if self._is_over:
            end.reset()
        elif end is self.client:
            self.up.feed("open")
        else:
            self.up.choke(is_choked=False)

    def begin(self, fault: str, toxic: Toxic) -> None:
        """Put a toxic on both directions."""
        for lane in (self.up, self.down):
            lane.begin(fault, toxic)

    def end(self, fault: str) -> None:
        """Take it off again."""
        for lane in (self.up, self.down):
            lane.end(fault)

    def settle(self) -> None:
        """Close what has ended in both directions."""
        ends = (self.client, self.server)
        has_ended = self._finished >= {self.up, self.down} and all(end.has_ended for end in ends)
        if has_ended or all(end.is_gone for end in ends):
            self._leave()
            for end in ends:
                end.close()

    def reset(self) -> None:
        """End both sides by force, now."""
        self._leave()
        self.client.reset()
        self.server.reset()

    def _to_server(self, kind: Passed, data: Data) -> None:
        if kind == "open":
            self.up.choke(is_choked=True)
            self._dialling = asyncio.get_running_loop().create_task(self._dial())
        else:
            self._pass(self.up, self.server, kind, data)

    def _to_client(self, kind: Passed, data: Data) -> None:
        self._pass(self.down, self.client, kind, data)

    def _pass(self, lane: Lane, sink: End, kind: Passed, data: Data) -> None:
        if kind == "data":
            sink.write(data)
        elif kind == "eof":
            sink.finish()
            self._finished.add(lane)
            self.settle()
        elif kind == "close":
            self._close()
        else:
            self.reset()

    def _close(self) -> None:
        """Let both sides see the end behind what they have got, and read what still comes away until they agree."""
        self._finished |= {self.up, self.down}
        for lane in (self.up, self.down):
            lane.drop()
        for end in (self.client, self.server):
            end.finish()
        self.settle()

    async def _dial(self) -> None:
        try:
            await asyncio.get_running_loop().create_connection(lambda: self.server, *self._upstream)
        except OSError:
            self.reset()

    def _leave(self) -> None:
        if self._is_over:
            return
        self._is_over = True  # a dial that is under way goes on, and what it reaches is reset (`made`)
        self.up.drop()
        self.down.drop()
        self._over(self)

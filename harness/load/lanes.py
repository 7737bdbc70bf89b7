"""
HTTP for a load: requests that are written at once, on as many kept connections as it takes.

One pool for all users, since what they show is in each request. A general client costs a millisecond a request, which
at a few hundred a second would be the load (PERFORMANCE.md, section 3). h11 does the protocol; no answer delays the
next request, and none is made again by itself.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import h11

from harness.config import Transport
from harness.errors import EnvironmentFault
from harness.users.detours import address_of
from harness.users.socket import connected
from harness.users.trust import tls
from harness.users.unreached import why_unreached

MOST: Final = 256
"""Connections at once; a request beyond them waits, which shows as our own slip."""

_LONGEST_ANSWER: Final = 2**20
_ENDED: Final = "the connection ended before the answer did"


class Reply(NamedTuple):
    """An answer; `status` is None, and `body` says why, when there was none."""

    status: int | None
    body: bytes
    cookies: list[str]
    began: int
    """When the first byte of the request was written, in monotonic nanoseconds; 0 when it never was."""
    ended: int

    @property
    def is_ok(self) -> bool | None:
        """Tell whether it was done: a 5xx or silence leaves that open."""
        if self.status is None or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return None
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


class Lane(asyncio.Protocol):
    """One connection, with one request at a time."""

    def __init__(self) -> None:
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_ANSWER)
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, bytes, list[str]]] | None = None
        self._head: h11.Response | None = None
        self._body = bytearray()

    @property
    def is_usable(self) -> bool:
        """Tell whether another request can go out on it."""
        is_idle = self._http.our_state is h11.IDLE and self._http.their_state is h11.IDLE
        return is_idle and self._transport is not None and not self._transport.is_closing()

    def write(self, request: h11.Request, body: bytes) -> "asyncio.Future[tuple[int, bytes, list[str]]]":
        """Write a request, and promise its answer."""
        assert self._transport is not None  # noqa: S101 - for the type checker: a lane is handed out connected
        self._answer = asyncio.get_running_loop().create_future()
        self._head = None
        self._body.clear()
        parts = [self._http.send(one) for one in (request, h11.Data(body), h11.EndOfMessage())]
        self._transport.write(b"".join(part for part in parts if part))
        return self._answer

    def close(self) -> None:
        """End it without a word."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it."""
        self._transport = transport  # type: ignore[assignment]  # asyncio says BaseTransport where it means Transport

    def data_received(self, data: bytes) -> None:
        """Read what came, and answer whoever waits when it is whole."""
        try:
            self._http.receive_data(data)
            self._read()
        except h11.RemoteProtocolError as error:
            self._fail(f"no HTTP: {error}")
            self.close()

    def eof_received(self) -> None:
        """Read the end: some answers end with the connection."""
        with contextlib.suppress(h11.RemoteProtocolError):
            self._http.receive_data(b"")
            self._read()

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that no answer will come, where one is due."""
        self._fail(str(exc) if exc else _ENDED)

    def _read(self) -> None:
        while (event := self._http.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
            match event:
                case h11.Response():
                    self._head = event
                case h11.Data():
                    self._body += event.data[: _LONGEST_ANSWER - len(self._body)]
                case h11.EndOfMessage():
                    self._finish()
                case h11.ConnectionClosed():
                    return

    def _finish(self) -> None:
        head, answer = self._head, self._answer
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        if head is not None and answer is not None and not answer.done():
            cookies = [value.decode("latin-1") for name, value in head.headers if name == b"set-cookie"]
            answer.set_result((head.status_code, bytes(self._body), cookies))

    def _fail(self, why: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError(why))


class Lanes:
    """The connections to one server; `seconds` is how long a whole answer may take."""

    def __init__(self, url: str, transport: Transport, *, seconds: float, most: int = MOST) -> None:
        self._url = url
        self._transport = transport
        self._seconds = seconds
        parts = urlsplit(url)
        self._prefix = parts.path.rstrip("/")
        self._always = {"Host": parts.netloc, "Accept": "application/json", **dict(transport.headers)}
        self._idle: list[Lane] = []
        self._all: set[Lane] = set()
        self._room = asyncio.Semaphore(most)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        written: Callable[[int], None] = lambda at: None,  # noqa: ARG005 - nobody listens by default
    ) -> Reply:
        """
        Send a request and wait for its answer; `written` is told when it goes out.

        Raises `EnvironmentFault` when no connection comes about.
        """
        named = {**self._always, **headers, "Content-Length": str(len(body))}
        target = f"{self._prefix}{path}"
        request = h11.Request(method=method, target=target, headers=list(named.items()))
        began = 0
        async with self._room:
            lane: Lane | None = None
            try:
                async with asyncio.timeout(self._seconds):
                    lane = await self._lane()
                    began = time.monotonic_ns()
                    answer = lane.write(request, body)
                    written(began)
                    status, answered, cookies = await answer
            except (OSError, TimeoutError) as error:
                if lane is not None:
                    lane.close()
                why = str(error) or f"no answer within {self._seconds:g} s"
                return Reply(None, why.encode(), [], began, time.monotonic_ns())
            finally:
                self._release(lane)
        return Reply(status, answered, cookies, began, time.monotonic_ns())

    def close(self) -> None:
        """End all connections."""
        for lane in self._all:
            lane.close()
        self._idle.clear()
        self._all.clear()

    def _release(self, lane: Lane | None) -> None:
        if lane is not None and lane.is_usable:
            self._idle.append(lane)
        elif lane is not None:
            lane.close()
            self._all.discard(lane)

    async def _lane(self) -> Lane:
        """Give a connection that is open, the one that was used last if there is any."""
        while self._idle:
            lane = self._idle.pop()
            if lane.is_usable:
                return lane
            self._all.discard(lane)
        lane = Lane()
        is_secure = self._url.startswith("https")
        host, _ = address = address_of(self._url)
        security: dict[str, Any] = {"ssl": tls(self._transport.tls), "server_hostname": host} if is_secure else {}
        raw = None
        try:
            raw = await connected(address, self._transport.proxy)
            await asyncio.get_running_loop().create_connection(lambda: lane, sock=raw, **security)
        except (OSError, UnicodeError) as error:
            if raw is not None:
                with contextlib.suppress(OSError):
                    raw.close()
            why = why_unreached(error, self._url, self._transport)
            raise EnvironmentFault(f"nothing answers at {self._url}: {why}") from None
        self._all.add(lane)
        return lane

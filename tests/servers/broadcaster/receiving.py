"""A receiver of webhooks: it keeps what it is sent, and answers as it is told to."""

import asyncio
import json
from collections import deque
from types import TracebackType
from typing import Any, Self

import h11

PATIENCE = 10.0


class Receiver:
    """Listens on loopback for as long as a block; each request is answered with the next of `statuses`, else 200."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.statuses: deque[int] = deque()
        self.is_answering = asyncio.Event()
        """Clear it, and requests are read and left without an answer until it is set again."""
        self.is_answering.set()
        self._came = asyncio.Condition()
        self._server: asyncio.Server

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.is_answering.set()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """Where it is."""
        host, port = self._server.sockets[0].getsockname()
        return f"http://{host}:{port}/hooks?from=us"

    @property
    def events(self) -> list[dict[str, Any]]:
        """What it was told, in order, whatever it answered."""
        return [event for _, body in self.requests for event in json.loads(body)["events"]]

    async def until(self, requests: int) -> list[tuple[dict[str, str], bytes]]:
        """Wait until so many requests came, and give all of them."""
        async with asyncio.timeout(PATIENCE), self._came:
            await self._came.wait_for(lambda: len(self.requests) >= requests)
        return self.requests

    async def until_told(self, *names: str) -> list[dict[str, Any]]:
        """Wait until it was told of events of these names, and give all that it was told."""
        async with asyncio.timeout(PATIENCE), self._came:
            await self._came.wait_for(lambda: {event["name"] for event in self.events} >= set(names))
        return self.events

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection, headers, body = h11.Connection(h11.SERVER), {}, b""
        while not isinstance(event := connection.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                connection.receive_data(await reader.read(65_536))
            elif isinstance(event, h11.Request):
                headers = {name.decode(): value.decode() for name, value in event.headers}
                headers["target"] = event.target.decode()
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
        async with self._came:
            self.requests.append((headers, body))
            self._came.notify_all()
        await self.is_answering.wait()
        status = self.statuses.popleft() if self.statuses else 200
        answer = connection.send(h11.Response(status_code=status, headers=[("Content-Length", "0")]))
        writer.write((answer or b"") + (connection.send(h11.EndOfMessage()) or b""))
        writer.close()

"""A broadcaster on the test's own loop, real sockets to it, and clients that fence instead of sleeping."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect

from harness.lifetime import listen
from harness.protocol.signatures import channel_auth, sign_request
from harness.servers.broadcaster.server import Broadcaster
from harness.servers.broadcaster.settings import AppSettings, Settings

PATIENCE = 10.0
"""Seconds after which a test that waits for what never comes fails; no test takes them."""


class Client:
    """A WebSocket client that reads in order; `socket_id` is None until the greeting was read."""

    def __init__(self, socket: ClientConnection, key: str, secret: str) -> None:
        self.socket = socket
        self.socket_id: str | None = None
        self._key, self._secret = key, secret

    async def read(self) -> dict[str, Any]:
        """Give the next frame."""
        async with asyncio.timeout(PATIENCE):
            frame: dict[str, Any] = json.loads(await self.socket.recv())
        return frame

    async def greet(self) -> dict[str, Any]:
        """Read the first frame and learn the socket id from it."""
        frame = await self.read()
        self.socket_id = json.loads(frame["data"])["socket_id"]
        return frame

    async def send(self, event: str, data: Any = None, **members: Any) -> None:
        """Send one frame."""
        await self.socket.send(json.dumps({"event": event, "data": data or {}, **members}))

    async def fence(self) -> list[dict[str, Any]]:
        """Ping, and give every frame that came before the pong."""
        await self.send("pusher:ping")
        frames = [await self.read()]
        while frames[-1]["event"] != "pusher:pong":
            frames.append(await self.read())
        return frames[:-1]

    async def join(self, channel: str, member: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Subscribe with a good signature; give what came back."""
        data = {} if member is None else {"channel_data": json.dumps(member)}
        auth = channel_auth(self._key, self._secret, str(self.socket_id), channel, data.get("channel_data"))
        await self.send("pusher:subscribe", {"channel": channel, "auth": auth, **data})
        return await self.fence()

    async def end(self) -> tuple[int, str]:
        """Wait for the server to end the connection; give the close code that the client saw, and the reason."""
        async with asyncio.timeout(PATIENCE):
            await self.socket.wait_closed()
        return self.socket.close_code or 0, self.socket.close_reason or ""


class Served:
    """One broadcaster, and doors into it."""

    def __init__(self, broadcaster: Broadcaster, settings: Settings, address: tuple[str, int]) -> None:
        self.broadcaster = broadcaster
        self.settings = settings
        self.host, self.port = address
        self.http = httpx.AsyncClient(base_url=f"http://{self.host}:{self.port}", timeout=PATIENCE)
        self._writers: list[asyncio.StreamWriter] = []
        self._clients: list[Client] = []

    async def client(
        self, path: str | None = None, *, greeted: bool = True, app: AppSettings | None = None, **options: Any
    ) -> Client:
        """Open a WebSocket to an app; its greeting is read already unless told otherwise."""
        key, secret = (app.key, app.secret) if app else (self.settings.key, self.settings.secret)
        url = f"ws://{self.host}:{self.port}{path or f'/app/{key}?protocol=7'}"
        client = Client(await connect(url, compression=None, proxy=None, **options), key, secret)
        self._clients.append(client)
        if greeted:
            await client.greet()
        return client

    async def raw(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a bare TCP connection."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        self._writers.append(writer)
        return reader, writer

    async def exchange(self, sent: bytes) -> bytes:
        """Send bytes on a connection of their own; give all that comes back until its end."""
        reader, writer = await self.raw()
        writer.write(sent)
        async with asyncio.timeout(PATIENCE):
            return await reader.read()

    async def api(
        self, method: str, path: str, body: Any = None, *, app: AppSettings | None = None, **params: str
    ) -> httpx.Response:
        """Call the HTTP API of an app, rightly signed."""
        main = self.settings
        id_, key, secret = (app.id, app.key, app.secret) if app else (main.app_id, main.key, main.secret)
        content = b"" if body is None else json.dumps(body).encode()
        full = f"/apps/{id_}{path}"
        query = sign_request(key, secret, method, full, timestamp=int(time.time()), body=content, params=params)
        return await self.http.request(method, full, params=query, content=content)

    async def stop(self) -> None:
        """End the server first, so that no client waits for its part in a closing handshake; then cut the clients."""
        await self.broadcaster.stop()
        for writer in self._writers:
            writer.transport.abort()
        for client in self._clients:
            client.socket.transport.abort()
            await client.end()
        await self.http.aclose()


@pytest.fixture
def settings() -> Settings:
    """Give the settings that most tests serve."""
    return Settings(app_id="1001", key="demo-key", secret="demo-secret")


@pytest_asyncio.fixture
async def serve() -> AsyncIterator[Callable[..., Any]]:
    """Give a function that starts a broadcaster with these settings; all of them are stopped after the test."""
    running: list[Served] = []

    async def start(kind: type[Broadcaster] = Broadcaster, *, draw: Any = None, **settings: Any) -> Served:
        chosen = Settings(**{"app_id": "1001", "key": "demo-key", "secret": "demo-secret", **settings})
        broadcaster = kind(chosen) if draw is None else kind(chosen, draw_socket_id=draw)
        listener = listen(chosen.host, chosen.port)
        await broadcaster.start(listener)
        running.append(Served(broadcaster, chosen, listener.getsockname()))
        return running[-1]

    yield start
    for served in running:
        await served.stop()

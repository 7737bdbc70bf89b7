"""A client on `websockets`, which does everything right but the faults that it is made with."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import Iterable
from typing import Any, Final

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage

FAULTS: Final = {
    "none": set(),
    "subscribes twice": {"subscribe.once"},
    "keeps its signature": {"outage.first", "outage.second", "outage.third", "auth.fresh"},
    "storms": {"outage.storm", "outage.unreachable"},
    "ignores pings": {"ping.answers"},
    "reconnects on 4001": {"close.4001", "close.4001-handshake"},
    "hurries on 4100": {"close.4100"},
    "hammers": {"auth.403", "auth.401", "auth.500", "auth.html"},
    "chokes on no JSON": {"tolerates.invalid-json"},
    "ends on errors": {"tolerates.error"},
    "never pings": {"ping.asks"},
    "waits for ever": {"ping.gives-up"},
    "comes back twice": {"outage.third", "outage.storm"},
    "speaks first": {"connect.waits"},
    "takes late answers": {"auth.late"},
    "forgets its channels": {"outage.first", "outage.second", "outage.third"},
    "whispers wrongly": {"acts.whisper"},
    "rejoins what it left": {"acts.unsubscribe"},
    "asks for protocol 5": {"connect.url"},
    "alters the signature": {"subscribe.signature", "outage.first", "outage.second", "outage.third"},
    "opens two": {"connect.once"},
}
"""Each fault, and the exercises that must convict it."""

_TLS = ssl.create_default_context()
"""Not used, but made for each HTTP client that is not given one, which takes longer than all else."""

CHANNELS: Final = ("private-chat.1", "presence-room.1")


class Visitor:
    """Is started and stopped as `Guest` says; `acts` tells what has to be done in it."""

    def __init__(self, fault: str = "none", pace: float = 0.1) -> None:
        self.acts: Any = lambda: ""
        self.late: list[asyncio.Task[None]] = []
        self.socket: Any = None
        self._fault = fault
        self._pace = pace
        self._task: asyncio.Task[None] | None = None

    @property
    def ended(self) -> int | None:
        """It is no process, but may have given up."""
        return 0 if self._task is not None and self._task.done() else None

    async def start(self, host: str, port: int) -> None:
        """Begin anew."""
        await self.stop()
        self.begin(host, port)

    def begin(self, host: str, port: int) -> None:
        """Begin, without looking back."""
        self._url = f"http://{host}:{port}"
        self._channels = list(CHANNELS)
        self._grants: dict[str, dict[str, str]] = {}
        self._outages = 0
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End it."""
        if self._task is not None:
            await _ended([self._task, *self.late])

    async def _run(self) -> None:
        attempt = 0
        async with httpx.AsyncClient(base_url=self._url, trust_env=False, verify=_TLS) as http:
            while True:
                life = _Life(self, http)
                code = await life.live()
                attempt = 1 if life.socket_id else attempt + 1
                pause = self._pause(code, attempt)
                if pause is None:
                    return
                await asyncio.sleep(pause * self._pace)

    def _pause(self, code: int, attempt: int) -> float | None:
        self._outages += code == 1006 and attempt == 1
        if self._fault == "comes back twice" and self._outages > 2:
            return None
        if code in range(4000, 4100):
            return 0.0 if self._fault == "reconnects on 4001" and code == 4001 else None
        if code in range(4200, 4300) or (self._fault == "storms" and code == 1006):
            return 0.0
        if code in range(4100, 4200) and self._fault == "hurries on 4100":
            return 0.1
        return 1.1 * 2 ** min(attempt - 1, 3)


class _Life:
    """One connection of a visitor."""

    def __init__(self, of: Visitor, http: httpx.AsyncClient) -> None:
        self.socket_id = ""
        self._of = of
        self._http = http
        self._fault = of._fault
        self._tasks: list[asyncio.Task[None]] = []
        self._error = 0
        self._joined: set[str] = set()
        self._timeout: float | None = None

    async def live(self) -> int:
        """Stay connected as long as it goes; give the code that says why it ended."""
        protocol = 5 if self._fault == "asks for protocol 5" else 7
        url = f"{self._of._url.replace('http', 'ws')}/app/rig-key?protocol={protocol}&client=visitor&version=1.0"
        try:
            async with connect(url, proxy=None, ping_interval=None, max_size=None) as socket:
                return await self._converse(socket, url)
        except (OSError, InvalidMessage, EOFError):
            return 1006
        finally:
            await _ended(self._tasks)

    async def _converse(self, socket: ClientConnection, url: str) -> int:
        if self._fault == "opens two":
            self._do(self._second, url)
        self._of.socket, code = socket, 1000
        try:
            if self._fault == "speaks first":
                await self._guarded(self._say, socket, "pusher:ping", {})
            await self._read(socket)
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd else 1006
        return self._error if self._error and not self.socket_id else code

    async def _second(self, url: str) -> None:
        async with connect(url, proxy=None) as other:
            await other.wait_closed()

    async def _read(self, socket: ClientConnection) -> None:
        is_waiting = False
        while True:
            try:
                async with asyncio.timeout(self._timeout and (1.0 if is_waiting else self._timeout)):
                    text = await socket.recv()
            except TimeoutError:
                if is_waiting and self._fault != "waits for ever":
                    return
                if self._fault != "never pings" and not is_waiting:
                    await self._say(socket, "pusher:ping", {})
                    is_waiting = True
                continue
            is_waiting = False
            if not await self._take(socket, self._understood(text), text):
                return

    async def _take(self, socket: ClientConnection, frame: dict[str, Any] | None, text: str | bytes) -> bool:
        """React to a frame; tell whether the connection is to go on."""
        if frame is None:
            return not (self._fault == "chokes on no JSON" and _is_no_json(text))
        if frame["event"] == "pusher:connection_established" and not self.socket_id:
            data = json.loads(frame["data"])
            self.socket_id, self._timeout = data["socket_id"], data["activity_timeout"]
            self._do(self._join_all, socket)
            self._do(self._act, socket)
        elif frame["event"] == "pusher:ping" and self._fault != "ignores pings":
            await self._say(socket, "pusher:pong", {})
        elif frame["event"] == "pusher:error":
            self._error = _code(frame.get("data"))
            return self._fault != "ends on errors"
        return True

    def _understood(self, text: str | bytes) -> dict[str, Any] | None:
        try:
            frame = json.loads(text)
        except ValueError:
            return None
        return frame if isinstance(frame, dict) and isinstance(frame.get("event"), str) else None

    async def _join_all(self, socket: ClientConnection) -> None:
        if self._fault == "forgets its channels" and self._of._outages:
            return
        for channel in self._of._channels:
            self._do(self._join, socket, channel, outlives=self._fault == "takes late answers")

    async def _join(self, socket: ClientConnection, channel: str) -> None:
        if self._fault == "keeps its signature" and channel in self._of._grants:
            grant: dict[str, str] | None = self._of._grants[channel]
        else:
            grant = await self._granted(channel)
        if grant is None:
            return
        self._of._grants[channel] = grant
        if self._fault == "alters the signature":
            grant = {**grant, "auth": grant["auth"][:-1] + ("0" if grant["auth"][-1] != "0" else "1")}
        self._joined.add(channel)
        for _ in range(2 if self._fault == "subscribes twice" else 1):
            there = self._of.socket if self._fault == "takes late answers" else socket
            await self._say(there, "pusher:subscribe", {"channel": channel, **grant})

    async def _granted(self, channel: str) -> dict[str, str] | None:
        fields = {"socket_id": self.socket_id, "channel_name": channel}
        for _ in range(8 if self._fault == "hammers" else 1):
            answer = await self._http.post("/broadcasting/auth", data=fields, timeout=30)
            with contextlib.suppress(ValueError):
                if answer.status_code == 200:
                    return dict(answer.json())
        return None

    async def _act(self, socket: ClientConnection) -> None:
        channel, has_whispered = CHANNELS[1], False
        while True:
            await asyncio.sleep(0.02)
            act = self._of.acts()
            if act == "whisper" and channel in self._joined and not has_whispered:
                name = "typing" if self._fault == "whispers wrongly" else "client-typing"
                await socket.send(json.dumps({"event": name, "channel": channel, "data": {"on": True}}))
                has_whispered = True
            if act == "unsubscribe" and channel in self._of._channels and channel in self._joined:
                if self._fault != "rejoins what it left":
                    self._of._channels.remove(channel)
                await self._say(socket, "pusher:unsubscribe", {"channel": channel})
                return

    def _do(self, act: Any, *about: Any, outlives: bool = False) -> None:
        task = asyncio.create_task(self._guarded(act, *about))
        (self._of.late if outlives else self._tasks).append(task)

    async def _guarded(self, act: Any, *about: Any) -> None:
        with contextlib.suppress(ConnectionClosed, OSError, httpx.HTTPError, InvalidMessage):
            await act(*about)

    async def _say(self, socket: ClientConnection, event: str, data: object) -> None:
        await socket.send(json.dumps({"event": event, "data": data}))


async def _ended(tasks: Iterable[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _is_no_json(text: str | bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return True
    return False


def _code(data: object) -> int:
    detail = json.loads(data) if isinstance(data, str) else data
    code = detail.get("code") if isinstance(detail, dict) else None
    return code if isinstance(code, int) else 0

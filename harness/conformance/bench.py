"""Where a case is tried: connections to one server, names that nobody else has, and calls of its HTTP API."""

import asyncio
import secrets
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

from harness.conformance.api import ApiAnswer, Signing, request, target_of, written
from harness.conformance.peer import Log, Peer
from harness.conformance.server import MAIN, Server
from harness.conformance.wire import connect, upgrade
from harness.errors import UsageError
from harness.protocol.signatures import channel_auth, user_auth

QUERY: Final = "protocol=7&client=realtime-harness&version=1"
_PREFIXES: Final = {
    "public": "",
    "private": "private-",
    "presence": "presence-",
    "encrypted": "private-encrypted-",
    "cache": "cache-",
    "private-cache": "private-cache-",
    "presence-cache": "presence-cache-",
    "encrypted-cache": "private-encrypted-cache-",
}
_RIGHT: Final = Signing()
_PEOPLE: Final = "abcdefghijklmnopqrstuvwxyz"


class Bench:
    """One server, and what one case does to it."""

    def __init__(self, server: Server, *, patience: float = 1.0, log: Log | None = None) -> None:
        self.server = server
        self.within = 5.0 * patience
        """Seconds that the server has for one answer."""
        self.down = ""
        """Why there is no server any more, once a case has found that."""
        self._log = log or Log()
        self._peers: list[Peer] = []
        self._mark = secrets.token_hex(4)
        self._names = 0

    @property
    def log(self) -> list[dict[str, Any]]:
        """What was said so far, step by step."""
        return self._log.steps

    @property
    def hurried(self) -> "Bench":
        """A bench with the twin of the server that has compressed timers; its steps go to the same log."""
        twin = self.server.hurried
        return self if twin is None else Bench(twin, patience=self.within / 5.0, log=self._log)

    @property
    def another(self) -> "Bench":
        """Another bench with the same server, of which nothing is logged here."""
        return Bench(self.server, patience=self.within / 5.0)

    def has(self, need: str) -> bool:
        """Tell whether a need can be served."""
        return not self.server.why_not(need)

    async def open(
        self,
        app: str = MAIN,
        *,
        key: str | None = None,
        path: str | None = None,
        query: str | None = None,
        headers: Iterable[tuple[str, str]] = (),
        line: tuple[str, str] = ("GET", "HTTP/1.1"),
        handshake: bool = True,
        answers_pings: bool = True,
    ) -> Peer:
        """
        Open a connection and hear its greeting; without `handshake`, of TCP alone.

        `path` takes the place of `/app/KEY`, an empty `query` leaves it out, `line` is the method and the version of
        the request. Raises `EnvironmentFault` when there is no
        connection, `NotExercised` when there is no such app.
        """
        account = self.server.app(app)
        wire = await connect(self.server.url, within=self.within)
        who = _PEOPLE[len(self._peers) % len(_PEOPLE)]
        peer = Peer(who, account, wire, self._log, within=self.within, answers_pings=answers_pings)
        self._peers.append(peer)
        if handshake:
            await peer.shake_hands(self.request(app, key=key, path=path, query=query, headers=headers, line=line))
        return peer

    def request(
        self,
        app: str = MAIN,
        *,
        key: str | None = None,
        path: str | None = None,
        query: str | None = None,
        headers: Iterable[tuple[str, str]] = (),
        line: tuple[str, str] = ("GET", "HTTP/1.1"),
    ) -> bytes:
        """Give the bytes of a request to upgrade, as `open` sends it."""
        parts = urlsplit(self.server.url)
        asked_key = self.server.app(app).key if key is None else key
        target = parts.path + (f"/app/{quote(asked_key, safe='')}" if path is None else path)
        asked = QUERY if query is None else query
        target += f"?{asked}" if asked else ""
        return upgrade(parts.netloc, target, headers, method=line[0], version=line[1])

    def channel(self, kind: str = "public") -> str:
        """Give a name of this kind that nobody had before; raises `UsageError` for a kind that is none."""
        if kind not in _PREFIXES:
            raise UsageError(f"there is no kind of channel {kind!r}; use one of: {', '.join(_PREFIXES)}")
        self._names += 1
        return f"{_PREFIXES[kind]}conformance-{self._mark}-{self._names}"

    def sign(
        self, peer: Peer, channel: str, data: str | None = None, *, secret: str | None = None, key: str | None = None
    ) -> str:
        """Sign the right of a peer to join a channel, with the credentials of its app unless told otherwise."""
        ours = peer.account
        used = (ours.key if key is None else key, ours.secret if secret is None else secret)
        return channel_auth(*used, peer.socket_id, channel, data)

    def sign_user(self, peer: Peer, user_data: str, *, secret: str | None = None, key: str | None = None) -> str:
        """Sign who a peer is."""
        ours = peer.account
        used = (ours.key if key is None else key, ours.secret if secret is None else secret)
        return user_auth(*used, peer.socket_id, user_data)

    async def join(self, peer: Peer, channel: str, data: str | None = None) -> str:
        """Subscribe with a good signature, where the name asks for one; give what was heard then."""
        is_guarded = channel.startswith(("private", "presence"))
        return await peer.subscribe(channel, self.sign(peer, channel, data) if is_guarded else None, data)

    async def api(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        app: str = MAIN,
        params: Mapping[str, str] | None = None,
        signed: bool = True,
        signing: Signing = _RIGHT,
        headers: Mapping[str, str] | None = None,
    ) -> ApiAnswer:
        """Call the HTTP API of an app: `path` is whole or what stands behind `/apps/ID`, `signing` how it is signed."""
        account = self.server.app(app)
        whole = path if path.startswith("/apps/") else f"/apps/{account.id}{path}"
        content = written(body)
        query = dict(params or {})
        if signed:
            query = signing.params(account, method, whole, content, query)
        return await self.http(method, target_of(whole, query), content, headers)

    async def http(
        self, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> ApiAnswer:
        """Send a plain request for a path of the server."""
        answer = await request(self.server.api_url, method, target, body, headers, within=self.within)
        asked = f"{method} {target.partition('?')[0]}"
        self._log.add("api", http={"request": asked, "status": answer.status, "body": answer.body[:500]})
        return answer

    async def publish(
        self,
        channel: str,
        event: str = "MessageSent",
        data: Any = "{}",
        *,
        socket_id: str | None = None,
        app: str = MAIN,
    ) -> ApiAnswer:
        """Publish an event on one channel."""
        body = {"name": event, "channels": [channel], "data": data}
        return await self.api(
            "POST", "/events", body if socket_id is None else body | {"socket_id": socket_id}, app=app
        )

    async def close(self) -> None:
        """Leave the server as it was found: every connection is closed in order."""
        peers, self._peers = self._peers, []
        await asyncio.gather(*(peer.leave() for peer in peers))

"""Publishing: the signed HTTP API of the broadcaster, spoken as `pusher-http-php` speaks it for Laravel."""

import socket
import time
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import httpcore

from harness.errors import EnvironmentFault, HarnessError
from harness.protocol.messages import php_json
from harness.protocol.signatures import is_socket_id, sign_request
from harness.servers.backend.settings import Broadcaster

TIMEOUTS = {"connect": 10.0, "read": 30.0, "write": 30.0, "pool": 30.0}  # Guzzle's, as Laravel configures it
ANSWER_IN_LOG = 200
HEAD_BYTES = 600  # request line with its signature, and headers
_FAILURES = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
)


class Publisher:
    """
    Sends events to the broadcaster, over connections that are kept.

    A publish is awaited until it was answered, like a `ShouldBroadcastNow` event: whoever sends a message hears of a
    broadcast that failed. Text travels as PHP encodes it, every non-ASCII letter as a six-character escape, so some
    1,300 Arabic letters reach Reverb's limit of 10,000 bytes a request.
    """

    def __init__(self, broadcaster: Broadcaster) -> None:
        self._broadcaster = broadcaster
        self._url = broadcaster.url.rstrip("/")
        self._app_path = f"/apps/{broadcaster.app_id}"
        self.is_cut_off = False
        """Whether the broadcaster cannot be reached from here, as a fault."""
        self._pool = httpcore.AsyncConnectionPool(socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)])

    async def publish(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> None:
        """
        Publish one event to everybody on `channel` but the connection `socket_id`.

        Raises `HarnessError` for a `socket_id` that cannot be one, as the PHP library does, and `EnvironmentFault` when
        the broadcaster cannot be reached or does not answer 200.
        """
        if socket_id is not None and not is_socket_id(socket_id):
            raise HarnessError(f"Invalid socket ID {socket_id!r}")
        body = event_body(channel, event, data, socket_id=socket_id)
        await self._post("/events", body)

    async def terminate(self, user_id: int) -> None:
        """
        End every connection that holds a presence subscription of this person.

        Raises `EnvironmentFault` as `publish` does.
        """
        await self._post(f"/users/{user_id}/terminate_connections", b"{}")

    def size(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> int:
        """Give the bytes that a publish takes on the wire, at most: its body, and a head of `HEAD_BYTES`."""
        return HEAD_BYTES + len(event_body(channel, event, data, socket_id=socket_id))

    async def close(self) -> None:
        """Close the kept connections."""
        await self._pool.aclose()

    async def _post(self, route: str, body: bytes) -> None:
        app, path = self._broadcaster, f"{self._app_path}{route}"
        query = urlencode(sign_request(app.key, app.secret, "POST", path, timestamp=int(time.time()), body=body))
        if self.is_cut_off:
            raise EnvironmentFault(f"the broadcaster at {self._url} cannot be reached: a fault that was asked for")
        try:
            response = await self._pool.request(
                "POST",
                f"{self._url}{path}?{query}",
                headers={"Content-Type": "application/json"},
                content=body,
                extensions={"timeout": TIMEOUTS},
            )
        except _FAILURES as error:
            raise EnvironmentFault(f"the broadcaster at {self._url} cannot be reached: {error!r}") from error
        if response.status != HTTPStatus.OK:
            raise EnvironmentFault(f"Pusher error: {response.status} {response.content[:ANSWER_IN_LOG]!r}")


def event_body(channel: str, event: str, data: dict[str, Any], *, socket_id: str | None) -> bytes:
    """Build the body of a publish; `data` is JSON within JSON, and `socket_id` is who shall not hear it."""
    fields: dict[str, Any] = {"name": event, "data": php_json(data), "channels": [channel]}
    if socket_id is not None:
        fields["socket_id"] = socket_id
    return php_json(fields).encode()

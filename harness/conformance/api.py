"""Calls of a server's HTTP API as they are told to be: rightly signed, wrongly, or not at all."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import h11
import msgspec

from harness.conformance.server import Account
from harness.conformance.wire import connect
from harness.errors import EnvironmentFault
from harness.protocol.signatures import sign_request

_CHUNK: Final = 65_536
_MAX_BODY: Final = 16 * 2**20
"""Bytes of an answer that are read."""


@dataclass(frozen=True)
class ApiAnswer:
    """What an API answered; names of headers in lower case, status 0 for what is no HTTP."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The behaviour."""
        return f"http {self.status}"

    def json(self) -> Any:
        """Give the body as a value, None for what is no JSON."""
        try:
            return msgspec.json.decode(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True)
class Signing:
    """How a call is signed; each field that is set makes it another than the right one."""

    secret: str | None = None
    key: str | None = None
    seconds_off: int = 0
    """What the time stamp differs by from our clock."""
    signed_body: bytes | None = None
    """What is signed instead of what is sent."""
    method: str | None = None
    path: str | None = None
    without: tuple[str, ...] = ()
    """Parameters that are signed and not sent."""
    instead: Mapping[str, str] = field(default_factory=dict)
    """Parameters that are sent otherwise than they were signed."""

    def params(
        self, account: Account, method: str, path: str, body: bytes, params: Mapping[str, str]
    ) -> dict[str, str]:
        """Give the parameters of a call."""
        signed = sign_request(
            account.key if self.key is None else self.key,
            account.secret if self.secret is None else self.secret,
            self.method or method,
            self.path or path,
            timestamp=int(time.time()) + self.seconds_off,
            body=body if self.signed_body is None else self.signed_body,
            params=params,
        )
        return {name: value for name, value in {**signed, **self.instead}.items() if name not in self.without}


def written(body: Any) -> bytes:
    """Give the bytes of a body: those that it is, text as UTF-8, anything else as JSON, None as none."""
    if body is None or isinstance(body, bytes):
        return body or b""
    return body.encode() if isinstance(body, str) else msgspec.json.encode(body)


def target_of(path: str, params: Mapping[str, str]) -> str:
    """Write path and query of a request."""
    return quote(path, safe="/%:@,;=") + (f"?{urlencode(params)}" if params else "")


async def request(
    url: str, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None, *, within: float
) -> ApiAnswer:
    """Send a request on a connection of its own; raises `EnvironmentFault` when nothing comes back in time."""
    parts = urlsplit(url)
    fields = {"Host": parts.netloc, "Connection": "close", "Content-Type": "application/json"} | dict(headers or {})
    fields.setdefault("Content-Length", str(len(body)))
    wire = await connect(url, within=within)
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    wire.send(f"{method} {parts.path}{target} HTTP/1.1\r\n{lines}\r\n".encode() + body)
    try:
        async with asyncio.timeout(within):
            return await _answer(wire.read, method)
    except TimeoutError as error:
        raise EnvironmentFault(f"{method} {target.partition('?')[0]} of {url} was not answered in time") from error
    finally:
        wire.abort()


async def _answer(read: Any, method: str) -> ApiAnswer:
    connection = h11.Connection(h11.CLIENT)
    # What was sent is not always what h11 would have sent; it only has to know which answer it reads.
    connection.send(h11.Request(method=method if method.isalpha() else "POST", target="/", headers=[("Host", "-")]))
    connection.send(h11.EndOfMessage())
    head, body = None, bytearray()
    try:
        while len(body) < _MAX_BODY and not isinstance(event := connection.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                connection.receive_data(await read(_CHUNK))
            elif isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif not isinstance(event, h11.InformationalResponse):
                break
    except (h11.RemoteProtocolError, OSError):
        pass
    if head is None:
        return ApiAnswer(0, body.decode(errors="backslashreplace"))
    fields = {name.decode(): value.decode("latin-1") for name, value in head.headers}
    return ApiAnswer(head.status_code, body.decode(errors="backslashreplace"), fields)

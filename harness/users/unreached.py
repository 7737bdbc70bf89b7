"""Why nobody was reached, in one sentence: the name, the certificate, the proxy, and which setting to look at."""

import socket
import ssl
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from websockets.http11 import Response

from harness.config import Transport
from harness.users.detours import address_of
from harness.users.tunnels import address_of_proxy

_SUCCESS: Final = range(200, 300)
_REDIRECTS: Final = range(300, 400)
_TOO_MANY: Final = 429


def why_unreached(error: BaseException, url: str, transport: Transport, *, server: str = "") -> str:
    """
    Say why a connection to `url` did not come about, and what to look at; `server` is what should answer there.

    The cause is searched for in what the error was raised from, since clients wrap it.
    """
    host, port = address_of(url)
    server = server or transport.table.rstrip("]").rpartition(".")[2] or "backend"
    table = transport.table or f"the {server}'s table"
    for one in _causes(error):
        if isinstance(one, ssl.SSLCertVerificationError):
            return (
                f"the certificate of {host} is not trusted ({one.verify_message or one.reason}): name its authority in "
                f'{table}, as in tls = {{ ca = "file.pem" }}, or trust anybody with tls = {{ verify = false }}'
            )
        if isinstance(one, ssl.SSLError):
            return (
                f"{host}:{port} does not agree on TLS ({one.reason or one}): is the scheme in `url` of {table} right, "
                "and does it want a `tls.certificate`?"
            )
        if isinstance(one, socket.gaierror):
            name, asked = (address_of_proxy(transport.proxy)[0], "proxy") if transport.proxy else (host, "url")
            return f"the name {name} cannot be resolved ({one.strerror}): look at `{asked}` of {table}"
    what = str(error) or type(error).__name__
    if transport.proxy:
        return f"{what}: look at `proxy` of {table}"
    return f"{what}; is the {server} running, and is this its address?"


def why_no_upgrade(response: Response, transport: Transport) -> str:
    """Say what an answer to an upgrade hints at, and what to look at; "" for one that a broadcaster itself may give."""
    setting = f"`url` of {transport.table or 'the broadcaster'}"
    if response.status_code in _REDIRECTS:
        parts = urlsplit(response.headers.get("Location", ""))
        where = f"{parts.scheme}://{parts.netloc}{parts.path}" if parts.netloc else parts.path or "elsewhere"
        return f"an upgrade to a WebSocket, and this redirects to {where}: look at {setting}, its scheme and its path"
    if response.status_code in _SUCCESS or "text/html" in response.headers.get("Content-Type", ""):
        return (
            f"an upgrade to a WebSocket, and this is a page: look at {setting}; something else answers there, or what "
            "stands in front does not pass an Upgrade on"
        )
    if response.status_code == _TOO_MANY:
        return "an upgrade to a WebSocket, and the server limits connections: lower `may.requests_per_second`"
    return ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Go from an error to what it was raised from, and on."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__

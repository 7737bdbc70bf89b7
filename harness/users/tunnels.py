"""The way through an HTTP proxy: CONNECT, and behind its answer the bytes are the server's (RFC 9110, 9.3.6)."""

import asyncio
import base64
import socket
from typing import Final
from urllib.parse import unquote, urlsplit

import h11

from harness.users.detours import Address

_PIECE: Final = 4096


class ProxyRefusedError(OSError):
    """The proxy did not open a tunnel; `status` is what it answered."""

    def __init__(self, proxy: str, status: int, reason: str) -> None:
        super().__init__(f"the proxy {proxy} answered CONNECT with {status} {reason}".rstrip())
        self.status = status


def address_of_proxy(proxy: str) -> Address:
    """Give what to dial for `http://[user:password@]host[:port]`."""
    parts = urlsplit(proxy)
    return parts.hostname or "", parts.port or 80


async def open_tunnel(raw: socket.socket, proxy: str, to: Address) -> None:
    """
    Ask the proxy at the other end of a connected socket for a tunnel, and come back when it stands.

    Raises `ProxyRefusedError` when it says no, `OSError` when it leaves or speaks no HTTP.
    """
    loop = asyncio.get_running_loop()
    host, port = to
    name = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    headers = [("Host", name), *_authorization(proxy)]
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=64 * 1024)
    await loop.sock_sendall(raw, connection.send(h11.Request(method="CONNECT", target=name, headers=headers)) or b"")
    await loop.sock_sendall(raw, connection.send(h11.EndOfMessage()) or b"")
    shown = "{}:{}".format(*address_of_proxy(proxy))
    while True:
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError as error:
            raise ConnectionError(f"the proxy {shown} does not answer CONNECT as HTTP asks: {error}") from None
        if isinstance(event, h11.Response):
            if not 200 <= event.status_code < 300:  # noqa: PLR2004  any 2xx stands for a tunnel
                raise ProxyRefusedError(shown, event.status_code, event.reason.decode("ascii", "replace"))
            return  # whoever calls speaks first behind it, so nothing can have been read beyond the answer
        if event is h11.NEED_DATA:
            connection.receive_data(await loop.sock_recv(raw, _PIECE))
        elif isinstance(event, h11.ConnectionClosed):
            raise ConnectionError(f"the proxy {shown} left without answering CONNECT")


def _authorization(proxy: str) -> list[tuple[str, str]]:
    parts = urlsplit(proxy)
    if parts.username is None:
        return []
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return [("Proxy-Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}")]

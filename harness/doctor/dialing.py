"""Names, ports, TLS: what lies below HTTP, each tried alone, so that the one that fails is the one that is named."""

import asyncio
import socket
import ssl
from typing import Final
from urllib.parse import urlsplit

from harness.config import DIRECT, Tls, Transport
from harness.doctor.observations import Reached
from harness.users.detours import address_of
from harness.users.socket import connected
from harness.users.trust import tls
from harness.users.tunnels import ProxyRefusedError, address_of_proxy

_SECURE: Final = ("https", "wss")
_HELLO: Final = b"GET / HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n"
_TRUSTING: Final = Tls(verify=False)
"""Asks for no certificate: what goes over it is a greeting."""


def is_secure(url: str) -> bool:
    """Tell whether an address asks for TLS."""
    return urlsplit(url).scheme in _SECURE


async def look_up(url: str, seconds: float, way: Transport = DIRECT) -> Reached:
    """Ask for the addresses of a name; behind a proxy it is the proxy's, which looks up the other."""
    host, port = address_of_proxy(way.proxy) if way.proxy else address_of(url)
    try:
        async with asyncio.timeout(seconds):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError:
        return Reached(address=host, failure="name", says=f"no answer within {seconds:g} s")
    except (OSError, UnicodeError) as error:
        return Reached(address=host, failure="name", says=_words(error))
    return Reached(address=host, addresses=tuple(dict.fromkeys(str(one[4][0]) for one in found)))


async def dial(url: str, seconds: float, way: Transport = DIRECT) -> Reached:
    """Open a TCP connection, through the proxy where there is one, and close it."""
    host, port = address_of(url)
    address = f"{host}:{port}"
    try:
        async with asyncio.timeout(seconds):
            raw = await connected((host, port), way.proxy)
    except TimeoutError:
        return Reached(address=address, failure="silent", says=f"no answer within {seconds:g} s")
    except ProxyRefusedError as error:
        return Reached(address=address, failure="proxy", says=str(error))
    except ConnectionRefusedError:
        return Reached(address=address, failure="refused", says="connection refused")
    except OSError as error:
        return Reached(address=address, failure="unreachable", says=_words(error))
    raw.close()
    return Reached(address=address)


async def secure(url: str, seconds: float, way: Transport = DIRECT) -> Reached:
    """Shake hands over TLS; a certificate that does not hold is told from a port that speaks none."""
    address = "{}:{}".format(*address_of(url))
    failed = await _handshake(url, tls(way.tls), seconds, way)
    if failed is None:
        return Reached(address=address)
    if isinstance(failed, ssl.SSLCertVerificationError):
        return Reached(address=address, failure="certificate", says=failed.verify_message)
    speaks_plainly = await _speaks_plainly(url, seconds, way)
    return Reached(address=address, failure="no-tls", says=_words(failed), other_scheme=speaks_plainly)


async def speaks_tls(url: str, seconds: float, way: Transport = DIRECT) -> bool:
    """Tell whether a port that was declared as plain shakes hands over TLS."""
    return await _handshake(url, tls(_TRUSTING), seconds, way) is None


async def opened(
    url: str, way: Transport, context: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to an address, through the proxy where there is one; raises `OSError`."""
    host, port = address_of(url)
    raw = await connected((host, port), way.proxy)
    try:
        return await asyncio.open_connection(sock=raw, ssl=context, server_hostname=host if context else None)
    except BaseException:
        raw.close()
        raise


async def _handshake(url: str, context: ssl.SSLContext, seconds: float, way: Transport) -> Exception | None:
    try:
        async with asyncio.timeout(seconds):
            _, writer = await opened(url, way, context)
    except (OSError, TimeoutError) as error:
        return error
    _leave(writer)
    return None


async def _speaks_plainly(url: str, seconds: float, way: Transport) -> bool:
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await opened(url, way, None)
            writer.write(_HELLO)
            return await reader.read(5) == b"HTTP/"
    except (OSError, TimeoutError):
        return False
    finally:
        if writer is not None:
            _leave(writer)


def _leave(writer: asyncio.StreamWriter) -> None:
    """Abort: a close over TLS waits for the peer, whom nobody needs any more."""
    writer.transport.abort()


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__

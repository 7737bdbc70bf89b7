"""Names, ports, TLS: what lies below HTTP, each tried alone, so that the one that fails is the one that is named."""

import asyncio
import socket
import ssl
from functools import cache
from typing import Final
from urllib.parse import urlsplit

from harness.doctor.observations import Reached

_PORTS: Final = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_SECURE: Final = ("https", "wss")
_HELLO: Final = b"GET / HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n"


def address_of(url: str) -> tuple[str, int]:
    """Give host and port of an address."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or _PORTS[parts.scheme]


def is_secure(url: str) -> bool:
    """Tell whether an address asks for TLS."""
    return urlsplit(url).scheme in _SECURE


@cache
def trusting() -> ssl.SSLContext:
    """Make the context that asks for no certificate: it carries nothing but a greeting."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@cache
def checking() -> ssl.SSLContext:
    """Make the context that everything else uses."""
    return ssl.create_default_context()


async def look_up(url: str, seconds: float) -> Reached:
    """Ask for the addresses of a name."""
    host, port = address_of(url)
    try:
        async with asyncio.timeout(seconds):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError:
        return Reached(address=host, failure="name", says=f"no answer within {seconds:g} s")
    except (OSError, UnicodeError) as error:
        return Reached(address=host, failure="name", says=_words(error))
    return Reached(address=host, addresses=tuple(dict.fromkeys(str(one[4][0]) for one in found)))


async def dial(url: str, seconds: float) -> Reached:
    """Open a TCP connection, and close it."""
    host, port = address_of(url)
    address = f"{host}:{port}"
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return Reached(address=address, failure="silent", says=f"no answer within {seconds:g} s")
    except ConnectionRefusedError:
        return Reached(address=address, failure="refused", says="connection refused")
    except OSError as error:
        return Reached(address=address, failure="unreachable", says=_words(error))
    _leave(writer)
    return Reached(address=address)


async def secure(url: str, seconds: float) -> Reached:
    """Shake hands over TLS; a certificate that does not hold is told from a port that speaks none."""
    host, port = address_of(url)
    address = f"{host}:{port}"
    failed = await _handshake(host, port, checking(), seconds)
    if failed is None:
        return Reached(address=address)
    if isinstance(failed, ssl.SSLCertVerificationError):
        return Reached(address=address, failure="certificate", says=failed.verify_message)
    speaks_plainly = await _speaks_plainly(host, port, seconds)
    return Reached(address=address, failure="no-tls", says=_words(failed), other_scheme=speaks_plainly)


async def speaks_tls(url: str, seconds: float) -> bool:
    """Tell whether a port that was declared as plain shakes hands over TLS."""
    return await _handshake(*address_of(url), trusting(), seconds) is None


async def _handshake(host: str, port: int, context: ssl.SSLContext, seconds: float) -> Exception | None:
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
    except (OSError, TimeoutError) as error:
        return error
    _leave(writer)
    return None


async def _speaks_plainly(host: str, port: int, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(_HELLO)
            answered = await reader.read(5)
    except (OSError, TimeoutError):
        return False
    _leave(writer)
    return answered == b"HTTP/"


def _leave(writer: asyncio.StreamWriter) -> None:
    """Abort: a close over TLS waits for the peer, whom nobody needs any more."""
    writer.transport.abort()


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__

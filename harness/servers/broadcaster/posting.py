"""One HTTP POST from the broadcaster's own loop: what a webhook is sent with."""

import asyncio
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import h11

_CHUNK: Final = 65_536


async def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """
    Send a body to an `http://` address, on a connection of its own, and give the status that came back.

    Raises `OSError` for an address where nobody answers, or for an answer that is none. Has no limit in time.
    """
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
    try:
        return await _exchange(reader, writer, _request(url, headers, body), body)
    except h11.ProtocolError as error:
        raise OSError(f"no HTTP came back: {error}") from error
    finally:
        writer.transport.abort()  # not close(): who was told enough need not agree to the end


def _request(url: str, headers: Mapping[str, str], body: bytes) -> h11.Request:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    own = {"Host": parts.netloc, "Connection": "close", "Content-Length": str(len(body))}
    return h11.Request(method="POST", target=target, headers=list({**own, **headers}.items()))


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: h11.Request, body: bytes
) -> int:
    connection = h11.Connection(h11.CLIENT)
    for event in (request, h11.Data(body), h11.EndOfMessage()):
        writer.write(connection.send(event) or b"")
    await writer.drain()
    while True:
        answer = connection.next_event()
        if answer is h11.NEED_DATA:
            connection.receive_data(await reader.read(_CHUNK))
        elif isinstance(answer, h11.Response):
            return answer.status_code

"""What is no server of this protocol, or is told of its app wrongly, is told once, and quickly."""

import asyncio
import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from harness.conformance.bench import Bench
from harness.conformance.server import MAIN, Account, Server
from harness.conformance.standing import prove
from harness.conformance.wire import frame
from harness.errors import EnvironmentFault

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
ESTABLISHED = r'{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.2\"}"}'
PONG = '{"event":"pusher:pong","data":"{}"}'


async def _http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")


async def _ssh(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")


async def _silent(_: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """End at once."""


async def _mail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example ESMTP\r\n")
    await reader.read()


async def _mute(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read(-1)


def _websocket(*texts: str) -> Callable[..., Any]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        key = next(line for line in head.split(b"\r\n") if line.startswith(b"Sec-WebSocket-Key")).split(b": ")[1]
        accept = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
        writer.write(b"HTTP/1.1 101 Switching\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        for text in texts:
            writer.write(frame(text, masked=False))
        await reader.read(9)

    return answer


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (_http, "answered a request to upgrade with 'HTTP/1.1 200 OK'"),
        (_ssh, "answered a request to upgrade with 'SSH-2.0-OpenSSH'"),
        (_mail, "answered a request to upgrade with '220 mail.example ESMTP'"),
        (_silent, "it ended the connection without a word"),
        (_mute, "it said nothing for 1 s"),
        (_websocket("hello"), "it upgraded, and it said 'no JSON then closed 1006'"),
        (_websocket('{"event":"welcome"}'), "it upgraded, and it said 'event welcome then closed 1006'"),
        (_websocket(ESTABLISHED), "greets clients and answers no ping"),
        (_websocket(ESTABLISHED, PONG), "lets nobody subscribe to a public channel"),
    ],
)
@pytest.mark.asyncio
async def test_what_is_no_such_server_is_told_once(impostor: Callable[..., Any], answer: Any, seen: str) -> None:
    """A fault of the environment, with what was seen."""
    async with impostor(answer) as server:
        with pytest.raises(EnvironmentFault) as told:
            await prove(Bench(server, patience=0.2))
    assert seen in str(told.value)


@pytest.mark.parametrize(
    ("app", "seen"),
    [
        ({"key": "nobodys"}, "greets no client of its app (key 'nobodys'): it upgraded, and it said 'error 4001"),
        ({"secret": "wrong"}, "with http 401"),
        ({"id": "0"}, "/apps/0/events, rightly signed with the secret that is declared, with http 404"),
    ],
)
@pytest.mark.asyncio
async def test_credentials_that_are_wrong_are_told_once(reference: Server, app: dict[str, str], seen: str) -> None:
    """Whatever is signed would fail, case by case."""
    right = reference.app(MAIN)
    wrong = Account(**{"id": right.id, "key": right.key, "secret": right.secret} | app)
    with pytest.raises(EnvironmentFault) as told:
        await prove(Bench(replace(reference, apps={MAIN: wrong}), patience=4))
    assert seen in str(told.value)
    assert right.secret not in str(told.value)


@pytest.mark.asyncio
async def test_a_server_whose_secret_nobody_knows_is_examined(reference: Server) -> None:
    """What must be signed is not asked for."""
    await prove(Bench(replace(reference, serves=frozenset()), patience=4))

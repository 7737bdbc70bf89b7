"""HTTP that waits for nobody: kept connections, as many as it takes, and an answer or none for each request."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from harness.config import DIRECT
from harness.errors import EnvironmentFault
from harness.load.lanes import Lanes, Reply

Served = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 201 Created\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok"


def asked(serve: Served, ask: Callable[[Lanes], Awaitable[Any]], *, seconds: float = 5, most: int = 100) -> Any:
    """Ask a server that does this with each connection."""
    served: list[asyncio.Task[None]] = []

    async def kept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())  # type: ignore[arg-type]  # there is one, this
        await serve(reader, writer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def go() -> Any:
        server = await asyncio.start_server(kept, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        lanes = Lanes(f"http://127.0.0.1:{port}/base", DIRECT, seconds=seconds, most=most)
        try:
            return await ask(lanes)
        finally:
            lanes.close()
            server.close()
            await asyncio.gather(*served, return_exceptions=True)

    return asyncio.run(go())


def answering(answer: bytes, heads: list[bytes]) -> Served:
    """Answer each request alike, and note its head."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                heads.append(head)
                length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
                heads.append(await reader.readexactly(length))
                writer.write(answer)
                if b"Content-Length" not in answer:
                    break

    return serve


def test_a_request_is_answered_and_its_connection_kept() -> None:
    """Headers, prefix of the address and body arrive, and the second request comes on the same connection."""
    heads: list[bytes] = []

    async def ask(lanes: Lanes) -> list[Reply]:
        written: list[int] = []
        first = await lanes.ask("POST", "/send", headers={"X-Own": "1"}, body=b"body", written=written.append)
        assert written == [first.began]
        second = await lanes.ask("GET", "/", headers={})
        assert len(lanes._all) == 1
        return [first, second]

    first, second = asked(answering(OK, heads), ask)

    assert heads[0].startswith(b"POST /base/send HTTP/1.1\r\n")
    assert b"x-own: 1\r\n" in heads[0].lower()
    assert heads[1] == b"body"
    assert (first.status, first.body, first.cookies, first.is_ok) == (201, b"ok", ["a=1", "b=2"], True)
    assert 0 < first.began <= first.ended <= second.began


def test_no_request_waits_for_another_ones_answer() -> None:
    """A server that never answers has all of them, each as soon as it was asked."""
    all_there = asyncio.Event()
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        if len(heads) == 50:
            all_there.set()
        await reader.read()

    async def ask(lanes: Lanes) -> None:
        asking = [asyncio.create_task(lanes.ask("POST", "/", headers={})) for _ in range(50)]
        await asyncio.wait_for(all_there.wait(), 10)
        assert not any(one.done() for one in asking)
        lanes.close()
        replies = await asyncio.gather(*asking)
        assert {(reply.status, reply.is_ok) for reply in replies} == {(None, None)}

    asked(serve, ask)


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\nto the end", 200, b"to the end"),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", 403, b""),
        (b"nonsense\r\n\r\n", None, b"no HTTP"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            None,
            b"ended before the answer",
        ),
        (b"", None, b"ended before the answer"),
    ],
)
def test_every_way_to_answer_is_an_answer_or_none(answer: bytes, status: int | None, body: bytes) -> None:
    """What is no HTTP, and what ends in the middle, answers nothing, and a later request is not told so."""
    reply: Reply = asked(answering(answer, []), lambda lanes: lanes.ask("POST", "/", headers={}))

    assert reply.status == status
    assert body in reply.body


def test_an_answer_that_does_not_come_is_given_up() -> None:
    """After the time that a whole answer may take; whether it was done, nobody knows."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    reply: Reply = asked(serve, lambda lanes: lanes.ask("POST", "/", headers={}), seconds=0.05)

    assert (reply.status, reply.is_ok, reply.body) == (None, None, b"no answer within 0.05 s")


def test_nobody_there_is_a_fault_of_the_environment() -> None:
    """It says nothing about the product."""
    with pytest.raises(EnvironmentFault, match=r"nothing answers at http://127\.0\.0\.1:1"):
        asyncio.run(Lanes("http://127.0.0.1:1", DIRECT, seconds=1).ask("GET", "/", headers={}))


@pytest.mark.parametrize(("status", "is_ok"), [(200, True), (299, True), (302, False), (422, False), (500, None)])
def test_a_server_error_leaves_open_whether_it_was_done(status: int, is_ok: bool | None) -> None:  # noqa: FBT001
    """A redirect is a no: it is not followed."""
    assert Reply(status, b"", [], 1, 2).is_ok is is_ok

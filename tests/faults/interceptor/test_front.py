"""A port of the interceptor: HTTP passes as it was written, and who ends, breaks or misspells is passed on too."""

import asyncio
import contextlib
import socket
from typing import Any

import pytest

from harness.faults.interceptor.front import connected

pytestmark = pytest.mark.asyncio

QUESTION = b"GET /up HTTP/1.1\r\nHost: chat.test\r\nX-Odd-Case: 1\r\nX-Odd-Case: 2\r\nConnection: close\r\n\r\n"


def answering(answer: bytes, heard: list[bytes]) -> Any:
    """Make a target that says the same to every request, however many come over a connection."""

    async def each(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_last = False
        while not is_last:
            head = await reader.readuntil(b"\r\n\r\n")
            size = next((int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")), 0)
            chunks = await reader.readuntil(b"0\r\n\r\n") if b"chunked" in head else b""
            heard.append(head + chunks + await reader.readexactly(size))
            writer.write(answer)
            is_last = b"close" in head + answer

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            await each(reader, writer)
        writer.close()

    return handle


async def test_an_answer_comes_as_it_was_given(intercepted: Any) -> None:
    """Status, reason, headers in their order and case, one of them twice, and a body of any bytes."""
    answer = (
        b"HTTP/1.1 418 I'm a teapot\r\nX-POT: a\r\nX-POT: b\r\nContent-Length: 3\r\nConnection: close\r\n\r\n\x00\xff!"
    )
    async with intercepted(answering(answer, [])) as scene:
        assert await scene.say(QUESTION) == answer


async def test_a_request_goes_as_it_was_made_to_the_targets_own_host(intercepted: Any) -> None:
    """Names keep their case and values their order; `Host` names the target, which may be one of many there."""
    heard: list[bytes] = []
    async with intercepted(answering(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", heard)) as scene:
        await scene.say(QUESTION)

    (head,) = heard
    assert b"GET /up HTTP/1.1" in head
    assert b"X-Odd-Case: 1\r\nX-Odd-Case: 2\r\n" in head
    assert b"chat.test" not in head


async def test_a_connection_is_used_again_and_a_large_body_comes_whole(intercepted: Any) -> None:
    """Two requests on one connection, the second with a megabyte, are answered in turn."""
    heard: list[bytes] = []
    async with intercepted(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", heard)) as scene:
        reader, writer = await scene.connect()
        for body in (b"", b"x" * 2**20):
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            assert await reader.readexactly(40) == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        writer.close()

    assert heard[1].endswith(b"x" * 2**20)


async def test_pieces_and_questions_before_a_body_are_understood(intercepted: Any) -> None:
    """A body in chunks, whose sender waits to be told to go on, arrives at the target."""
    heard: list[bytes] = []
    async with intercepted(
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", heard)
    ) as scene:
        reader, writer = await scene.connect()
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
        writer.write(b"4\r\nbody\r\n0\r\n\r\n")
        assert b"200 OK" in await reader.read()
        writer.close()

    assert heard[0].endswith(b"4\r\nbody\r\n0\r\n\r\n")


async def test_what_is_no_http_is_refused(intercepted: Any) -> None:
    """Nobody behind the interceptor could be asked with it."""
    heard: list[bytes] = []
    async with intercepted(answering(b"", heard)) as scene:
        assert (await scene.say(b"this is no HTTP\r\n\r\n")).startswith(b"HTTP/1.1 400")
    assert heard == []


async def test_a_connection_that_the_target_breaks_is_broken(intercepted: Any) -> None:
    """It ends without an answer, as it does without an interceptor."""

    async def leave(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with intercepted(leave) as scene:
        reader, writer = await scene.connect()
        writer.write(QUESTION)
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()


async def test_a_client_that_leaves_has_left_for_the_target(intercepted: Any) -> None:
    """Whoever does not wait for the answer is gone at once, and not when there is one."""
    gone = asyncio.Event()

    async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        while await reader.read(1):
            pass
        gone.set()
        writer.close()

    async with intercepted(never_answer) as scene:
        _, writer = await scene.connect()
        writer.write(QUESTION)
        writer.close()
        async with asyncio.timeout(10):
            await gone.wait()


async def test_questions_that_come_at_once_are_answered_in_turn(intercepted: Any) -> None:
    """A client need not wait for an answer before it asks again."""
    answer, heard = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", []
    async with intercepted(answering(answer, heard)) as scene:
        reader, writer = await scene.connect()
        for number in (1, 2, 3):
            writer.write(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number)
            await writer.drain()
        assert await reader.readexactly(3 * len(answer)) == 3 * answer
        writer.close()

    assert [head.split()[1] for head in heard] == [b"/1", b"/2", b"/3"]


async def test_nothing_is_held_back_to_be_sent_in_larger_pieces() -> None:
    """Nagle's algorithm is off towards the target; `lifetime.listen` sees to the other side."""
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0) as server:
        conversation = await connected(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        wire = conversation.writer.get_extra_info("socket")
        assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        await conversation.reader.read()
        conversation.writer.close()
        await conversation.writer.wait_closed()


async def test_a_refusal_to_upgrade_is_passed_on(intercepted: Any) -> None:
    """A path that the broadcaster does not know is not found, with its own words."""
    refusal = b"HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\nConnection: close\r\n\r\nNot found."
    upgrade = b"GET /nope HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    async with intercepted(answering(refusal, [])) as scene:
        assert await scene.say(upgrade) == refusal


async def test_a_defect_answers_instead(intercepted: Any) -> None:
    """Switched on it changes answers, switched off it does not; the connection is the same."""
    heard: list[bytes] = []
    async with intercepted(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", heard)) as scene:
        scene.switch("DE-12")
        assert b"200 OK" in await scene.say(QUESTION)
        scene.switch()
        assert b"200 OK" in await scene.say(QUESTION)

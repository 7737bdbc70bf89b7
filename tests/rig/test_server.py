"""The one port: who is let in, what is answered, and what is noted of it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage

from harness.errors import EnvironmentFault
from harness.protocol.dialects import PUSHER
from harness.rig.exchange import Answer
from harness.rig.exercise import of
from harness.rig.log import Log
from harness.rig.manners import Manners
from harness.rig.server import Server
from harness.rig.terms import Terms

pytestmark = pytest.mark.asyncio
HOST = "127.0.0.1"


class Running:
    """A server, its log, and the ways to it."""

    def __init__(self, **terms: Any) -> None:
        self.log = Log()
        self.server = Server(Terms(secret="a-secret-of-a-server", **terms), self.log, lambda _: Answer(200, "the page"))
        self.port = 0

    def connect(self, path: str = "/app/k?protocol=7") -> connect:
        """Connect as a client does."""
        return connect(f"ws://{HOST}:{self.port}{path}", proxy=None)

    def noted(self, what: Any) -> list[Any]:
        """List entries of a kind."""
        return of(self.log.entries, what)


@asynccontextmanager
async def running(**terms: Any) -> AsyncIterator[Running]:
    """Run a server."""
    one = Running(**terms)
    one.port = await one.server.start(HOST, 0)
    try:
        yield one
    finally:
        await one.server.stop()


async def heard(client: ClientConnection) -> dict[str, Any]:
    """Read a frame."""
    async with asyncio.timeout(5):
        return dict(json.loads(await client.recv()))


async def code(client: ClientConnection) -> int:
    """Read to the end; give the code, 1006 when there was none."""
    try:
        async with asyncio.timeout(5):
            while True:
                await client.recv()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 1006


async def test_a_client_is_told_its_socket_id_and_heard() -> None:
    """Ids follow from the seed; what it says and how it leaves is noted."""
    async with running() as one, running() as other:
        async with one.connect("/prefix/app/k?protocol=7") as client, other.connect() as twin:
            first, second = await heard(client), await heard(twin)
            await client.send('{"event":"pusher:ping"}')
            assert await heard(client) == {"event": "pusher:pong"}
        assert first == second
        assert await one.log.until(lambda: bool(one.noted("closed")), 5)
        assert [(entry.by, entry.code) for entry in one.noted("closed")] == [("client", 1000)]
        assert one.noted("established")[0].socket_id == json.loads(first["data"])["socket_id"]


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/app/k", "it names no protocol"),
        ("/app/k?protocol=5", "it asks for protocol 5, not 7"),
        ("/socket?protocol=7", "its path is /socket, not /app/KEY"),
    ],
)
async def test_a_wrong_address_is_noted(path: str, problem: str) -> None:
    """And a wrong path is not served."""
    async with running() as one:
        try:
            async with one.connect(path) as client:
                await heard(client)
        except (InvalidMessage, EOFError):
            assert path.startswith("/socket")
        assert one.noted("upgrade")[0].problem == problem


async def test_a_wrong_key_is_refused_as_the_dialect_does() -> None:
    """Reverb says so and ends TCP, Pusher closes with the code."""
    async with running(key="right") as reverb, running(key="right", dialect=PUSHER) as pusher:
        for one, expected in ((reverb, 1006), (pusher, 4001)):
            async with one.connect() as client:
                assert (await heard(client))["event"] == "pusher:error"
                assert await code(client) == expected


async def test_it_ends_connections_in_every_way() -> None:
    """With a code, without one, or before they came about."""
    async with running() as one:
        async with one.connect() as closed:
            await heard(closed)
            one.server.close(one.server.open[-1], 4200, "again")
            assert await code(closed) == 4200
        async with one.connect() as cut:
            await heard(cut)
            one.server.cut(one.server.open[-1])
            assert await code(cut) == 1006
        one.server.behave(Manners(admits=False))
        with pytest.raises((InvalidMessage, EOFError, OSError)):
            await one.connect()
        assert one.noted("refused")
        assert one.server.open == []


async def test_pings_of_websocket_itself_are_left_unanswered_when_asked_for() -> None:
    """And answered again afterwards."""
    async with running() as one, one.connect() as client:
        await heard(client)
        one.server.behave(Manners(answers_pings=False))
        pong = await client.ping()
        await client.send('{"event":"pusher:ping"}')
        await client.send('{"event":"pusher:subscribe","data":{"channel":"room"}}')
        assert (await heard(client))["event"] == "pusher_internal:subscription_succeeded"
        assert not pong.done()
        one.server.behave(Manners())
        async with asyncio.timeout(5):
            await (await client.ping())


async def test_a_message_goes_in_as_many_frames_as_asked() -> None:
    """Cut anywhere, also inside a character."""
    async with running() as one, one.connect() as client:
        await heard(client)
        for pieces in (1, 3, 9):
            one.server.send(one.server.open[-1], '{"event":"é👋"}', pieces=pieces)
            assert await heard(client) == {"event": "é👋"}


async def test_the_endpoints_are_served_and_all_else_is_the_page() -> None:
    """A credential is named, never kept."""
    fields = {"socket_id": "1.2", "channel_name": "private-a"}
    async with running(key="k") as one:
        url, token = f"http://{HOST}:{one.port}", {"Authorization": "Bearer 1|a-token-of-somebody"}
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
            granted = await http.post("/broadcasting/auth", data=fields, headers=token)
            preflight = await http.options("/pusher/auth", headers={"Origin": "http://a"})
            user = await http.post("/pusher/user-auth", json={"socket_id": "1.2"})
            page = await http.get("/")
            one.server.behave(Manners(authorizing=403))
            refused = await http.post("/broadcasting/auth", data=fields)
            one.server.behave(Manners(authorizing="html"))
            html = await http.post("/broadcasting/auth", data=fields)
    assert granted.json()["auth"].startswith("k:")
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Origin"]) == (204, "http://a")
    assert "user_data" in user.json()
    assert page.text == "the page"
    assert (refused.status_code, html.status_code, html.text[:5]) == (403, 200, "<!doc")
    assert "with bearer" in one.noted("asked")[0].text
    assert "a-token-of-somebody" not in repr(one.log.entries)


async def test_a_held_answer_waits_until_it_is_released() -> None:
    """Also while other requests are answered."""
    fields = {"socket_id": "1.2", "channel_name": "private-a"}
    async with running(key="k") as one:
        one.server.behave(Manners(authorizing="hold"))
        async with httpx.AsyncClient(base_url=f"http://{HOST}:{one.port}", trust_env=False) as http:
            held = asyncio.create_task(http.post("/broadcasting/auth", data=fields))
            assert await one.log.until(lambda: bool(one.noted("asked")), 5)
            one.server.behave(Manners(), keeps_held=True)
            assert (await http.post("/broadcasting/auth", data=fields)).status_code == 200
            assert not held.done()
            one.server.release()
            assert (await held).status_code == 200


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"\x81\x82\0\0\0\0\xff\xfe", 1007),  # text that is no UTF-8
        (b"\xf1\x80\0\0\0\0", 1002),  # reserved bits
        (b"\x81\xff" + (2**40).to_bytes(8, "big") + b"\0\0\0\0", 1009),  # a terabyte, it says
        (b"\x80\x80\0\0\0\0", 1002),  # a continuation of nothing
    ],
)
async def test_a_broken_frame_ends_its_own_connection_alone(raw: bytes, expected: int) -> None:
    """As WebSocket wants it; the rig goes on."""
    async with running() as one, one.connect() as other:
        await heard(other)
        async with one.connect() as client:
            await heard(client)
            client.transport.write(raw)
            assert await code(client) == expected
        assert await one.log.until(lambda: bool(one.noted("closed")), 5)
        assert [(entry.by, entry.code) for entry in one.noted("closed")] == [("client", 1006)]
        await other.send(b'{"event":"pusher:ping"}')
        assert await heard(other) == {"event": "pusher:pong"}


async def test_a_client_that_vanishes_is_noted() -> None:
    """Without a close frame, in the middle of a message or of the handshake."""
    async with running() as one:
        _, writer = await asyncio.open_connection(HOST, one.port)
        writer.write(b"GET /app/k HTTP/1.1\r\nHost")
        writer.transport.abort()
        client = await one.connect()
        await heard(client)
        client.transport.write(b"\x81\xff\0\0")
        client.transport.abort()
        assert await one.log.until(lambda: bool(one.noted("closed")), 5)
        assert [(entry.by, entry.code) for entry in one.noted("closed")] == [("client", 1006)]
        assert one.server.open == []


async def test_tls_and_garbage_are_no_end_of_it() -> None:
    """The first is noted, the second dropped."""
    async with running() as one:
        for first in (b"\x16\x03\x01\x02\x00", b"\x00nothing\r\n\r\n"):
            reader, writer = await asyncio.open_connection(HOST, one.port)
            writer.write(first)
            assert await reader.read() == b""
            writer.close()
        assert len(one.noted("tls")) == 1
        async with one.connect() as client:
            assert await heard(client)


async def test_a_port_that_is_taken_is_a_fault_of_the_environment() -> None:
    """In a sentence with what to do."""
    async with running() as one:
        other = Server(Terms(secret="s"), Log(), lambda _: Answer(200))
        with pytest.raises(EnvironmentFault, match=r"cannot listen on 127.0.0.1:\d+ .*another --port"):
            await other.start(HOST, one.port)


@pytest.mark.parametrize("key", ["k" * 200, "%F0%9F%98%80" * 60])
async def test_a_key_without_end_is_refused_like_any_other(key: str) -> None:
    """The reason of a close frame is short, whatever it names."""
    async with running(key="right", dialect=PUSHER) as one, one.connect(f"/app/{key}?protocol=7") as client:
        assert (await heard(client))["event"] == "pusher:error"
        assert await code(client) == 4001


async def test_a_flood_is_cut_off() -> None:
    """What it says is lost on everybody; and when the log is full, nobody is let in any more."""
    async with running() as one:
        async with one.connect() as client:
            with contextlib.suppress(ConnectionClosed):
                for _ in range(6_000):
                    await client.send('{"event":"client-x"}')
            assert await code(client) == 1006
        assert len(one.noted("in")) == 5_000
        assert [entry.by for entry in one.noted("closed")] == ["rig"]
        while not one.log.is_full:
            one.log.add("rig", "step", "on")
        with pytest.raises((InvalidMessage, EOFError)):
            await one.connect()


async def test_whoever_reads_no_answers_is_answered_no_further() -> None:
    """Memory is for those who read; nor does the end wait for them."""
    answered = []

    def page(_: object) -> Answer:
        answered.append(1)
        return Answer(200, "x" * 200_000)

    async with asyncio.timeout(20), running() as one:
        one.server._page = page
        _, writer = await asyncio.open_connection(HOST, one.port, limit=1)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 500)
        await writer.drain()
        while not answered:
            async with httpx.AsyncClient() as client:
                await client.get(f"http://{HOST}:{one.port}/")
        assert len(answered) < 250
    writer.transport.abort()

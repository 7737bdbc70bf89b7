"""One case examined: its grade, the canary behind a hostile one, and servers that are none."""

import asyncio
import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from harness.conformance.bench import Bench
from harness.conformance.case import Case, Grade, Known
from harness.conformance.examiner import examine, prove
from harness.conformance.wire import frame
from harness.errors import EnvironmentFault, GuaranteeBroken, NotExercised

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
ESTABLISHED = r'{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.2\"}"}'


def made(behaviour: str, **options: Any) -> Case:
    """Make a case that always behaves so."""

    async def run(bench: Bench) -> str:
        await bench.open()
        return behaviour

    return Case("3.2.1", "Something is done.", run, **options)


@pytest.mark.asyncio
async def test_a_case_has_its_grade_and_its_log(bench: Bench) -> None:
    """What the server said stands in it."""
    result = await examine(made("succeeded", expects=("succeeded",)), bench)

    assert (result.case_id, result.grade, result.behaviour) == ("3.2.1", Grade.OK, "succeeded")
    assert "connection_established" in result.said
    assert [next(iter(step.keys() - {"at_ms", "who"})) for step in result.log][:2] == ["opened", "in"]
    result.demand()


@pytest.mark.asyncio
async def test_a_failure_says_what_was_expected(bench: Bench) -> None:
    """By the specification, and of the dialect."""
    case = made("closed 1006", expects=("error *",), known={"reverb": Known("succeeded", "PROTOCOL.md 13")})
    result = await examine(case, bench)

    with pytest.raises(GuaranteeBroken) as told:
        result.demand()
    assert "expected  error * or succeeded (known of reverb)" in str(told.value)
    assert "observed  closed 1006" in str(told.value)


@pytest.mark.asyncio
async def test_what_cannot_be_served_is_not_exercised(bench: Bench) -> None:
    """With the reason, and without a connection."""
    result = await examine(made("nothing", needs=("webhooks",)), bench)

    assert (result.grade, result.log) == (Grade.NOT_EXERCISED, [])
    with pytest.raises(NotExercised, match="no webhook"):
        result.demand()


@pytest.mark.asyncio
async def test_a_case_that_is_led_astray_says_by_what(bench: Bench) -> None:
    """Its behaviour is what came instead."""

    async def run(bench: Bench) -> str:
        return (await bench.open(key="nobodys-key")).socket_id

    result = await examine(Case("1.1.1", "Something is done.", run, expects=("x",)), bench)

    assert (result.grade, result.behaviour) == (Grade.FAILED, "not greeted: error 4001 then closed 1006")


@pytest.mark.asyncio
async def test_somebody_else_is_looked_after_behind_a_hostile_case(bench: Bench) -> None:
    """Whatever the case came to, it fails when others notice."""

    async def run(bench: Bench) -> str:
        for peer in bench._peers:
            peer.wire.abort()
        return "nothing"

    harmless = await examine(made("nothing", expects=("nothing",), hostile=True), bench)
    harmful = await examine(Case("1.1.1", "Something.", run, expects=("nothing",), hostile=True), bench)

    assert harmless.grade is Grade.OK
    assert (harmful.grade, harmful.said) == (
        Grade.FAILED,
        "somebody else heard closed 1006 afterwards, instead of event Canary",
    )


async def _http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")


async def _ssh(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")


async def _silent(_: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """End at once."""


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
        (_silent, "closed 1006"),
        (_websocket("hello"), "its first frame meant 'no JSON then closed 1006'"),
        (_websocket('{"event":"welcome"}'), "its first frame meant 'event welcome then closed 1006'"),
        (_websocket(ESTABLISHED), "greets clients and answers no ping"),
    ],
)
@pytest.mark.asyncio
async def test_what_is_no_such_server_is_told_once(impostor: Callable[..., Any], answer: Any, seen: str) -> None:
    """A fault of the environment, with what was seen."""
    async with impostor(answer) as server:
        with pytest.raises(EnvironmentFault) as told:
            await prove(Bench(server))
    assert seen in str(told.value)


@pytest.mark.asyncio
async def test_a_server_that_is_gone_is_told_with_the_case(bench: Bench, impostor: Callable[..., Any]) -> None:
    """It says during which case nobody answered any more."""
    async with impostor(_silent) as server:
        pass
    with pytest.raises(EnvironmentFault, match=r"went away during case 3\.2\.1 \(Something is done\.\)"):
        await examine(made("nothing"), Bench(server))

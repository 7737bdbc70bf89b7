"""Calls of the API, rightly and wrongly signed."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from harness.conformance.api import ApiAnswer, Signing, request, target_of, written
from harness.conformance.bench import Bench
from harness.errors import EnvironmentFault

BODY = {"name": "One", "channel": "x", "data": "{}"}


@pytest.mark.parametrize(
    ("signing", "status"),
    [
        (Signing(), 200),
        (Signing(secret="another"), 401),
        (Signing(signed_body=b"{}"), 401),
        (Signing(method="GET"), 401),
        (Signing(path="/apps/1/channels"), 401),
        (Signing(without=("auth_signature",)), 401),
        (Signing(instead={"auth_timestamp": "1"}), 401),
    ],
)
@pytest.mark.asyncio
async def test_a_call_is_signed_as_it_is_told(bench: Bench, signing: Signing, status: int) -> None:
    """The server says which it takes."""
    answer = await bench.api("POST", "/events", BODY, signing=signing)

    assert answer.status == status


@pytest.mark.asyncio
async def test_a_call_need_not_be_signed(bench: Bench) -> None:
    """Nor be of an app that there is."""
    assert (await bench.api("GET", "/channels", signed=False)).status == 401
    assert (await bench.api("GET", "/apps/nobodys/channels")).status == 404
    assert (await bench.http("GET", "/up")).json() == {"health": "OK"}


@pytest.mark.parametrize(("body", "due"), [(None, b""), (b"\xff", b"\xff"), ("é", b"\xc3\xa9"), ({"a": 1}, b'{"a":1}')])
def test_a_body_is_sent_as_it_is(body: object, due: bytes) -> None:
    """Only values become JSON."""
    assert written(body) == due


def test_a_path_is_quoted_for_the_wire() -> None:
    """What is signed is not."""
    assert target_of("/apps/1/channels/ä b", {"info": "a,b"}) == "/apps/1/channels/%C3%A4%20b?info=a%2Cb"


def test_an_answer_that_is_no_json_has_no_value() -> None:
    """The status says what there is to say."""
    assert ApiAnswer(500, "oops").json() is None


@pytest.mark.asyncio
async def test_what_is_no_http_has_no_status(impostor: Callable[..., Any]) -> None:
    """Neither has what ends without a word."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-x\r\n")

    async with impostor(answer) as server:
        assert (await request(server.api_url, "GET", "/", within=5)).words == "http 0"


@pytest.mark.asyncio
async def test_no_answer_is_a_fault_of_the_environment(impostor: Callable[..., Any]) -> None:
    """It says what was asked."""

    async def answer(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with impostor(answer) as server:
        with pytest.raises(EnvironmentFault, match=r"GET /apps of .* was not answered in time"):
            await request(server.api_url, "GET", "/apps?auth=1", within=0.1)


def test_an_answer_that_is_deeper_than_the_stack_has_no_value() -> None:
    """It is no reason to end."""
    assert ApiAnswer(200, "[" * 100_000).json() is None


@pytest.mark.asyncio
async def test_an_answer_without_end_is_cut(impostor: Callable[..., Any]) -> None:
    """What came so far is the answer."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        with contextlib.suppress(OSError):
            while True:
                writer.write(b"[" * 65_536)
                await writer.drain()

    async with impostor(answer) as server:
        said = await request(server.api_url, "GET", "/", within=20)
        assert (said.status, len(said.body) < 2**25) == (200, True)

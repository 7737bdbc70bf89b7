"""A server's column: what it did, without secrets, also when it went away in the middle."""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from harness.conformance.bench import Bench
from harness.conformance.case import Case, Known
from harness.conformance.examination import SECTIONS, examined_column, matrix_of, row_of
from harness.conformance.known import NOTHING, checked
from harness.conformance.matrix import encoded
from harness.conformance.server import Account, Server
from harness.conformance.suite import collect
from harness.conformance.wire import frame
from harness.errors import EnvironmentFault


async def greeted(bench: Bench) -> str:
    """Say what a client heard first."""
    return (await bench.open()).greeting


async def joined(bench: Bench) -> str:
    """Subscribe with a signature, which stands in the log then."""
    peer = await bench.open()
    return await bench.join(peer, bench.channel("private"))


async def gone(_bench: Bench) -> str:
    """Find nobody there."""
    raise EnvironmentFault("no connection")


GREETED = Case("1.1.1", "A client comes.", greeted, ("established",))
WRONG = Case("1.1.2", "A client expects too much.", greeted, ("succeeded",), known={"x": Known("y", "z")})
JOINED = Case("3.1.1", "A client joins.", joined, ("succeeded",))
SECOND = Case("13.1.1", "A client asks for what is not there.", greeted, needs=("app:nobody",))
GONE = Case("9.1.1", "The server is gone.", gone)


@pytest.mark.asyncio
async def test_a_column_holds_what_the_server_did(reference: Server) -> None:
    """Graded, with a reason where there is one."""
    known = checked("mine", '"1.1.2" = "too much"', ["1.1.2"])
    column = await examined_column("mine", reference, (GREETED, WRONG, SECOND), known, seed=1, patience=4)

    assert {id_: one.grade for id_, one in column.cells.items()} == {
        "1.1.1": "OK", "1.1.2": "FAILED", "13.1.1": "NOT EXERCISED",
    }  # fmt: skip
    assert column.cells["1.1.2"].standing == "known"
    assert column.cells["13.1.1"].said == "it has no app that is 'nobody'"
    assert (column.dialect, column.server, column.fault) == ("reverb", "x-powered-by: Laravel Reverb", "")


@pytest.mark.asyncio
async def test_nothing_secret_is_kept(reference: Server) -> None:
    """Neither signatures nor the app's secret."""
    column = await examined_column("mine", reference, (JOINED,), NOTHING, seed=1, patience=4)
    kept = encoded(matrix_of((JOINED,), [column], seed=1)).decode()

    assert column.cells["3.1.1"].grade == "OK"
    assert "auth" in kept
    assert reference.app("main").secret not in kept
    assert not any(len(word) > 60 for word in json.dumps(msgspec.to_builtins(column)).split('"') if word.isalnum())


@pytest.mark.asyncio
async def test_a_server_that_goes_away_leaves_what_it_did(reference: Server) -> None:
    """The rest is not exercised, and the fault says where it went."""
    cases = (GREETED, GONE, *(another(number) for number in range(2, 9)))
    column = await examined_column("mine", reference, cases, NOTHING, seed=4, patience=4)

    assert "went away during case 9.1.1 (The server is gone.) no connection" in column.fault
    grades = [one.grade for one in column.cells.values()]
    assert grades.count("OK") >= 1
    assert "the server was gone" in {one.said for one in column.cells.values()}
    assert column.cells["9.1.1"].grade == "NOT EXERCISED"


def another(number: int) -> Case:
    """Make a further case that passes."""
    return Case(f"1.2.{number}", "A client comes.", greeted, ("established",))


@pytest.mark.asyncio
async def test_cases_may_be_left_out(reference: Server) -> None:
    """On purpose, which is said."""
    column = await examined_column("mine", reference, (GREETED, GONE), NOTHING, seed=1, patience=4, without=("9.*",))

    assert column.cells["9.1.1"].said == "it was left out on purpose"
    assert (column.fault, column.cells["1.1.1"].grade) == ("", "OK")
    known = checked("mine", '[ends_the_server]\n"9.1.1" = "it exits"', ["9.1.1"])
    column = await examined_column("mine", reference, (GREETED, GONE), known, seed=1, patience=4)
    assert (column.fault, column.cells["9.1.1"].said) == ("", "it ends the server: it exits")


@pytest.mark.asyncio
async def test_a_server_that_is_none_is_an_environment_fault(impostor: Callable[..., Any]) -> None:
    """There is no column of it."""

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH\r\n")

    async with impostor(answer) as server:
        with pytest.raises(EnvironmentFault, match="is not examined"):
            await examined_column("mine", server, (GREETED,), NOTHING, seed=1)


def test_cases_become_rows() -> None:
    """With what is known and where from."""
    row = row_of(WRONG)

    assert (row.id, row.expects, row.known["x"].behaviour, row.known["x"].source) == ("1.1.2", ("succeeded",), "y", "z")


def test_every_section_has_a_title() -> None:
    """The matrix names it."""
    assert {one.section for one in collect()} <= set(SECTIONS)
    assert matrix_of((GREETED,), [], seed=1).sections == {"1": SECTIONS[1]}


@pytest.mark.asyncio
async def test_what_a_server_says_of_itself_holds_no_secret(impostor: Callable[..., Any]) -> None:
    """Neither in its headers, nor where it is not examined at all."""
    secret = "a-secret-that-is-told"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        greeting = frame('{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}', masked=False)
        writer.write(f"HTTP/1.1 101 {secret}\r\nServer: {secret}\r\n\r\n".encode())
        if is_good.is_set():
            writer.write(greeting)
            while data := await reader.read(9999):
                if (asked := re.search(rb'pusher:subscribe.*"channel": "([^"]+)"', data)) is not None:
                    said = {"event": "pusher_internal:subscription_succeeded", "channel": asked[1].decode()}
                    writer.write(frame(json.dumps(said), masked=False))
                if b"ping" in data:
                    writer.write(frame('{"event":"pusher:pong"}', masked=False))
        else:
            writer.write(frame(json.dumps({"event": secret}), masked=False))
            await reader.read()

    is_good = asyncio.Event()
    async with impostor(answer) as plain:
        server = replace(plain, apps={"main": Account("1", "key", secret)})
        with pytest.raises(EnvironmentFault) as caught:
            await examined_column("mine", server, (GREETED,), NOTHING, seed=1)
        assert secret not in str(caught.value)
        is_good.set()
        column = await examined_column("mine", server, (GREETED,), NOTHING, seed=1)
        assert column.server.startswith("server: ")
        assert secret not in encoded(matrix_of((GREETED,), [column], seed=1)).decode()

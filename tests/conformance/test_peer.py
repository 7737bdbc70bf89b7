"""What a client says and hears, against the running broadcaster."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from harness.conformance.bench import Bench
from harness.conformance.peer import Astray
from harness.conformance.wire import Opcode, close_frame, frame


@pytest.mark.asyncio
async def test_what_is_heard_ends_at_a_fence(bench: Bench) -> None:
    """Nothing heard is proven by the pong; a pong of the case's own is heard."""
    alice = await bench.open()

    assert (alice.greeting, await alice.heard()) == ("established", "nothing")
    await alice.send("pusher:ping")
    assert await alice.heard() == "pong"
    assert await alice.heard() == "nothing"
    await bench.close()


@pytest.mark.asyncio
async def test_frames_are_given_as_they_were(bench: Bench) -> None:
    """By a fence, or as soon as the one comes that is waited for."""
    alice, channel = await bench.open(), bench.channel()
    await alice.send("pusher:subscribe", {"channel": channel})
    (frame_,) = await alice.frames()
    await bench.publish(channel, "One", json.dumps({"a": 1}))
    one = await alice.next(lambda given: given["event"] == "One")

    assert frame_["channel"] == channel
    assert one["data"] == '{"a": 1}'
    await bench.close()


@pytest.mark.asyncio
async def test_who_is_not_greeted_is_nobody(bench: Bench) -> None:
    """A case that goes on all the same is led astray, and says by what."""
    alice = await bench.open(key="nobodys-key")

    assert alice.greeting == "error 4001 then closed 1006"
    with pytest.raises(Astray, match="not greeted: error 4001 then closed 1006"):
        _ = alice.socket_id
    with pytest.raises(Astray):
        await alice.next(lambda _: True)
    await bench.close()


@pytest.mark.asyncio
async def test_a_refused_upgrade_is_a_status(bench: Bench) -> None:
    """The body stands in the log."""
    alice = await bench.open(path="/foo")

    assert (alice.greeting, alice.is_over) == ("http 404", True)
    assert bench.log[-1]["refused"] == {"status": 404, "body": "Not found."}
    await bench.close()


@pytest.mark.asyncio
async def test_control_frames_and_the_end_are_heard(bench: Bench) -> None:
    """A pong of the framing, and the code that closes."""
    alice = await bench.open()
    await alice.send_raw(frame(b"x", Opcode.PING))
    assert await alice.until("control pong") == "control pong"
    await alice.send_raw(close_frame(4321))

    assert await alice.closed() == "closed 4321"
    await bench.close()


@pytest.mark.asyncio
async def test_what_a_peer_does_not_get_it_does_not_wait_for(bench: Bench) -> None:
    """A word that never comes ends with the time."""
    alice = await bench.open()

    assert await alice.until("error *", within=0.05) == "nothing"
    await bench.close()


@pytest.mark.asyncio
async def test_long_texts_are_shortened_in_the_log(bench: Bench) -> None:
    """They are sent whole."""
    alice = await bench.open()
    await alice.send_text("x" * 9_000)

    assert await alice.heard() == "error 4200"
    assert any(step.get("out", "").endswith("… (9000 characters)") for step in bench.log)
    await bench.close()


@pytest.mark.asyncio
async def test_a_frame_of_no_kind_is_heard(impostor: Callable[..., Any]) -> None:
    """What comes behind it as well."""
    async with impostor(_saying(b"\x83\x01x" + b"\x88\x02\x0f\xa1")) as server:
        bench = Bench(server, patience=4)
        alice = await bench.open()

        assert await alice.closed() == "binary then closed 4001"
        await bench.close()


@pytest.mark.asyncio
async def test_a_flood_is_told_and_read_no_further(impostor: Callable[..., Any]) -> None:
    """It costs a bounded amount, in the log too."""
    async with impostor(_saying(frame('{"event":"x"}', masked=False) * 20_000)) as server:
        bench = Bench(server, patience=4)
        alice = await bench.open()

        assert (await alice.closed()).endswith("event x then flood")
        assert len(bench.log) < 3000
        await bench.close()


def _saying(sent: bytes) -> Callable[..., Any]:
    """Give an impostor that greets, says this, and waits for the end."""
    greeting = frame('{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}', masked=False)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + greeting + sent)
        with contextlib.suppress(OSError):
            await reader.read()

    return answer

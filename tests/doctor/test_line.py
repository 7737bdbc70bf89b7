"""One WebSocket of the doctor's: whatever answers is a fact, and nothing is raised."""

from typing import Any

import pytest

from harness.doctor.line import Line

PATIENCE = 2.0


def url(address: str, key: str = "nobody") -> str:
    """Write the address of a WebSocket."""
    return f"ws://{address}/app/{key}?protocol=7"


@pytest.mark.asyncio
async def test_it_opens_pings_and_closes(stage: Any) -> None:
    """The handshake gives a socket id, a ping a pong, and a close ends it."""
    broadcaster = stage.target.broadcaster
    line = await Line(f"{broadcaster.url}/app/{broadcaster.key}").open(PATIENCE)

    assert line.opened.is_established
    assert line.socket_id
    assert await line.ping(PATIENCE)
    await line.close()
    assert not await line.ping(0.1)


@pytest.mark.asyncio
async def test_a_key_that_is_unknown_is_the_code_of_its_error(stage: Any) -> None:
    """Reverb says so in a frame and ends without a close frame."""
    line = await Line(f"{stage.target.broadcaster.url}/app/nobody").open(PATIENCE)
    await line.wait(lambda: False, PATIENCE)
    await line.close()

    assert (line.opened.error_code, line.code) == (4001, 1006)


@pytest.mark.asyncio
async def test_a_refused_upgrade_is_its_answer(stage: Any) -> None:
    """Status, headers and the begin of the page are kept."""
    front = await stage.front("broadcaster", lambda _: stage.reply(404, "<html>Blog</html>", {"Server": "nginx"}))
    line = await Line(url(front.address)).open(PATIENCE)
    await line.close()

    answer = line.opened.answer
    assert (answer.status, answer.is_html, answer.headers["server"]) == (404, True, "nginx")


@pytest.mark.asyncio
async def test_a_connection_that_ends_at_once_has_no_status(stage: Any) -> None:
    """Nobody answered, and that is what is said."""
    front = await stage.front("broadcaster", most=0)
    line = await Line(url(front.address)).open(PATIENCE)
    await line.close()

    assert line.opened.answer.status is None
    assert line.opened.answer.error


@pytest.mark.asyncio
async def test_what_is_no_frame_is_heard_as_one_without_a_name(stage: Any) -> None:
    """A server that speaks another protocol does not end the walk; the server's pings are answered."""

    async def speak(connection: Any) -> None:
        await connection.send("hello?")
        await connection.send('{"event":"pusher:ping"}')
        assert "pusher:pong" in await connection.recv()
        await connection.close(4100, "full")

    line = await Line(await stage.speaking(speak)).open(PATIENCE)
    await line.wait(lambda: False, PATIENCE)
    await line.close()

    assert [frame.event for frame in line.frames] == ["", "pusher:ping"]
    assert line.code == 4100

"""A client that is a process: started with the rig's address, and gone with the rig, whatever it started itself."""

import asyncio
import sys
from pathlib import Path

import pytest

from harness.errors import EnvironmentFault
from harness.rig.guest import Command

pytestmark = pytest.mark.asyncio

STUBBORN = """
import signal, socket, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
rig = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
subprocess.Popen(["sleep", "60"], pass_fds=[rig.fileno()])
rig.sendall(f"{sys.argv[1]}\\n".encode())
time.sleep(60)
"""


async def test_it_is_ended_with_what_it_started() -> None:
    """Its words hold the rig's address; that it does not listen to a signal does not help it."""
    told: asyncio.Queue[bytes] = asyncio.Queue()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told.put_nowait(await reader.readline())
        told.put_nowait(await reader.readline())  # nothing, when nobody holds the other end any more
        writer.close()

    async with await asyncio.start_server(hear, "127.0.0.1", 0) as server, asyncio.timeout(20):
        port = server.sockets[0].getsockname()[1]
        guest = Command([sys.executable, "-c", STUBBORN, "{url}", "{port}"])
        await guest.start("127.0.0.1", port)
        assert (await told.get()).decode().strip() == f"ws://127.0.0.1:{port}"
        assert guest.ended is None
        await guest.stop()
        assert await told.get() == b""


async def test_its_end_is_seen(tmp_path: Path) -> None:
    """With the status, and what it printed; to stop what has ended, or never began, is nothing."""
    guest = Command([sys.executable, "-c", "print('oh'); raise SystemExit(3)"], tmp_path / "client.log")
    await guest.stop()
    await guest.start("127.0.0.1", 1)
    assert guest._process is not None
    async with asyncio.timeout(20):
        await guest._process.wait()
    assert guest.ended == 3
    assert (tmp_path / "client.log").read_text() == "oh\n"
    await guest.stop()


async def test_what_cannot_be_started_is_a_fault_of_the_environment() -> None:
    """In a sentence."""
    with pytest.raises(EnvironmentFault, match="the client cannot be started: there is no program 'no-such-program'"):
        await Command(["no-such-program"]).start("127.0.0.1", 1)

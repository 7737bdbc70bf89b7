"""
Measure our own noise and cost: kernel stamp minus server write, and CPU per recorded delivery, beside raw baselines.

    python -m tests.benchmarks.fan_out [--rounds 60]

Three readers take the same fan-out from a server that stamps its writes: **ours** (a user's connection, every frame
decoded and recorded in a history), **raw** (epoll and recvmsg, nothing parsed: the floor), and **naive** (`websockets`
with `async for`, stamped in the coroutine, both levels decoded by the standard library: what everybody else does).
"""

import argparse
import asyncio
import json
import select
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from websockets.asyncio.client import connect

from harness.config import own_target
from harness.history.events import FrameIn
from harness.history.recorder import Recorder
from harness.statistics.percentiles import percentile
from harness.users.connection import Connection
from harness.users.context import Context

GAP = 0.1


class Measured(msgspec.Struct):
    """What one reader saw: microseconds from write to stamp, and CPU microseconds a delivery."""

    noise: list[float]
    cpu: float


class Server:
    """The stamping server as a child."""

    def __init__(self, clients: int, rounds: int, gap: float = GAP) -> None:
        self.rounds = rounds
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.stamping_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        self.port = int(self._line())
        self._say(f"{clients} {rounds} {gap}")

    def go(self) -> None:
        """Begin the fan-out."""
        self._say("go")

    def writes(self) -> list[list[int]]:
        """Give the stamps of every round; blocks until all are written."""
        return [json.loads(self._line()) for _ in range(self.rounds)]

    def stop(self) -> None:
        """Let the server close its sockets and end."""
        self._say("stop")
        self._child.communicate(timeout=10)

    def _line(self) -> str:
        assert self._child.stdout is not None
        return self._child.stdout.readline()

    def _say(self, line: str) -> None:
        assert self._child.stdin is not None
        self._child.stdin.write(line + "\n")
        self._child.stdin.flush()


@contextmanager
def serving(clients: int, rounds: int, gap: float = GAP) -> Iterator[Server]:
    """Run a server for one measurement."""
    server = Server(clients, rounds, gap)
    yield server
    server.stop()


async def ours(clients: int, rounds: int) -> Measured:
    """Read with users' connections: kernel stamps, frames decoded and recorded."""
    with serving(clients, rounds) as server:
        target = own_target("bench", "embedded")
        broadcaster = msgspec.structs.replace(target.broadcaster, url=f"ws://127.0.0.1:{server.port}", key="k")
        recorder = Recorder()
        context = Context(msgspec.structs.replace(target, broadcaster=broadcaster), recorder)
        connections = [Connection(context, f"u{n}", f"u{n}#1") for n in range(clients)]
        for connection in connections:
            await connection.open()
        before = len(recorder.events)
        began = time.process_time()
        server.go()
        writes = await asyncio.to_thread(server.writes)
        while len(recorder.events) < before + clients * rounds:
            await recorder.changed(len(recorder.events), deadline=recorder.now() + 10**10)
        cpu = (time.process_time() - began) / (clients * rounds) * 1e6
        frames = [event for event in recorder.events[before:] if isinstance(event, FrameIn)]
        await asyncio.gather(*(connection.close() for connection in connections))
    origin = recorder.header.monotonic_origin
    arrived: dict[str, list[FrameIn]] = {}
    for frame in frames:
        arrived.setdefault(frame.who, []).append(frame)
    noise = [
        (frame.arrived + origin - writes[number][client]) / 1e3
        for client in range(clients)
        for number, frame in enumerate(arrived[f"u{client}"])
        if frame.exact
    ]
    return Measured(noise, cpu)


async def raw(clients: int, rounds: int) -> Measured:
    """Read with epoll and recvmsg: the floor."""
    with serving(clients, rounds) as server:
        sockets = [_raw_client(server.port) for _ in range(clients)]
        began = time.process_time()
        server.go()
        # Both at once: the server waits when nobody reads its stamps.
        stamps, writes = await asyncio.gather(
            asyncio.to_thread(_raw_read, sockets, rounds), asyncio.to_thread(server.writes)
        )
        cpu = (time.process_time() - began) / (clients * rounds) * 1e6
        for one in sockets:
            one.close()
    noise = [
        (stamp - writes[number][client]) / 1e3 for client, of in enumerate(stamps) for number, stamp in enumerate(of)
    ]
    return Measured(noise, cpu)


def _raw_client(port: int) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port))
    client.setsockopt(socket.SOL_SOCKET, 35, 1)
    client.sendall(
        b"GET /app/k HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    while b"activity_timeout" not in client.recv(65_536):
        pass
    client.settimeout(0)
    return client


def _raw_read(sockets: list[socket.socket], rounds: int) -> list[list[int]]:
    stamps: list[list[int]] = [[] for _ in sockets]
    poll = select.epoll()
    index = {one.fileno(): n for n, one in enumerate(sockets)}
    for one in sockets:
        poll.register(one, select.EPOLLIN)
    left = len(sockets) * rounds
    while left:
        for fileno, _ in poll.poll():
            n = index[fileno]
            _, ancillary, _, _ = sockets[n].recvmsg(65_536, 32)
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
            stamps[n].append(time.monotonic_ns() - (time.time_ns() - seconds * 10**9 - nanoseconds))
            left -= 1
    poll.close()
    return stamps


async def naive(clients: int, rounds: int) -> Measured:
    """Read with `async for` and stamp in the coroutine."""
    with serving(clients, rounds) as server:
        url = f"ws://127.0.0.1:{server.port}/app/k"
        sockets = [await connect(url, compression=None) for _ in range(clients)]
        seen: list[list[int]] = [[] for _ in sockets]

        async def read(n: int) -> None:
            async for text in sockets[n]:
                frame = json.loads(text)
                stamp = time.monotonic_ns()
                if frame["event"] == "MessageSent":
                    json.loads(frame["data"])
                    seen[n].append(stamp)
                if len(seen[n]) == rounds:
                    return

        readers = [asyncio.create_task(read(n)) for n in range(clients)]
        await asyncio.sleep(0)
        began = time.process_time()
        server.go()
        writes = await asyncio.to_thread(server.writes)
        await asyncio.gather(*readers)
        cpu = (time.process_time() - began) / (clients * rounds) * 1e6
        for one in sockets:
            one.transport.abort()  # the server answers no close frames
    noise = [
        (stamp - writes[number][client]) / 1e3 for client, of in enumerate(seen) for number, stamp in enumerate(of)
    ]
    return Measured(noise, cpu)


READERS: dict[str, Callable[[int, int], "asyncio.Future[Measured]"]] = {"raw": raw, "ours": ours, "naive": naive}  # type: ignore[dict-item]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--listeners", type=int, nargs="*", default=[1, 100, 500])
    asked = parser.parse_args()
    print("kernel stamp (naive: coroutine) minus server write, and CPU a delivery; microseconds")
    print(f"{'listeners':>9} {'reader':>7} {'p50':>9} {'p99':>9} {'max':>9} {'CPU':>7} {'exact':>7}")
    for listeners in asked.listeners:
        for name, reader in READERS.items():
            one = asyncio.run(reader(listeners, asked.rounds))  # type: ignore[arg-type]
            p50, p99, worst = (percentile(one.noise, q) for q in (0.5, 0.99, 0.999999))
            exact = len(one.noise) / (listeners * asked.rounds)
            print(f"{listeners:>9} {name:>7} {p50:>9.1f} {p99:>9.1f} {worst:>9.1f} {one.cpu:>7.1f} {exact:>7.0%}")
    print("goals for ours at 100 and 500 listeners: p50 ≤ 25, p99 ≤ 100, CPU ≤ 45; one shows the machine's wake-up")


if __name__ == "__main__":
    main()

"""
Measure what the proxy of the faults adds to a delivery while it does nothing: direct beside proxied, in one run.

    python -m tests.benchmarks.proxy [--rounds 200] [--listeners 2 20]

Half of the listeners of one fan-out are connected directly, half through the proxy's process, in turns; of each the
kernel's receive stamp is held against the server's write. A round with two listeners shows what one delivery costs;
with more of them, those that pass the proxy also wait for each other there.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from harness.config import own_target
from harness.history.events import FrameIn
from harness.history.recorder import Recorder
from harness.statistics.percentiles import percentile
from harness.topology.process import ServerProcess
from harness.users.connection import Connection
from harness.users.context import Context
from tests.benchmarks.fan_out import serving

GOAL = 300.0
"""Microseconds that the proxy may add at the median."""


async def measure(listeners: int, rounds: int, proxy: ServerProcess) -> tuple[list[float], list[float]]:
    """Give microseconds from write to stamp, of what came directly and of what came through the proxy."""
    with serving(listeners, rounds) as server:
        opened = proxy.tell({"open": ["127.0.0.1", server.port]}, time.monotonic() + 10)
        target = own_target("bench", "embedded")
        broadcaster = msgspec.structs.replace(target.broadcaster, url=f"ws://127.0.0.1:{server.port}", key="k")
        recorder = Recorder()
        context = Context(msgspec.structs.replace(target, broadcaster=broadcaster), recorder)

        def dialled(who: str, *_: Any) -> tuple[str, int] | None:
            return ("127.0.0.1", opened["port"]) if int(who) % 2 else None

        connections = [Connection(context, str(number), f"{number}#1", dialled) for number in range(listeners)]
        for connection in connections:
            await connection.open()
        before = len(recorder.events)
        server.go()
        writes = await asyncio.to_thread(server.writes)
        while len(recorder.events) < before + listeners * rounds:
            await recorder.changed(len(recorder.events), deadline=recorder.now() + 10**10)
        frames = [event for event in recorder.events[before:] if isinstance(event, FrameIn)]
        await asyncio.gather(*(connection.close() for connection in connections))
    return sorted_out(frames, writes, recorder.header.monotonic_origin)


def sorted_out(frames: list[FrameIn], writes: list[list[int]], origin: int) -> tuple[list[float], list[float]]:
    """Tell the direct from the proxied: the server numbers its clients in the order in which they came."""
    seen: dict[str, int] = {}
    times: tuple[list[float], list[float]] = ([], [])
    for frame in frames:
        number = seen[frame.who] = seen.get(frame.who, -1) + 1
        times[int(frame.who) % 2].append((frame.arrived + origin - writes[number][int(frame.who)]) / 1e3)
    return times


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--listeners", type=int, nargs="*", default=[2, 20])
    asked = parser.parse_args()
    print("kernel stamp minus server write, microseconds")
    print(f"{'listeners':>9} {'way':>8} {'p50':>9} {'p99':>9} {'max':>9}")
    with tempfile.TemporaryDirectory() as folder:
        proxy = ServerProcess("proxy", "harness.faults.proxy", Path(folder))
        proxy.configure({"port": 0})
        proxy.announced(time.monotonic() + 10)
        for listeners in asked.listeners:
            ways = asyncio.run(measure(listeners, asked.rounds, proxy))
            for name, times in zip(("direct", "proxied"), ways, strict=True):
                p50, p99 = (percentile(times, q) for q in (0.5, 0.99))
                print(f"{listeners:>9} {name:>8} {p50:>9.1f} {p99:>9.1f} {max(times):>9.1f}")
            print(f"{listeners:>9} {'added':>8} {median(ways[1]) - median(ways[0]):>9.1f}", flush=True)
        proxy.release()
        proxy.reap()
    print(f"goal for the first row, on a machine with a core to spare: less than {GOAL:g} added at the median")


if __name__ == "__main__":
    main()

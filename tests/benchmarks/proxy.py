"""
Measure what the proxy of the faults adds to a delivery while it does nothing: direct beside proxied, in one run.

    python -m tests.benchmarks.proxy [--deliveries 400] [--rounds 50] [--blocks 8] [--listeners 1 20]

Deliveries first: two worlds of one embedded stack, of which one goes through the proxy; a message goes out in one, then
in the other, in the order A B B A. `frame` is when the listener's connection does, `whole` when the request does too.

Then bare frames, whose cost is mostly that of waking an idle process.

Blocks of messages in turns, direct, proxied, proxied, direct: in one of both at once, whoever reads what came directly
would take the core that the proxy needs. Of each message the kernel's receive stamp is held against the server's write.
One listener shows what a delivery costs; with more of them, they also wait for each other.
"""

import argparse
import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from harness import expect
from harness.config import cache_folder, own_target
from harness.faults.network import Network
from harness.history.events import FrameIn
from harness.history.recorder import Recorder
from harness.statistics.percentiles import percentile
from harness.topology.embedded import EmbeddedStack, start
from harness.topology.process import ServerProcess
from harness.users.connection import Connection
from harness.users.context import Context
from harness.users.detours import Address, Upstream
from harness.users.world import World
from tests.benchmarks.fan_out import serving
from tests.benchmarks.interceptor import target_of

GOAL = 300.0
"""Microseconds that the proxy may add to the delivery of a frame at the median."""


async def measure(listeners: int, rounds: int, proxy: ServerProcess, *, is_proxied: bool) -> list[float]:
    """Give microseconds from write to stamp, of messages that all come directly, or all through the proxy."""
    with serving(listeners, rounds) as server:
        opened = proxy.tell({"open": ["127.0.0.1", server.port]}, time.monotonic() + 10)
        target = own_target("bench", "embedded")
        broadcaster = msgspec.structs.replace(target.broadcaster, url=f"ws://127.0.0.1:{server.port}", key="k")
        recorder = Recorder()
        context = Context(msgspec.structs.replace(target, broadcaster=broadcaster), recorder)

        def dialled(*_: Any) -> tuple[str, int] | None:
            return ("127.0.0.1", opened["port"]) if is_proxied else None

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
    return times_of(frames, writes, recorder.header.monotonic_origin)


def lead(world: World, proxy: ServerProcess, *, is_whole: bool) -> None:
    """Lead the people of a world through the proxy, with their requests or without."""
    network = Network(world, proxy, 1)

    def way(who: str, upstream: Upstream, address: Address) -> Address:
        return network._way(who, upstream, address) if is_whole or upstream == "broadcaster" else address

    world.detours.take(way, network.close)


async def delivered(
    stack: EmbeddedStack, proxy: ServerProcess, count: int, *, is_whole: bool
) -> tuple[list[float], list[float]]:
    """Give microseconds of deliveries, direct and proxied: with the request, or of the frame alone."""
    times: tuple[list[float], list[float]] = ([], [])
    async with AsyncExitStack() as worlds:
        scenes = []
        for is_proxied in (False, True):
            world = target_of(stack.target).world()
            if is_proxied:
                lead(world, proxy, is_whole=is_whole)
                worlds.callback(world.detours.end)
            await worlds.enter_async_context(world)
            alice, bob = await world.user("alice"), await world.user("bob")
            conversation = await world.new_conversation(alice, bob)
            await bob.join(conversation)
            scenes.append((alice, bob, conversation))
        for number in range(count):
            for way in (0, 1) if number % 2 else (1, 0):
                alice, bob, conversation = scenes[way]
                delivery = await expect(bob).to_receive(await alice.send(conversation, f"number {number}"))
                times[way].append(delivery.latency * 1e6)
    return times


def shown(name: str, ways: tuple[list[float], list[float]]) -> None:
    """Print what was measured."""
    for way, times in zip(("direct", "proxied"), ways, strict=True):
        p50, p99 = (percentile(times, q) for q in (0.5, 0.99))
        print(f"{name:>9} {way:>8} {p50:>9.1f} {p99:>9.1f} {max(times):>9.1f}")
    print(f"{name:>9} {'added':>8} {median(ways[1]) - median(ways[0]):>9.1f}", flush=True)


def times_of(frames: list[FrameIn], writes: list[list[int]], origin: int) -> list[float]:
    """Hold each frame against its write: the server numbers its clients in the order in which they came."""
    seen: dict[str, int] = {}
    times = []
    for frame in frames:
        number = seen[frame.who] = seen.get(frame.who, -1) + 1
        times.append((frame.arrived + origin - writes[number][int(frame.who)]) / 1e3)
    return times


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--deliveries", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--blocks", type=int, default=8)
    parser.add_argument("--listeners", type=int, nargs="*", default=[1, 20])
    asked = parser.parse_args()
    print("microseconds: of deliveries; of frames to so many listeners, from the server's write to the kernel's stamp")
    print(f"{'':>9} {'way':>8} {'p50':>9} {'p99':>9} {'max':>9}")
    with tempfile.TemporaryDirectory() as folder:
        proxy = ServerProcess("proxy", "harness.faults.proxy", Path(folder))
        proxy.configure({"port": 0})
        proxy.announced(time.monotonic() + 10)
        stack = start(own_target("embedded", "embedded"), seed=1, folder=Path(folder), cache=cache_folder())
        for name in ("frame", "whole", "frame", "whole"):
            ways = asyncio.run(delivered(stack, proxy, asked.deliveries // 2, is_whole=name == "whole"))
            shown(name, ways)
        stack.stop()
        for listeners in asked.listeners:
            ways = ([], [])
            for block in range(asked.blocks):
                way = (block + 1) // 2 % 2
                ways[way].extend(asyncio.run(measure(listeners, asked.rounds, proxy, is_proxied=bool(way))))
            shown(str(listeners), ways)
        proxy.release()
        proxy.reap()
    print(f"goal for a frame: less than {GOAL:g} added at the median")


if __name__ == "__main__":
    main()

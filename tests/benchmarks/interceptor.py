"""
Measure what the interceptor adds to a delivery while nothing is wrong: direct beside intercepted, in turns, in one run.

    python -m tests.benchmarks.interceptor [--rounds 200]

Two worlds of one embedded stack, one of which goes through the interceptor, each with a sender and a listener. A
message goes out in one, then in the other, in the order A B B A. `delivery` is from the moment that it was meant to the
kernel's stamp on the listener's socket: a request and a frame, both of which pass. `frame` is from the answer of a ping
of the protocol to the ping before it: two frames.
"""

import argparse
import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

from harness import expect
from harness.config import TargetDeclaration, cache_folder, own_target
from harness.faults.interception import INTERCEPTOR, Interception, configuration
from harness.history.recorder import Recorder
from harness.statistics.percentiles import percentile
from harness.topology.embedded import start
from harness.topology.process import ServerProcess
from harness.topology.target import Target

WAYS = ("direct", "intercepted")


def target_of(declaration: TargetDeclaration) -> Target:
    """Give a target of addresses that somebody else serves."""
    nothing: dict[str, str] = {}
    served = SimpleNamespace(
        target=declaration, images=nothing, check=lambda: None, logs=lambda: nothing, stop=lambda: None, control=None
    )
    return Target(served, Recorder())


async def measure(targets: list[Target], rounds: int) -> tuple[list[list[float]], list[list[float]]]:
    """Give microseconds of deliveries and of pings, way by way."""
    deliveries: list[list[float]] = [[], []]
    pings: list[list[float]] = [[], []]
    async with AsyncExitStack() as worlds:
        scenes: list[tuple[Any, Any, Any, Any]] = []
        for target in targets:
            world = await worlds.enter_async_context(target.world())
            alice, bob = await world.user("alice"), await world.user("bob")
            line = await bob._connected()
            conversation = await world.new_conversation(alice, bob)
            await bob.join(conversation)
            scenes.append((alice, bob, conversation, line))
        for number in range(rounds):
            for way in (0, 1) if number % 2 else (1, 0):
                alice, bob, conversation, line = scenes[way]
                delivery = await expect(bob).to_receive(await alice.send(conversation, f"number {number}"))
                deliveries[way].append(delivery.latency * 1e6)
                began = time.perf_counter()
                await line.fence()
                pings[way].append((time.perf_counter() - began) * 1e6)
    return deliveries, pings


def shown(name: str, ways: list[list[float]]) -> None:
    """Print what was measured."""
    for way, times in zip(WAYS, ways, strict=True):
        p50, p99 = (percentile(times, q) for q in (0.5, 0.99))
        print(f"{name:>9} {way:>12} {p50:>9.1f} {p99:>9.1f} {max(times):>9.1f}")
    print(f"{name:>9} {'added':>12} {median(ways[1]) - median(ways[0]):>9.1f}", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as named:
        folder = Path(named)
        stack = start(own_target("embedded", "embedded"), seed=1, folder=folder, cache=cache_folder())
        process = ServerProcess("interceptor", INTERCEPTOR, folder)
        try:
            process.configure(configuration(stack.target))
            behind = Interception(process, stack.target, process.announced(time.monotonic() + 10)).target
            deliveries, pings = asyncio.run(measure([target_of(stack.target), target_of(behind)], rounds))
        finally:
            process.release()
            process.reap()
            stack.stop()
    print(f"microseconds\n{'':>9} {'way':>12} {'p50':>9} {'p99':>9} {'max':>9}")
    shown("delivery", deliveries)
    shown("frame", pings)


if __name__ == "__main__":
    main()

"""
Measure the stack in containers beside the embedded one: start, first delivery, latency, and what it leaves.

    python -m tests.benchmarks.containers [--messages 300] [--cold] [--runs 20]

`--cold` removes our images first, so that they are built. `--runs` repeats the scenarios, every second time on two
nodes, and compares what is on the engine before and after: a false alarm, or anything left, ends with exit code 1.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness.checkers.latency import Timing, timings
from harness.checkers.stages import stages
from harness.config import own_target
from harness.expectations import expect
from harness.history.ledger import read
from harness.history.recorder import Recorder
from harness.topology import engine, open_deployment
from harness.topology.target import Target

ROOT = Path(__file__).parents[2]
TOPOLOGIES = ("embedded", "containers")
GOALS = "first delivery < 8 s after the command with images built, < 60 s without"


async def deliveries(target: Target, count: int) -> list[float]:
    """Give the seconds of the first delivery since the beginning, then the latency of each."""
    began = time.perf_counter()
    async with target.world() as world:
        alice, bob = await world.user("alice"), await world.user("bob")
        conversation = await world.new_conversation(alice, bob)
        await bob.join(conversation)
        took = []
        for number in range(count):
            delivery = await expect(bob).to_receive(await alice.send(conversation, f"message {number}"))
            took += [time.perf_counter() - began] if not took else []
            took.append(delivery.latency)
        return took


def stack(topology: str, messages: int) -> tuple[float, float, list[float], list[Timing]]:
    """Give the seconds until a stack is ready, until its first delivery, the latencies, and where they were spent."""
    with tempfile.TemporaryDirectory() as name:
        began = time.perf_counter()
        declaration = own_target(topology, topology)  # type: ignore[arg-type]  # one of the two
        deployment = open_deployment(declaration, seed=1, folder=Path(name), cache=Path(name) / "worlds")
        ready = time.perf_counter() - began
        try:
            recorder = Recorder()
            first, *latencies = asyncio.run(deliveries(Target(deployment, recorder), messages))
            return ready, ready + first, latencies, timings(read(recorder.events))
        finally:
            deployment.stop()


def compared(timed: dict[str, list[Timing]]) -> None:
    """Print the stages of the deliveries of each topology side by side."""
    found = {topology: {one.name: one for one in stages(several)} for topology, several in timed.items()}
    print(f"{'stage, ms':<15}" + "".join(f"{topology + ' p50':>16}{'p95':>8}" for topology in found))
    for name in found[TOPOLOGIES[0]]:
        cells = (found[topology][name].percentiles for topology in found)
        print(f"{name:<15}" + "".join(f"{one['p50'] * 1e3:>16.2f}{one['p95'] * 1e3:>8.2f}" for one in cells))


def on_the_engine() -> dict[str, set[str]]:
    """List containers, networks and volumes, by their ids."""
    client = engine.connect()
    try:
        return {
            "containers": {str(one.id) for one in client.containers.list(all=True)},
            "networks": {str(one.id) for one in client.networks.list()},
            "volumes": {str(one.id) for one in client.volumes.list()},
        }
    finally:
        client.close()


def remove_images() -> None:
    """Let the next start build its images."""
    client = engine.connect()
    for image in client.images.list():
        for tag in image.tags:
            if tag.startswith(("realtime-harness/backend:", "realtime-harness/broadcaster:")):
                client.images.remove(tag, force=True)
    client.images.prune()  # what they were built on, step by step, would make the next build a short one
    client.close()


def soak(runs: int) -> bool:
    """Run the scenarios so often, in turns on one node and on two; tells whether all was well."""
    before, is_well = on_the_engine(), True
    for number in range(runs):
        nodes = 1 + number % 2
        config = [] if nodes == 1 else [f"--realtime-config={ROOT / '.ci' / 'two-nodes.toml'}"]
        began = time.perf_counter()
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "scenarios", "--realtime-target=containers", *config],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        verdict = json.loads((ROOT / "reports" / "latest" / "verdict.json").read_text())
        left = {kind: len(now - before[kind]) for kind, now in on_the_engine().items()}
        is_well &= verdict["verdict"] == "PASS" and ran.returncode == 0 and not any(left.values())
        print(
            f"{number + 1:>3} on {nodes} node{'s' * (nodes - 1)} {time.perf_counter() - began:5.1f} s "
            f"{verdict['verdict']}, left {left}",
            flush=True,
        )
        for one in verdict["findings"]:
            print(f"      {one['id']}: {one['summary'][:300]}", flush=True)
    return is_well


def main() -> int:
    """Print the figures side by side."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--messages", type=int, default=300)
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--runs", type=int, default=0)
    chosen = parser.parse_args()
    if chosen.cold:
        remove_images()
        ready, first, *_ = stack("containers", 1)
        print(f"containers, images built: ready {ready:.1f} s, first delivery {first:.1f} s")
    timed: dict[str, list[Timing]] = {topology: [] for topology in TOPOLOGIES}
    for topology in (*TOPOLOGIES, *TOPOLOGIES):
        ready, first, latencies, several = stack(topology, chosen.messages)
        timed[topology] += several
        spread = statistics.quantiles(latencies, n=100)
        shown = ", ".join(f"p{one} {spread[one - 1] * 1e3:.2f}" for one in (50, 95, 99))
        print(f"{topology:<11} ready {ready:.2f} s, first delivery {first:.2f} s, latency {shown} ms", flush=True)
    compared(timed)
    print(f"goals: {GOALS}")
    return 0 if soak(chosen.runs) else 1


if __name__ == "__main__":
    sys.exit(main())

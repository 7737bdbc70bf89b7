"""
Measure what starting costs: our own modules at pytest's start, our dependencies' plugins, the embedded stack.

    python -m tests.benchmarks.startup [--times 20]
"""

import argparse
import asyncio
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness.config import own_target
from harness.expectations import expect
from harness.history.recorder import Recorder
from harness.topology import open_deployment
from harness.topology.target import Target

_LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \| (\s*)(\S+)")
PLUGINS = {
    "pytest-asyncio": "asyncio",
    "hypothesis": "hypothesispytest",
    "xdist": "xdist",
    "anyio": "anyio",
    "faker": "faker",
}
BUDGETS = "own modules < 20 ms; stack ready ≤ 1.5 s (≤ 3 s the first time); first delivery ≤ 0.2 s after that"


def own_modules() -> float:
    """Give the milliseconds that our own modules take of `import harness.plugin`, in a fresh interpreter."""
    code = "import pytest, harness.plugin, harness.fixtures"
    told = subprocess.run([sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, check=True)
    lines = (_LINE.match(line) for line in told.stderr.splitlines())
    return sum(int(line[1]) for line in lines if line and line[4].split(".")[0] == "harness") / 1000


def empty_project(folder: Path, *arguments: str) -> float:
    """Give the CPU seconds of a pytest run over one empty test: neighbours disturb these least."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "pytest", "-q", *arguments], cwd=folder, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def plugin_costs(times: int) -> dict[str, float]:
    """Give what each plugin adds to pytest's start, in CPU milliseconds: with all of them minus without that one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_nothing.py").write_text("def test_nothing():\n    pass\n")
        (folder / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
        runs: dict[str, list[float]] = {name: [] for name in ("all", "ours", *PLUGINS)}
        for _ in range(times):
            runs["all"].append(empty_project(folder))
            runs["ours"].append(empty_project(folder, "-p", "no:realtime"))
            for plugin, switch in PLUGINS.items():
                # Ours goes too: without pytest-asyncio its marker would be unknown.
                runs[plugin].append(empty_project(folder, "-p", f"no:{switch}"))
    everything = statistics.median(runs.pop("all"))
    return {"all together": everything * 1000} | {
        name: (everything - statistics.median(seconds)) * 1000 for name, seconds in runs.items()
    }


def stack(cache: Path) -> tuple[float, float]:
    """Give the seconds until the stack is ready, and from then to the first delivery that is proven."""
    with tempfile.TemporaryDirectory() as name:
        began = time.perf_counter()
        deployment = open_deployment(own_target("embedded", "embedded"), seed=1, folder=Path(name), cache=cache)
        ready = time.perf_counter() - began
        try:
            return ready, asyncio.run(_first_delivery(Target(deployment, Recorder())))
        finally:
            deployment.stop()


async def _first_delivery(target: Target) -> float:
    began = time.perf_counter()
    async with target.world() as world:
        world.person("alice")
        conversation = world.conversation
        await world.open("connected")
        bob = await world.user("bob")
        await bob.join(conversation)
        alice = await world.user("alice")
        await expect(bob).to_receive(await alice.send(conversation, "first"))
        return time.perf_counter() - began


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--times", type=int, default=20)
    times = parser.parse_args().times
    own = [own_modules() for _ in range(times)]
    print(f"own modules at pytest's start: {statistics.median(own):.1f} ms (median of {times}, max {max(own):.1f})")
    costs = plugin_costs(max(3, times // 4))
    print(f"pytest over one empty test, all plugins: {costs.pop('all together'):.0f} ms of CPU; of it")
    for name, cost in costs.items():
        print(f"    {name:<15} {cost:>6.0f} ms   (-p no:{'realtime' if name == 'ours' else PLUGINS[name]})")
    with tempfile.TemporaryDirectory() as name:
        first = stack(Path(name))
        warm = [stack(Path(name)) for _ in range(5)]
    print(
        f"embedded stack: first start {first[0]:.2f} s, then ready in {statistics.median(w[0] for w in warm):.2f} s, "
    )
    print(f"    first delivery proven {statistics.median(w[1] for w in warm):.2f} s after that (median of 5)")
    print(f"goals: {BUDGETS}")


if __name__ == "__main__":
    main()

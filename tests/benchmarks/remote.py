"""
Measure what a run takes on a system that is far away: the same scenarios near and far, side by side.

    python -m tests.benchmarks.remote [--milliseconds 80] [-k messaging]

One embedded stack, declared as two remote targets: `near`, by its own addresses, and `far`, through a proxy that keeps
everything for half of that time each way. The run on `far` may take twice as long as that on `near`, and a round trip
for each request and each socket on top; what does not depend on each other shares one, so it should take less.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from harness.commands.target_file import declaration_text
from harness.config import TargetDeclaration, cache_folder, own_target
from harness.history.events import HttpAsked, SocketOpened
from harness.report.stored import read_run
from harness.topology.embedded import start
from harness.topology.process import ServerProcess

_TRIPS_OF_A_SOCKET = 3
"""To connect, to upgrade, and to be greeted, which comes with the second as often as not."""


class Run(NamedTuple):
    """
    What a run took: `seconds` of its tests, and the round trips that it made, had it made them one by one.

    `failed` names the tests that did not pass, with why.
    """

    seconds: float
    trips: int
    verdict: str
    failed: list[str]


def run(folder: Path, text: str, arguments: list[str]) -> Run:
    """Run the shipped scenarios on the target that a file declares."""
    folder.mkdir()
    (folder / "realtime.toml").write_text(text, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("REALTIME_", "PYTEST_"))}
    command = [sys.executable, "-m", "harness", "run", "-q", *arguments]
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    report = folder / "reports" / "latest"
    events = read_run(report).events
    asked = sum(isinstance(event, HttpAsked) for event in events)
    opened = sum(isinstance(event, SocketOpened) for event in events)
    told = json.loads((report / "verdict.json").read_text())
    failed = [one for one in told["outcomes"] if one["verdict"] not in ("PASS", "NOT EXERCISED")]
    shown = [f"  {one['verdict']} {one['test']}: {one['reason'].partition(chr(10))[0]}" for one in failed]
    shown += [f"  {one['id']}: {one['summary']}" for one in told["findings"] if one["class"] == "slo"]
    return Run(told["facts"]["seconds"], asked + _TRIPS_OF_A_SOCKET * opened, told["verdict"], shown)


def far(text: str, target: TargetDeclaration, proxy: ServerProcess, seconds: float) -> str:
    """Put the proxy before both servers, each way so many seconds away, and give the file that declares it so."""
    routes = []
    for url in (target.backend.url, target.broadcaster.url):
        parts = urlsplit(url)
        opened: dict[str, Any] = proxy.tell({"open": [parts.hostname, parts.port]}, time.monotonic() + 10)
        routes.append(opened["route"])
        text = text.replace(parts.netloc, f"127.0.0.1:{opened['port']}")
    toxic = {"begin": "far", "routes": routes, "toxic": "Latency", "settings": {"latency": seconds}}
    proxy.tell(toxic, time.monotonic() + 10)
    return text


def main() -> None:
    """Run both, and print them side by side."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--milliseconds", type=float, default=80.0)
    parser.add_argument("-k", dest="select", default="")
    given = parser.parse_args()
    arguments = ["-k", given.select] if given.select else []
    trip = given.milliseconds / 1000
    with tempfile.TemporaryDirectory(prefix="far-") as name:
        folder = Path(name)
        stack = start(own_target("embedded", "embedded"), seed=1, folder=folder, cache=cache_folder())
        proxy = ServerProcess("proxy", "harness.faults.proxy", folder)
        try:
            proxy.configure({"port": 0})
            proxy.announced(time.monotonic() + 30)
            # What is agreed of a system around the corner is not what one so far away can keep, nor is the default,
            # which holds where a file says nothing.
            text = re.sub(
                r"^delivery = .*$", 'delivery = { p99 = "2s" }', declaration_text(stack.target), flags=re.MULTILINE
            )
            near = run(folder / "near", text, arguments)
            away = run(folder / "far", far(text, stack.target, proxy, trip / 2), arguments)
        finally:
            proxy.release()
            proxy.reap()
            stack.stop()
    allowed = 2 * near.seconds + away.trips * trip
    print(f"near  {near.seconds:7.1f} s  {near.trips:6} round trips  {near.verdict}")
    print(f"far   {away.seconds:7.1f} s  {away.trips:6} round trips of {given.milliseconds:g} ms  {away.verdict}")
    print(*near.failed, *away.failed, sep="\n")
    print(f"allowed {allowed:5.1f} s: twice near, and a round trip each")
    print(f"far / near {away.seconds / near.seconds:.2f}   far / allowed {away.seconds / allowed:.2f}")


if __name__ == "__main__":
    main()

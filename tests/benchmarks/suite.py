"""
Measure the scenario suite from command to verdict, beside a pytest run that has nothing to do.

    python -m tests.benchmarks.suite [--times 5]
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMANDS = {
    "pytest with nothing selected": ["scenarios", "-k", "nothing_is_called_so"],
    "pytest scenarios": ["scenarios"],
    "pytest -k realtime": ["-k", "realtime"],
}


def timed(arguments: list[str]) -> float:
    """Give the wall seconds of one pytest command, in the checkout."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "pytest", "-q", *arguments], cwd=ROOT, capture_output=True, check=False)
    return time.perf_counter() - began


def main() -> None:
    """Print the medians, and what the last run proved."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--times", type=int, default=5)
    times = parser.parse_args().times
    runs: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(times):
        for name, arguments in COMMANDS.items():
            runs[name].append(timed(arguments))
    for name, seconds in runs.items():
        print(f"{name:<30} {statistics.median(seconds):.2f} s (median of {times}, max {max(seconds):.2f})")
    verdict = json.loads((ROOT / "reports" / "latest" / "verdict.json").read_text())
    print(f"verdict {verdict['verdict']}, {verdict['exercised']} tests exercised; goal: < 10 s")


if __name__ == "__main__":
    main()

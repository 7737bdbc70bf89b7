"""
Run the scenarios many times, every second time with all cores kept busy: there must be no false alarm.

    python -m tests.benchmarks.soak [--runs 50] [--faults] [--seed 1]

`--faults` runs those in which networks and servers break, at tier release, with another seed each time.

A false alarm is a FAIL or an environment fault on the healthy reference stack. An inconclusive latency percentile is
none, in at most 2 % of the runs (DESIGN.md, section 10).
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
FAULTS = ("scenarios/test_reconnect.py", "scenarios/test_outages.py", "--realtime-tier=release")


def _spin() -> None:
    while True:
        pass


@contextmanager
def busy(cores: int) -> Iterator[None]:
    """Keep this many cores busy meanwhile."""
    spinning = [multiprocessing.Process(target=_spin, daemon=True) for _ in range(cores)]
    for one in spinning:
        one.start()
    try:
        yield
    finally:
        for one in spinning:
            one.kill()
            one.join()


def run_once(*tests: str) -> tuple[str, list[str]]:
    """Run scenarios and give the verdict with what led to it."""
    with tempfile.TemporaryDirectory() as reports:
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *tests, f"--realtime-report={reports}"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        verdict = json.loads((Path(reports) / "latest" / "verdict.json").read_text())
    said = [
        f"{one['verdict']} {one['test']}: {one['reason']}"
        for one in verdict["outcomes"]
        if one["verdict"] not in ("PASS", "NOT EXERCISED")
    ]
    return verdict["verdict"] if not ran.returncode else f"{verdict['verdict']} (pytest exit {ran.returncode})", said


def main() -> int:
    """Print one line a run, and the count of each verdict."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--faults", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    verdicts: Counter[str] = Counter()
    for number in range(chosen.runs):
        loaded = bool(number % 2)
        tests = [*FAULTS, f"--realtime-seed={chosen.seed + number}"] if chosen.faults else ["scenarios"]
        began = time.perf_counter()
        with busy(os.cpu_count() or 2) if loaded else busy(0):
            verdict, said = run_once(*tests)
        verdicts[verdict] += 1
        print(
            f"{number + 1:>3} {'busy' if loaded else 'idle'} {time.perf_counter() - began:5.1f} s  {verdict}",
            flush=True,
        )
        for line in said:
            print(f"      {line[:2000]}", flush=True)
    print(", ".join(f"{count} × {verdict}" for verdict, count in verdicts.items()))
    return 0 if set(verdicts) <= {"PASS"} else 1


if __name__ == "__main__":
    sys.exit(main())

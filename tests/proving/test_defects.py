"""
Defects are made in several places; of each place one is caught here, and nothing where nothing is wrong.

All of them are tried by `realtime prove`, which CI runs whole.
"""

import json
import subprocess
import sys
from pathlib import Path

from harness.config import own_target
from harness.proving.plan import possible_for

PATIENCE = 300
PLACES = {
    "the backend": "AZ-01",
    "the broadcaster": "AZ-25:unchecked",
    "both, which agree": "AZ-29",
    "another dialect": "AZ-26",
    "the interceptor": "DE-05:always",
    "a server that ends": "CO-06",
}


def test_a_defect_of_each_place_is_caught(tmp_path: Path) -> None:
    """By the finding that it declares, in a test that was expected to make it, without a false alarm."""
    chosen = [one for one in possible_for(own_target("embedded", "embedded")) if one.id in PLACES.values()]
    tests = " or ".join({part.partition("[")[0] for one in chosen for part in one.scenarios})
    wanted = [word for one in chosen for word in ("--defect", one.id)]

    ran = subprocess.run(
        [sys.executable, "-m", "harness", "prove", *wanted, "-k", tests, f"--realtime-report={tmp_path}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    (path,) = tmp_path.glob("2*/prove.json")
    proof = json.loads(path.read_bytes())
    assert {one["defect"] for one in proof["results"]} == set(PLACES.values())
    assert len(proof["healthy"]) == 3  # as it is, in the other dialect, behind the interceptor
    assert all(one["conviction"] for one in proof["results"])
    assert {one["by"] for one in proof["defects"]} == {"backend", "broadcaster", "both", "interceptor"}

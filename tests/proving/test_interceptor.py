"""What the interceptor spoils is caught by the scenarios that are there for it, whatever runs behind it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.faults.defects.intercepted import Intercepted
from harness.faults.defects.of_interceptor import INTERCEPTED
from tests.proving.intercepted import VARIABLE

ROOT = Path(__file__).parents[2]
PATIENCE = 120
"""Seconds after which a run is stuck; one takes three."""


def verdict_of(folder: Path, defect: str, *scenarios: str, tier: str = "pr", dialect: str = "") -> dict[str, Any]:
    """Run scenarios behind an interceptor with a defect, and give what became of it."""
    config = folder / "realtime.toml"
    config.write_text(f'[targets.embedded.broadcaster]\ndialect = "{dialect or "reverb"}"\n', encoding="utf-8")
    ours = [f"--realtime-report={folder}", f"--realtime-tier={tier}", f"--realtime-config={config}"]
    plugins = ["-p", "tests.proving.intercepted", "-p", "no:cacheprovider"]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-qx", *plugins, "scenarios", "-k", " or ".join(scenarios), *ours],
        cwd=ROOT,
        env=os.environ | {VARIABLE: defect},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    verdict = folder / "latest" / "verdict.json"
    assert verdict.exists(), ran.stdout + ran.stderr
    read: dict[str, Any] = json.loads(verdict.read_text("utf-8"))
    return read


@pytest.mark.parametrize("defect", INTERCEPTED.values(), ids=list(INTERCEPTED))
def test_a_defect_is_caught(tmp_path: Path, defect: Intercepted) -> None:
    """The run fails, and one of the observations that the defect declares is among the findings."""
    verdict = verdict_of(tmp_path, defect.id, *defect.scenarios, dialect=defect.dialect)

    assert {one["id"] for one in verdict["findings"]} & set(defect.convicted_by), (
        verdict["findings"],
        verdict["doubts"],
    )
    assert verdict["verdict"] == "FAIL"


def test_nothing_is_found_where_nothing_is_wrong(tmp_path: Path) -> None:
    """Through an interceptor without a defect every scenario of the smoke tier passes."""
    verdict = verdict_of(tmp_path, "", "scenarios", tier="smoke")

    assert (verdict["verdict"], verdict["findings"]) == ("PASS", [])

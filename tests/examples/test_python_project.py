"""The example of a project that uses the plugin passes, and sees a chat that is broken."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "python-project"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a copy of it, outside this repository."""
    return shutil.copytree(EXAMPLE, tmp_path / "project", ignore=shutil.ignore_patterns("reports", "__pycache__"))


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run its tests as its own README says."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=300, check=False)


def test_its_own_tests_pass(project: Path) -> None:
    """Alone, as its developers run them."""
    told = run(project, "tests", "-o", "realtime_scenarios=false")

    assert told.returncode == 0, told.stdout + told.stderr
    assert "3 passed" in told.stdout
    assert (project / "reports" / "latest" / "report.html").exists()


def test_the_shipped_scenarios_come_along(project: Path) -> None:
    """One line of its settings adds them to what `-m realtime` selects."""
    told = run(project, "-m", "realtime", "--collect-only", "-q")

    assert told.returncode == 0, told.stdout + told.stderr
    assert "test_original_fault.py" in told.stdout
    assert "tests/test_chat.py" in told.stdout

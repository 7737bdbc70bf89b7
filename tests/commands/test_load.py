"""`realtime load`: many users on the embedded stack, and everything that is refused before."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli import main
from harness.commands.exits import Exit

PATIENT = """
[targets.embedded.budgets]
delivery = { p50 = "5s" }
arrival = "8s"
"""
"""A machine that does other things meanwhile is no slow server."""
REMOTE = """
[targets.staging]
topology = "remote"
[targets.staging.backend]
url = "http://127.0.0.1:1"
[targets.staging.broadcaster]
url = "ws://127.0.0.1:1"
key = "k"
[[targets.staging.cast]]
name = "alice"
email = "a@x"
password = "p"
company = 6
"""


def test_a_load_on_the_embedded_stack_passes(tmp_path: Path) -> None:
    """Forty users in four conversations: progress, verdict, and the report in its three forms."""
    (tmp_path / "realtime.toml").write_text(PATIENT)
    command = [sys.executable, "-m", "harness", "load", "--users", "40", "--conversations", "4", "--rate", "25"]
    more = ["--duration", "2s", "--profile", "ramp", "--arrivals", "poisson", "--json", "own.json"]
    told = subprocess.run([*command, *more], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert told.returncode == Exit.PASS, told.stdout + told.stderr
    assert "40 users are connected, 38 listen" in told.stdout
    assert "   1 s  40 users" in told.stdout
    assert told.stdout.splitlines()[-2] == "verdict   PASS"
    folder = tmp_path / "reports" / "load"
    result = json.loads((folder / "load.json").read_text())
    assert json.loads((tmp_path / "own.json").read_text()) == result
    assert result["totals"]["owed"] == result["totals"]["delivered"] > 0
    assert (result["eavesdroppers"], result["profile"]["shape"]) == (2, "ramp")
    assert "<title>Load PASS" in (folder / "load.html").read_text()
    assert (folder / "load.md").read_text().startswith("## Load: PASS")


def test_ctrl_c_ends_it_early_with_a_report(tmp_path: Path) -> None:
    """What was sent until then is judged; whether the rest would have gone well, nobody knows."""
    (tmp_path / "realtime.toml").write_text(PATIENT)
    command = [sys.executable, "-m", "harness", "load", "--users", "10", "--rate", "20", "--duration", "10m"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as load:
        assert load.stdout is not None
        while "   1 s  10 users" not in load.stdout.readline():
            assert load.poll() is None
        os.kill(load.pid, signal.SIGINT)
        told, _ = load.communicate(timeout=30)

    assert load.returncode == Exit.INCONCLUSIVE, told
    assert "INCONCLUSIVE  duration       the load was ended before its time" in told
    result = json.loads((tmp_path / "reports" / "load" / "load.json").read_text())
    assert result["totals"]["lost"] == 0
    assert result["totals"]["disagreements"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--target", "staging"], "target staging is not loaded: not granted: [targets.staging.may] does not say load"),
        (["--rate", "5000"], "more than one process can offer"),
        (["--rate", "100", "--users", "1000"], "deliveries a second, and one process can check"),
        (["--users", "3", "--conversations", "2"], "each of which needs 2"),
        (["--duration", "long"], "--duration: 'long' is no duration; write it as"),
        (["--duration", "1s", "--rate", "0.1"], "has no message in it"),
        (["--profile", "sawtooth"], "'sawtooth' is not one of 'constant', 'ramp', 'step', 'spike', 'soak'"),
        (["--rate", "0"], "0 is not in the range"),
    ],
)
def test_what_makes_no_load_is_refused(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is started, in one sentence."""
    (tmp_path / "realtime.toml").write_text(REMOTE)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["load", "--target", "embedded", *arguments])

    assert result.exit_code == Exit.USAGE
    assert said in " ".join(result.output.split())


def test_too_few_files_are_refused_before_anything_starts(tmp_path: Path) -> None:
    """With the command that gives more, in the shell that it is to be given in."""
    script = f"ulimit -n 256; exec {sys.executable} -m harness load --users 200"
    told = subprocess.run(
        ["/bin/sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )

    assert told.returncode == Exit.USAGE
    assert "200 users need 520 open files" in told.stderr
    assert "ulimit -n 520" in told.stderr


def test_a_report_that_cannot_be_written_is_a_fault_of_the_environment(tmp_path: Path) -> None:
    """Where the folder should be is a file; nothing is sent for it."""
    (tmp_path / "realtime.toml").write_text(PATIENT)
    (tmp_path / "taken").write_text("")
    command = [sys.executable, "-m", "harness", "load", "--users", "4", "--duration", "0.3s", "--report", "taken"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert told.returncode == Exit.ENVIRONMENT
    assert "the report cannot be written to taken: File exists" in told.stderr
    assert "users are connected" not in told.stdout

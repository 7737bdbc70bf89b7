"""`realtime prove`: a suite of somebody's own, or ours, on a healthy target and on defects; what it says in the end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import pytest

from harness.proving.prover import _heard

PATIENCE = 120
SUITE = """
import pytest
from harness import AuthorizationDenied, expect


async def test_bob_hears_it(alice, bob, conversation):
    await bob.join(conversation)
    await expect(bob).to_receive(await alice.send(conversation, "hello"))


async def test_eve_is_denied(eve, conversation):
    with pytest.raises(AuthorizationDenied):
        await eve.join(conversation)
"""

REMOTE = """
[targets.staging]
topology = "remote"
[targets.staging.backend]
url = "http://127.0.0.1:1"
[targets.staging.broadcaster]
url = "ws://127.0.0.1:1"
app_id = "1"
key = "k"
"""
PEOPLE = "".join(
    f'[[targets.staging.cast]]\nname = "{name}"\nemail = "{name}@example.com"\npassword = "secret"\ncompany = 6\n'
    for name in ("alice", "bob", "eve")
)
FORKS = """
import subprocess, sys, pathlib

def test_forks():
    for apart in (False, True):
        left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=apart)
        with pathlib.Path("left").open("a") as file:
            file.write(f"{left.pid}\\n")
"""

Prove = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a project with two tests of its own."""
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'theirs'\n")
    (tmp_path / "test_chat.py").write_text(SUITE)
    return tmp_path


@pytest.fixture
def prove(project: Path) -> Prove:
    """Run the command in that project."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "harness", "prove", *arguments]
        return subprocess.run(
            command, cwd=project, capture_output=True, text=True, timeout=PATIENCE, check=False, env=dict(os.environ)
        )

    return run


def proof_of(project: Path) -> dict[str, Any]:
    """Read what the one run left."""
    (path,) = project.glob("reports/2*/prove.json")
    proof: dict[str, Any] = json.loads(path.read_bytes())
    return proof


def test_a_suite_of_ones_own_is_measured(project: Path, prove: Prove) -> None:
    """What it looks at is caught, what it does not look at survives, with what would have caught it."""
    ran = prove("--defect", "AZ-01", "--defect", "AZ-36:read", "--processes", "1", "test_chat.py")

    assert ran.returncode == 1, ran.stderr
    assert "1 of 2 defects caught (50%), 1 id\n" in ran.stdout
    assert "SURVIVED  AZ-36:read: outsiders may read" in ran.stdout
    assert "would have caught it: authorization.read-by-outsider, as in *outside_reads*" in ran.stdout
    assert "no false alarm" in ran.stdout
    proof = proof_of(project)
    caught, survived = proof["results"]
    assert caught["conviction"]["id"] == "authorization.granted-to-outsider"
    assert caught["test"] == "test_chat.py::test_eve_is_denied"
    assert (survived["tests"], proof["tests"]) == (2, 2)
    assert "| AZ-36:read | outsiders may read | survived |" in next(project.glob("reports/2*/prove.md")).read_text()


def test_our_own_suite_catches_it_and_the_proof_holds(project: Path, prove: Prove) -> None:
    """Without tests of one's own the shipped scenarios are measured; those that are likely to convict run first."""
    (project / "outside_reads").mkdir()  # a word of an option is none of the tests, whatever is called so

    ran = prove("--defect", "AZ-36:read", "-k", "outside_reads")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    (caught,) = proof_of(project)["results"]
    assert (caught["conviction"]["id"], caught["tests"]) == ("authorization.read-by-outsider", 1)


def test_false_alarms_and_other_failures_are_told_apart(project: Path, prove: Prove) -> None:
    """A test that fails on a healthy target is no proof of anything; a defect that it fails on is not convicted."""
    (project / "test_chat.py").write_text("async def test_flaky(alice):\n    raise RuntimeError('mine')\n")

    ran = prove("--defect", "AZ-01", "test_chat.py")

    assert ran.returncode == 1
    assert "FALSE ALARM  test_chat.py::test_flaky: FAIL: RuntimeError: mine" in ran.stdout
    assert "CAUGHT OTHERWISE  AZ-01" in ran.stdout


def test_a_test_that_kills_its_process_is_told(project: Path, prove: Prove) -> None:
    """The next defect is examined all the same."""
    (project / "test_chat.py").write_text("import os\n\nasync def test_dies(alice):\n    os._exit(7)\n")

    ran = prove("--defect", "AZ-01", "--defect", "AZ-02", "--processes", "1", "test_chat.py")

    assert ran.returncode == 1
    assert ran.stdout.count("the examination died in test_chat.py::test_dies; see ") >= 3
    assert "NOT TRIED  AZ-02" in ran.stdout


def test_a_plain_test_that_fails_is_a_failure_too(project: Path, prove: Prove) -> None:
    """A suite may hold tests that have nothing to do with us."""
    (project / "test_plain.py").write_text("def test_plain():\n    assert 1 == 2\n")

    ran = prove("--defect", "AZ-01", "test_plain.py")

    assert ran.returncode == 1
    assert "FALSE ALARM  test_plain.py::test_plain: FAIL: assert 1 == 2" in ran.stdout


def test_what_was_not_exercised_saw_nothing(project: Path, prove: Prove) -> None:
    """It is counted apart; behind the interceptor a suite that names no likely test runs whole."""
    (project / "test_restart.py").write_text(
        "async def test_it(servers):\n    await servers.restart('backend')\n\ndef test_fails():\n    assert 1 == 2\n"
    )

    ran = prove("--defect=DE-03", "--processes=1", "test_restart.py::test_it")
    assert "0 tests saw nothing, 1 not exercised" in ran.stdout, ran.stderr

    ran = prove("--defect=DE-03", "--processes=1", "test_restart.py::test_fails")
    assert ran.stdout.count("1 false alarm") == 2, "the interceptor's own healthy run is one too"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--defect", "AZ-99"), "'AZ-99' is no defect that this target can be given; near to it are AZ-"),
        (("--realtime-target=other",), "allowed are embedded, containers"),
        (("-k", "nothing_is_called_so"), "realtime: no test was selected: no test has that name or mark"),
        (("test_chatt.py",), "realtime: there are no tests at test_chatt.py\n"),
        (("test_chat.py::test_of_no_name",), "/test_chat.py::test_of_no_name\n"),
        (("--nonsense",), "realtime: unrecognized arguments: --nonsense\n"),
        (("--realtime-report=/dev/null/x",), "realtime: the report folder /dev/null/x cannot be written (Not a dir"),
        (("test_broken.py",), "the tests cannot be collected"),
    ],
)
def test_a_mistake_is_one_sentence(project: Path, prove: Prove, arguments: tuple[str, ...], sentence: str) -> None:
    """Exit code 2, and no traceback of ours."""
    (project / "test_broken.py").write_text("import nothing_of_that_name\n")

    ran = prove(*arguments)

    assert (ran.returncode, sentence in ran.stderr) == (2, True), ran.stderr
    assert "Traceback (most recent call last)" not in ran.stderr


def test_a_target_that_is_down_is_one_sentence(project: Path, prove: Prove) -> None:
    """Exit code 3: no test of the suite is to blame, nor is it said of each of them."""
    granted = "[targets.staging.may]\ndefects = true\n" + PEOPLE
    (project / "realtime.toml").write_text(REMOTE + granted)

    ran = prove("--realtime-target=staging", "--defect=DE-03", "test_chat.py")

    assert (ran.returncode, ran.stdout) == (3, "")
    assert ran.stderr.startswith("realtime: target staging cannot be examined: ")
    assert len(ran.stderr.splitlines()) == 1


def test_a_list_of_tests_is_a_list(project: Path, prove: Prove) -> None:
    """Nothing is tried, and that is said."""
    ran = prove("--collect-only", "--defect=AZ-01", "test_chat.py")

    assert ran.returncode == 0, ran.stderr
    assert "<Coroutine test_eve_is_denied>" in ran.stdout
    assert ran.stdout.endswith("nothing was tried: --collect-only lists the tests, and --list the defects\n")


def test_cases_of_the_protocol_prove_nothing(prove: Prove) -> None:
    """Ours examine a broadcaster of their own, which is given no defects."""
    ran = prove("--collect-only", "--defect=AZ-01")

    assert ran.returncode == 0, ran.stderr
    assert "test_messaging.py" in ran.stdout
    assert "test_liveness.py" not in ran.stdout


def test_pytest_that_breaks_down_is_no_mistake_of_the_caller(project: Path, prove: Prove) -> None:
    """Exit code 3, with what broke it."""
    (project / "conftest.py").write_text("def pytest_collection_modifyitems():\n    raise RuntimeError('broken')\n")

    ran = prove("--defect=AZ-01", "test_chat.py")

    assert (ran.returncode, ran.stderr) == (
        3,
        "realtime: pytest broke down before anything was tried: RuntimeError: broken\n",
    )


def test_what_a_test_leaves_running_ends_with_its_examination(project: Path, prove: Prove) -> None:
    """Whether it stayed in the group of its process or went."""
    (project / "test_chat.py").write_text(FORKS)

    ran = prove("--defect=AZ-01", "--processes=1", "test_chat.py")

    left = [int(line) for line in (project / "left").read_text().split()]
    assert len(left) == 4, ran.stdout
    assert [one for one in left if Path(f"/proc/{one}").exists()] == []
    assert (project / "reports" / "latest" / "prove.html").exists()


def test_a_target_that_allows_no_defects_is_left_alone(project: Path, prove: Prove) -> None:
    """What is not granted is not done."""
    (project / "realtime.toml").write_text(REMOTE)

    ran = prove("--realtime-target=staging")

    assert ran.returncode == 2
    assert "target staging cannot be given defects" in ran.stderr


def test_a_secret_in_a_plain_test_is_shown_nowhere(project: Path, prove: Prove) -> None:
    """What one test got from the target, another, which never saw it, may say."""
    (project / "test_chat.py").write_text(
        "import pathlib\n\n\nasync def test_gets_it(alice, target):\n"
        "    pathlib.Path('got').write_text(target.declaration.broadcaster.secret)\n\n\n"
        "def test_says_it():\n    raise RuntimeError(pathlib.Path('got').read_text())\n"
    )

    ran = prove("--defect", "AZ-01", "--processes", "1", "test_chat.py")

    secret = (project / "got").read_text()
    assert "FALSE ALARM  test_chat.py::test_says_it" in ran.stdout
    said = [ran.stdout, *(path.read_text() for path in project.glob("reports/2*/prove.*"))]
    assert len(secret) > 12
    assert [text for text in said if secret in text] == []


def test_the_list_names_what_is_possible(prove: Prove) -> None:
    """With a sentence each."""
    ran = prove("--list", "--defect", "AZ-25")

    assert ran.returncode == 0
    assert [line.split()[0] for line in ran.stdout.splitlines()] == ["AZ-25", "AZ-25:unchecked"]


WAITS = """
import asyncio, pathlib
from test_chat import test_eve_is_denied

async def test_waits(alice):
    pathlib.Path("here").touch()
    await asyncio.Event().wait()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_to_the_command_leaves_nothing_running(project: Path, number: signal.Signals) -> None:
    """Forks and stacks end with the command, however it ends; what has no answer then is no success."""
    (project / "test_waits.py").write_text(WAITS)
    command = [sys.executable, "-m", "harness", "prove", "--processes=2", "--defect=AZ-01", "test_waits.py"]
    child = subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert child.stdout is not None
    assert "AZ-01              caught" in child.stdout.readline()
    deadline = time.monotonic() + PATIENCE
    while not (project / "here").exists():
        assert time.monotonic() < deadline

    child.send_signal(number)

    said = child.stdout.read()  # ends when nobody holds the other end any more, the forks included
    assert child.wait(PATIENCE) == (4 if number == signal.SIGINT else -number)
    child.stdout.close()
    if number == signal.SIGINT:
        assert "interrupted: 1 of 2 runs have no answer" in said
        assert proof_of(project)["healthy"][0]["problem"] == "the command was interrupted"


def test_a_test_that_does_not_end_is_named(tmp_path: Path) -> None:
    """With the way to give it more time; an examination that nobody waits for any more is given up at once."""
    ours, theirs = Pipe()
    line, command = Pipe()
    with ours, theirs, line:
        theirs.send("test_a.py::test_ends")
        theirs.send("test_a.py::test_waits")
        said = "it did not end within 0.5 s in test_a.py::test_waits; --realtime-patience=2 doubles that"
        assert _heard(ours, line, 0.5, tmp_path) == said

        command.close()
        with pytest.raises(EOFError):
            _heard(ours, line, PATIENCE, tmp_path)


def test_whoever_reads_no_further_gets_the_report(project: Path) -> None:
    """`realtime prove | head -1` is no mistake of anybody's."""
    command = [sys.executable, "-m", "harness", "prove", "--defect=AZ-01", "test_chat.py"]
    child = subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    child.stdout.close()

    _, said = child.communicate(timeout=PATIENCE)

    assert (child.returncode, said) == (1, "")
    assert len(proof_of(project)["results"]) == 1


def test_a_strict_project_with_processes_of_its_own_is_measured(project: Path, prove: Prove) -> None:
    """Warnings are errors there, and its tests run on several processors otherwise; neither is in our way."""
    ini = '[tool.pytest.ini_options]\nfilterwarnings = ["error"]\nasyncio_default_fixture_loop_scope = "function"\n'
    (project / "pyproject.toml").write_text(f'[project]\nname = "theirs"\n{ini}addopts = "-n 2"\n')

    ran = prove("--defect=AZ-01", "-n", "2", "test_chat.py")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "AZ-38" in proof_of(project)["untried"]
    assert "AZ-02" not in proof_of(project)["untried"], "this target can be given it, and nobody asked for it"


def test_ctrl_c_leaves_nothing_running(project: Path) -> None:
    """The stacks end with the command, whatever was going on in them."""
    (project / "test_chat.py").write_text(
        "import asyncio, os, pathlib\n\nasync def test_waits(alice):\n"
        "    pathlib.Path('here').touch()\n    await asyncio.Event().wait()\n"
    )
    command = [sys.executable, "-m", "harness", "prove", "--defect", "AZ-01", "test_chat.py"]
    child = subprocess.Popen(
        command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    assert child.stdout is not None
    while not (project / "here").exists():
        assert child.poll() is None, child.stdout.read()

    os.killpg(child.pid, signal.SIGINT)

    child.stdout.read()  # ends when nobody holds the other end any more, the forks included
    assert child.wait(PATIENCE) != 0
    child.stdout.close()
    logs = [*project.glob("reports/2*/stack-*/*/broadcaster.log")]
    assert logs

"""`realtime run` hands its arguments to pytest and answers with the verdict of this very run."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from harness.checkers.findings import finding
from harness.cli import main
from harness.commands.run import project_root, realtime_options
from harness.plugin import closing
from harness.report.document import Document, Facts, Outcome
from harness.report.verdict import document_of

Run = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in the folder of a project that has declared nothing."""
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'theirs'\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def asked() -> list[str]:
    """Collect what pytest was asked, for tests whose run is played."""
    return []


@pytest.fixture
def run(project: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command with a pytest that only comes to a verdict, as the plugin would, and ends."""

    def run(*arguments: str, words: tuple[str, ...] = (), code: int | str = 0) -> Result:
        def played(given: list[str], plugins: list[Any]) -> int | str:
            asked.extend(given)
            config: Any = SimpleNamespace(stash=pytest.Stash())
            if words:
                config.stash[closing._DOCUMENT] = verdict(*words)
            plugins[0].pytest_unconfigure(config)
            if code == "interrupted":
                raise KeyboardInterrupt
            return code

        monkeypatch.setattr("pytest.main", played)
        return CliRunner().invoke(main, ["run", *arguments])

    return run


def verdict(*words: str) -> Document:
    """Make the verdict of a run whose tests came to these words; an observation stands for a test that made it."""
    outcomes = [
        Outcome(test=word, verdict="FAIL", findings=(finding(word, "seen"),))
        if "." in word
        else msgspec.convert({"test": word, "verdict": word}, Outcome)
        for word in words
    ]
    return document_of(outcomes, facts=Facts())


def test_pytest_gets_our_configuration_the_callers_root_and_the_arguments(
    run: Run, asked: list[str], project: Path
) -> None:
    """The scenarios are those of the package; whatever follows is pytest's."""
    run("-k", "login", "-x", "--realtime-tier=pr")
    assert asked[0] == "-c"
    assert Path(asked[1]).read_text().splitlines()[1] == "[pytest]"
    assert asked[2:] == [
        f"--rootdir={project}",
        "--pyargs",
        "harness.scenarios",
        "-k",
        "login",
        "-x",
        "--realtime-tier=pr",
    ]


@pytest.mark.parametrize(
    ("words", "pytest_code", "code"),
    [
        (("PASS", "NOT EXERCISED"), 0, 0),
        (("PASS", "delivery.lost"), 1, 1),
        (("ERROR",), 1, 1),
        (("PASS", "ENVIRONMENT", "INCONCLUSIVE"), 1, 3),
        (("PASS", "INCONCLUSIVE"), 0, 4),
        (("NOT EXERCISED",), 1, 4),
        (("delivery.lost", "isolation.heard-by-outsider", "ENVIRONMENT"), 1, 5),
    ],
)
def test_the_exit_code_is_that_of_the_verdict(run: Run, words: tuple[str, ...], pytest_code: int, code: int) -> None:
    """Pytest's own code does not count where there is a verdict; of several reasons the gravest wins: 5, 1, 3, 4."""
    assert run(words=words, code=pytest_code).exit_code == code


@pytest.mark.parametrize(("pytest_code", "code"), [(0, 4), (1, 4), (2, 4), (3, 3), (4, 2), (5, 4)])
def test_without_a_verdict_nothing_passes(run: Run, pytest_code: int, code: int) -> None:
    """A run that judged nothing says so, whatever pytest thought of it."""
    result = run(code=pytest_code)
    assert result.exit_code == code
    assert ("no scenario was selected" in result.output) is (pytest_code in {0, 5})
    assert ("the run came to no verdict" in result.output) is (pytest_code in {1, 2, 3})


@pytest.mark.parametrize(("words", "code"), [((), 4), (("FAIL",), 1)])
def test_an_interruption_ends_with_what_is_known(run: Run, words: tuple[str, ...], code: int) -> None:
    """A second Ctrl-C comes out of pytest itself: the verdict counts, if there is one, and nothing is aborted."""
    result = run(words=words, code="interrupted")
    assert result.exit_code == code
    assert "Aborted" not in result.output
    assert "Traceback" not in result.output


def test_a_crash_is_no_failure_of_the_product(run: Run) -> None:
    """A bug of ours, or of another plugin, says nothing about the target; its traceback is kept."""
    result = run(code="no code")
    assert result.exit_code == 3
    assert "Traceback" in result.stderr


def test_an_earlier_verdict_does_not_answer_for_this_run(run: Run, project: Path) -> None:
    """What is lying about from yesterday is no pass, and where this one looked is said."""
    latest = project / "elsewhere" / "latest"
    latest.mkdir(parents=True)
    (latest / "verdict.json").write_bytes(msgspec.json.encode(verdict("PASS")))

    result = run("--realtime-report=elsewhere", code=1)

    assert result.exit_code == 4
    assert str(project / "elsewhere") in result.output


@pytest.mark.parametrize("arguments", [["--realtime-tier=x"], ["--realtime-target", "x"], ["--realtime-require=x"]])
def test_a_wrong_setting_is_refused_before_pytest_starts(run: Run, asked: list[str], arguments: list[str]) -> None:
    """One sentence and exit code 2."""
    result = run(*arguments)
    assert (result.exit_code, asked) == (2, [])
    assert result.output.startswith("realtime: --realtime-")
    assert result.output.count("\n") == 1


@pytest.mark.parametrize("mark", ["realtime.toml", "pytest.ini", "setup.cfg", ".git"])
def test_the_root_is_the_nearest_folder_with_a_project_file(tmp_path: Path, mark: str) -> None:
    """The command may be given anywhere inside a project."""
    (tmp_path / mark).touch()
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert project_root(below) == tmp_path


def test_without_a_project_the_root_is_where_we_stand() -> None:
    """Nothing above is anybody's project."""
    assert project_root(Path("/nowhere/at/all")) == Path("/nowhere/at/all")


def test_our_options_are_picked_out_of_pytests_arguments() -> None:
    """Both spellings count, the last of a name wins, and others are left alone."""
    arguments = ("-x", "--realtime-seed=1", "--realtime-seed", "2", "--realtime-unknown=3", "--realtime-tier")
    assert realtime_options(arguments) == {"seed": "2", "tier": ""}
    assert realtime_options(()) == {}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["-k", "test_the_other_participant_hears_it"], 0, "1 passed"),
        (["-k", "no_scenario_of_that_name"], 4, "no scenario was selected"),
        (["--co"], 4, "no scenario was selected"),
        (["--realtime-report=/dev/null/x"], 2, "the report folder /dev/null/x cannot be written"),
    ],
)
def test_the_shipped_scenarios_are_run_from_anywhere(project: Path, arguments: list[str], code: int, said: str) -> None:
    """One that passes, none at all, and a folder that cannot be written: each has its code and its sentence."""
    command = [sys.executable, "-m", "harness", "run", *arguments]
    ended = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert (ended.returncode, "Traceback" in ended.stderr) == (code, False), ended
    assert said in ended.stdout + ended.stderr


DEFECT = """
import sys

if "harness.servers.broadcaster" in sys.orig_argv:
    from harness.protocol.server import Hub, Send

    publish = Hub.publish

    def publish_badly(self, *args, **kwargs):
        everybody = tuple(self.connections.values())
        for action in publish(self, *args, **kwargs):
            yield from change(action, everybody) if isinstance(action, Send) else [action]

    def change(action, everybody):
        return EXPRESSION

    Hub.publish = publish_badly
"""

GONE = """
default_target = "gone"
[targets.gone]
topology = "remote"
backend = { url = "http://127.0.0.1:9" }
broadcaster = { url = "ws://127.0.0.1:9", app_id = "1", key = "k" }
world = { conversation = 123 }
"""
GONE += "".join(
    f'[[targets.gone.cast]]\nname = "{name}"\nemail = "{name}@example.com"\npassword = "invented"\ncompany = 6\n'
    for name in ("alice", "bob", "eve")
)


@pytest.mark.parametrize(
    ("defect", "declared", "code"),
    [
        ("[action, action]", "", 1),
        ("[Send(everybody, action.text)]", "", 5),
        ("", GONE, 3),
    ],
)
def test_a_real_run_ends_with_the_code_of_what_it_met(
    project: Path, monkeypatch: pytest.MonkeyPatch, defect: str, declared: str, code: int
) -> None:
    """Heard twice is a failure, heard by everybody a leak, and servers that are not there are the environment."""
    if defect:
        (project / "sitecustomize.py").write_text(DEFECT.replace("EXPRESSION", defect))
        monkeypatch.setenv("PYTHONPATH", str(project), prepend=os.pathsep)
    if declared:
        (project / "realtime.toml").write_text(declared)
    command = [sys.executable, "-m", "harness", "run", "-k", "test_the_other_participant_hears_it"]

    ended = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)

    assert ended.returncode == code, ended
    assert json.loads((project / "reports" / "latest" / "verdict.json").read_bytes())["exit_code"] == code

"""`realtime run` hands its arguments to pytest and answers with the verdict of this very run."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli import main
from harness.commands.run import project_root, realtime_options

Outcome = dict[str, object] | str | None
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
    """Run the command with a pytest that only writes a verdict, as the plugin would, and ends."""

    def run(*arguments: str, outcome: Outcome = None, code: int | str = 0) -> Result:
        def played(given: list[str]) -> int | str:
            asked.extend(given)
            if outcome is not None:
                write_verdict(project / "reports" / "new", outcome)
            if code == "interrupted":
                raise KeyboardInterrupt
            return code

        monkeypatch.setattr("pytest.main", played)
        return CliRunner().invoke(main, ["run", *arguments])

    return run


def write_verdict(folder: Path, outcome: Outcome) -> None:
    """Write a verdict into a run's folder and point `latest` at it."""
    folder.mkdir(parents=True)
    (folder / "verdict.json").write_text(outcome if isinstance(outcome, str) else json.dumps(outcome))
    latest = folder.with_name("latest")
    latest.unlink(missing_ok=True)
    latest.symlink_to(folder.name)


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
    ("outcome", "pytest_code", "code"),
    [
        ({"verdict": "PASS", "findings": [], "exit_code": 0}, 0, 0),
        ({"verdict": "FAIL", "findings": [{"class": "security"}]}, 1, 5),
        ({"verdict": "INCONCLUSIVE", "findings": []}, 0, 4),
        ("{cut sh", 0, 4),
        ("[]", 0, 4),
    ],
)
def test_the_exit_code_is_that_of_the_verdict(run: Run, outcome: Outcome, pytest_code: int, code: int) -> None:
    """Pytest's own code does not count where there is a verdict, and a broken verdict is none."""
    assert run(outcome=outcome, code=pytest_code).exit_code == code


@pytest.mark.parametrize(("pytest_code", "code"), [(0, 4), (1, 4), (2, 4), (3, 3), (4, 2), (5, 4)])
def test_without_a_verdict_nothing_passes(run: Run, pytest_code: int, code: int) -> None:
    """A run that judged nothing says so, whatever pytest thought of it."""
    result = run(code=pytest_code)
    assert result.exit_code == code
    assert ("no scenario was selected" in result.output) is (pytest_code in {0, 5})
    assert ("the run wrote no verdict below" in result.output) is (pytest_code in {1, 2, 3})


@pytest.mark.parametrize(("outcome", "code"), [(None, 4), ({"verdict": "FAIL", "findings": []}, 1)])
def test_an_interruption_ends_with_what_is_known(run: Run, outcome: Outcome, code: int) -> None:
    """A second Ctrl-C comes out of pytest itself: the verdict counts, if there is one, and nothing is aborted."""
    result = run(outcome=outcome, code="interrupted")
    assert result.exit_code == code
    assert "Aborted" not in result.output
    assert "Traceback" not in result.output


def test_a_crash_is_no_failure_of_the_product(run: Run) -> None:
    """A bug of ours, or of another plugin, says nothing about the target; its traceback is kept."""
    result = run(code="no code")
    assert result.exit_code == 3
    assert "Traceback" in result.stderr


def test_an_earlier_verdict_does_not_answer_for_this_run(run: Run, project: Path) -> None:
    """What is lying about from yesterday is no pass."""
    write_verdict(project / "reports" / "old", {"verdict": "PASS", "findings": [], "exit_code": 0})
    assert run().exit_code == 4
    assert run(outcome={"verdict": "PASS", "findings": []}).exit_code == 0


def test_the_verdict_is_read_where_the_report_was_asked_for(run: Run, project: Path) -> None:
    """The option is pytest's and ours."""
    assert run("--realtime-report", "reports").exit_code == 4
    assert str(project / "elsewhere") in run("--realtime-report=elsewhere", code=1).output


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

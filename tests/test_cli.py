"""The command `realtime`: what it offers, and how it says no."""

import subprocess
import sys
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner

from harness import cli
from harness.errors import EnvironmentFault, HarnessError, UsageError


def raising(error: BaseException) -> SimpleNamespace:
    """Make a module whose command raises."""

    @click.command()
    def up() -> None:
        raise error

    return SimpleNamespace(up=up)


def test_help_names_every_command_and_the_exit_codes() -> None:
    """A stranger learns what there is in one screen."""
    result = CliRunner().invoke(cli.main, ["--help"])
    assert result.exit_code == 0
    assert all(f"\n  {command} " in result.output for command in cli.COMMANDS)
    assert "5 security failure" in result.output


def test_an_unknown_command_is_usage() -> None:
    """The exit code is 2 and the name is quoted."""
    result = CliRunner().invoke(cli.main, ["down"])
    assert result.exit_code == 2
    assert "No such command 'down'" in result.output


@pytest.mark.parametrize(("error", "code"), [(UsageError("one sentence"), 2), (EnvironmentFault("one sentence"), 3)])
def test_an_error_of_ours_is_one_sentence(monkeypatch: pytest.MonkeyPatch, error: HarnessError, code: int) -> None:
    """Its text goes to standard error, without a traceback."""
    monkeypatch.setattr(cli, "import_module", lambda _: raising(error))
    result = CliRunner().invoke(cli.main, ["up"])
    assert (result.exit_code, result.stderr, result.stdout) == (code, "realtime: one sentence\n", "")


def test_an_interrupt_concludes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Click's own code for it is that of a broken product."""
    monkeypatch.setattr(cli, "import_module", lambda _: raising(KeyboardInterrupt()))
    result = CliRunner().invoke(cli.main, ["up"])
    assert (result.exit_code, result.stderr) == (4, "realtime: interrupted, so nothing is concluded\n")


def test_a_bug_of_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is nobody's usage or environment must not be dressed up as such."""
    monkeypatch.setattr(cli, "import_module", lambda _: raising(ZeroDivisionError()))
    assert isinstance(CliRunner().invoke(cli.main, ["up"]).exception, ZeroDivisionError)


def test_what_is_no_command_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module without its command is as unknown as a name without a module."""
    monkeypatch.setattr(cli, "import_module", lambda _: SimpleNamespace(up=None))
    assert CliRunner().invoke(cli.main, ["up"]).exit_code == 2


def test_the_module_is_the_command() -> None:
    """`python -m harness` is what the console script is, and loads no command's module to say its version."""
    code = "import sys; sys.argv = ['realtime', '--version']\nfrom harness.cli import main\n"
    code += (
        "try: main()\nfinally: print(sorted(name for name in sys.modules if name == 'pytest' or 'topology' in name))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    asked = subprocess.run([sys.executable, "-m", "harness", "--version"], capture_output=True, text=True, check=True)
    assert loaded.stdout.splitlines()[-1] == "[]"
    assert asked.stdout.startswith("realtime, version ")

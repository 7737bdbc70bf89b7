"""What the documentation says is what the project does."""

import re
import shlex
from pathlib import Path

import click

from harness.cli import main
from harness.plugin.options import HELP, MARKERS
from harness.protocol.states import TRANSITIONS, diagram
from tests.reference import page

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_ci_runs_the_commands_of_the_readme() -> None:
    """The two commands of the README stand in CI word for word."""
    commands = [line.strip() for line in README.splitlines() if line.startswith("    python3 -m venv")]

    assert len(commands) == 2
    assert all(command in CI for command in commands)
    assert [shlex.split(command)[-2:] for command in commands] == [["-k", "realtime"], ["tests", "scenarios"]]


def test_the_diagrams_are_those_of_the_tables() -> None:
    """Every role's diagram in ARCHITECTURE.md is generated from its transition table."""
    for role in TRANSITIONS:
        assert f"### {role}\n\n```mermaid\n{diagram(role)}\n```" in ARCHITECTURE


def test_the_tree_names_what_exists() -> None:
    """Each entry of the tree is there, and each part of the package is in the tree."""
    tree = ARCHITECTURE.partition("```text\n")[2].partition("```")[0]
    named = {line.split()[0].rstrip("/") for line in tree.splitlines() if re.match(r"  \w", line)}
    exists = {path.name for path in (ROOT / "harness").iterdir() if (path.is_dir() or path.suffix == ".py")}

    assert named <= exists
    assert exists - named <= {"__pycache__", "commands", "__main__.py"}


def test_every_option_and_marker_is_in_the_readme() -> None:
    """An option or marker that nobody can read about does not exist for its users."""
    assert [name for name in HELP if f"--realtime-{name}" not in README] == []
    shown = [marker.partition("(")[0] for marker in MARKERS if marker.partition("(")[0].isalpha()]
    assert [name for name in shown if name not in README] == []


def test_every_command_is_in_the_readme() -> None:
    """Each subcommand of `realtime` is told in the table of commands."""
    assert isinstance(main, click.Group)
    assert [name for name in main.commands if f"`realtime {name}" not in README] == []


def test_the_reference_is_that_of_the_code() -> None:
    """docs/reference.md is what `python -m tests.reference` writes."""
    assert (ROOT / "docs" / "reference.md").read_text(encoding="utf-8") == page(), "run `python -m tests.reference`"

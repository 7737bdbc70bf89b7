"""`realtime init` in a project: questions on a terminal, none without, and files that work."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli import main


def init(folder: Path, *arguments: str) -> Result:
    """Run the command for this folder."""
    return CliRunner().invoke(main, ["init", str(folder), *arguments])


def test_a_first_verdict_is_green(tmp_path: Path) -> None:
    """What is written into an empty project is a test that passes on the embedded stack."""
    answered = init(tmp_path, "--yes")

    assert answered.exit_code == 0, answered.output
    assert "wrote  realtime.toml" in answered.output
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "realtime"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert "1 passed" in run.stdout


def test_the_first_test_runs_in_a_project_with_ways_of_its_own(tmp_path: Path) -> None:
    """Tests are called otherwise there, live elsewhere, and warnings are errors."""
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\ntestpaths = spec\npython_files = check_*.py\nfilterwarnings = error\naddopts = --strict-markers\n"
    )
    answered = init(tmp_path, "--yes")

    assert "wrote  spec/check_realtime.py" in answered.output
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "realtime"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert "loop_scope" not in run.stderr


def test_a_laravel_application_is_recognised_and_its_secrets_stay_its_own(tmp_path: Path) -> None:
    """What stands in .env is referred to; what is missing is told before any test."""
    (tmp_path / "artisan").touch()
    (tmp_path / ".env").write_text(
        "APP_URL=http://localhost\nREVERB_APP_KEY=k\nREVERB_APP_SECRET=hidden-secret\nREVERB_HOST=localhost\n"
    )
    answered = init(tmp_path)

    assert answered.exit_code == 0, answered.output
    assert "private channels cannot be authorized" in answered.output
    written = "".join(file.read_text() for file in tmp_path.rglob("*") if file.is_file() and file.name != ".env")
    assert 'secret = "${REVERB_APP_SECRET}"' in written
    assert "hidden-secret" not in written + answered.output


def test_what_exists_is_kept(tmp_path: Path) -> None:
    """A second run changes nothing, and a declaration in pyproject.toml gets no rival."""
    init(tmp_path, "--yes", "--ci", "gitlab")
    (tmp_path / "realtime.toml").unlink()
    (tmp_path / "pyproject.toml").write_text("[tool.realtime]\n")

    answered = init(tmp_path, "--yes", "--ci", "gitlab")

    assert "kept   .gitlab-ci.yml (it exists)" in answered.output
    assert not (tmp_path / "realtime.toml").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--backend", "localhost:8000"], "--backend is 'localhost:8000'; write an address such as https://host"),
        (["--broadcaster", "http://x"], "--broadcaster is 'http://x'; write an address such as wss://host"),
        (["--broadcaster", "ws://[x"], "--broadcaster is 'ws://[x'; write an address such as wss://host"),
        (
            ["--channel", "chat.{room}"],
            "--channel is 'chat.{room}'; write a pattern such as private-chat.{conversation}",
        ),
        (["--people", "a@x"], "--people is 'a@x'; write three addresses"),
    ],
)
def test_a_mistake_is_one_sentence(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    """Bad input ends with 2, says what is allowed, and writes nothing."""
    answered = init(tmp_path, "--yes", *arguments)

    assert answered.exit_code == 2
    assert sentence in answered.output
    assert list(tmp_path.iterdir()) == []


def test_flags_declare_a_target(tmp_path: Path) -> None:
    """Two addresses are enough; the key is the environment's."""
    arguments = ["--backend", "https://a.example.com/", "--broadcaster", "wss://b.example.com", "--channel"]
    answered = init(tmp_path, "--yes", *arguments, "presence-room.{conversation}", "--people", "a@x,b@x,e@x")

    assert answered.exit_code == 0, answered.output
    text = (tmp_path / "realtime.toml").read_text()
    assert 'default_target = "staging"' in text
    assert 'pattern = "presence-room.{conversation}"' in text
    assert 'url = "https://a.example.com"' in text


def test_a_terminal_is_asked_five_questions(tmp_path: Path) -> None:
    """Each has an answer that Enter gives."""
    controller, terminal = pty.openpty()
    command = [sys.executable, "-m", "harness", "init", str(tmp_path)]
    with subprocess.Popen(
        command, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as asked:
        os.write(controller, b"\n\n\n\n\n")
        output, _ = asked.communicate(timeout=60)
    os.close(controller)
    os.close(terminal)

    assert asked.returncode == 0, output
    assert sum(output.count(word) for word in ("address of the", "pattern of the", "addresses of alice", "CI (")) == 5
    assert (tmp_path / ".github/workflows/realtime.yml").exists()

"""`realtime conformance`: what it prints, writes and ends with."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli import main
from harness.commands.exits import Exit
from harness.conformance.matrix import Cell, Column, Matrix, Row, encoded, read

Call = Callable[..., Result]
FEW = ("--case", "1.1.1", "--case", "14.3.1")


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "realtime.toml").touch()
    return lambda *arguments: CliRunner().invoke(main, ["conformance", *map(str, arguments)])


def stored(folder: Path, name: str, behaviour: str) -> Path:
    """Store a result of one case."""
    row = Row(id="1.1.1", says="A client comes.", expects=("established",))
    column = Column(name=name, dialect="", cells={"1.1.1": Cell(grade="FAILED", behaviour=behaviour)})
    file = folder / f"{name}.json"
    file.write_bytes(encoded(Matrix(rows=(row,), columns=(column,))))
    return file


def test_a_server_is_examined(call: Call, tmp_path: Path) -> None:
    """The report is in four forms; a stored result is laid beside it."""
    other = stored(tmp_path, "other", "closed 1006")
    result = call(*FEW, "--target", "embedded:pusher", "--with", other, "--json", "own.json", "--seed", 5)

    assert (result.exit_code, result.exception) == (Exit.PASS, None), result.output
    assert "embedded:pusher, dialect pusher" in result.output
    folder = tmp_path / "reports" / "conformance"
    assert {one.name for one in folder.iterdir()} == {
        "conformance.html", "conformance.json", "conformance.md", "conformance-junit.xml",
    }  # fmt: skip
    matrix = read(tmp_path / "own.json")
    assert matrix == read(folder / "conformance.json")
    assert ([one.name for one in matrix.columns], matrix.seed) == (["embedded:pusher", "other"], 5)
    assert [one.id for one in matrix.rows] == ["1.1.1", "14.3.1"]


def test_a_failure_that_nobody_knew_is_1(call: Call, tmp_path: Path) -> None:
    """Known, it is 0; and an entry that fails no more is told."""
    arguments = ("--case", "3.*", "--case", "5.*", "--target", "embedded:reverb", "--dialect", "pusher")
    failing = call(*arguments)
    failed = [line.split()[1] for line in failing.output.splitlines() if line.startswith("FAILED")]
    (tmp_path / "known.toml").write_text("".join(f'"{one}" = "as Reverb does"\n' for one in failed) + '"1.1.1" = "x"')

    assert (failing.exit_code, bool(failed)) == (Exit.FAILURE, True)
    known = call(*arguments, "--case", "1.1.1", "--known", "known.toml")
    assert known.exit_code == Exit.PASS, known.output
    assert "passes 1.1.1" in known.output
    assert "Remove it from" in known.output


def test_the_cases_are_listed(call: Call) -> None:
    """Without any server."""
    result = call("--list", "--section", 14)

    assert result.exit_code == Exit.PASS
    assert "  14.3.1   A message is no JSON." in result.output
    assert "1.1.1" not in result.output.split()


def test_two_dialects_are_told_apart(call: Call) -> None:
    """Without any server either."""
    result = call("--diff", "reverb", "pusher")

    assert result.exit_code == Exit.PASS
    assert result.output.startswith("A move from reverb to pusher changes ")
    assert "Numbers:" in result.output


def test_two_stored_results_are_told_apart(call: Call, tmp_path: Path) -> None:
    """By the cases that exist."""
    files = stored(tmp_path, "a", "established"), stored(tmp_path, "b", "closed 1006")
    result = call("--diff", *files)

    assert "Refused where it worked (1)" in result.output


def test_a_target_is_told_from_a_dialect(call: Call) -> None:
    """It is examined for that."""
    result = call("--diff", "embedded:reverb", "reverb", "--case", "1.1.*")

    assert "Nothing that the cases cover changes for clients" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--case", "99.*"), "--case '99.*' matches no case"),
        (("--section", "99"), "--section 99 has no cases; there are 1, "),
        (("--section", "14", "--case", "1.1.1"), "have no case in common"),
        (("--target", "nobody"), "'nobody' is no target and no server; known are embedded, containers, embedded:"),
        (("--target", "embedded:reverb", "--without", "99.1"), "--without '99.1' matches no case"),
        (("--target", "embedded:x"), "--target 'embedded:x' is no server"),
        (("--with", "nowhere.json"), "nowhere.json cannot be read"),
        (("--known", "nowhere"), "known failures 'nowhere'"),
        (("--target", "embedded:reverb", "--dialect", "nobody"), "of the dialect 'nobody' nothing is known"),
        (("--diff", "reverb", "nobody"), "'nobody' is no target"),
        (("--diff", "reverb", "realtime.toml"), "is no stored result"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(arguments: tuple[str, ...], said: str, call: Call) -> None:
    """With code 2, and before a server is started."""
    result = call(*arguments)

    assert result.exit_code == Exit.USAGE
    assert said in result.output


def test_a_server_that_is_not_there_is_3(call: Call, tmp_path: Path) -> None:
    """And no report is written."""
    (tmp_path / "realtime.toml").write_text('[conformance.servers.gone]\nurl = "ws://127.0.0.1:9"\nkey = "k"\n')
    result = call(*FEW, "--target", "gone")

    assert result.exit_code == Exit.ENVIRONMENT
    assert "no connection to ws://127.0.0.1:9" in result.output
    assert not (tmp_path / "reports").exists()


def test_one_of_several_that_is_not_there_does_not_cost_the_others(call: Call, tmp_path: Path) -> None:
    """It has a column without cells, and the code is 3 all the same."""
    (tmp_path / "realtime.toml").write_text('[conformance.servers.gone]\nurl = "ws://127.0.0.1:9"\nkey = "k"\n')
    result = call(*FEW, "--target", "gone", "--target", "embedded:reverb", "--json", "own.json")

    assert result.exit_code == Exit.ENVIRONMENT
    assert "GONE   no connection to ws://127.0.0.1:9" in result.output
    assert [len(one.cells) for one in read(tmp_path / "own.json").columns] == [0, 2]


def test_a_report_that_cannot_be_written_is_3(call: Call, tmp_path: Path) -> None:
    """The reason is told."""
    (tmp_path / "taken").touch()
    result = call(*FEW, "--target", "embedded:reverb", "--report", "taken")

    assert result.exit_code == Exit.ENVIRONMENT
    assert "the report cannot be written to taken" in result.output


def test_a_stored_result_holds_no_secret(call: Call, tmp_path: Path) -> None:
    """Not even of our own servers."""
    call("--case", "5.*", "--target", "embedded:pusher", "--json", "own.json")
    steps = [
        step
        for one in json.loads((tmp_path / "own.json").read_bytes())["columns"][0]["cells"].values()
        for step in one["log"]
    ]

    assert any("auth" in str(step) for step in steps)
    assert not any(
        len(word) >= 64 and word.isalnum() for step in steps for word in str(step).replace(":", '"').split('"')
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_command_claims_nothing(tmp_path: Path, number: signal.Signals) -> None:
    """It ends with 4, its servers end with it, and no folder of theirs is left."""
    (tmp_path / "realtime.toml").touch()
    command = [sys.executable, "-m", "harness", "conformance", "--target", "embedded:reverb"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        text=True,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while len(started := children.read_text().split()) < 2 or not all(map(listens, started)):
        assert process.poll() is None
    process.send_signal(number)
    _, said = process.communicate(timeout=30)

    assert (process.returncode, "was interrupted" in said) == (Exit.INCONCLUSIVE, True), said
    assert [one.name for one in tmp_path.iterdir()] == ["realtime.toml"]
    for child in started:
        with pytest.raises(ProcessLookupError):
            os.kill(int(child), 0)


def listens(pid: str) -> bool:
    """Tell whether a process has a socket already."""
    try:
        return any("socket:" in str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False
